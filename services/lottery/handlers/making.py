"""A job becomes a sealed portfolio, or a refusal, by the one replica that holds its lease."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from importlib.metadata import version
from platform import python_version
from typing import Any

from borgerting.adapters import Fairness, Portfolio
from borgerting.errors import Conflict, Refused, Transient
from borgerting.events.lottery import DrawProgressed, DrawRefused, DrawSealed
from borgerting.events.recruitment import PoolSnapshot
from borgerting.store import Repository
from borgerting.store.leases import claim, renew
from borgerting.store.timers import schedule
from services.lottery import domain
from services.lottery.domain import DrawSettings
from services.lottery.domain.claims import require_sound
from services.lottery.domain.fairness import distance, ratio
from services.lottery.domain.progress import percent, tickets_done
from services.lottery.handlers.drawing import DRAW_DUE
from services.lottery.handlers.holding import finish, take, while_held, write
from services.lottery.handlers.ports import Ports
from services.lottery.store import Claimed, Draw, Job, LevelTold, Progress, Sealed, portfolio_bytes

STEPS = 20
"""Progress is told at most this often in one draw."""


async def run_job(repo: Repository, job: Job, holder: str, ports: Ports, settings: DrawSettings) -> Job | None:
    """Make, check and seal the portfolio of `job`; None when it is done or somebody else's.

    Conflict when the lease was lost on the way; another Transient leaves the job queued for when it says. Every
    step may be repeated: the same job makes the same portfolio.
    """
    if job.state == "done" or (mine := await claim(repo, job, holder, settings.lease_seconds)) is None:
        return None
    try:
        draw = await take(repo, mine)
        if draw and draw.state == "started":
            draw = await while_held(repo, mine, settings.lease_seconds, _make(repo, mine, draw, ports, settings))
        if draw and draw.sealed:
            await schedule(repo, draw.assembly, DRAW_DUE, draw.sealed.draw_at, mine.id)
        return await finish(repo, mine)
    except Conflict:
        raise
    except Transient as why:
        await renew(repo, mine, why.retry_after)
        raise


async def _make(repo: Repository, job: Job, draw: Draw, ports: Ports, settings: DrawSettings) -> Draw:
    try:
        pool = await ports.fetch_pool(draw.assembly, draw.snapshot)
        domain.require_pool(pool)
        made = await ports.solve(pool, job.tickets, domain.solver_seed(job.seed), _Steps(repo, job), job.options)
        await asyncio.to_thread(require_sound, pool, made, job.tickets)  # the lease is renewed meanwhile
    except Refused as no:
        return await _refuse(repo, job, no)
    name = await ports.keep(job.assembly, portfolio_bytes(job.assembly, made))
    soonest = repo.clock() + timedelta(seconds=settings.draw_delay_seconds)
    draw_at = max(soonest, job.draw_at or soonest)
    return await _seal(repo, job, pool, _facts(job, pool, made, name, draw_at))


async def _refuse(repo: Repository, job: Job, no: Refused) -> Draw:
    reasons = tuple(dict(refusal.text) for refusal in (no, *no.also))
    refused = DrawRefused(assembly=job.assembly, reasons=reasons)
    return await write(repo, job, refused, state="refused", reasons=reasons)


async def _seal(repo: Repository, job: Job, pool: PoolSnapshot, sealed: Sealed) -> Draw:
    told = DrawSealed(
        assembly=job.assembly,
        tickets=sealed.tickets,
        panels=sealed.panels,
        portfolio=sealed.portfolio,
        commitment=sealed.commitment,
        smallest=min(sealed.shares),
        largest=max(sealed.shares),
        volunteers=len(pool.people),
        draw_at=sealed.draw_at,
        solver=sealed.solver,
        alternates=sealed.alternates,
        **_told_of(sealed.claimed),
    )
    facts = {"done": sealed.tickets, "synthetic": pool.synthetic, "features": pool.features}
    return await write(repo, job, told, state="sealed", sealed=sealed, **facts)


def _told_of(claimed: Claimed | None) -> dict[str, Any]:
    if claimed is None:
        return {}
    optimum = claimed.levels[0].chance if claimed.levels else None
    return claimed.model_dump(include={"objective", "certified", "bound", "deviation"}) | {"optimum": optimum}


def _facts(job: Job, pool: PoolSnapshot, made: Portfolio, name: str, draw_at: datetime) -> Sealed:
    held = domain.chances(pool, made.tickets)
    return Sealed(
        name=name,
        portfolio=domain.digest(portfolio_bytes(job.assembly, made)),
        commitment=domain.commitment(job.seed),
        tickets=len(made.tickets),
        panels=len(set(made.tickets)),
        shares=domain.shares(held),
        draw_at=draw_at,
        solver=made.solver,
        versions={"borgerting": version("borgerting"), "ortools": version("ortools"), "python": python_version()},
        claimed=_claimed(made.fairness, held, len(made.tickets)) if made.fairness else None,
        alternates=max(map(len, made.alternates), default=0),
    )


def _claimed(fairness: Fairness, held: Mapping[str, int], tickets: int) -> Claimed:
    far = distance(fairness, held, tickets)
    return Claimed(
        objective=fairness.objective,
        certified=fairness.certified,
        levels=tuple(
            LevelTold(people=level.people, chance=ratio(level.chance), bound=ratio(level.bound))
            for level in fairness.levels
        ),
        targets={ratio(chance): people for chance, people in sorted(Counter(fairness.target.values()).items())},
        deviation=ratio(far.largest),
        smallest=ratio(far.smallest),
        bound=ratio(far.bound),
    )


class _Steps:
    """Tells progress in at most STEPS events, and that this holder still has the lease."""

    def __init__(self, repo: Repository, job: Job) -> None:
        self._repo, self._job, self._step = repo, job, 0

    async def __call__(
        self, done: int, of: int, *, phase: str = "", gap: Fraction | None = None, panels: int | None = None
    ) -> None:
        reached = percent(phase, done, of)
        if (step := reached * STEPS // 100) <= self._step:
            return
        self._step = step
        made = tickets_done(phase, done, of, self._job.tickets)
        far = None if gap is None else ratio(gap)
        facts = {"percent": reached, "phase": phase, "gap": far, "panels": panels}
        told = DrawProgressed(assembly=self._job.assembly, done=made, tickets=self._job.tickets, **facts)
        await write(self._repo, self._job, told, done=made, progress=Progress.model_validate(facts))
