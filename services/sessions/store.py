"""The documents of this service and how they are read together."""

from collections.abc import Iterable
from typing import ClassVar, TypeVar

from pydantic import Field

from borgerting.errors import Text
from borgerting.events.sessions import (
    AssemblyChartered,
    Choice,
    Dissent,
    RecommendationProposed,
    SessionHeld,
    Tally,
)
from borgerting.store import Document, EventSource, Repository
from services.sessions.domain import course, vote

D = TypeVar("D", bound=Document)


class Assembly(EventSource):
    """One assembly; its counters admit sessions and recommendations, so one write decides who came first.

    `drawn` holds the versions of panel, pool and draw that the roster came from.
    """

    collection: ClassVar[str] = "assembly"

    charter: AssemblyChartered
    state: course.State = "chartered"
    members: tuple[str, ...] = ()
    drawn: dict[str, int] = Field(default_factory=dict)
    sessions: int = 0
    recommendations: int = 0

    @property
    def standing(self) -> course.Standing:
        """What the rules need to know."""
        return course.Standing(self.state, self.charter, self.members, self.sessions, self.recommendations)


class Session(EventSource):
    """One session as it was held; a draft until the assembly counts it, published after that."""

    collection: ClassVar[str] = "session"

    fact: SessionHeld


class Recommendation(EventSource):
    """One text and the vote on it; `counted` holds the ids of the ballots once no other can come in."""

    collection: ClassVar[str] = "recommendation"

    fact: RecommendationProposed
    state: vote.State = "open"
    counted: tuple[str, ...] = ()
    tally: Tally | None = None
    adopted: bool | None = None
    reason: Text | None = None
    dissents: tuple[Dissent, ...] = ()
    sealed: bool = False

    @property
    def gate(self) -> vote.Gate:
        """What the rules need to know."""
        return vote.Gate(self.fact.number, self.state, self.sealed)


class Ballot(EventSource):
    """One vote under a blind id.

    `receipt` tells a repeat of the same command from a second ballot; the key itself would tell who voted, so it
    is neither kept here nor sent along as a cause.
    """

    collection: ClassVar[str] = "ballot"
    indexes: ClassVar[tuple[str, ...]] = ("recommendation",)

    recommendation: str
    number: int
    choice: Choice
    receipt: str


KINDS: tuple[type[Document], ...] = (Assembly, Session, Recommendation, Ballot)


def numbered(assembly: str, number: int) -> str:
    """The id of a session or recommendation."""
    return f"{assembly}/{number}"


async def sessions_of(repo: Repository, assembly: Assembly) -> list[Session]:
    """Every session that the assembly counts, in order."""
    return _there([await repo.get(Session, numbered(assembly.id, n)) for n in range(1, assembly.sessions + 1)])


async def recommendations_of(repo: Repository, assembly: Assembly) -> list[Recommendation]:
    """Every recommendation that the assembly counts, in order."""
    numbers = range(1, assembly.recommendations + 1)
    return _there([await repo.get(Recommendation, numbered(assembly.id, n)) for n in numbers])


async def ballots_of(repo: Repository, recommendation: Recommendation) -> list[Ballot]:
    """Every ballot on one recommendation that has come in, counted or not."""
    return [ballot async for ballot in repo.find(Ballot, {"recommendation": recommendation.id})]


def _there(found: Iterable[D | None]) -> list[D]:
    return [doc for doc in found if doc is not None]
