"""The page of a draw: where it stands, what can be done about it, and what came of it."""

from typing import Annotated

from fastapi import APIRouter, Form, Response, UploadFile

from borgerting.web.answers import Shown
from services.lottery.handlers import CancelDraw, FillSeats, ImportPanel, LetPartnerDraw
from services.lottery.http.room import FormKey, Here, Room
from services.lottery.http.uploads import ids_in, text_of

Optional = Annotated[str, Form()]


def router(room: Room) -> APIRouter:
    """Everything under ``/lottery/{assembly}``."""
    routes = APIRouter(prefix="/{assembly}", include_in_schema=False)

    @routes.get("")
    async def page(visit: Here, follow: bool = False, pool: int = 0) -> Response:
        return await room.show(visit, Shown(), follow=follow, pool=pool)

    @routes.post("/cancel")
    async def cancel(visit: Here, key: FormKey) -> Response:
        async def work() -> str:
            await room.desk.do(visit.who, CancelDraw(assembly=visit.assembly, key=key))
            return visit.address

        return await room.act(visit, work)

    @routes.post("/vacancies")
    async def vacancies(visit: Here, key: FormKey, left: Optional = "", unavailable: Optional = "") -> Response:
        async def work() -> str:
            gone = FillSeats(assembly=visit.assembly, key=key, left=ids_in(left), unavailable=ids_in(unavailable))
            await room.desk.do(visit.who, gone)
            return f"{visit.address}#refills"

        return await room.act(visit, work, idempotency_key=key, left=left, unavailable=unavailable)

    _add_partner(routes, room)
    return routes


def _add_partner(routes: APIRouter, room: Room) -> None:
    @routes.post("/partner")
    async def partner(visit: Here, key: FormKey, partner: Optional = "") -> Response:
        async def work() -> str:
            await room.desk.do(visit.who, LetPartnerDraw(assembly=visit.assembly, key=key, partner=partner))
            return visit.address

        return await room.act(visit, work, idempotency_key=key, partner=partner)

    @routes.post("/panel")
    async def panel(  # noqa: PLR0913, PLR0917 - one form
        visit: Here,
        key: FormKey,
        partner: Optional = "",
        method: Optional = "",
        members: Optional = "",
        alternates: Optional = "",
        members_file: UploadFile | None = None,
        alternates_file: UploadFile | None = None,
        method_file: UploadFile | None = None,
    ) -> Response:
        async def work() -> str:
            command = ImportPanel(
                assembly=visit.assembly,
                key=key,
                partner=partner.strip(),
                method=(await text_of(method_file) or method).strip(),
                members=ids_in(await text_of(members_file) or members),
                alternates=ids_in(await text_of(alternates_file) or alternates),
            )
            await room.desk.do(visit.who, command)
            return visit.address

        values = {"partner": partner, "method": method, "members": members, "alternates": alternates}
        return await room.act(visit, work, idempotency_key=key, **values)
