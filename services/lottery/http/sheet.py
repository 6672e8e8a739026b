"""The report sheet: everything an organiser shows to those who ask how it was drawn, on paper too."""

from fastapi import APIRouter, Response

from services.lottery import domain
from services.lottery.domain.advice import thin_words
from services.lottery.domain.skew import skews
from services.lottery.domain.thin import thin_spots
from services.lottery.http.room import Here, Room
from services.lottery.http.state import chart_of


def router(room: Room) -> APIRouter:
    """``/lottery/{assembly}/sheet``."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/{assembly}/sheet")
    async def sheet(visit: Here) -> Response:
        draw, panel = await room.drawn(visit.who, visit.assembly)
        known = await room.known(visit.who, visit.assembly)
        pool = await room.ports.fetch_pool(visit.assembly, draw.snapshot)
        return room.pages.render(
            visit.request,
            "sheet.html",
            assembly=visit.assembly,
            alone=known.upload is not None,
            title=known.upload.title if known.upload else "",
            synthetic=draw.synthetic,
            draw=draw,
            panel=panel,
            seats=known.seats,
            chart=chart_of(draw.sealed) if draw.sealed and not panel.drawn_by else None,
            supply=domain.seats(pool.features, domain.rows_of(pool), domain.rows_of(pool)),
            skews=skews(pool, panel.members),
            thin=[thin_words(spot) for spot in thin_spots(pool)],
        )

    return routes
