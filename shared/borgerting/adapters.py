"""The Protocols that partners implement; each is found by the entry-point group named in its docstring."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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
class Portfolio:
    """The tickets fixed before a draw: each is the sorted ids of one whole panel; `solver` names what made them."""

    tickets: tuple[tuple[str, ...], ...]
    solver: str


Progress = Callable[[int, int], None]
"""Called with tickets done and tickets in all."""


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
