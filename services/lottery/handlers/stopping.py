"""The organiser stops a draw before anything is sealed, or leaves it to a partner."""

from typing import ClassVar

from pydantic import Field

from borgerting.errors import Refused
from borgerting.events.lottery import DrawDelegated, DrawRefused
from borgerting.store import Command, Repository
from services.lottery.handlers.opening import FRESH
from services.lottery.store import Draw, Job, Panel, Plan

CANCELLED = Refused(
    "draw.cancelled",
    da="Lodtrækningen blev afbrudt af arrangøren, før lodderne var forseglet.",
    en="The organiser cancelled the draw before the tickets were sealed.",
)


class CancelDraw(Command):
    """Stop the preparation; the pool can be opened again."""

    action: ClassVar[str] = "lottery.cancel"


class LetPartnerDraw(Command):
    """Leave the draw to `partner`, who draws elsewhere; an empty name takes that back while no pool is frozen."""

    action: ClassVar[str] = "lottery.partner"
    partner: str = Field(max_length=200)


async def cancel_draw(repo: Repository, command: CancelDraw) -> Draw:
    """Refuse the draw in the organiser's name; whoever prepares it notices at their next renewal of the lease."""
    draw = await repo.get(Draw, command.assembly)
    if draw is None:
        raise _nothing(command.assembly)
    if repo.already(draw, command):
        await _release(repo, draw)
        return draw
    if draw.state not in ("started", "partner") or await repo.get(Panel, draw.id):
        raise _too_late(draw)
    reasons = (dict(CANCELLED.text),)
    told = DrawRefused(assembly=draw.assembly, reasons=reasons, cancelled=True)
    stopped = draw.change(**{**FRESH, "state": "refused", "reasons": reasons, "fence": draw.fence + 1})
    saved = await repo.save(stopped, [told], cause=command)
    await _release(repo, saved)
    return saved


async def let_partner_draw(repo: Repository, command: LetPartnerDraw) -> Draw | Plan:
    """Note the wish for the pool to come, and stop a preparation that is under way."""
    plan = await repo.get(Plan, command.assembly) or Plan(id=command.assembly, assembly=command.assembly)
    draw = await repo.get(Draw, command.assembly)
    if draw and draw.state == "started" and command.partner.strip() and not repo.already(draw, command):
        partner = command.partner.strip()
        told = DrawDelegated(assembly=draw.assembly, pool=draw.pool, partner=partner)
        handed = {**FRESH, "state": "partner", "partner": partner, "fence": draw.fence + 1}
        draw = await repo.save(draw.change(**handed), [told], cause=command)
    elif draw and draw.state == "sealed":
        raise _too_late(draw)
    if draw and draw.state == "partner":
        await _release(repo, draw)
    if repo.already(plan, command):
        return plan
    return await repo.save(plan.change(partner=command.partner.strip()), cause=command)


async def _release(repo: Repository, draw: Draw) -> None:
    """Close the job, so that its holder loses the lease."""
    job = await repo.get(Job, draw.job)
    if job and job.state == "queued":
        await repo.save(job.change(state="done", until=None, fence=job.fence + 1))


def _nothing(assembly: str) -> Refused:
    return Refused(
        "lottery.unknown",
        da=f"Der er ingen lodtrækning i gang i {assembly}. Luk puljen i rekrutteringen først.",
        en=f"No draw is under way in {assembly}. Freeze the pool in recruitment first.",
    )


def _too_late(draw: Draw) -> Refused:
    if draw.state == "refused":
        return Refused(
            "draw.stopped",
            da=f"Lodtrækningen i {draw.assembly} er allerede standset. Luk puljen igen for at begynde forfra.",
            en=f"The draw in {draw.assembly} has stopped already. Freeze the pool again to start afresh.",
        )
    return Refused(
        "draw.sealed",
        da=f"Lodderne i {draw.assembly} er forseglet eller trukket, og det kan ikke gøres om.",
        en=f"The tickets in {draw.assembly} are sealed or drawn, and that cannot be undone.",
    )
