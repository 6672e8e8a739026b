"""A pool to test with: its charter, a small population, volunteers, and a store that can fail at any write."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path
from typing import Any

from borgerting.adapters import Dimension, PopulationSource, PopulationTable
from borgerting.desk import Desk
from borgerting.errors import Text
from borgerting.events.base import Envelope, Event
from borgerting.events.recruitment import Provenance
from borgerting.events.sessions import AssemblyChartered, DecisionRule, Eligibility, Ratio
from borgerting.plugins import load
from borgerting.snapshots import SnapshotFolder, new_key, seal
from borgerting.store import Record, Repository, Store
from borgerting.testing import ORGANISER
from services.recruitment.domain.commands import FreezePool, ImportQuotas, ReceiveVolunteers
from services.recruitment.handlers import Ports, commands, on_chartered
from services.recruitment.store import Pool

KLIMA = "klima"
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
EVERYBODY = Eligibility(min_age=0, wording={"da": "Alle."})
SIZE = 4
QUOTAS = "feature,value,min,max\nsex,women,2,2\nsex,men,2,2\narea,north,1,3\narea,south,1,3\n"


def volunteers_csv(people: int, start: int = 1) -> str:
    """Every second a woman, every third from the north, and a column that must not be kept."""
    rows = (
        f"r{n},{'women' if n % 2 else 'men'},{'north' if n % 3 else 'south'},Person {n}"
        for n in range(start, start + people)
    )
    return "\n".join(["id,sex,area,name", *rows]) + "\n"


def chartered(**changed: Any) -> AssemblyChartered:
    fields: dict[str, Any] = {
        "assembly": KLIMA,
        "title": {"da": "Klima i kommunen", "en": "Climate in the municipality"},
        "label": "borgersamling",
        "core_question": {"da": "Hvordan?"},
        "mandate": {"da": "Rådgiv byrådet."},
        "commissioner": "Byrådet",
        "controller": "Kommunen",
        "panel_size": SIZE,
        "eligibility": EVERYBODY,
        "decision_rule": DecisionRule(threshold=Ratio(numerator=2, denominator=3)),
        "answer_due": date(2026, 6, 1),
    }
    return AssemblyChartered(**{**fields, **changed})


def envelope_of(event: Event, source: str = f"/sessions/assembly/{KLIMA}", version: int = 1) -> Envelope:
    data = event.model_dump(mode="json", exclude={"assembly"})
    return Envelope(
        id=f"{source}@{version}",
        source=source,
        version=version,
        type=event.type,
        v=1,
        time=NOON,
        assembly=event.assembly,
        data=data,
    )


def quotas(key: str = "quotas", content: str = QUOTAS) -> ImportQuotas:
    return ImportQuotas(assembly=KLIMA, key=key, content=content)


def volunteers(content: str, key: str = "volunteers", **mapped: Any) -> ReceiveVolunteers:
    return ReceiveVolunteers(assembly=KLIMA, key=key, content=content, **mapped)


def freeze(key: str = "freeze") -> FreezePool:
    return FreezePool(assembly=KLIMA, key=key)


def table(
    dimensions: Mapping[str, Sequence[str]], counts: Sequence[int | None], labels: Mapping[str, Text] | None = None
) -> PopulationTable:
    """A table whose `counts` run through the dimensions' codes, the last one fastest."""
    made = tuple(
        Dimension(name, (labels or {}).get(name, {"en": name}), {code: {"en": code} for code in codes})
        for name, codes in dimensions.items()
    )
    cells = dict(zip(product(*dimensions.values()), counts, strict=True))
    provenance = Provenance(
        source="test",
        publisher="Test office",
        title={"en": "People"},
        table="t1",
        period="2026",
        updated=None,
        fetched_at=NOON,
        licence="CC0",
        sha256="0" * 64,
        query={name: tuple(codes) for name, codes in dimensions.items()},
    )
    return PopulationTable(made, cells, provenance)


@dataclass
class Shelf:
    """Where sealed snapshots are handed over in a test; remembers every put."""

    put: list[tuple[str, str, bytes]] = field(default_factory=list)

    async def __call__(self, assembly: str, name: str, sealed: bytes) -> str:
        self.put.append((assembly, name, sealed))
        return f"snapshots-{assembly}"


@dataclass
class World:
    """One service's handlers on one store."""

    repo: Repository
    folder: Path
    shelf: Shelf = field(default_factory=Shelf)

    def __post_init__(self) -> None:
        settings = {"saved-json-stat": {"folder": str(self.folder / "tables")}}
        sources = load("borgerting.population_sources", PopulationSource, settings)
        self.snapshots = SnapshotFolder(self.folder / "snapshots")
        self.ports = Ports(sources, self.snapshots, new_key, seal, self.shelf)
        self.desk = Desk(self.repo, commands(self.ports))

    async def do(self, command: Any) -> Any:
        return await self.desk.do(ORGANISER, command)

    async def charter(self, **changed: Any) -> None:
        event = chartered(**changed)
        await on_chartered(self.repo, event, envelope_of(event))

    async def pool(self) -> Pool:
        found = await self.repo.get(Pool, KLIMA)
        assert found is not None
        return found


class PowerCut(Exception):
    """The process died."""


class Watched:
    """A real store with something else happening just before its n-th write (counted from 0)."""

    def __init__(self, store: Store, writes: int, happen: Callable[[], Awaitable[object]]) -> None:
        self._store = store
        self._left = writes
        self._happen = happen
        self.get, self.find, self.close = store.get, store.find, store.close

    async def insert(self, collection: str, record: Record) -> None:
        await self._count()
        await self._store.insert(collection, record)

    async def replace(self, collection: str, record: Record) -> None:
        await self._count()
        await self._store.replace(collection, record)

    async def delete(self, collection: str, id: str) -> None:
        await self._count()
        await self._store.delete(collection, id)

    async def _count(self) -> None:
        self._left -= 1
        if self._left == -1:
            await self._happen()


def interrupted(repo: Repository, writes: int, happen: Callable[[], Awaitable[object]]) -> Repository:
    return Repository(repo.service, Watched(repo.store, writes, happen), repo.clock)


def fragile(repo: Repository, writes: int) -> Repository:
    """A repository whose power is cut just before its n-th write, and stays so."""
    store = Watched(repo.store, writes, _cut)
    return Repository(repo.service, store, repo.clock)


async def _cut() -> None:
    raise PowerCut
