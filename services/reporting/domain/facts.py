"""What is known of one source after its last event: a small value for each noun, and how an event changes it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, TypeVar, get_args

from pydantic import Field

from borgerting.errors import Broken, Text
from borgerting.events.base import Envelope, Event, Value
from borgerting.events.lottery import (
    DrawDelegated,
    DrawProgressed,
    DrawRefused,
    DrawSealed,
    DrawStarted,
    PanelDrawn,
    SeatRefilled,
)
from borgerting.events.recruitment import Intake, PoolFrozen, PoolOpened, PoolPrepared, VolunteersReceived
from borgerting.events.sessions import (
    AssemblyChartered,
    AssemblyConcluded,
    AssemblySeated,
    BallotCast,
    Choice,
    Dissent,
    DissentRecorded,
    RecommendationAdopted,
    RecommendationProposed,
    RecommendationRejected,
    SessionHeld,
    Tally,
)


class AssemblyFacts(Value):
    """The charter, how many are seated, and at the end the sources that the conclusion lists."""

    noun: Literal["assembly"] = "assembly"
    charter: AssemblyChartered | None = None
    seated: int | None = None
    sources: dict[str, int] | None = None

    def after(self, event: Event) -> "AssemblyFacts":
        """These facts with what `event` adds."""
        match event:
            case AssemblyChartered():
                return self.model_copy(update={"charter": event})
            case AssemblySeated():
                return self.model_copy(update={"seated": event.members})
            case AssemblyConcluded():
                return self.model_copy(update={"sources": event.sources})
        raise _stranger(self.noun, event)


class PoolFacts(Value):
    """The quotas, what each file of volunteers brought, and the frozen pool's counts."""

    noun: Literal["pool"] = "pool"
    opened: PoolOpened | None = None
    intakes: tuple[Intake, ...] = ()
    volunteers: int | None = None
    counts: dict[str, dict[str, int | None]] | None = None

    def after(self, event: Event) -> "PoolFacts":
        """These facts with what `event` adds."""
        match event:
            case PoolPrepared():
                return self
            case PoolOpened():
                return self.model_copy(update={"opened": event})
            case VolunteersReceived():
                return self.model_copy(update={"intakes": (*self.intakes, event.intake)})
            case PoolFrozen():
                return self.model_copy(update={"volunteers": event.volunteers, "counts": event.counts})
        raise _stranger(self.noun, event)


class DrawFacts(Value):
    """How far the portfolio is, why it was refused, or its seal."""

    noun: Literal["draw"] = "draw"
    tickets: int = 0
    done: int = 0
    refused: tuple[Text, ...] = ()
    sealed: DrawSealed | None = None

    def after(self, event: Event) -> "DrawFacts":
        """These facts with what `event` adds."""
        match event:
            case DrawStarted():  # also when an earlier pool was refused
                return self.model_copy(update={"tickets": event.tickets, "done": 0, "refused": ()})
            case DrawDelegated():
                return self.model_copy(update={"done": 0, "refused": ()})
            case DrawProgressed():
                return self.model_copy(update={"done": event.done, "tickets": event.tickets})
            case DrawRefused():
                return self.model_copy(update={"refused": event.reasons})
            case DrawSealed():
                return self.model_copy(update={"sealed": event, "done": event.tickets, "tickets": event.tickets})
        raise _stranger(self.noun, event)


class PanelFacts(Value):
    """The drawn ticket, or whose draw it was; of members only how many there are is kept, not their pseudonyms."""

    noun: Literal["panel"] = "panel"
    seed: str = ""
    ticket: int = 0
    tickets: int = 0
    members: int = 0
    alternates: int = 0
    drawn_by: str | None = None
    method: str | None = None
    counts: dict[str, dict[str, int]] = Field(default_factory=dict)

    def after(self, event: Event) -> "PanelFacts":
        """These facts with what `event` adds."""
        if not isinstance(event, PanelDrawn):
            raise _stranger(self.noun, event)
        drawn = event.model_dump(include={"seed", "ticket", "tickets", "counts", "drawn_by", "method"})
        people = {"members": len(event.members), "alternates": len(event.alternates)}
        return self.model_copy(update={**drawn, **people})


class SeatFacts(Value):
    """Seats filled again after the draw, and those that stayed empty."""

    noun: Literal["seat"] = "seat"
    refilled: int = 0
    empty: int = 0

    def after(self, event: Event) -> "SeatFacts":
        """These facts with what `event` adds."""
        if not isinstance(event, SeatRefilled):
            raise _stranger(self.noun, event)
        filled = event.came is not None
        return self.model_copy(update={"refilled": self.refilled + filled, "empty": self.empty + (not filled)})


class SessionFacts(Value):
    """One session; attendance is a number, not a list of pseudonyms."""

    noun: Literal["session"] = "session"
    held: SessionHeld | None = None
    present: int = 0

    def after(self, event: Event) -> "SessionFacts":
        """These facts with what `event` adds."""
        if not isinstance(event, SessionHeld):
            raise _stranger(self.noun, event)
        return self.model_copy(update={"held": event.model_copy(update={"present": ()}), "present": len(event.present)})


class RecommendationFacts(Value):
    """A recommendation's text, its dissents, and how its vote ended."""

    noun: Literal["recommendation"] = "recommendation"
    proposed: RecommendationProposed | None = None
    dissents: tuple[Dissent, ...] = ()
    outcome: Literal["open", "adopted", "rejected"] = "open"
    tally: Tally | None = None
    reason: Text | None = None

    def after(self, event: Event) -> "RecommendationFacts":
        """These facts with what `event` adds."""
        match event:
            case RecommendationProposed():
                return self.model_copy(update={"proposed": event})
            case DissentRecorded():
                return self.model_copy(update={"dissents": (*self.dissents, event.dissent)})
            case RecommendationAdopted():
                return self.model_copy(update={"outcome": "adopted", "tally": event.tally})
            case RecommendationRejected():
                return self.model_copy(update={"outcome": "rejected", "tally": event.tally, "reason": event.reason})
        raise _stranger(self.noun, event)


class BallotFacts(Value):
    """One blind ballot."""

    noun: Literal["ballot"] = "ballot"
    number: int = 0
    choice: Choice = "abstain"

    def after(self, event: Event) -> "BallotFacts":
        """These facts with what `event` adds."""
        if not isinstance(event, BallotCast):
            raise _stranger(self.noun, event)
        return BallotFacts(number=event.number, choice=event.choice)


Known = (
    AssemblyFacts | PoolFacts | DrawFacts | PanelFacts | SeatFacts | SessionFacts | RecommendationFacts | BallotFacts
)
Facts = Annotated[Known, Field(discriminator="noun")]
K = TypeVar("K", bound=Known)

NOUNS: Mapping[str, type[Known]] = {kind.model_fields["noun"].default: kind for kind in get_args(Known)}
"""Every noun that reporting reads; its own report is not among them."""


class Folded(Value):
    """What is known of `source` at `version`, whose event happened at `at`."""

    source: str
    version: int
    at: datetime
    facts: Facts


def noun_of(source: str) -> str:
    """The noun in a source's name.

    >>> noun_of("/sessions/ballot/klima/7f3a")
    'ballot'
    """
    return source.split("/")[2]


def fold(known: Folded | None, event: Event, envelope: Envelope) -> Folded:
    """What is known after `event`, which follows the last one without a gap; Broken for what reporting cannot read."""
    noun = noun_of(envelope.source)
    if noun not in NOUNS:
        raise Broken(f"reporting knows no {noun}: {envelope.type} from {envelope.source}")
    expected = known.version + 1 if known else 1
    if envelope.version != expected:
        raise Broken(f"{envelope.source}: version {envelope.version} came where {expected} was due")
    facts = known.facts if known else NOUNS[noun]()
    return Folded(source=envelope.source, version=envelope.version, at=envelope.time, facts=facts.after(event))


def _stranger(noun: str, event: Event) -> Broken:
    return Broken(f"{event.type} cannot come from a {noun}")
