"""Measures the bus, the store and registrations on this machine (`make bench`): about a minute, warm-up left out."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "shared")]

from nats.aio.client import Client  # noqa: E402
from nats.js.api import ConsumerConfig  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

from borgerting.broker import Broker  # noqa: E402
from borgerting.bus import BATCH, Bus  # noqa: E402
from borgerting.events import decode, wire  # noqa: E402
from borgerting.events.base import Envelope  # noqa: E402
from borgerting.events.sessions import AssemblySeated  # noqa: E402
from borgerting.metrics import Metrics  # noqa: E402
from borgerting.service import Service  # noqa: E402
from borgerting.settings import read  # noqa: E402
from borgerting.store import Collection, Record, Repository  # noqa: E402
from borgerting.stores.sqlite import SqliteStore  # noqa: E402
from borgerting.suite import embedded_broker  # noqa: E402
from borgerting.testing import ORGANISER, repository  # noqa: E402
from borgerting.topology import STREAM  # noqa: E402
from tests.recruitment.support import World, volunteers  # noqa: E402
from tests.recruitment.support import quotas as quota_file  # noqa: E402
from tests.shared.support import Diary, Note, Write, envelope  # noqa: E402

SINGLES = 300
SLOW_SINGLES = 20
EVENTS = 3000
WARM_UP = 30
WRITES = 400
SHARED_WRITES = 20_000
LANES = 200
PEOPLE = 5000
PATIENCE = 60.0

Row = tuple[str, str, str]


def rate(count: int, seconds: float) -> str:
    return f"{count / seconds:,.0f}/s"


def spread(seconds: Sequence[float]) -> str:
    cuts = quantiles(seconds, n=100)
    return f"p50 {cuts[49] * 1000:.1f} ms, p99 {cuts[98] * 1000:.1f} ms"


async def timed(work: Awaitable[object]) -> float:
    begun = time.perf_counter()
    await work
    return time.perf_counter() - begun


class Arrivals:
    """Tells when an event, or the last of many, has been handled and written; its ack is then on its way."""

    def __init__(self) -> None:
        self.count = 0
        self._target = 0
        self._there = asyncio.Event()

    def add(self, count: int) -> None:
        self.count += count
        if self.count >= self._target:
            self._there.set()

    async def until(self, target: int) -> None:
        self._target = target
        self._there.clear()
        if self.count < target:
            await asyncio.wait_for(self._there.wait(), PATIENCE)


async def note_arrival(repo: Repository, event: AssemblySeated, envelope: Envelope) -> None:
    """One aggregate handler: read, decide whether it is new, write."""
    diary = await repo.get(Diary, envelope.assembly) or Diary(id=envelope.assembly, assembly=envelope.assembly)
    if not repo.already(diary, envelope):
        await repo.save(diary.change(lines=(envelope.id,)), cause=envelope)


async def latency(broker: Broker, folder: Path) -> list[float]:
    """From the save of a command in one service to the written effect in another, one event at a time."""
    arrived = Arrivals()

    async def react(repo: Repository, event: AssemblySeated, envelope: Envelope) -> None:
        await note_arrival(repo, event, envelope)
        arrived.add(1)

    writer = Service("sessions", read(data=folder, nats_url=broker.url), [Note])
    reader = Service("recruitment", read(data=folder, nats_url=broker.url), [Diary])
    reader.react({AssemblySeated: react})
    await writer.start()
    await reader.start()
    measured = []
    try:
        for n in range(1, SINGLES + 1):
            note = Note(id=f"single-{n}", assembly=f"single-{n}")
            fact = AssemblySeated(assembly=note.assembly, members=n)
            begun = time.perf_counter()
            await writer.repo.save(note, [fact], cause=Write(assembly=note.assembly, key=str(n)))
            await arrived.until(n)
            measured.append(time.perf_counter() - begun)
    finally:
        await reader.stop()
        await writer.stop()
    return measured[WARM_UP:]


async def publish_many(broker: Broker, assembly: str) -> None:
    """Fill the stream before anybody fetches, so that only consuming is measured."""
    bus = Bus(broker.url, "bench", Metrics())
    await bus.connect()
    for start in range(1, EVENTS + 1, BATCH):
        await asyncio.gather(*(bus.publish(envelope(n, assembly)) for n in range(start, start + BATCH)))
    await bus.stop()


async def batch_latency(broker: Broker) -> list[float]:
    """From the publish of one event to the handler of a batch, which here writes nothing."""
    arrived = Arrivals()

    async def fold(envelopes: Sequence[Envelope]) -> None:
        arrived.add(len(envelopes))

    reader, writer = Bus(broker.url, "reporting", Metrics()), Bus(broker.url, "bench", Metrics())
    reader.consume(fold, batch=True)
    await writer.connect()
    await reader.connect()
    await reader.start()
    await arrived.until(SINGLES)
    measured = []
    for n in range(1, SLOW_SINGLES + 1):
        begun = time.perf_counter()
        await writer.publish(envelope(n, "batch"))
        await arrived.until(SINGLES + n)
        measured.append(time.perf_counter() - begun)
    await reader.stop()
    await writer.stop()
    return measured


async def one_by_one(broker: Broker, folder: Path) -> float:
    """A service's inbox and one aggregate handler: fetch, read, write, move the inbox on, ack."""
    arrived = Arrivals()

    async def react(repo: Repository, event: AssemblySeated, envelope: Envelope) -> None:
        await note_arrival(repo, event, envelope)
        arrived.add(1)

    service = Service("recruitment", read(data=folder, nats_url=broker.url), [Diary])
    service.react({AssemblySeated: react})
    await service.start()
    try:
        await arrived.until(WARM_UP)
        first = arrived.count
        return await timed(arrived.until(EVENTS)) * (EVENTS / (EVENTS - first))
    finally:
        await service.stop()


async def in_batches(broker: Broker, folder: Path) -> float:
    """Reporting's way: a row for each source, the writes of a batch in one commit."""
    arrived = Arrivals()
    async with repository("reporting", folder, Diary) as repo:

        async def fold(envelopes: Sequence[Envelope]) -> None:
            latest = {e.assembly: e for e in envelopes}
            for one in envelopes:
                decode(one)
            for assembly, last in latest.items():
                diary = await repo.get(Diary, assembly) or Diary(id=assembly, assembly=assembly)
                await repo.save(diary.change(lines=(last.id,)), cause=last)
            arrived.add(len(envelopes))

        bus = Bus(broker.url, "reporting", Metrics())
        bus.consume(fold, batch=True)
        await bus.connect()
        await bus.start()
        try:
            await arrived.until(WARM_UP)
            first = arrived.count
            return await timed(arrived.until(EVENTS)) * (EVENTS / (EVENTS - first))
        finally:
            await bus.stop()


async def bare_latency(broker: Broker) -> list[float]:
    """The floor: publish, fetch and ack with nats-py alone, validated, no store."""
    client = Client()
    await client.connect(broker.url)
    js = client.jetstream()
    pull = await js.pull_subscribe("borgerting.>", durable="bare-latency", stream=STREAM, config=new_only())
    measured = []
    for n in range(1, SINGLES + 1):
        told = envelope(n, "bare")
        waiting = asyncio.create_task(pull.fetch(1, timeout=5))
        await asyncio.sleep(0)
        begun = time.perf_counter()
        await js.publish(told.subject, wire.body(told), headers=wire.headers(told))
        (message,) = await waiting
        wire.read(message.headers or {}, message.data)
        await message.ack()
        measured.append(time.perf_counter() - begun)
    await client.close()
    return measured[WARM_UP:]


def new_only() -> ConsumerConfig:
    from nats.js.api import DeliverPolicy

    return ConsumerConfig(deliver_policy=DeliverPolicy.NEW)


async def bare_rate(broker: Broker, batch: int) -> float:
    """Fetch, validate and ack with nats-py alone, of the messages that are in the stream already."""
    client = Client()
    await client.connect(broker.url)
    pull = await client.jetstream().pull_subscribe("borgerting.>", durable=f"bare-{batch}", stream=STREAM)
    done, first, begun = 0, 0, 0.0
    while done < EVENTS:
        for message in await pull.fetch(batch, timeout=5):
            wire.read(message.headers or {}, message.data)
            await message.ack()
            done += 1
        if not first and done >= WARM_UP:
            first, begun = done, time.perf_counter()
    seconds = time.perf_counter() - begun
    await client.close()
    return seconds * (EVENTS / (EVENTS - first))


async def alone(store: SqliteStore, prefix: str) -> None:
    for n in range(WRITES):
        await store.insert("row", Record(f"{prefix}-{n}", 1, {"text": "x" * 200}))


async def together(store: SqliteStore) -> None:
    async def lane(number: int) -> None:
        for n in range(SHARED_WRITES // LANES):
            await store.insert("row", Record(f"shared-{number}-{n}", 1, {"text": "x" * 200}))

    await asyncio.gather(*(lane(number) for number in range(LANES)))


async def durable_writes(folder: Path) -> list[Row]:
    store = SqliteStore(folder / "bench.sqlite", [Collection("row")])
    await alone(store, "warm")
    rows = [
        ("durable writes, one after the other", rate(WRITES, await timed(alone(store, "one"))), ""),
        (f"durable writes, {LANES} at a time", rate(SHARED_WRITES, await timed(together(store))), ""),
    ]
    await store.close()
    return rows


async def registrations(folder: Path) -> float:
    """Volunteers through recruitment's own handler: every row read, checked and stored."""
    from services.recruitment.store import KINDS

    def file_of(first: int, count: int) -> str:
        rows = (
            f"r{n},{'women' if n % 2 else 'men'},{'north' if n % 3 else 'south'}" for n in range(first, first + count)
        )
        return "\n".join(["id,sex,area", *rows]) + "\n"

    async with repository("recruitment", folder, *KINDS) as repo:
        world = World(repo, folder)
        await world.charter()
        await world.desk.do(ORGANISER, quota_file())
        await world.desk.do(ORGANISER, volunteers(file_of(1, 100), "warm"))
        return await timed(world.desk.do(ORGANISER, volunteers(file_of(101, PEOPLE), "measured")))


async def on_a_broker(measure: Callable[[Broker, Path], Awaitable[None]]) -> None:
    with TemporaryDirectory() as folder:
        async with embedded_broker(Path(folder) / "broker") as broker:
            await measure(broker, Path(folder))


async def measured() -> list[Row]:
    rows: list[Row] = []

    async def singles(broker: Broker, folder: Path) -> None:
        ours = spread(await latency(broker, folder))
        slow = spread(await batch_latency(broker))
        rows.append(("one event: save, relay, JetStream, inbox, write", ours, spread(await bare_latency(broker))))
        rows.append(("one event: JetStream, a projection's batch", slow, ""))

    async def many(broker: Broker, folder: Path) -> None:
        await publish_many(broker, "many")
        ones, bare = await one_by_one(broker, folder), await bare_rate(broker, 1)
        rows.append(("events through one aggregate handler", rate(EVENTS, ones), rate(EVENTS, bare)))
        batches, bare = await in_batches(broker, folder), await bare_rate(broker, BATCH)
        rows.append((f"events through a projection, {BATCH} a batch", rate(EVENTS, batches), rate(EVENTS, bare)))

    await on_a_broker(singles)
    await on_a_broker(many)
    with TemporaryDirectory() as folder:
        rows += await durable_writes(Path(folder))
        rows.append(("registrations (rows of one file)", rate(PEOPLE, await registrations(Path(folder))), ""))
    return rows


def main() -> None:
    """Measure and print."""
    table = Table("measured", "ours", "bare nats-py, no store")
    for row in asyncio.run(measured()):
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()
