"""The course of an assembly: it is seated, holds sessions, takes proposals and is concluded."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from borgerting.errors import Refused
from borgerting.events.sessions import AssemblyChartered, RecommendationProposed, SessionHeld
from services.sessions.domain.commands import HoldSession, ProposeRecommendation
from services.sessions.domain.wording import MAX_LINE, listed, raise_all, text_problems

State = Literal["chartered", "seated", "concluding", "concluded"]


@dataclass(frozen=True)
class Standing:
    """Where an assembly is: `sessions` and `recommendations` count what is admitted so far."""

    state: State
    charter: AssemblyChartered
    members: tuple[str, ...]
    sessions: int
    recommendations: int


def seat(standing: Standing, members: Sequence[str]) -> tuple[str, ...]:
    """Return the panel to seat; Refused when one is seated, or when it is not the charter's size."""
    if standing.state != "chartered":
        raise Refused(
            "panel.seated",
            da=f"Der sidder allerede en deltagerkreds på {len(standing.members)}; en ny kan ikke tage dens plads.",
            en=f"A panel of {len(standing.members)} is seated already; another cannot take its place.",
        )
    need, have = standing.charter.panel_size, len(set(members))
    if have != need or len(members) != need:
        raise Refused(
            "panel.size",
            da=f"Lodtrækningen gav {have} forskellige medlemmer i {len(members)} pladser; kommissoriet siger {need}.",
            en=f"The draw gave {have} different members in {len(members)} seats; the charter says {need}.",
        )
    return tuple(sorted(members))


def require_seated(standing: Standing) -> None:
    """Refuse before the panel is drawn, and once the assembly is concluded."""
    if standing.state == "chartered":
        raise Refused(
            "panel.missing",
            da="Deltagerkredsen er ikke trukket endnu. Gennemfør lodtrækningen først.",
            en="The panel has not been drawn yet. Hold the draw first.",
        )
    if standing.state != "seated":
        raise Refused(
            "assembly.concluded",
            da=f"{_the(standing)} er afsluttet, så der kan ikke føjes mere til.",
            en="The assembly is concluded, so nothing can be added.",
        )


def hold(command: HoldSession, standing: Standing, today: date) -> SessionHeld:
    """Return the session as a fact; Refused with every rule it breaks."""
    require_seated(standing)
    raise_all(_session_problems(command, standing, today))
    return SessionHeld(
        assembly=command.assembly,
        number=command.number,
        title=command.title,
        held_on=command.held_on,
        present=tuple(sorted(command.present)),
        members=len(standing.members),
        minutes=command.minutes,
    )


def propose(command: ProposeRecommendation, standing: Standing) -> RecommendationProposed:
    """Return the proposal as a fact; Refused with every rule it breaks."""
    require_seated(standing)
    raise_all(_proposal_problems(command, standing))
    return RecommendationProposed(
        assembly=command.assembly, number=command.number, title=command.title, text=command.text
    )


def require_concludable(standing: Standing, open_votes: Sequence[int]) -> None:
    """Refuse to conclude without a session, or while recommendations `open_votes` are being voted on."""
    require_seated(standing)
    if standing.sessions < 1:
        raise Refused(
            "conclude.sessions",
            da=f"{_the(standing)} har holdt 0 samlinger; der skal være mindst 1, før der kan afsluttes.",
            en="The assembly has held 0 sessions; it takes at least 1 before it can be concluded.",
        )
    if open_votes:
        numbers = ", ".join(map(str, open_votes))
        raise Refused(
            "conclude.open-votes",
            da=f"Afstemningen om anbefaling {numbers} er ikke lukket. Luk den, før der afsluttes.",
            en=f"The vote on recommendation {numbers} is not closed. Close it before you conclude.",
        )


def member_problems(code: str, named: Sequence[str], members: Sequence[str]) -> Iterator[Refused]:
    """Say no to people who are not members, and to anybody named twice."""
    if strangers := set(named) - set(members):
        who = listed(strangers)
        yield Refused(
            code,
            da=f"{who} er ikke medlem af deltagerkredsen på {len(members)}. Ret navnet.",
            en=f"{who} is not a member of the panel of {len(members)}. Correct the name.",
        )
    if twice := [name for name, times in Counter(named).items() if times > 1]:
        who = listed(twice)
        yield Refused(code, da=f"{who} er nævnt mere end én gang.", en=f"{who} is named more than once.")


def _session_problems(command: HoldSession, standing: Standing, today: date) -> Iterator[Refused]:
    yield from _next("session.number", command.number, standing.sessions, da="Samling", en="Session")
    yield from text_problems("session.title", command.title, da="Samlingens titel", en="The title", most=MAX_LINE)
    yield from text_problems("session.minutes", command.minutes, da="Teksten i referatet", en="The text of the minutes")
    yield from member_problems("session.present", command.present, standing.members)
    if not command.present:
        yield Refused(
            "session.present",
            da=f"0 af {len(standing.members)} medlemmer er markeret som til stede; der skal være mindst 1.",
            en=f"0 of {len(standing.members)} members are marked as present; there must be at least 1.",
        )
    # a rehearsal plays a whole course in a minute, so its sessions may lie in the days to come
    if command.held_on > today and not standing.charter.synthetic:
        yield Refused(
            "session.held-on",
            da=f"Samlingen er dateret {command.held_on}, men i dag er det {today}. Skriv referatet, når den er holdt.",
            en=f"The session is dated {command.held_on}, but today is {today}. Record it once it has been held.",
        )


def _proposal_problems(command: ProposeRecommendation, standing: Standing) -> Iterator[Refused]:
    number, have = command.number, standing.recommendations
    yield from _next("recommendation.number", number, have, da="Anbefaling", en="Recommendation")
    title, text = command.title, command.text
    yield from text_problems("recommendation.title", title, da="Anbefalingens titel", en="The title", most=MAX_LINE)
    yield from text_problems(
        "recommendation.text", text, da="Teksten i anbefalingen", en="The text of the recommendation"
    )


def _next(code: str, number: int, have: int, *, da: str, en: str) -> Iterator[Refused]:
    if number != have + 1:
        yield Refused(
            code,
            da=f"{da} {number} kan ikke komme nu: der er {have}, så den næste er nummer {have + 1}.",
            en=f"{en} {number} cannot come now: there are {have}, so the next is number {have + 1}.",
        )


def _the(standing: Standing) -> str:
    return "Borgertinget" if standing.charter.label == "borgerting" else "Borgersamlingen"
