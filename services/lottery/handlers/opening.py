"""A frozen pool opens the draw and queues its job."""

from contextlib import suppress
from datetime import datetime

from borgerting.errors import Broken, Conflict
from borgerting.events.base import Envelope, SourceRef
from borgerting.events.lottery import DrawDelegated, DrawStarted
from borgerting.events.recruitment import PoolFrozen
from borgerting.store import Repository
from borgerting.store.document import Cause
from services.lottery.domain import DrawSettings
from services.lottery.handlers.ports import Ports
from services.lottery.store import Draw, Job, Plan, Progress

PARTNER = "partner"
"""The name of the setting `selector` that leaves every draw to a partner."""
FRESH = {"state": "started", "fence": 0, "done": 0, "progress": Progress(), "reasons": (), "partner": None}


async def on_pool_frozen(
    repo: Repository, event: PoolFrozen, envelope: Envelope, *, ports: Ports, settings: DrawSettings
) -> None:
    """Queue the job, then open the draw; a draw that was refused starts again with the new pool."""
    draw = await repo.get(Draw, event.assembly)
    if draw and repo.already(draw, envelope):
        return
    if draw and draw.state != "refused":
        raise Broken(f"{envelope.id}: the draw of {event.assembly} is {draw.state}, so a second pool cannot be drawn")
    pool = SourceRef(source=envelope.source, version=envelope.version)
    facts = {
        "pool": pool,
        "snapshot": event.snapshot,
        "panel_size": event.panel_size,
        "volunteers": event.volunteers,
        "tickets": settings.tickets,
        "job": f"{event.assembly}/{envelope.version}",
        **FRESH,
    }
    draw = draw.change(**facts) if draw else Draw(id=event.assembly, assembly=event.assembly, **facts)
    plan = await repo.get(Plan, event.assembly)
    if settings.selector == PARTNER or (plan and plan.partner):
        await hand_over(repo, draw, plan.partner if plan else "", envelope)
    else:
        await start(repo, draw, job_of(draw, settings, settings.seed or ports.new_seed()), envelope)


def job_of(draw: Draw, settings: DrawSettings, seed: str, draw_at: datetime | None = None) -> Job:
    """The job that `draw` names, to be drawn no earlier than `draw_at`."""
    return Job(
        id=draw.job,
        assembly=draw.assembly,
        pool=draw.pool.version,
        tickets=settings.tickets,
        seed=seed,
        options={"objective": settings.objective, "alternates": str(settings.alternates)},
        draw_at=draw_at,
    )


async def start(repo: Repository, draw: Draw, job: Job, cause: Cause) -> Draw:
    """Queue `job`, then tell that its draw has started."""
    with suppress(Conflict):  # queued before a crash, with the seed that counts
        await repo.save(job)
    told = DrawStarted(assembly=draw.assembly, pool=draw.pool, volunteers=draw.volunteers, tickets=job.tickets)
    return await repo.save(draw.change(state="started", tickets=job.tickets), [told], cause=cause)


async def hand_over(repo: Repository, draw: Draw, partner: str, cause: Cause) -> Draw:
    """Leave the draw to `partner` (empty where no name is known yet); no job is queued."""
    told = DrawDelegated(assembly=draw.assembly, pool=draw.pool, partner=partner)
    return await repo.save(draw.change(state="partner", partner=partner), [told], cause=cause)
