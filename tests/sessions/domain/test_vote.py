"""The decision rule against fractions, and who may vote and dissent."""

from fractions import Fraction
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from borgerting.errors import Refused
from borgerting.events.sessions import (
    Choice,
    DecisionRule,
    Ratio,
    RecommendationAdopted,
    RecommendationRejected,
    Tally,
)
from services.sessions.domain import vote
from tests.sessions.support import BLIND, MEMBERS, TWO_THIRDS, dissent

ratios = st.integers(1, 12).flatmap(
    lambda d: st.integers(0, d).map(lambda n: Ratio(numerator=n, denominator=d)),
)
decision_rules = st.builds(
    DecisionRule,
    threshold=ratios,
    more_than=st.booleans(),
    of=st.sampled_from(["votes", "ballots", "members"]),
    quorum=ratios,
)
tallies = st.tuples(*[st.integers(0, 40)] * 4).map(
    lambda n: Tally(in_favour=n[0], against=n[1], abstained=n[2], members=sum(n))
)


def share(ratio: Ratio) -> Fraction:
    return Fraction(ratio.numerator, ratio.denominator)


@given(decision_rules, tallies)
def test_the_rule_decides_as_fractions_do(rule: DecisionRule, tally: Tally) -> None:
    votes = tally.in_favour + tally.against
    ballots = votes + tally.abstained
    whole = {"votes": votes, "ballots": ballots, "members": tally.members}[rule.of]
    quorate = ballots >= share(rule.quorum) * tally.members
    part = Fraction(tally.in_favour, whole) if whole else None
    enough = part is not None and (part > share(rule.threshold) if rule.more_than else part >= share(rule.threshold))
    assert (vote.shortfall(rule, tally) is None) == (quorate and enough)


@given(decision_rules, st.integers(1, 60))
def test_the_need_is_the_fewest_votes_that_meet_the_rule(rule: DecisionRule, whole: int) -> None:
    def meets(votes: int) -> bool:
        limit = share(rule.threshold) * whole
        return votes > limit if rule.more_than else votes >= limit

    need = vote.needed(rule, whole)
    assert meets(need)
    assert not meets(need - 1)


@given(st.lists(st.sampled_from(get_args(Choice)), max_size=30))
def test_counting_loses_no_ballot(choices: list[Choice]) -> None:
    tally = vote.count(choices, 30)
    assert tally.in_favour + tally.against + tally.abstained == len(choices)
    assert tally.in_favour == choices.count("for")


def tally(in_favour: int, against: int, abstained: int = 0, members: int = 60) -> Tally:
    return Tally(in_favour=in_favour, against=against, abstained=abstained, members=members)


@pytest.mark.parametrize(
    ("counted", "why"),
    [
        (tally(40, 20), None),
        (tally(39, 21), "39 of 60 votes are in favour; the rule (at least two thirds) needs at least 40."),
        (tally(20, 9), "There are 29 ballots from 60 members; it takes at least 30."),
        (tally(0, 0, 30), "Nobody has voted for or against."),
        (tally(20, 10, 30), None),
    ],
)
def test_two_thirds_of_the_votes_with_half_the_members(counted: Tally, why: str | None) -> None:
    found = vote.shortfall(TWO_THIRDS, counted)
    assert (found and found["en"]) == why


def test_the_outcome_carries_the_tally_and_the_reason() -> None:
    assert isinstance(vote.outcome("klima", 1, TWO_THIRDS, tally(40, 20)), RecommendationAdopted)
    rejected = vote.outcome("klima", 1, TWO_THIRDS, tally(39, 21))
    assert isinstance(rejected, RecommendationRejected)
    assert rejected.tally == tally(39, 21)
    assert rejected.reason["da"] == "39 af 60 stemmer er for; reglen (mindst to tredjedele) kræver mindst 40."


def test_a_ballot_hides_its_member_from_whoever_lacks_the_key() -> None:
    mine = vote.ballot_id(BLIND, "klima", 1, "p01")
    assert mine == vote.ballot_id(BLIND, "klima", 1, "p01")
    others = {
        vote.ballot_id(BLIND, "klima", 1, "p02"),
        vote.ballot_id(BLIND, "klima", 2, "p01"),
        vote.ballot_id(vote.blind_with(b"another key"), "klima", 1, "p01"),
    }
    assert mine not in others
    assert "p01" not in mine
    assert len(mine) == len("klima/") + 32


def closed(number: int = 1) -> vote.Gate:
    return vote.Gate(number, "closed", sealed=False)


def test_only_members_vote_and_only_while_the_vote_is_open() -> None:
    vote.admit(vote.Gate(1, "open", sealed=False), "p01", MEMBERS)
    with pytest.raises(Refused, match="stranger is not a member of the panel of 6"):
        vote.admit(vote.Gate(1, "open", sealed=False), "stranger", MEMBERS)
    for state in ("closing", "counting", "closed"):
        with pytest.raises(Refused, match="came too late and is not counted"):
            vote.admit(vote.Gate(1, state, sealed=False), "p01", MEMBERS)


def test_a_dissent_counts_those_behind_it() -> None:
    assert vote.dissent(dissent("p01", "p02"), closed(), MEMBERS, []).supporters == 2


@pytest.mark.parametrize(
    ("gate", "members", "in_favour", "code"),
    [
        (vote.Gate(1, "open", sealed=False), ("p01",), [], "dissent.open-vote"),
        (vote.Gate(1, "closed", sealed=True), ("p01",), [], "dissent.concluded"),
        (closed(), (), [], "dissent.members"),
        (closed(), ("p01", "p01"), [], "dissent.members"),
        (closed(), ("stranger",), [], "dissent.members"),
        (closed(), ("p01", "p02"), ["p02"], "dissent.voted-for"),
    ],
)
def test_a_dissent_is_refused(gate: vote.Gate, members: tuple[str, ...], in_favour: list[str], code: str) -> None:
    with pytest.raises(Refused) as no:
        vote.dissent(dissent(*members), gate, MEMBERS, in_favour)
    assert no.value.code == code


def test_a_dissent_says_how_many_voted_for_but_not_who() -> None:
    with pytest.raises(Refused) as no:
        vote.dissent(dissent("p01", "p02"), closed(), MEMBERS, ["p02"])
    assert str(no.value) == "1 of the 2 behind the dissent voted for recommendation 1."


def test_a_closed_vote_is_not_closed_again() -> None:
    vote.require_closable(vote.Gate(1, "counting", sealed=False))
    with pytest.raises(Refused, match="already closed and counted"):
        vote.require_closable(closed())
