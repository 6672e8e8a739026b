"""Alternates for a ticket: whom they may be, that anybody finds the same, and that they miss few seats."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from borgerting.errors import Refused
from borgerting.events.recruitment import JointQuota, PoolSnapshot
from services.lottery.domain.refill import loss
from services.lottery.solver.alternates import MOST, alternates_for
from services.lottery.solver.dropouts import Dropouts, Futures
from services.lottery.solver.making import Wanted, make_portfolio
from tests.conftest import ROOT
from tests.lottery.disguises import disguised, marked
from tests.lottery.instances import instance
from tests.lottery.pools import fair, feasible, pool
from tests.lottery.standing_in import Judge, Leaving, by_chance, callable_people, leaving, nearest

RATE = Fraction(164, 1000)
"""5.9 of 36 members are expected to leave."""


def untold(done: int, of: int, *, phase: str = "", gap: Fraction | None = None, panels: int | None = None) -> None:
    """Nobody listens."""


@cache
def drawn() -> tuple[PoolSnapshot, tuple[tuple[str, ...], ...]]:
    """A pool like a real one with shared homes, and some of its tickets."""
    some = instance(200, 36, 7, households=0.1)
    return some, make_portfolio(some, Wanted(20, 7), untold).tickets[:15:5]


def missed(some: PoolSnapshot, staying: Sequence[str], called: Sequence[str], seats: int) -> int:
    """Seats missed with the best of the alternates, as many of them as there are seats for."""
    come = min(seats, len(called))
    return min(loss(some, [*staying, *chosen]) for chosen in combinations(called, come))


def test_alternates_keep_the_quotas_better_than_chance_and_than_those_most_like_the_members() -> None:
    some, tickets = drawn()
    judge, lost = Judge(some), {"ours": 0, "alike": 0, "chance": 0}
    for members, ours in zip(tickets, alternates_for(some, tickets, 6, 11, untold, Dropouts(RATE)), strict=True):
        futures = leaving(members, RATE, 200, 3)
        ways = {"ours": ours, "alike": nearest(some, members, 6, 5), "chance": by_chance(some, members, 6, 5)}
        for name, called in ways.items():
            lost[name] += int(judge.missed(members, futures, called).sum())
    assert lost["ours"] < 0.85 * lost["alike"] < 0.85 * lost["chance"]


@given(some=feasible(), seed=st.integers(0, 3))
@settings(max_examples=30, deadline=None)
def test_the_judge_counts_as_the_rules_do(some: PoolSnapshot, seed: int) -> None:
    members = make_portfolio(some, Wanted(1, 1), untold).tickets[0]
    called = callable_people(some, members)[:3]
    futures = leaving(members, Fraction(1, 2), 5, seed)
    stays = [[who for who in members if who not in future] for future in futures]
    expected = [missed(some, stay, called, len(future)) for stay, future in zip(stays, futures, strict=True)]
    assert Judge(some).missed(members, futures, called).tolist() == expected


def test_no_alternate_is_a_member_excluded_or_of_a_household_with_a_member_or_another_alternate() -> None:
    some, tickets = drawn()
    seated = {who for members in tickets for who in members}
    barred = tuple(p.id for p in some.people if p.id not in seated)[::3]
    some = some.model_copy(update={"exclude": barred})
    homes = {person.id: person.household for person in some.people}
    for members, called in zip(tickets, alternates_for(some, tickets, 8, 1, untold), strict=True):
        assert len(set(called)) == 8
        assert not {*called} & {*members, *barred}
        taken = [homes[who] for who in (*members, *called)]
        assert len(taken) == len(set(taken))


@given(some=feasible(), number=st.integers(0, 4), seed=st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_where_the_pool_is_small_as_many_are_named_as_there_are(some: PoolSnapshot, number: int, seed: int) -> None:
    (ticket,) = make_portfolio(some, Wanted(1, 1), untold).tickets[:1]
    (called,) = alternates_for(some, [ticket], number, seed, untold)
    free = callable_people(some, ticket)
    assert len(called) == len(set(called)) == min(number, len(free))
    assert set(called) <= set(free)


@given(some=feasible(), seed=st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_one_alternate_is_the_best_there_is_over_the_futures(some: PoolSnapshot, seed: int) -> None:
    (ticket,) = make_portfolio(some, Wanted(1, 1), untold).tickets[:1]
    if not (free := callable_people(some, ticket)):
        return
    rate = Dropouts(Fraction(1, 4))
    flags = Futures(some, rate, 64, seed).leaving(sorted(ticket))

    def lost(other: str) -> int:
        stays = [[who for who, gone in zip(sorted(ticket), future, strict=True) if not gone] for future in flags]
        return sum(missed(some, stay, [other], len(ticket) - len(stay)) for stay in stays)

    ((called,),) = alternates_for(some, [ticket], 1, seed, untold, rate)
    assert lost(called) == min(map(lost, free))


def imagined(some: PoolSnapshot, members: Sequence[str], seed: int) -> Leaving:
    """The futures by which the alternates are chosen."""
    flags = Futures(some, Dropouts(RATE), 64, seed).leaving(members)
    return [tuple(who for who, gone in zip(members, future, strict=True) if gone) for future in flags]


def test_the_first_alternate_helps_most_alone_and_the_second_most_beside_the_first() -> None:
    some, tickets = drawn()
    judge = Judge(some)
    for members, called in zip(tickets, alternates_for(some, tickets, 4, 4, untold, Dropouts(RATE)), strict=True):
        futures = imagined(some, members, 4)
        alone = [judge.missed(members, futures, [other]).sum() for other in called]
        beside = [judge.missed(members, futures, [called[0], other]).sum() for other in called[1:]]
        assert alone[0] == min(alone) and beside[0] == min(beside)


@pytest.mark.parametrize("seed", range(4))
def test_two_who_fit_together_are_named_before_one_who_helps_most_alone(seed: int) -> None:
    """Both members leave; of each feature one "y" is wanted, and three of four are too many beside the last."""
    rows = [dict(zip("abcd", row, strict=True)) for row in ("yyyy", "nnnn", "yyyn", "yynn", "nnyy")]
    some = pool(2, {name: {"y": (1, 1), "n": (0, 2)} for name in "abcd"}, rows)
    (called,) = alternates_for(some, [("p000", "p001")], 2, seed, untold, Dropouts(Fraction(1)))
    assert set(called) == {"p003", "p004"}
    (first,) = alternates_for(some, [("p000", "p001")], 1, seed, untold, Dropouts(Fraction(1)))
    assert first == ("p002",)


def test_of_a_household_only_one_is_named() -> None:
    some = fair(20)
    ticket = make_portfolio(some, Wanted(1, 1), untold).tickets[0]
    homes = {who: f"h{at % 3}" for at, who in enumerate(callable_people(some, ticket))}
    people = tuple(person.model_copy(update={"household": homes.get(person.id)}) for person in some.people)
    (called,) = alternates_for(some.model_copy(update={"people": people}), [ticket], 6, 1, untold)
    assert sorted(homes[who] for who in called) == ["h0", "h1", "h2"]


def test_the_same_alternates_whatever_order_the_pool_and_its_features_are_in() -> None:
    plain, tickets = drawn()
    named = {who: "å" + who for members in tickets for who in members}
    accented = [[named[who] for who in members] for members in tickets]
    other = marked(plain)
    first = alternates_for(other, accented, 6, 1, untold)
    assert alternates_for(disguised(other, 1), [m[::-1] for m in accented], 6, 1, untold) == first


def test_the_same_alternates_in_processes_with_other_hash_seeds() -> None:
    some, tickets = drawn()
    code = (
        "import json, sys; from borgerting.events.recruitment import PoolSnapshot;"
        "from services.lottery.solver.alternates import alternates_for; order = json.load(sys.stdin);"
        "some = PoolSnapshot.model_validate(order['pool']);"
        "json.dump(alternates_for(some, order['tickets'], 6, 1, lambda *a, **k: None), sys.stdout)"
    )
    order = json.dumps({"pool": some.model_dump(mode="json"), "tickets": tickets[:2]})
    here = json.dumps(alternates_for(some, tickets[:2], 6, 1, untold))
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": f"{ROOT}:{ROOT / 'shared'}"}
        ran = subprocess.run(
            [sys.executable, "-c", code], input=order, capture_output=True, text=True, check=True, env=environment
        )
        assert ran.stdout == here


def test_another_seed_names_others_and_equal_tickets_have_equal_alternates() -> None:
    some, tickets = drawn()
    again = alternates_for(some, [tickets[0], tickets[0][::-1]], 6, 1, untold)
    assert again[0] == again[1]
    assert again[0] != alternates_for(some, tickets[:1], 6, 2, untold)[0]


def test_whoever_is_likelier_to_leave_has_alternates_to_replace_them() -> None:
    """Only the women leave, so the alternates are women, however few of them the pool has."""
    some = fair(20)
    ticket = make_portfolio(some, Wanted(1, 1), untold).tickets[0]
    rates = Dropouts(Fraction(1, 5), {"sex": {"f": Fraction(1, 2), "m": Fraction(0)}})
    (called,) = alternates_for(some, [ticket], 2, 1, untold, rates)
    sex = {person.id: person.features["sex"] for person in some.people}
    assert [sex[who] for who in called] == ["f", "f"]


def test_joint_quotas_count() -> None:
    rows = [{"sex": sex, "area": area} for sex in "fm" for area in ("north", "south") for _ in range(3)]
    some = pool(4, {"sex": {"f": (2, 2), "m": (2, 2)}, "area": {"north": (2, 2), "south": (2, 2)}}, rows)
    joint = JointQuota(categories={"sex": "f", "area": "north"}, label={"da": "f/n", "en": "f/n"}, least=2, most=2)
    some = some.model_copy(update={"joint": (joint,)})
    ticket = make_portfolio(some, Wanted(1, 1), untold).tickets[0]
    (called,) = alternates_for(some, [ticket], 2, 1, untold)
    by_id = {person.id: person.features for person in some.people}
    assert sorted((by_id[who]["sex"], by_id[who]["area"]) for who in called) == [("f", "north"), ("m", "south")]


def test_the_simulated_dropouts_leave_as_often_as_they_are_said_to() -> None:
    some, tickets = drawn()
    flags = Futures(some, Dropouts(Fraction(1, 4)), 64, 1).leaving(tickets[0])
    assert flags.shape == (64, 36)
    assert flags.sum(axis=0).tolist() == [16] * 36
    rounded = Futures(some, Dropouts(RATE), 64, 1).leaving(tickets[0]).sum(axis=0)
    assert set(rounded.tolist()) == {10, 11}


def test_as_many_as_can_be_compared_are_named() -> None:
    some = fair(20)
    (called,) = alternates_for(some, make_portfolio(some, Wanted(1, 1), untold).tickets[:1], MOST, 1, untold)
    assert len(set(called)) == MOST


def test_more_alternates_than_can_be_compared_are_refused_with_the_number() -> None:
    with pytest.raises(Refused) as refused:
        alternates_for(fair(), [], MOST + 1, 1, untold)
    assert refused.value.code == "alternates.number"
    assert str(MOST + 1) in refused.value.text["da"]


@pytest.mark.parametrize(
    ("dropouts", "code", "named"),
    [
        (Dropouts(Fraction(6, 5)), "dropouts.rate", "6/5"),
        (Dropouts(Fraction(-1, 5)), "dropouts.rate", "-1/5"),
        (Dropouts(Fraction(0), {"sex": {"f": Fraction(1, 2)}}), "dropouts.rate", "0"),
        (Dropouts(Fraction(1, 5), {"sex": {"x": Fraction(1, 2)}}), "dropouts.category", "sex: x"),
        (Dropouts(Fraction(1, 5), {"sex": {"f": Fraction(3, 2)}}), "dropouts.rate", "sex: f"),
    ],
)
def test_rates_that_are_no_probabilities_or_of_no_quota_are_refused(dropouts: Dropouts, code: str, named: str) -> None:
    with pytest.raises(Refused) as refused:
        alternates_for(fair(), [], 2, 1, untold, dropouts)
    assert refused.value.code == code
    assert named in refused.value.text["da"] and named in refused.value.text["en"]
