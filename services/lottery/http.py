"""The lottery's addresses: the state of a draw, its files, and the page that shows both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response

from borgerting.access import authorise
from borgerting.canonical import canonical
from borgerting.desk import Desk
from borgerting.errors import Refused
from borgerting.events.base import AssemblyId
from borgerting.events.recruitment import PoolSnapshot
from borgerting.web import Pages, language
from borgerting.web.api import Who
from services.lottery import domain
from services.lottery.handlers import Ports
from services.lottery.store import Draw, Panel, Sealed, tickets_in

BARS = 20
PERSONAL = {
    "da": "Personoplysninger: rækkerne er pseudonyme, men ikke anonyme. Må ikke offentliggøres.",
    "en": "Personal data: the rows are pseudonymous, not anonymous. Not for publication.",
}
SYNTHETIC = {"da": "Opdigtede tilmeldte: ingen virkelige personer.", "en": "Synthetic volunteers: no real people."}


def router(desk: Desk, pages: Pages, ports: Ports) -> APIRouter:
    """Everything under ``/lottery``; all of it is read only."""
    routes = APIRouter(prefix="/lottery")

    async def drawn(assembly: str) -> tuple[Draw, Panel]:
        draw, panel = await desk.repo.get(Draw, assembly), await desk.repo.get(Panel, assembly)
        if draw is None or panel is None:
            raise _unknown(assembly)
        return draw, panel

    @routes.get("/api/{assembly}")
    async def state(assembly: AssemblyId, who: Who) -> dict[str, Any]:
        authorise(who, "lottery.read", assembly)
        draw = await desk.repo.get(Draw, assembly)
        if draw is None:
            raise _unknown(assembly)
        return state_of(draw, await desk.repo.get(Panel, assembly))

    @routes.get("/api/{assembly}/panel.csv")
    async def csv(assembly: AssemblyId, who: Who) -> Response:
        authorise(who, "lottery.read", assembly)
        draw, panel = await drawn(assembly)
        pool = await ports.fetch_pool(assembly, draw.snapshot)
        return _file(panel_csv(pool, panel.members), f"{assembly}-panel.csv", "text/csv; charset=utf-8")

    @routes.get("/api/{assembly}/draw.json")
    async def record(assembly: AssemblyId, who: Who) -> Response:
        authorise(who, "lottery.read", assembly)
        draw, panel = await drawn(assembly)
        if draw.sealed is None:
            raise _unknown(assembly)
        pool = await ports.fetch_pool(assembly, draw.snapshot)
        tickets = tickets_in(await ports.open(assembly, draw.sealed.name))
        content = draw_json(pool, draw.sealed, panel, tickets)
        return _file(content, f"{assembly}-draw.json", "application/json")

    @routes.get("/{assembly}")
    async def page(request: Request, assembly: AssemblyId, who: Who, follow: bool = False, pool: int = 0) -> Response:
        authorise(who, "lottery.read", assembly)
        draw, panel = await desk.repo.get(Draw, assembly), await desk.repo.get(Panel, assembly)
        if draw and draw.pool.version < pool:
            draw = None  # refused before, and the pool that was frozen after it has not come in yet
        running = panel is None and (follow if draw is None else draw.state != "refused")
        return pages.render(
            request,
            "draw.html",
            assembly=assembly,
            draw=draw,
            panel=panel,
            state=_state(draw, panel),
            running=running,
            follow=follow and running,
            synthetic=draw is not None and draw.synthetic,
            bars=histogram(draw.sealed.shares) if draw and draw.sealed else (),
            language=language(request),
        )

    return routes


@dataclass(frozen=True)
class Bar:
    """`people` are on `least` to `most` tickets; `height` is in thousandths of the highest bar."""

    least: int
    most: int
    people: int
    height: int


def histogram(shares: Mapping[int, int]) -> Sequence[Bar]:
    """At most BARS bars of equal width over everybody's tickets.

    >>> [(b.least, b.most, b.people) for b in histogram({3: 5, 4: 1, 60: 2})][:2]
    [(3, 5, 6), (6, 8, 0)]
    """
    low, high = min(shares), max(shares)
    width = -(-(high - low + 1) // BARS)
    starts = range(low, high + 1, width)
    counts = [sum(shares.get(n, 0) for n in range(start, start + width)) for start in starts]
    return [
        Bar(start, start + width - 1, people, people * 1000 // max(counts))
        for start, people in zip(starts, counts, strict=True)
    ]


def state_of(draw: Draw, panel: Panel | None) -> dict[str, Any]:
    """What the API tells of a draw: no member and no seed before the panel is drawn."""
    facts = draw.model_dump(
        mode="json", include={"assembly", "synthetic", "panel_size", "volunteers", "tickets", "done"}
    )
    told = {**facts, "state": _state(draw, panel), "reasons": draw.reasons, "sealed": None, "panel": None}
    if draw.sealed:
        shares = draw.sealed.shares
        told["sealed"] = draw.sealed.model_dump(mode="json", exclude={"name"}) | {
            "smallest": min(shares),
            "largest": max(shares),
        }
    if panel:
        told["panel"] = panel.model_dump(mode="json", include={"ticket", "seed", "members", "counts"})
    return told


def panel_csv(pool: PoolSnapshot, members: Sequence[str]) -> bytes:
    """The members with their features in the pool's order; the last column says when nobody in it is real."""
    names, rows = [feature.feature for feature in pool.features], domain.rows_of(pool)
    note = "synthetic" if pool.synthetic else ""
    lines = [["id", *names, "note"], *([who, *(rows[who][name] for name in names), note] for who in members)]
    return "".join(",".join(map(_cell, line)) + "\r\n" for line in lines).encode()


def draw_json(pool: PoolSnapshot, sealed: Sealed, panel: Panel, tickets: Sequence[Sequence[str]]) -> bytes:
    """Everything needed to check the draw again, in canonical bytes: the same draw gives the same file."""
    people = sorted(pool.people, key=lambda person: person.id)
    return canonical(
        {
            "assembly": pool.assembly,
            "synthetic": pool.synthetic,
            "notice": SYNTHETIC if pool.synthetic else PERSONAL,
            "panel_size": pool.panel_size,
            "features": [feature.model_dump(mode="json") for feature in pool.features],
            "people": [person.model_dump(mode="json") for person in people],
            "tickets": tickets,
            "portfolio": sealed.portfolio,
            "portfolio_rule": 'SHA-256 of the UTF-8 JSON {"assembly":...,"tickets":...}, keys sorted, no white space.',
            "seed": panel.seed,
            "commitment": sealed.commitment,
            "commitment_rule": "SHA-256 of the UTF-8 seed, told before the draw.",
            "ticket": panel.ticket,
            "ticket_rule": domain.TICKET_RULE,
            "members": panel.members,
            "counts": panel.counts,
            "chances": domain.chances(pool, tickets),
            "chances_rule": "Tickets each person is on; the chance is that number over the number of tickets.",
            "solver": sealed.solver,
            "versions": sealed.versions,
        }
    )


def _cell(text: str) -> str:
    """A spreadsheet must not take a cell for a formula."""
    safe = f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
    return '"' + safe.replace('"', '""') + '"' if set(safe) & set(',"\r\n') else safe


def _state(draw: Draw | None, panel: Panel | None) -> str:
    if draw is None:
        return "waiting"
    return "drawn" if panel else draw.state


def _file(content: bytes, name: str, media_type: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=media_type, headers=headers)


def _unknown(assembly: str) -> Refused:
    return Refused(
        "lottery.unknown",
        da=f"Der er endnu ikke trukket lod i {assembly}. Luk puljen, og vent på lodtrækningen.",
        en=f"No panel has been drawn in {assembly} yet. Freeze the pool and wait for the draw.",
    )
