"""At the announced time one ticket is drawn from the sealed portfolio."""

from borgerting.errors import Broken, Conflict
from borgerting.events.base import SourceRef
from borgerting.events.lottery import PanelDrawn
from borgerting.store import Repository
from borgerting.store.timers import Timer
from services.lottery import domain
from services.lottery.handlers.ports import Ports
from services.lottery.store import Draw, Job, Panel, Sealed, portfolio_in

DRAW_DUE = "lottery.draw.due"
"""Subject of the timer that ends in `on_draw_due`."""


async def on_draw_due(repo: Repository, timer: Timer, ports: Ports) -> Panel:
    """Draw the ticket and tell the panel; whoever repeats it, and whenever, gets the same one."""
    assembly = timer.assembly
    if panel := await repo.get(Panel, assembly):
        return panel
    draw, sealed, job = await _sealed(repo, assembly)
    content = await ports.open(assembly, sealed.name)
    if domain.digest(content) != sealed.portfolio or domain.commitment(job.seed) != sealed.commitment:
        raise Broken(f"the portfolio or the seed of {assembly} is not the one that was sealed")
    pool = await ports.fetch_pool(assembly, draw.snapshot)
    made = portfolio_in(content, sealed.solver)
    tickets = made.tickets
    index = domain.ticket_index(job.seed, sealed.portfolio, len(tickets))
    domain.require_panel(pool, tickets[index])
    panel = Panel(
        id=assembly,
        assembly=assembly,
        draw=SourceRef(source=repo.source(draw), version=draw.version),
        seed=job.seed,
        ticket=index,
        members=tickets[index],
        counts=domain.seats(pool.features, domain.rows_of(pool), tickets[index]),
        alternates=made.alternates[index] if made.alternates else (),
    )
    try:
        return await repo.save(panel, [drawn(draw, panel)])
    except Conflict:
        return await repo.get(Panel, assembly) or panel  # the other replica was first, with the same panel


async def _sealed(repo: Repository, assembly: str) -> tuple[Draw, Sealed, Job]:
    draw = await repo.get(Draw, assembly)
    job = await repo.get(Job, draw.job) if draw else None
    if draw is None or draw.sealed is None or job is None:
        raise Broken(f"the draw of {assembly} is due, but nothing is sealed")
    return draw, draw.sealed, job


def drawn(draw: Draw, panel: Panel) -> PanelDrawn:
    """The fact that `panel` is drawn, by a ticket of `draw` or by a partner."""
    return PanelDrawn(
        assembly=draw.assembly,
        pool=draw.pool,
        draw=panel.draw,
        seed=panel.seed or "",
        ticket=panel.ticket or 0,
        tickets=draw.sealed.tickets if draw.sealed and not panel.drawn_by else 0,
        members=panel.members,
        counts=panel.counts,
        alternates=panel.alternates,
        drawn_by=panel.drawn_by,
        method=panel.method,
    )
