"""From the archives alone: a new event stream and new projections, in order of (source, version)."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

from borgerting import topology
from borgerting.bus import Bus
from borgerting.events.base import Envelope
from borgerting.metrics import Metrics
from borgerting.settings import Settings
from borgerting.store.archive import ARCHIVE, archived
from borgerting.stores.sqlite import SqliteStore
from borgerting.suite import alone_in, builder, embedded_broker, services


async def replay(settings: Settings) -> dict[str, int]:
    """Refill the stream and rebuild every projection; returns how many events went into each."""
    async with AsyncExitStack() as stack:
        stack.enter_context(alone_in(settings.data))
        broker = await stack.enter_async_context(embedded_broker(settings.data / "broker"))
        here = settings.model_copy(update={"nats_url": broker.url})
        counts = {"stream": await _refill(here)}
        for name in services():
            counts |= await _rebuild(here, name)
    return counts


async def _refill(settings: Settings) -> int:
    bus = Bus(settings.nats_url, "replay", Metrics())
    await bus.connect()
    try:
        await topology.recreate(bus.js)
        count = 0
        async for envelope in all_archives(settings):
            await bus.publish(envelope)
            count += 1
        return count
    finally:
        await bus.stop()


async def _rebuild(settings: Settings, name: str) -> dict[str, int]:
    service = builder(name)(settings)
    try:
        if service.rebuild is None:
            return {}
        return {name: await service.rebuild(all_archives(settings))}
    finally:
        await service.store.close()


async def all_archives(settings: Settings) -> AsyncIterator[Envelope]:
    """Every event of every service, in order of (source, version): a source begins with its service's name."""
    for name in services():
        store = SqliteStore(settings.data / f"{name}.sqlite", [ARCHIVE])
        try:
            async for envelope in archived(store):
                yield envelope
        finally:
            await store.close()
