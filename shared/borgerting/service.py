"""The shell every service is built on: store, bus, HTTP, health, background work and a graceful end."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, FastAPI
from prometheus_client import generate_latest

from borgerting.bus import Bus
from borgerting.errors import Transient
from borgerting.events import decode
from borgerting.events.base import Envelope, Event
from borgerting.metrics import Metrics
from borgerting.settings import Settings
from borgerting.store import Collection, Document, Repository
from borgerting.store.archive import ARCHIVE
from borgerting.store.inbox import Inbox, Parked, receive
from borgerting.store.outbox import Relay
from borgerting.store.timers import Ring, Timer, ring_due
from borgerting.stores.sqlite import SqliteStore
from borgerting.web.answers import answer_refusals

Reaction = Callable[[Repository, Any, Envelope], Awaitable[None]]
Clock = Callable[[], datetime]
Work = Callable[[], Awaitable[None]]
Look = Callable[[], Awaitable[datetime | None]]
"""Does what there is to do and returns when it wants to look again, None for no wish."""

Rebuild = Callable[[AsyncIterator[Envelope]], Awaitable[int]]
"""Folds all events into fresh projections and returns their number."""

SWEEP_SECONDS = 5.0
RETRY_SECONDS = 0.5


def utc_now() -> datetime:
    """The one clock of a composition root."""
    return datetime.now(UTC)


class Service:
    """One of the four services, in a process of its own or beside the others; everything with state hangs here."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        kinds: Sequence[type[Document]],
        *,
        clock: Clock = utc_now,
    ) -> None:
        self.name = name
        self.settings = settings
        self.metrics = Metrics()
        self.holder = f"{name}@{socket.gethostname()}:{os.getpid()}"
        everything: list[type[Document]] = [*kinds, Inbox, Parked, Timer]
        collections = [Collection(kind.collection, (*kind.indexes, "pending")) for kind in everything]
        self.store = SqliteStore(settings.data / f"{name}.sqlite", [*collections, ARCHIVE])
        self.repo = Repository(name, self.store, clock)
        self.bus = Bus(settings.nats_url, name, self.metrics)
        self.app = FastAPI(title=f"Borgerting {name}", docs_url=None, redoc_url=None)
        answer_refusals(self.app)
        self.rebuild: Rebuild | None = None
        self._relay = Relay(self.repo, kinds, self.bus.publish)
        self._first: list[Work] = []
        self._work: list[Work] = []
        self.repo.on_outbox = self.sweep(self._relay_all)
        self._tasks: list[asyncio.Task[None]] = []

    def serve(self, router: APIRouter) -> None:
        """Add the service's own addresses."""
        self.app.include_router(router)

    def react(self, reactions: Mapping[type[Event], Reaction]) -> None:
        """Handle these events of the aggregates we listen to, each once and in order; skip the others."""

        async def handle(envelope: Envelope) -> None:
            event = decode(envelope)
            reaction = reactions.get(type(event))
            if reaction is not None:
                await reaction(self.repo, event, envelope)

        async def one(envelopes: Sequence[Envelope]) -> None:
            for envelope in envelopes:
                await receive(self.repo, envelope, handle)

        self.bus.consume(one)

    def ring(self, ring: Ring) -> None:
        """Call `ring` for each timer that falls due."""
        self.repo.on_timer = self.sweep(lambda: ring_due(self.repo, self.holder, ring))

    def first(self, work: Work) -> None:
        """Do `work` at every start, before any event is fetched."""
        self._first.append(work)

    def sweep(self, look: Look) -> Callable[[], None]:
        """Call `look` when the returned function is called, when it asked to be, and every few seconds anyway."""
        woken = asyncio.Event()

        async def forever() -> None:
            while True:
                woken.clear()
                await self._pause(woken, await look())

        self._work.append(forever)
        return woken.set

    async def fetching(self) -> bool:
        """Whether every background task is running and the broker still has our consumer."""
        return bool(self._tasks) and not any(task.done() for task in self._tasks) and await self.bus.consuming()

    def exposition(self) -> bytes:
        """The metrics in Prometheus' text format."""
        return generate_latest(self.metrics.registry)

    async def start(self) -> None:
        """Connect and begin; returns when events are being fetched."""
        await self.bus.connect()
        for work in self._first:
            await _patiently(work)
        await self.bus.start()
        self._tasks = [asyncio.create_task(_patiently(work)) for work in self._work]

    async def failed(self) -> BaseException | None:
        """Wait for the first background task that ends and return why."""
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        task = next(iter(done))
        return None if task.cancelled() else task.exception()

    async def stop(self) -> None:
        """Stop fetching, finish what is being handled, close the store."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        await self.bus.stop()
        await self.store.close()

    async def _relay_all(self) -> datetime | None:
        await self._relay.run_once()
        return None

    async def _pause(self, woken: asyncio.Event, until: datetime | None) -> None:
        """Sleep until woken, until `until`, or until the next sweep, whichever comes first."""
        wait = SWEEP_SECONDS if until is None else min(SWEEP_SECONDS, (until - self.repo.clock()).total_seconds())
        with suppress(TimeoutError):
            await asyncio.wait_for(woken.wait(), max(0.0, wait))


async def _patiently(work: Work) -> None:
    """Run `work` again after a Transient failure; any other failure ends it."""
    while True:
        try:
            await work()
        except Transient:
            await asyncio.sleep(RETRY_SECONDS)
        else:
            return
