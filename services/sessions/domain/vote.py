"""How a vote is taken and decided, in whole numbers; a ballot is blind to whoever lacks the key."""

import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from borgerting.errors import Refused, Text
from borgerting.events.sessions import (
    Choice,
    DecisionRule,
    Dissent,
    Ratio,
    RecommendationAdopted,
    RecommendationRejected,
    Tally,
)
from services.sessions.domain.commands import RecordDissent
from services.sessions.domain.course import member_problems
from services.sessions.domain.wording import raise_all, text_problems

State = Literal["open", "closing", "counting", "closed"]
Blind = Callable[[str], str]
"""Turns words into 32 hex digits that nobody without the key can trace back."""

COUNTED: dict[str, Text] = {
    "votes": {"da": "stemmer", "en": "votes"},
    "ballots": {"da": "stemmesedler", "en": "ballots"},
    "members": {"da": "medlemmer", "en": "members"},
}
WHOLE: dict[str, Text] = {
    "votes": {"da": "stemmerne for og imod", "en": "votes for and against"},
    "ballots": {"da": "alle stemmesedler", "en": "all ballots"},
    "members": {"da": "medlemmerne", "en": "the members"},
}
IN_WORDS: dict[str, Text] = {
    "1/2": {"da": "halvdelen", "en": "half"},
    "2/3": {"da": "to tredjedele", "en": "two thirds"},
    "3/4": {"da": "tre fjerdedele", "en": "three quarters"},
}


def blind_with(key: bytes) -> Blind:
    """HMAC-SHA-256 under `key`, cut to 128 bits: whoever holds the key can find a member's ballot, nobody else.

    >>> blind_with(b"secret")("klima/1/p7")
    'e03f62488c197a74e3025034c030ede1'
    """
    return lambda words: hmac.new(key, words.encode(), hashlib.sha256).hexdigest()[:32]


def ballot_id(blind: Blind, assembly: str, number: int, member: str) -> str:
    """One ballot for each member and recommendation: a second one meets the first under the same id."""
    return f"{assembly}/{blind(f'{assembly}/{number}/{member}')}"


def count(choices: Iterable[Choice], members: int) -> Tally:
    """Count ballots."""
    votes = Counter(choices)
    return Tally(in_favour=votes["for"], against=votes["against"], abstained=votes["abstain"], members=members)


def shortfall(rule: DecisionRule, tally: Tally) -> Text | None:
    """Why `tally` does not meet `rule`, with the need and the have; None when it does."""
    cast = tally.in_favour + tally.against + tally.abstained
    quorum = _at_least(rule.quorum.numerator * tally.members, rule.quorum.denominator)
    if cast < quorum:
        return {
            "da": f"Der er {cast} stemmesedler fra {tally.members} medlemmer; der kræves mindst {quorum}.",
            "en": f"There are {cast} ballots from {tally.members} members; it takes at least {quorum}.",
        }
    whole = _whole(rule, tally)
    if whole == 0:
        return {"da": "Ingen har stemt for eller imod.", "en": "Nobody has voted for or against."}
    need = needed(rule, whole)
    if tally.in_favour >= need:
        return None
    of, share = COUNTED[rule.of], _share(rule)
    return {
        "da": f"{tally.in_favour} af {whole} {of['da']} er for; reglen ({share['da']}) kræver mindst {need}.",
        "en": f"{tally.in_favour} of {whole} {of['en']} are in favour; the rule ({share['en']}) needs at least {need}.",
    }


def needed(rule: DecisionRule, whole: int) -> int:
    """The fewest votes for that meet `rule` when `whole` count.

    >>> from borgerting.events.sessions import Ratio
    >>> needed(DecisionRule(threshold=Ratio(numerator=2, denominator=3)), 50)
    34
    >>> needed(DecisionRule(threshold=Ratio(numerator=1, denominator=2), more_than=True), 50)
    26
    """
    share, of = rule.threshold.numerator * whole, rule.threshold.denominator
    return share // of + 1 if rule.more_than else _at_least(share, of)


def outcome(
    assembly: str, number: int, rule: DecisionRule, tally: Tally
) -> RecommendationAdopted | RecommendationRejected:
    """The fact that closes a vote."""
    reason = shortfall(rule, tally)
    if reason is None:
        return RecommendationAdopted(assembly=assembly, number=number, tally=tally)
    return RecommendationRejected(assembly=assembly, number=number, tally=tally, reason=reason)


def describe(rule: DecisionRule) -> Text:
    """The rule in words.

    >>> from borgerting.events.sessions import Ratio
    >>> describe(DecisionRule(threshold=Ratio(numerator=2, denominator=3)))["en"]
    'at least two thirds of votes for and against; at least half of the members must vote'
    """
    share, of, quorum = _share(rule), WHOLE[rule.of], _in_words(rule.quorum)
    return {
        "da": f"{share['da']} af {of['da']}; mindst {quorum['da']} af medlemmerne skal stemme",
        "en": f"{share['en']} of {of['en']}; at least {quorum['en']} of the members must vote",
    }


@dataclass(frozen=True)
class Gate:
    """What a vote lets through: `sealed` once the assembly concludes."""

    number: int
    state: State
    sealed: bool


def admit(gate: Gate, member: str, members: Sequence[str]) -> None:
    """Refuse a ballot from a stranger, or after the vote was closed."""
    raise_all(member_problems("vote.member", (member,), members))
    if gate.state != "open":
        raise too_late(gate.number)


def too_late(number: int) -> Refused:
    """The vote was closed first."""
    return Refused(
        "vote.closed",
        da=f"Afstemningen om anbefaling {number} er lukket; stemmesedlen kom for sent og er ikke talt med.",
        en=f"The vote on recommendation {number} is closed; the ballot came too late and is not counted.",
    )


def already_voted(member: str, number: int) -> Refused:
    """One ballot each."""
    return Refused(
        "vote.already-voted",
        da=f"{member} har allerede stemt om anbefaling {number}; en afgivet stemme kan ikke ændres.",
        en=f"{member} has already voted on recommendation {number}; a ballot that is cast cannot be changed.",
    )


def require_closable(gate: Gate) -> None:
    """Refuse to close what somebody closed before; a close that was cut short may be finished."""
    if gate.state == "closed":
        raise Refused(
            "vote.closed-already",
            da=f"Afstemningen om anbefaling {gate.number} er allerede lukket og talt op.",
            en=f"The vote on recommendation {gate.number} is already closed and counted.",
        )


def unknown(number: int, have: int) -> Refused:
    """There is no such recommendation."""
    return Refused(
        "recommendation.unknown",
        da=f"Der er ingen anbefaling {number}: der er stillet {have}.",
        en=f"There is no recommendation {number}: {have} have been proposed.",
    )


def dissent(command: RecordDissent, gate: Gate, members: Sequence[str], in_favour: Sequence[str]) -> Dissent:
    """Return the statement; Refused unless the vote is over and no supporter is among `in_favour`.

    A dissent comes after the count: only then is it certain that its supporters did not vote for.
    """
    raise_all(_dissent_problems(command, gate, members, in_favour))
    return Dissent(text=command.text, supporters=len(command.members))


def _dissent_problems(
    command: RecordDissent, gate: Gate, members: Sequence[str], in_favour: Sequence[str]
) -> Iterator[Refused]:
    number = command.number
    if gate.state != "closed":
        yield Refused(
            "dissent.open-vote",
            da=f"Afstemningen om anbefaling {number} er ikke lukket; mindretalsudtalelser skrives bagefter.",
            en=f"The vote on recommendation {number} is not closed; dissents are written afterwards.",
        )
    if gate.sealed:
        yield Refused(
            "dissent.concluded",
            da="Forløbet er afsluttet, så der kan ikke føjes flere mindretalsudtalelser til.",
            en="The assembly is concluded, so no more dissents can be added.",
        )
    yield from text_problems("dissent.text", command.text, da="Mindretalsudtalelsen", en="The dissent")
    yield from member_problems("dissent.members", command.members, members)
    if not command.members:
        yield Refused(
            "dissent.members",
            da="0 medlemmer står bag mindretalsudtalelsen; der skal være mindst 1.",
            en="0 members stand behind the dissent; there must be at least 1.",
        )
    if in_favour:
        yield Refused(
            "dissent.voted-for",
            da=f"{len(in_favour)} af de {len(command.members)} bag udtalelsen stemte for anbefaling {number}.",
            en=f"{len(in_favour)} of the {len(command.members)} behind the dissent voted for recommendation {number}.",
        )


def _whole(rule: DecisionRule, tally: Tally) -> int:
    votes = tally.in_favour + tally.against
    return {"votes": votes, "ballots": votes + tally.abstained, "members": tally.members}[rule.of]


def _at_least(share: int, of: int) -> int:
    return -(-share // of)


def _share(rule: DecisionRule) -> Text:
    da, en = ("mere end", "more than") if rule.more_than else ("mindst", "at least")
    share = _in_words(rule.threshold)
    return {"da": f"{da} {share['da']}", "en": f"{en} {share['en']}"}


def _in_words(ratio: Ratio) -> Text:
    return IN_WORDS.get(str(ratio)) or {"da": str(ratio), "en": str(ratio)}
