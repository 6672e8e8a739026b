"""What recruitment keeps: the pool, its volunteers as pseudonymous rows, and the assembly's key."""

from collections.abc import AsyncIterator, Mapping
from typing import ClassVar

from pydantic import Field

from borgerting.errors import Text
from borgerting.events.base import Value
from borgerting.events.recruitment import Feature, Intake, Provenance, SnapshotRef
from borgerting.events.sessions import Eligibility
from borgerting.store import Document, EventSource, Repository
from services.recruitment.domain import pool


class Sealed(Value):
    """The ciphertext kept beside the store before anybody is told of it."""

    name: str
    size: int
    digest: str
    volunteers: int
    counts: dict[str, dict[str, int | None]]


class Pool(EventSource):
    """One per assembly; a volunteer is in it when `intakes` names a file that the row came with.

    `refused` are the reasons why no panel could be drawn from it, until it is frozen again.
    """

    collection: ClassVar[str] = "pool"

    state: pool.State = "prepared"
    title: Text
    panel_size: int
    eligibility: Eligibility
    synthetic: bool = False
    features: tuple[Feature, ...] = ()
    provenance: Provenance | None = None
    intakes: dict[str, Intake] = Field(default_factory=dict)
    sealed: Sealed | None = None
    snapshot: SnapshotRef | None = None
    refused: tuple[Text, ...] = ()

    @property
    def filled(self) -> list[str]:
        """The files that brought anybody."""
        return [name for name, intake in self.intakes.items() if intake.accepted]


class VolunteerRow(Document):
    """A pseudonymous row (id: assembly/row id); `intakes` are the files that brought it, told or not yet told."""

    collection: ClassVar[str] = "volunteer"
    indexes: ClassVar[tuple[str, ...]] = ("assembly",)

    features: dict[str, str]
    intakes: tuple[str, ...]

    @property
    def row_id(self) -> str:
        """The id in the organiser's file."""
        return self.id.removeprefix(f"{self.assembly}/")


class AssemblyKey(Document):
    """The key (hex) that seals everything about one assembly; destroying it destroys the snapshots."""

    collection: ClassVar[str] = "assembly_key"

    key: str = Field(repr=False)


KINDS: tuple[type[Document], ...] = (Pool, VolunteerRow, AssemblyKey)


async def rows_of(repo: Repository, assembly: str) -> Mapping[str, VolunteerRow]:
    """Every row of one assembly by row id, confirmed or not."""
    return {row.row_id: row async for row in repo.find(VolunteerRow, {"assembly": assembly})}


async def confirmed(repo: Repository, doc: Pool) -> AsyncIterator[VolunteerRow]:
    """The rows that are in the pool, in order of id."""
    async for row in repo.find(VolunteerRow, {"assembly": doc.assembly}):
        if any(intake in doc.intakes for intake in row.intakes):
            yield row
