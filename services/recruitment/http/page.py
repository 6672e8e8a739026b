"""The page of the pool: one form for each step, a refusal comes back on the same page, and files to begin with."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Request, Response, UploadFile

from borgerting.access import authorise
from borgerting.desk import Desk
from borgerting.events.base import AssemblyId
from borgerting.web import Pages, language
from borgerting.web.answers import Shown, Work, act
from borgerting.web.api import Who
from services.recruitment import handlers
from services.recruitment.domain import samples
from services.recruitment.domain.commands import FreezePool, ImportQuotas
from services.recruitment.domain.quota_file import written
from services.recruitment.http.api import reconciled, volunteers_command
from services.recruitment.http.uploads import build_body, content_of, decoded
from services.recruitment.plugins import SavedJsonStat
from services.recruitment.store import Pool

FormKey = Annotated[str, Form(alias="idempotency_key", min_length=1, max_length=200)]
Optional = Annotated[str, Form()]
LINES = 4
SEPARATORS = {"da": ";", "en": ","}
"""What a spreadsheet set to that language takes for columns."""


class Visit:
    """Who asks for which pool's page."""

    def __init__(self, request: Request, who: Who, assembly: AssemblyId) -> None:
        self.request = request
        self.who = who
        self.assembly = assembly
        self.address = f"/recruitment/{assembly}"


Here = Annotated[Visit, Depends()]


@dataclass(frozen=True)
class Room:
    """What the page needs to do its work."""

    desk: Desk
    pages: Pages

    async def enter(self, visit: Visit) -> Pool:
        """The pool, if its visitor may read it and it exists."""
        authorise(visit.who, "recruitment.read", visit.assembly)
        return await handlers.pool_of(self.desk.repo, visit.assembly)

    async def show(self, visit: Visit, shown: Shown, reading: Any = None) -> Response:
        """The page; `reading` tells what became of a file's rows."""
        doc = await self.enter(visit)
        volunteers, counts = await handlers.counts_of(self.desk.repo, doc)
        lang = language(visit.request)
        return self.pages.render(
            visit.request,
            "pool.html",
            status=shown.status,
            assembly=doc.id,
            synthetic=doc.synthetic,
            doc=doc,
            sentences=shown.sentences,
            values=shown.values,
            reading=reading,
            volunteers=volunteers,
            counts=counts,
            samples={
                kind: "\n".join(sample(doc, kind, lang).splitlines()[:LINES]) for kind in ("quotas", "volunteers")
            },
        )

    async def act(self, visit: Visit, work: Work, **values: str) -> Response:
        """Do `work`; the form comes back with its `values` when it is refused."""

        async def again(shown: Shown) -> Response:
            return await self.show(visit, shown)

        return await act(visit.request, values, work, again)


def router(desk: Desk, pages: Pages, tables: SavedJsonStat) -> APIRouter:
    """Everything under ``/recruitment/{assembly}``."""
    routes, room = APIRouter(prefix="/{assembly}", include_in_schema=False), Room(desk, pages)

    @routes.get("")
    async def page(visit: Here) -> Response:
        return await room.show(visit, Shown())

    @routes.get("/{kind}.csv")
    async def file(visit: Here, kind: Literal["quotas", "volunteers"]) -> Response:
        content = sample(await room.enter(visit), kind, language(visit.request))
        headers = {"Content-Disposition": f'attachment; filename="{visit.assembly}-{kind}.csv"'}
        # the mark tells spreadsheets that it is UTF-8
        return Response(("\ufeff" + content).encode(), media_type="text/csv; charset=utf-8", headers=headers)

    _add_quotas(routes, room, tables)
    _add_pool(routes, room)
    return routes


def sample(doc: Pool, kind: str, lang: str) -> str:
    """The quotas as they stand, or an example of some; or invented volunteers who fit them."""
    features, separator = doc.features or samples.quotas(doc.panel_size, lang), SEPARATORS[lang]
    if kind == "quotas":
        return written(features, separator)
    return samples.volunteers(features, doc.panel_size, separator)


def _add_quotas(routes: APIRouter, room: Room, tables: SavedJsonStat) -> None:
    @routes.post("/quotas")
    async def build(visit: Here, key: FormKey, population: UploadFile, features: UploadFile) -> Response:
        async def work() -> str:
            authorise(visit.who, "recruitment.open", visit.assembly)
            body = build_body(await content_of(features), features.filename or "features")
            table, _ = await tables.save(population.filename or "", await content_of(population))
            await room.desk.do(visit.who, body.command(visit.assembly, key, table))
            return visit.address

        return await room.act(visit, work)

    @routes.post("/quota-file")
    async def take_quotas(visit: Here, key: FormKey, file: UploadFile) -> Response:
        async def work() -> str:
            content, _ = decoded(await content_of(file))
            await room.desk.do(visit.who, ImportQuotas(assembly=visit.assembly, key=key, content=content))
            return visit.address

        return await room.act(visit, work)


def _add_pool(routes: APIRouter, room: Room) -> None:
    @routes.post("/volunteers")
    async def volunteers(  # noqa: PLR0913, PLR0917 - one form
        visit: Here,
        key: FormKey,
        file: UploadFile,
        id_column: Optional = "",
        columns: Optional = "",
        values: Optional = "",
    ) -> Response:
        async def work() -> Response:
            content, encoding = decoded(await content_of(file))
            command = volunteers_command(visit.assembly, key, content, (id_column, columns, values))
            await room.desk.do(visit.who, command)
            reading = reconciled(await handlers.reconcile(room.desk.repo, command), language(visit.request))
            return await room.show(visit, Shown(), reading | {"encoding": encoding, "file": file.filename})

        return await room.act(visit, work, id_column=id_column, columns=columns, values=values)

    @routes.post("/freeze")
    async def freeze(visit: Here, key: FormKey) -> Response:
        async def work() -> str:
            doc = await room.desk.do(visit.who, FreezePool(assembly=visit.assembly, key=key))
            return f"/lottery/{visit.assembly}?follow=1&pool={doc.version}"

        return await room.act(visit, work)
