"""Members give up their seats: the alternates fixed before the draw take them, and beyond those a redraw does."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import ClassVar

from pydantic import Field

from borgerting.errors import Refused
from borgerting.events.base import SourceRef
from borgerting.events.lottery import SeatRefilled
from borgerting.events.recruitment import PoolSnapshot
from borgerting.store import Command, Repository
from services.lottery import domain
from services.lottery.domain.redraws import Vacancy, require_refill, too_late
from services.lottery.domain.refill import best_alternates, require_leaving
from services.lottery.handlers.ports import Ports
from services.lottery.store import Draw, Panel, Refill, Seats, Way


class FillSeats(Command):
    """Fill the seats of those who `left`; `unavailable` volunteers cannot be called any more."""

    action: ClassVar[str] = "lottery.refill"
    left: tuple[str, ...] = Field(max_length=1000)
    unavailable: tuple[str, ...] = ()


async def fill_seats(ports: Ports, repo: Repository, command: FillSeats) -> Seats:
    """Fill every vacated seat by one rule, so that whoever repeats it fills them alike.

    The alternates come, in their order, where they are enough and keep every quota. Else the seats are drawn from all
    remaining volunteers by REDRAW_RULE, which keeps every quota wherever that can be.
    """
    draw, panel = await repo.get(Draw, command.assembly), await repo.get(Panel, command.assembly)
    if draw is None or panel is None:
        raise _no_panel(command.assembly)
    before = await repo.get(Seats, command.assembly) or _seats_of(repo, panel)
    if repo.already(before, command):
        return before
    require_leaving(before.members, command.left)
    pool = await ports.fetch_pool(draw.assembly, draw.snapshot)
    gone = {*command.left, *command.unavailable, *(refill.left for refill in before.refills), *before.unavailable}
    gone |= too_late(pool, repo.clock().date())
    staying = [member for member in before.members if member not in command.left]
    vacancy = Vacancy(pool, tuple(staying), len(panel.members) - len(staying), frozenset(gone))
    came, way = await _successors(ports, panel, vacancy, len(before.refills))
    refills, told = _refills(pool, before, sorted(command.left), came, way)
    seated = tuple(sorted([*staying, *came]))
    unavailable = tuple(sorted({*before.unavailable, *command.unavailable}))
    after = before.change(members=seated, refills=(*before.refills, *refills), unavailable=unavailable)
    return await repo.save(after, told, cause=command)


async def _successors(ports: Ports, panel: Panel, vacancy: Vacancy, call: int) -> tuple[tuple[str, ...], Way]:
    free = [person for person in panel.alternates if person not in vacancy.gone and person not in vacancy.staying]
    called, lost = best_alternates(vacancy.pool, vacancy.staying, free, vacancy.seats)
    if lost == 0 and len(called) == vacancy.seats:
        return called, "alternate"
    redrawn = await ports.redraw(vacancy, panel.seed or panel.id, call)
    require_refill(vacancy, redrawn)
    return redrawn, "redraw"


def _refills(
    pool: PoolSnapshot, before: Seats, left: Sequence[str], came: Sequence[str], way: Way
) -> tuple[list[Refill], list[SeatRefilled]]:
    rows, members = domain.rows_of(pool), set(before.members)
    refills, told = [], []
    for leaving, coming in zip_longest(left, came):
        members = (members - {leaving}) | ({coming} if coming else set())
        refill = Refill(left=leaving, came=coming, way=way if coming else "none")
        counts = domain.seats(pool.features, rows, sorted(members))
        refills.append(refill)
        told.append(SeatRefilled(assembly=pool.assembly, panel=before.panel, counts=counts, **refill.model_dump()))
    return refills, told


def _seats_of(repo: Repository, panel: Panel) -> Seats:
    drawn = SourceRef(source=repo.source(panel), version=panel.version)
    return Seats(id=panel.id, assembly=panel.assembly, panel=drawn, members=panel.members)


def _no_panel(assembly: str) -> Refused:
    return Refused(
        "lottery.unknown",
        da=f"Der er ikke trukket en deltagerkreds i {assembly} endnu, så der er ingen pladser at besætte.",
        en=f"No panel has been drawn in {assembly} yet, so there are no seats to fill.",
    )
