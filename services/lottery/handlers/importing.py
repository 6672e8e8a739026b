"""A partner drew the panel: it is checked against the frozen pool and marked as theirs, with nothing to re-check."""

from typing import ClassVar

from pydantic import Field

from borgerting.errors import Refused
from borgerting.events.base import SourceRef
from borgerting.store import Command, Repository
from services.lottery import domain
from services.lottery.domain.partner import require_imported
from services.lottery.handlers.drawing import drawn
from services.lottery.handlers.ports import Ports
from services.lottery.store import Draw, Panel


class ImportPanel(Command):
    """Take over the panel that `partner` drew by `method`; alternates stand in the order in which they are called."""

    action: ClassVar[str] = "lottery.import"
    partner: str = Field(min_length=1, max_length=200)
    method: str = Field(min_length=1, max_length=20_000)
    members: tuple[str, ...]
    alternates: tuple[str, ...] = ()


async def import_panel(ports: Ports, repo: Repository, command: ImportPanel) -> Panel:
    """Check the panel and tell it; Refused unless the draw was left to a partner."""
    draw, there = await repo.get(Draw, command.assembly), await repo.get(Panel, command.assembly)
    if there is not None:
        if repo.already(there, command):
            return there
        raise _drawn_before(command.assembly)
    if draw is None or draw.state != "partner":
        raise _not_left_to_a_partner(command.assembly)
    pool = await ports.fetch_pool(draw.assembly, draw.snapshot)
    require_imported(pool, command.members, command.alternates)
    members = tuple(sorted(command.members))
    panel = Panel(
        id=draw.assembly,
        assembly=draw.assembly,
        draw=SourceRef(source=repo.source(draw), version=draw.version),
        members=members,
        counts=domain.seats(pool.features, domain.rows_of(pool), members),
        alternates=command.alternates,
        drawn_by=command.partner.strip(),
        method=command.method.strip(),
    )
    facts = {"synthetic": pool.synthetic, "features": pool.features, "partner": panel.drawn_by}
    await repo.save(draw.change(**facts))
    return await repo.save(panel, [drawn(draw, panel)], cause=command)


def _drawn_before(assembly: str) -> Refused:
    return Refused(
        "panel.drawn",
        da=f"Deltagerkredsen i {assembly} er allerede trukket. Den kan ikke erstattes af en anden.",
        en=f"The panel of {assembly} has been drawn already. It cannot be replaced by another.",
    )


def _not_left_to_a_partner(assembly: str) -> Refused:
    return Refused(
        "draw.ours",
        da=f"Lodtrækningen i {assembly} er ikke overladt til en partner. Luk puljen, og vælg det på siden Lodtrækning.",
        en=f"The draw in {assembly} has not been left to a partner. Freeze the pool and choose it on the page Lottery.",
    )
