"""Time as stored facts: a timer is due once, and is claimed by a lease before it acts."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from typing import ClassVar

from borgerting.errors import Conflict
from borgerting.store.document import Repository
from borgerting.store.leases import Leased, claim

LEASE_SECONDS = 30.0


class Timer(Leased):
    """`subject` says what is due at `due`; it stays when `rung`, so that setting it again does not ring it again."""

    collection: ClassVar[str] = "timer"
    indexes: ClassVar[tuple[str, ...]] = ("rung",)

    due: datetime
    subject: str
    rung: int = 0


Ring = Callable[[Timer], Awaitable[None]]


async def schedule(repo: Repository, assembly: str, subject: str, due: datetime, key: str) -> None:
    """Set a timer; the same `subject` and `key` set it once."""
    timer = Timer(id=f"{subject}/{key}", assembly=assembly, subject=subject, due=due)
    try:
        await repo.save(timer)
    except Conflict:
        return  # set before, with the same meaning
    repo.on_timer()


async def ring_due(repo: Repository, holder: str, ring: Ring) -> datetime | None:
    """Ring every timer that is due and nobody else is ringing; return when the next one has to be looked at."""
    soonest: datetime | None = None
    async for timer in repo.find(Timer, {"rung": 0}):
        ready_at = max(timer.due, timer.until or timer.due)
        if ready_at > repo.clock():
            soonest = min(soonest or ready_at, ready_at)
        elif (mine := await claim(repo, timer, holder, LEASE_SECONDS)) is not None:
            await ring(mine)
            with suppress(Conflict):  # the lease ran out meanwhile: whoever holds it now rings again, and says so
                await repo.save(mine.model_copy(update={"rung": 1}))
    return soonest
