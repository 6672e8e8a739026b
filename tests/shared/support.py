"""Documents, commands and envelopes to test the library with, and a store that can be made to fail."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from borgerting.events.base import Envelope
from borgerting.store import Command, Document, EventSource, Record, Repository, Store

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


class Diary(Document):
    """Writes down what its handler was given."""

    collection: ClassVar[str] = "diary"
    lines: tuple[str, ...] = ()


class Note(EventSource):
    """Publishes as ``/sessions/assembly/...`` would."""

    collection: ClassVar[str] = "assembly"
    text: str = ""


class Write(Command):
    action: ClassVar[str] = "sessions.charter"
    text: str = ""


class Erase(Command):
    action: ClassVar[str] = "sessions.charter"
    text: str = ""


def envelope(version: int, assembly: str = "klima", **changed: Any) -> Envelope:
    source = f"/sessions/assembly/{assembly}"
    fields = {
        "id": f"{source}@{version}",
        "source": source,
        "version": version,
        "type": "sessions.assembly.seated",
        "v": 1,
        "time": NOON,
        "assembly": assembly,
        "data": {"members": version},
    }
    return Envelope.model_validate(fields | changed)


async def write_down(repo: Repository, envelope: Envelope) -> None:
    """A handler as they should be: effects first, and its own proof of cause in the document it changes."""
    diary = await repo.get(Diary, envelope.assembly) or Diary(id=envelope.assembly, assembly=envelope.assembly)
    if not repo.already(diary, envelope):
        await repo.save(diary.change(lines=(*diary.lines, envelope.id)), cause=envelope)


async def lines(repo: Repository, assembly: str = "klima") -> list[str]:
    """The versions that were handled, in order."""
    diary = await repo.get(Diary, assembly)
    return [line.rpartition("@")[2] for line in diary.lines] if diary else []


class Interrupted(Exception):
    """The process dies here."""


class Breaking:
    """The real store, which stops working at the `nth` write."""

    def __init__(self, store: Store, nth: int) -> None:
        self._store = store
        self._left = nth

    async def insert(self, collection: str, record: Record) -> None:
        self._count()
        await self._store.insert(collection, record)

    async def replace(self, collection: str, record: Record) -> None:
        self._count()
        await self._store.replace(collection, record)

    async def delete(self, collection: str, id: str) -> None:
        self._count()
        await self._store.delete(collection, id)

    async def get(self, collection: str, id: str) -> Record | None:
        return await self._store.get(collection, id)

    async def find(
        self, collection: str, where: Mapping[str, str | int] | None = None, *, after: str = "", limit: int = 1000
    ) -> Sequence[Record]:
        return await self._store.find(collection, where, after=after, limit=limit)

    async def close(self) -> None:
        await self._store.close()

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise Interrupted


def beside(repo: Repository, store: Store | None = None) -> Repository:
    """Another replica on the same store, or the same one with its store wrapped."""
    return Repository(repo.service, store or repo.store, repo.clock)


Step = Callable[[], Awaitable[None]]
