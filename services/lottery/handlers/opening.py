"""A frozen pool opens the draw and queues its job."""

from contextlib import suppress

from borgerting.errors import Broken, Conflict
from borgerting.events.base import Envelope, SourceRef
from borgerting.events.lottery import DrawStarted
from borgerting.events.recruitment import PoolFrozen
from borgerting.store import Repository
from services.lottery.domain import DrawSettings
from services.lottery.handlers.ports import Ports
from services.lottery.store import Draw, Job


async def on_pool_frozen(
    repo: Repository, event: PoolFrozen, envelope: Envelope, *, ports: Ports, settings: DrawSettings
) -> None:
    """Queue the job, then open the draw; a draw that was refused starts again with the new pool."""
    draw = await repo.get(Draw, event.assembly)
    if draw and repo.already(draw, envelope):
        return
    if draw and draw.state != "refused":
        raise Broken(f"{envelope.id}: the draw of {event.assembly} is {draw.state}, so a second pool cannot be drawn")
    seed = settings.seed or ports.new_seed()
    job = Job(
        id=f"{event.assembly}/{envelope.version}",
        assembly=event.assembly,
        pool=envelope.version,
        tickets=settings.tickets,
        seed=seed,
    )
    with suppress(Conflict):  # queued before a crash, with the seed that counts
        await repo.save(job)
    pool = SourceRef(source=envelope.source, version=envelope.version)
    facts = {
        "state": "started",
        "pool": pool,
        "snapshot": event.snapshot,
        "panel_size": event.panel_size,
        "volunteers": event.volunteers,
        "tickets": settings.tickets,
        "job": job.id,
    }
    fresh = {"fence": 0, "done": 0, "reasons": ()}
    draw = draw.change(**facts, **fresh) if draw else Draw(id=event.assembly, assembly=event.assembly, **facts)
    told = DrawStarted(assembly=event.assembly, pool=pool, volunteers=event.volunteers, tickets=settings.tickets)
    await repo.save(draw, [told], cause=envelope)
