"""What reporting stores: one row for each source, which generation of rows is live, and what has been published."""

from datetime import datetime
from typing import ClassVar

from borgerting.store import Document, EventSource
from services.reporting.domain import Facts, Folded, noun_of


class Row(Document):
    """What is known of one source in one generation; `source_version` is its last folded event.

    The row is its own inbox: an older event is skipped by comparing versions, in the same write.
    """

    collection: ClassVar[str] = "row"
    indexes: ClassVar[tuple[str, ...]] = ("assembly", "generation", "noun")

    generation: int
    noun: str
    source: str
    source_version: int
    at: datetime
    facts: Facts

    @property
    def folded(self) -> Folded:
        """The row as the domain sees it."""
        return Folded(source=self.source, version=self.source_version, at=self.at, facts=self.facts)

    def holding(self, known: Folded) -> "Row":
        """This row with newer facts."""
        return self.model_copy(update={"source_version": known.version, "at": known.at, "facts": known.facts})


def row_id(generation: int, source: str) -> str:
    """Where the row of `source` lies.

    >>> row_id(2, "/sessions/session/klima/1")
    '2:/sessions/session/klima/1'
    """
    return f"{generation}:{source}"


def new_row(generation: int, assembly: str, known: Folded) -> Row:
    """A row that is not stored yet."""
    return Row(
        id=row_id(generation, known.source),
        assembly=assembly,
        generation=generation,
        noun=noun_of(known.source),
        source=known.source,
        source_version=known.version,
        at=known.at,
        facts=known.facts,
    )


class Pointer(Document):
    """Names the generation of rows that readers see; there is one, and it belongs to no assembly."""

    collection: ClassVar[str] = "pointer"

    live: int = 1


POINTER = "rows"


class Published(EventSource):
    """A report that is out, with the SHA-256 of its canonical figures."""

    collection: ClassVar[str] = "report"

    figures: str


KINDS: tuple[type[Document], ...] = (Row, Pointer, Published)
