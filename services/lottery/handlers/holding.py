"""One replica at a time writes a draw: by a lease on the job, and by its fence on the draw."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from borgerting.errors import Conflict, Transient
from borgerting.events.base import Event
from borgerting.store import Repository
from borgerting.store.leases import renew
from services.lottery.store import Draw, Job

T = TypeVar("T")
ATTEMPTS = 20


async def take(repo: Repository, job: Job) -> Draw | None:
    """Write this holder's fence on the draw, so that no earlier holder can; None when a later pool has replaced it."""
    for _ in range(ATTEMPTS):
        draw = await repo.get(Draw, job.assembly)
        if draw is None or draw.pool.version < job.pool:
            raise Transient(f"the draw of {job.id} is not written yet")
        if draw.pool.version > job.pool:
            return None
        if draw.fence > job.fence:
            raise _lost(job)
        with suppress(Conflict):
            return await repo.save(draw.change(fence=job.fence))
    raise _lost(job)


async def ours(repo: Repository, job: Job) -> Draw:
    """The draw as it stands; Conflict when it belongs to another job or holder by now."""
    draw = await repo.get(Draw, job.assembly)
    if draw is None or draw.job != job.id or draw.fence != job.fence:
        raise _lost(job)
    return draw


async def write(repo: Repository, job: Job, told: Event, **changed: Any) -> Draw:
    """Change the draw and tell it; Conflict only when the draw is not ours, not when the relay wrote in between."""
    for _ in range(ATTEMPTS):
        draw = await ours(repo, job)
        with suppress(Conflict):
            return await repo.save(draw.change(**changed), [told])
    raise _lost(job)


async def finish(repo: Repository, job: Job) -> Job:
    """Close the job; Conflict when its lease was lost."""
    now = await repo.get(Job, job.id)
    if now is None or now.fence != job.fence:
        raise _lost(job)
    return await repo.save(now.change(state="done", until=None))


async def while_held(repo: Repository, job: Job, ttl: float, work: Coroutine[Any, Any, T]) -> T:
    """Do `work` and keep the lease meanwhile; when the lease is lost, `work` is cancelled and Conflict raised."""
    stop = asyncio.Event()
    working = asyncio.create_task(work)
    holding = asyncio.create_task(_hold(repo, job, ttl, stop))
    try:
        await asyncio.wait({working, holding}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            holding.result()
        return await working
    finally:
        working.cancel()
        stop.set()  # not cancelled: a renewal on its way to the disk would race with the last write
        await asyncio.gather(working, holding, return_exceptions=True)


async def _hold(repo: Repository, job: Job, ttl: float, stop: asyncio.Event) -> None:
    while not stop.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), ttl / 3)
            return
        await renew(repo, job, ttl)


def _lost(job: Job) -> Conflict:
    return Conflict(f"the draw of {job.assembly} belongs to another job or holder than {job.holder} by now")
