"""The JSON API; every POST carries an Idempotency-Key."""

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from borgerting.events.base import AssemblyId
from borgerting.web.api import Key, Who
from services.lottery.handlers import CancelDraw, FillSeats, ImportPanel, LetPartnerDraw
from services.lottery.http.files import as_file, draw_json, panel_csv, partner_json
from services.lottery.http.room import Room, unknown
from services.lottery.http.state import state_of


class Partner(BaseModel):
    """Who draws instead; empty for nobody."""

    partner: str = Field(max_length=200)


class PartnersPanel(BaseModel):
    """A panel that a partner drew, with its alternates in the order in which they are called."""

    partner: str = Field(min_length=1, max_length=200)
    method: str = Field(min_length=1, max_length=20_000)
    members: tuple[str, ...]
    alternates: tuple[str, ...] = ()


class Vacancies(BaseModel):
    """Who gave up their seat; `unavailable` are volunteers who cannot be called any more."""

    left: tuple[str, ...] = Field(min_length=1)
    unavailable: tuple[str, ...] = ()


def router(room: Room) -> APIRouter:
    """Everything under ``/lottery/api``."""
    routes = APIRouter(prefix="/api/{assembly}")
    _add_files(routes, room)

    async def state(who: Who, assembly: str) -> dict[str, Any]:
        known = await room.known(who, assembly)
        if known.draw is None:
            raise unknown(assembly)
        return state_of(known.draw, known.panel, known.seats)

    @routes.get("")
    async def read(assembly: AssemblyId, who: Who) -> dict[str, Any]:
        return await state(who, assembly)

    @routes.post("/cancel")
    async def cancel(assembly: AssemblyId, key: Key, who: Who) -> dict[str, Any]:
        await room.desk.do(who, CancelDraw(assembly=assembly, key=key))
        return await state(who, assembly)

    @routes.post("/partner")
    async def partner(assembly: AssemblyId, key: Key, who: Who, body: Partner) -> dict[str, Any]:
        await room.desk.do(who, LetPartnerDraw(assembly=assembly, key=key, partner=body.partner))
        known = await room.known(who, assembly)
        return {"partner": body.partner, "state": known.state}

    @routes.post("/panel", status_code=201)
    async def panel(assembly: AssemblyId, key: Key, who: Who, body: PartnersPanel) -> dict[str, Any]:
        await room.desk.do(who, ImportPanel(assembly=assembly, key=key, **body.model_dump()))
        return await state(who, assembly)

    @routes.post("/vacancies", status_code=201)
    async def vacancies(assembly: AssemblyId, key: Key, who: Who, body: Vacancies) -> dict[str, Any]:
        await room.desk.do(who, FillSeats(assembly=assembly, key=key, **body.model_dump()))
        return await state(who, assembly)

    return routes


def _add_files(routes: APIRouter, room: Room) -> None:
    @routes.get("/panel.csv")
    async def csv(assembly: AssemblyId, who: Who) -> Response:
        draw, panel = await room.drawn(who, assembly)
        pool = await room.ports.fetch_pool(assembly, draw.snapshot)
        return as_file(panel_csv(pool, panel.members), f"{assembly}-panel.csv", "text/csv; charset=utf-8")

    @routes.get("/draw.json")
    async def record(assembly: AssemblyId, who: Who) -> Response:
        draw, panel = await room.drawn(who, assembly)
        pool = await room.ports.fetch_pool(assembly, draw.snapshot)
        if panel.drawn_by:
            content = partner_json(pool, panel)
        elif draw.sealed:
            content = draw_json(pool, draw.sealed, panel, await room.ports.open(assembly, draw.sealed.name))
        else:
            raise unknown(assembly)
        return as_file(content, f"{assembly}-draw.json", "application/json")
