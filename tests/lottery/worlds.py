"""A lottery on a real store, with a selector that runs in this process."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from borgerting.adapters import Portfolio
from borgerting.events import decode
from borgerting.events.base import Envelope, Event
from borgerting.events.recruitment import PoolFrozen, PoolSnapshot, SnapshotRef
from borgerting.snapshots import SnapshotFolder
from borgerting.store import Repository
from borgerting.store.timers import Timer, ring_due
from borgerting.testing import FixedClock, repository
from services.lottery.domain import DrawSettings
from services.lottery.domain.advice import Advice
from services.lottery.domain.redraws import Vacancy
from services.lottery.handlers import Told, on_draw_due, on_pool_frozen, run_job
from services.lottery.plugins import PortfolioSelector
from services.lottery.solver.explain import explain
from services.lottery.solver.redraw import redraw
from services.lottery.store import KINDS, OWN, Draw, Job, Panel, Portfolios, Upload

KEY = bytes(32)
SETTINGS = DrawSettings(tickets=8, lease_seconds=30)
SNAPSHOT = SnapshotRef(bucket="klima", name="0" * 64, size=1, digest="0" * 64)


class World:
    """Implements the handlers' ports; `seeds` counts the seeds drawn."""

    def __init__(self, repo: Repository, clock: FixedClock, pool: PoolSnapshot, folder: Path) -> None:
        self.repo, self.clock, self.pool = repo, clock, pool
        self.seeds = 0
        kept = Portfolios(SnapshotFolder(folder / "snapshots"), self._key_of)
        self.keep, self.open = kept.keep, kept.open
        self.solving = asyncio.Event()

    async def _key_of(self, assembly: str) -> bytes:
        return KEY

    async def fetch_pool(self, assembly: str, snapshot: SnapshotRef) -> PoolSnapshot:
        """The pool of the world, or one that came in files."""
        if snapshot.bucket != OWN:
            return self.pool
        return PoolSnapshot.model_validate_json(await self.open(assembly, snapshot.name))

    async def opened(self, assembly: str) -> bytes:
        """What the lottery keeps of an uploaded pool."""
        found = await self.repo.get(Upload, assembly)
        assert found and found.snapshot
        return await self.open(assembly, found.snapshot.name)

    async def solve(
        self, pool: PoolSnapshot, tickets: int, seed: int, told: Told, options: Mapping[str, str]
    ) -> Portfolio:
        self.solving.set()
        steps: list[tuple[int, int, dict[str, Any]]] = []

        def progress(done: int, of: int, **facts: Any) -> None:
            steps.append((done, of, facts))

        made = PortfolioSelector(options).select(pool, tickets, seed, progress)
        for done, of, facts in steps:
            await told(done, of, **facts)
        return made

    async def redraw(self, vacancy: Vacancy, seed: str, call: int) -> tuple[str, ...]:
        return redraw(vacancy, seed, call).came

    async def explain(self, pool: PoolSnapshot) -> Advice:
        return explain(pool)

    def new_key(self) -> bytes:
        return KEY

    def new_seed(self) -> str:
        self.seeds += 1
        return f"seed {self.seeds}"

    async def freeze(self, version: int = 4, settings: DrawSettings = SETTINGS) -> Job:
        """The pool is frozen; return the job that waits."""
        event, envelope = self.frozen(version)
        await on_pool_frozen(self.repo, event, envelope, ports=self, settings=settings)
        return await self.job(version)

    async def react(self, event: PoolFrozen, envelope: Envelope, settings: DrawSettings = SETTINGS) -> None:
        """The pool is frozen, whoever draws."""
        await on_pool_frozen(self.repo, event, envelope, ports=self, settings=settings)

    def frozen(self, version: int) -> tuple[PoolFrozen, Envelope]:
        people = len(self.pool.people)
        event = PoolFrozen(
            assembly="klima", panel_size=self.pool.panel_size, volunteers=people, counts={}, snapshot=SNAPSHOT
        )
        envelope = Envelope(
            id=f"/recruitment/pool/klima@{version}",
            source="/recruitment/pool/klima",
            version=version,
            type=event.type,
            v=1,
            time=self.clock.now,
            assembly="klima",
            data=event.model_dump(mode="json", exclude={"assembly"}),
        )
        return event, envelope

    async def run(self, job: Job, holder: str = "one", settings: DrawSettings = SETTINGS) -> Job | None:
        return await run_job(self.repo, job, holder, self, settings)

    async def ring(self) -> None:
        """Ring every timer that is due."""

        async def ring(timer: Timer) -> None:
            await on_draw_due(self.repo, timer, self)

        await ring_due(self.repo, "one", ring)

    async def whole(self) -> Panel:
        """From the frozen pool to the panel."""
        await self.run(await self.freeze())
        await self.ring()
        return await self.panel()

    async def job(self, version: int = 4) -> Job:
        found = await self.repo.get(Job, f"klima/{version}")
        assert found
        return found

    async def draw(self) -> Draw:
        found = await self.repo.get(Draw, "klima")
        assert found
        return found

    async def panel(self) -> Panel:
        found = await self.repo.get(Panel, "klima")
        assert found
        return found

    async def told(self, *kinds: type[Event]) -> list[Event]:
        """The draw's events so far."""
        events = [decode(envelope) for envelope in (await self.draw()).outbox]
        return [event for event in events if not kinds or isinstance(event, kinds)]


@asynccontextmanager
async def world(folder: Path, pool: PoolSnapshot) -> AsyncIterator[World]:
    """A lottery whose store and snapshots are in `folder`."""
    clock = FixedClock()
    async with repository("lottery", folder, *KINDS, Timer, clock=clock) as repo:
        yield World(repo, clock, pool, folder)
