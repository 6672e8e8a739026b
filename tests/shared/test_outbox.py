"""The relay may die between any two steps: nothing is lost, order is kept, the archive is complete."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from borgerting.errors import Transient
from borgerting.events.base import Envelope
from borgerting.events.sessions import AssemblySeated
from borgerting.store import Collection, Repository
from borgerting.store.archive import ARCHIVE, archived
from borgerting.store.outbox import Relay
from borgerting.stores.sqlite import SqliteStore
from borgerting.testing import FixedClock
from tests.shared.support import Breaking, Interrupted, Note, Write, beside

NOTES = [Collection(Note.collection, ("pending",)), ARCHIVE]


class Wire:
    """Takes envelopes until the `nth`, where the process dies: before it is out or, `late`, after."""

    def __init__(self, nth: int = 1_000_000, *, late: bool = False) -> None:
        self.out: list[Envelope] = []
        self._nth = nth
        self._late = late

    async def publish(self, envelope: Envelope) -> None:
        self._nth -= 1
        if self._nth < 0 and not self._late:
            raise Interrupted
        self.out.append(envelope)
        if self._nth < 0:
            raise Interrupted

    def first(self, source: str) -> list[int]:
        """Versions as a reader sees them who, as the inbox does, skips repeats."""
        return list(dict.fromkeys(e.version for e in self.out if e.source == source))


@pytest.fixture
async def repo(tmp_path: Path) -> AsyncIterator[Repository]:
    store = SqliteStore(tmp_path / "sessions.sqlite", NOTES)
    yield Repository("sessions", store, FixedClock())
    await store.close()


async def tell(repo: Repository, assembly: str, times: int = 1) -> Note:
    note = await repo.get(Note, assembly) or Note(id=assembly, assembly=assembly)
    for _ in range(times):
        fact = AssemblySeated(assembly=assembly, members=note.version + 1)
        note = await repo.save(note, [fact], cause=Write(assembly=assembly, key=str(note.version)))
    return note


async def pending(repo: Repository) -> list[Envelope]:
    return [e async for note in repo.find(Note) for e in note.outbox]


async def kept(repo: Repository) -> list[str]:
    return [envelope.id async for envelope in archived(repo.store)]


EVERY = [f"/sessions/assembly/{name}@{n}" for name in ("klima", "skole") for n in (1, 2, 3)]


@pytest.mark.parametrize("late", [False, True], ids=["before it is out", "after it is out"])
@pytest.mark.parametrize("nth", range(7))
async def test_a_relay_that_dies_at_any_publish_loses_nothing_and_keeps_the_order(
    repo: Repository, nth: int, late: bool
) -> None:
    await tell(repo, "klima", 3)
    await tell(repo, "skole", 3)
    wire = Wire(nth, late=late)
    if nth < 6:
        with pytest.raises(Interrupted):
            await Relay(repo, [Note], wire.publish).run_once()
    again = Wire()
    await Relay(repo, [Note], again.publish).run_once()
    wire.out += again.out
    assert wire.first("/sessions/assembly/klima") == [1, 2, 3]
    assert wire.first("/sessions/assembly/skole") == [1, 2, 3]
    assert await pending(repo) == []
    assert await kept(repo) == EVERY


@pytest.mark.parametrize("nth", range(9))
async def test_a_relay_that_dies_before_any_write_loses_nothing(repo: Repository, nth: int) -> None:
    await tell(repo, "klima", 3)
    await tell(repo, "skole", 3)
    wire = Wire()
    await asyncio.gather(
        Relay(beside(repo, Breaking(repo.store, nth)), [Note], wire.publish).run_once(), return_exceptions=True
    )
    await Relay(repo, [Note], wire.publish).run_once()
    assert wire.first("/sessions/assembly/klima") == [1, 2, 3]
    assert wire.first("/sessions/assembly/skole") == [1, 2, 3]
    assert await kept(repo) == EVERY
    assert await pending(repo) == []


async def test_nothing_is_published_before_it_is_archived(repo: Repository) -> None:
    async def publish(envelope: Envelope) -> None:
        assert envelope.id in await kept(repo)

    await tell(repo, "klima", 3)
    assert await Relay(repo, [Note], publish).run_once() == 3
    assert await Relay(repo, [Note], publish).run_once() == 0


async def test_what_changes_while_the_relay_publishes_is_neither_lost_nor_undone(repo: Repository) -> None:
    out = []

    async def publish(envelope: Envelope) -> None:
        out.append(envelope.version)
        if envelope.version == 1:
            note = await tell(repo, "klima")
            await repo.save(note.change(text="rewritten"))

    await tell(repo, "klima")
    relay = Relay(repo, [Note], publish)
    assert await relay.run_once() == 1
    note = await repo.get(Note, "klima")
    assert note is not None
    assert (note.text, [e.version for e in note.outbox], note.version) == ("rewritten", [2], 2)
    assert await relay.run_once() == 1
    assert out == [1, 2]
    assert await pending(repo) == []


async def test_a_document_that_is_deleted_while_the_relay_publishes_does_not_come_back(repo: Repository) -> None:
    async def publish(envelope: Envelope) -> None:
        note = await repo.get(Note, "klima")
        assert note is not None
        await repo.delete(note)

    await tell(repo, "klima")
    await Relay(repo, [Note], publish).run_once()
    assert await repo.get(Note, "klima") is None
    assert await kept(repo) == ["/sessions/assembly/klima@1"]


async def test_two_relays_on_one_store_and_a_writer_keep_the_order_together(repo: Repository) -> None:
    wire = Wire()
    relays = [Relay(beside(repo), [Note], wire.publish) for _ in range(2)]

    async def write() -> None:
        written = 0
        while written < 20:
            try:
                await tell(repo, "klima")
                written += 1
            except Transient:
                continue  # a relay cleared the outbox between our read and our write

    async def sweep(relay: Relay) -> None:
        while not writing.done():
            await relay.run_once()

    writing = asyncio.create_task(write())
    await asyncio.gather(writing, *(sweep(relay) for relay in relays))
    await relays[0].run_once()
    assert wire.first("/sessions/assembly/klima") == list(range(1, 21))
    assert len(await kept(repo)) == 20


async def test_one_source_that_cannot_be_published_does_not_hold_up_its_neighbours(repo: Repository) -> None:
    out = []

    async def publish(envelope: Envelope) -> None:
        if envelope.assembly == "klima":
            raise Transient("no")
        out.append(envelope.id)

    await tell(repo, "klima", 2)
    await tell(repo, "skole", 2)
    for _ in range(2):
        with pytest.raises(Transient):
            await Relay(repo, [Note], publish).run_once()
    assert out == ["/sessions/assembly/skole@1", "/sessions/assembly/skole@2"]
    assert {e.assembly for e in await pending(repo)} == {"klima"}
