"""The composition root of the lottery; it never loads OR-Tools, which lives in the solver's own process."""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from borgerting.bus import Bus
from borgerting.canonical import keyed_digest
from borgerting.desk import Desk
from borgerting.errors import Broken, Conflict
from borgerting.events.base import Envelope, Event
from borgerting.events.recruitment import PoolSnapshot, SnapshotRef
from borgerting.service import Clock, Reaction, Service, utc_now
from borgerting.settings import Settings
from borgerting.snapshots import SnapshotFolder, new_key, unseal
from borgerting.store import Repository
from borgerting.store.timers import Timer
from borgerting.web import Pages
from services.lottery import handlers, http, store
from services.lottery.domain import DrawSettings
from services.lottery.solver.parent import SolverProcess

PAGES = Path(__file__).parent / "pages"
LEASE_SECONDS = 10.0


def _waking(reactions: Mapping[type[Event], Reaction], wake: Callable[[], None]) -> Mapping[type[Event], Reaction]:
    """The same reactions, after which the jobs are looked at without waiting for the next sweep."""

    def awake(react: Reaction) -> Reaction:
        async def then_wake(repo: Repository, event: Event, envelope: Envelope) -> None:
            await react(repo, event, envelope)
            wake()

        return then_wake

    return {event: awake(react) for event, react in reactions.items()}


class World(store.Portfolios):
    """The ports of the handlers: pools from the bus, portfolios on disk, a solver in a process of its own."""

    def __init__(self, bus: Bus, repo: Repository, folder: SnapshotFolder, solver: SolverProcess) -> None:
        super().__init__(folder, self.key_of)
        self._bus, self._repo = bus, repo
        self.solve, self.explain, self.redraw = solver.solve, solver.explain, solver.redraw
        self.new_key = new_key

    async def key_of(self, assembly: str) -> bytes:
        """The key of a lottery of its own; else ask recruitment for the assembly's."""
        if own := await self._repo.get(store.Upload, assembly):
            return bytes.fromhex(own.secret)
        return bytes.fromhex((await self._bus.ask("recruitment", "pool-key", {"assembly": assembly}))["key"])

    async def fetch_pool(self, assembly: str, snapshot: SnapshotRef) -> PoolSnapshot:
        """Fetch, open and check a frozen pool."""
        key = await self.key_of(assembly)
        if snapshot.bucket == store.OWN:
            content = await self.open(assembly, snapshot.name)
        else:
            content = unseal(key, await self._bus.get_snapshot(snapshot.bucket, snapshot.name), assembly)
        if keyed_digest(key, content) != snapshot.digest:
            raise Broken(f"the pool of {assembly} is not the one that was frozen")
        return PoolSnapshot.model_validate_json(content)

    def new_seed(self) -> str:
        """256 bits of chance."""
        return secrets.token_hex(32)


def build(settings: Settings, clock: Clock = utc_now) -> Service:
    """The lottery on the bus and the store that `settings` name."""
    service = Service("lottery", settings, store.KINDS, clock=clock)
    draws = DrawSettings(
        tickets=settings.tickets,
        objective=settings.objective,
        alternates=settings.alternates,
        seed=settings.seed or None,
        draw_delay_seconds=settings.draw_delay,
        selector=settings.selector,
        solver_memory_mb=settings.solver_memory_mb,
        lease_seconds=LEASE_SECONDS,
    )
    solver = SolverProcess(draws.selector, draws.solver_memory_mb, settings.plugins.get(draws.selector, {}))
    world = World(service.bus, service.repo, SnapshotFolder(settings.data / "lottery-snapshots"), solver)

    async def ring(timer: Timer) -> None:
        await handlers.on_draw_due(service.repo, timer, world)

    async def run_jobs() -> datetime | None:
        async for job in service.repo.find(store.Job, {"state": "queued"}):
            try:
                await handlers.run_job(service.repo, job, service.holder, world, draws)
            except Conflict:
                continue  # another replica has taken the job over
        return None

    wake = service.sweep(run_jobs)
    service.react(_waking(handlers.reactions(world, draws), wake))
    service.ring(ring)
    service.serve(http.router(Desk(service.repo, handlers.commands(world, draws)), Pages(PAGES), world))
    return service
