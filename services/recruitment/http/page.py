"""The page of the pool: one form for each step; a refusal comes back on the same page."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response, UploadFile
from starlette.responses import RedirectResponse

from borgerting.access import Principal, authorise
from borgerting.desk import Desk
from borgerting.errors import Refused
from borgerting.events.base import AssemblyId
from borgerting.web import Pages, language
from borgerting.web.api import Who, status_of
from services.recruitment import handlers
from services.recruitment.domain.commands import FreezePool, ImportQuotas
from services.recruitment.domain.quotas import share
from services.recruitment.http.api import reconciled, volunteers_command
from services.recruitment.http.uploads import build_body, content_of, decoded
from services.recruitment.plugins import SavedJsonStat
from services.recruitment.store import Pool

FormKey = Annotated[str, Form(alias="idempotency_key", min_length=1, max_length=200)]
Optional = Annotated[str, Form()]
Done = Mapping[str, Any] | None
"""What to show of what was done; None goes back to the page."""


@dataclass(frozen=True)
class Room:
    """What the page needs to do its work."""

    desk: Desk
    pages: Pages

    async def show(self, request: Request, assembly: str, who: Principal, status: int = 200, **told: Any) -> Response:
        """The page, with what it is `told` to say; a refusal is told on it too."""
        doc = None
        try:
            authorise(who, "recruitment.read", assembly)
            doc = await handlers.pool_of(self.desk.repo, assembly)
        except Refused as why:
            status, told = status_of(why), {"sentences": why.sentences(language(request))}
        seen = await _seen(self.desk, doc) if doc else {}
        context = {"sentences": [], "reading": None, "doc": doc, **seen, **told}
        synthetic = doc is not None and doc.synthetic
        return self.pages.render(request, "pool.html", status=status, assembly=assembly, synthetic=synthetic, **context)

    async def act(
        self, request: Request, assembly: str, who: Principal, work: Callable[[], Awaitable[Done]]
    ) -> Response:
        """Do `work`, then show what it returns, or go back to the page; show the sentences when it is refused."""
        try:
            done = await work()
        except Refused as why:
            return await self.show(request, assembly, who, status_of(why), sentences=why.sentences(language(request)))
        if done is None:
            return RedirectResponse(f"/recruitment/{assembly}", status_code=303)
        return await self.show(request, assembly, who, reading=done)


def router(desk: Desk, pages: Pages, tables: SavedJsonStat) -> APIRouter:
    """Everything under ``/recruitment/{assembly}``."""
    routes, room = APIRouter(prefix="/{assembly}", include_in_schema=False), Room(desk, pages)

    @routes.get("")
    async def page(request: Request, assembly: AssemblyId, who: Who) -> Response:
        return await room.show(request, assembly, who)

    _add_quotas(routes, room, tables)
    _add_pool(routes, room)
    return routes


def _add_quotas(routes: APIRouter, room: Room, tables: SavedJsonStat) -> None:
    @routes.post("/quotas")
    async def build(  # noqa: PLR0913, PLR0917 - one form
        request: Request, assembly: AssemblyId, who: Who, key: FormKey, population: UploadFile, features: UploadFile
    ) -> Response:
        async def work() -> Done:
            authorise(who, "recruitment.open", assembly)
            body = build_body(await content_of(features))
            table, _ = await tables.save(population.filename or "", await content_of(population))
            await room.desk.do(who, body.command(assembly, key, table))
            return None

        return await room.act(request, assembly, who, work)

    @routes.post("/quota-file")
    async def take_quotas(request: Request, assembly: AssemblyId, who: Who, key: FormKey, file: UploadFile) -> Response:
        async def work() -> Done:
            content, _ = decoded(await content_of(file))
            await room.desk.do(who, ImportQuotas(assembly=assembly, key=key, content=content))
            return None

        return await room.act(request, assembly, who, work)


def _add_pool(routes: APIRouter, room: Room) -> None:
    @routes.post("/volunteers")
    async def volunteers(  # noqa: PLR0913, PLR0917 - one form
        request: Request,
        assembly: AssemblyId,
        who: Who,
        key: FormKey,
        file: UploadFile,
        id_column: Optional = "",
        columns: Optional = "",
        values: Optional = "",
    ) -> Response:
        async def work() -> Done:
            content, encoding = decoded(await content_of(file))
            command = volunteers_command(assembly, key, content, (id_column, columns, values))
            await room.desk.do(who, command)
            reading = await handlers.reconcile(room.desk.repo, command)
            return reconciled(reading, language(request)) | {"encoding": encoding, "file": file.filename}

        return await room.act(request, assembly, who, work)

    @routes.post("/freeze")
    async def freeze(request: Request, assembly: AssemblyId, who: Who, key: FormKey) -> Response:
        async def work() -> Done:
            await room.desk.do(who, FreezePool(assembly=assembly, key=key))
            return None

        return await room.act(request, assembly, who, work)


async def _seen(desk: Desk, doc: Pool) -> Mapping[str, Any]:
    volunteers, counts = await handlers.counts_of(desk.repo, doc)
    return {"volunteers": volunteers, "counts": counts, "shares": _shares(doc)}


def _shares(doc: Pool) -> Mapping[str, Mapping[str, Fraction]]:
    """The exact share of every category whose population is known."""
    totals = {f.feature: sum(q.population or 0 for q in f.quotas) for f in doc.features}
    return {
        f.feature: {
            q.category: share(q.population, totals[f.feature], doc.panel_size)
            for q in f.quotas
            if q.population is not None and totals[f.feature]
        }
        for f in doc.features
    }
