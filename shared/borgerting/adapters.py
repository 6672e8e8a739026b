"""The Protocols that partners implement; each is found by the entry-point group named in its docstring."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol, runtime_checkable

from borgerting.errors import Text
from borgerting.events.recruitment import PoolSnapshot, Provenance


@dataclass(frozen=True)
class Dimension:
    """One dimension of a table: `categories` maps code (identity) to label, in the source's order."""

    code: str
    label: Text
    categories: Mapping[str, Text]


@dataclass(frozen=True)
class PopulationTable:
    """Counts of people: `cells` maps one code per dimension to a count, None where it is missing or suppressed."""

    dimensions: tuple[Dimension, ...]
    cells: Mapping[tuple[str, ...], int | None]
    provenance: Provenance


@runtime_checkable
class PopulationSource(Protocol):
    """Reads counts of a population; entry-point group ``borgerting.population_sources``."""

    async def describe(self, table: str) -> tuple[Dimension, ...]:
        """The dimensions of `table` with all their codes."""
        ...

    async def fetch(self, table: str, query: Mapping[str, Sequence[str]]) -> PopulationTable:
        """The cells that `query` selects: codes for every dimension; Refused when one is not named."""
        ...


@dataclass(frozen=True)
class Level:
    """One step of a leximin: no lottery gives each of these `people` more than `bound`; this one gives `chance`."""

    people: int
    chance: Fraction
    bound: Fraction


@dataclass(frozen=True)
class Fairness:
    """What a selector claims of its lottery, and what proves it.

    `target` is everybody's chance in the exact lottery that the tickets approach; `levels` start with the smallest
    chance; `certified` is False where the work limit came first, and the gap of the first open level says how far it
    was; `proof` is the certificate, whole numbers and text only, as `services.lottery.domain.certificate` reads it.
    """

    objective: str
    target: Mapping[str, Fraction]
    levels: tuple[Level, ...]
    certified: bool
    proof: Mapping[str, Any]


@dataclass(frozen=True)
class Portfolio:
    """The tickets fixed before a draw; `solver` names what made them, `fairness` is None where nothing is claimed.

    A ticket is the sorted ids of one whole panel; where several panels are drawn at once, one after the other.
    `alternates` holds for each ticket those who are called, in that order, when its members decline; where a selector
    names none, the lottery does.
    """

    tickets: tuple[tuple[str, ...], ...]
    solver: str
    fairness: Fairness | None = None
    alternates: tuple[tuple[str, ...], ...] = ()


class Progress(Protocol):
    """Hears how far a selector has come, as often as it likes to tell; ``progress(done, of)`` alone will do.

    `done` of `of` counts the work of one `phase`, tickets where none is named; a phase is one of PHASES. `gap` is how
    far the best lottery so far is from the proven bound, relative to it, and `panels` how many panels were found.
    """

    def __call__(
        self, done: int, of: int, *, phase: str = "", gap: Fraction | None = None, panels: int | None = None
    ) -> None:
        """Tell it."""
        ...


PHASES = ("distribution", "tickets", "alternates")
"""Finding the fairest chances, making the tickets that give them, naming each ticket's alternates."""


@runtime_checkable
class Selector(Protocol):
    """Makes a portfolio of panels that keep every quota; entry-point group ``borgerting.selectors``."""

    def select(self, pool: PoolSnapshot, tickets: int, seed: int, progress: Progress) -> Portfolio:
        """Return `tickets` panels; Refused when no panel can meet the quotas. Same arguments, same result."""
        ...


@runtime_checkable
class CharterTemplates(Protocol):
    """Offers charters to start from; entry-point group ``borgerting.charter_templates``."""

    def templates(self) -> Mapping[str, Mapping[str, Any]]:
        """Template name -> the fields of a charter, ready to be edited."""
        ...


@dataclass(frozen=True)
class ExportedFile:
    """A file for the organiser or the public."""

    name: str
    media_type: str
    content: bytes


@runtime_checkable
class Exporter(Protocol):
    """Writes a report in one format; entry-point group ``borgerting.exporters``."""

    def export(self, report: Mapping[str, Any], language: str) -> ExportedFile:
        """Turn the report's figures into one file."""
        ...
