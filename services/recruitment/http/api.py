"""The JSON API; every POST carries an Idempotency-Key."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, UploadFile
from pydantic import ValidationError

from borgerting.access import authorise
from borgerting.adapters import Dimension
from borgerting.desk import Desk
from borgerting.errors import in_language
from borgerting.events.base import AssemblyId
from borgerting.web import language
from borgerting.web.api import Key, Who
from services.recruitment import handlers
from services.recruitment.domain.commands import FreezePool, ImportQuotas, ReceiveVolunteers
from services.recruitment.domain.quota_file import read_quotas
from services.recruitment.domain.volunteers import Reading
from services.recruitment.http.uploads import BuildBody, content_of, decoded, mapping, unreadable
from services.recruitment.plugins import SavedJsonStat
from services.recruitment.store import Pool

Optional = Annotated[str, Form()]


def router(desk: Desk, tables: SavedJsonStat) -> APIRouter:
    """Everything under ``/recruitment/api``."""
    routes = APIRouter(prefix="/api/{assembly}")

    @routes.get("")
    async def state(assembly: AssemblyId, who: Who) -> dict[str, Any]:
        authorise(who, "recruitment.read", assembly)
        return await shown(desk, await handlers.pool_of(desk.repo, assembly))

    @routes.post("/population", status_code=201)
    async def population(assembly: AssemblyId, key: Key, who: Who, file: UploadFile) -> dict[str, Any]:
        authorise(who, "recruitment.open", assembly)
        table, dimensions = await tables.save(file.filename or "", await content_of(file))
        return {"table": table, "dimensions": [_described(dimension) for dimension in dimensions]}

    @routes.post("/quotas/build", status_code=201)
    async def build(assembly: AssemblyId, key: Key, who: Who, body: BuildBody) -> dict[str, Any]:
        await desk.do(who, body.command(assembly, key))
        return await shown(desk, await handlers.pool_of(desk.repo, assembly))

    @routes.post("/quotas/import", status_code=201)
    async def take_quotas(assembly: AssemblyId, key: Key, who: Who, file: UploadFile) -> dict[str, Any]:
        content, encoding = decoded(await content_of(file))
        await desk.do(who, ImportQuotas(assembly=assembly, key=key, content=content))
        doc = await handlers.pool_of(desk.repo, assembly)
        _, dropped = read_quotas(content, doc.panel_size)
        return await shown(desk, doc) | {"dropped_columns": dropped, "encoding": encoding}

    @routes.post("/volunteers", status_code=201)
    async def volunteers(  # noqa: PLR0913, PLR0917 - one form
        request: Request,
        assembly: AssemblyId,
        key: Key,
        who: Who,
        file: UploadFile,
        id_column: Optional = "",
        columns: Optional = "",
        values: Optional = "",
    ) -> dict[str, Any]:
        content, encoding = decoded(await content_of(file))
        command = volunteers_command(assembly, key, content, (id_column, columns, values))
        await desk.do(who, command)
        return reconciled(await handlers.reconcile(desk.repo, command), language(request)) | {"encoding": encoding}

    @routes.post("/freeze", status_code=201)
    async def freeze(assembly: AssemblyId, key: Key, who: Who) -> dict[str, Any]:
        await desk.do(who, FreezePool(assembly=assembly, key=key))
        return await shown(desk, await handlers.pool_of(desk.repo, assembly))

    return routes


def volunteers_command(assembly: str, key: str, content: str, fields: tuple[str, str, str]) -> ReceiveVolunteers:
    """The command behind an upload and its three optional fields; `columns` and `values` are JSON objects."""
    id_column, columns, values = fields
    try:
        return ReceiveVolunteers(
            assembly=assembly,
            key=key,
            content=content,
            id_column=id_column.strip() or None,
            columns=mapping(columns, "columns"),
            values=mapping(values, "values"),
        )
    except ValidationError as wrong:
        raise unreadable("volunteers", wrong) from wrong


def reconciled(reading: Reading, lang: str) -> dict[str, Any]:
    """Rows in = accepted + refused, each refused one with its sentence."""
    intake = reading.intake
    return {
        "rows": intake.rows,
        "accepted": intake.accepted,
        "refused": [{"row": wrong.row, "sentence": in_language(wrong.reason, lang)} for wrong in reading.refused],
        "dropped_columns": intake.dropped_columns,
    }


async def shown(desk: Desk, doc: Pool) -> dict[str, Any]:
    """The state of a pool: counts as far as they may be told, and no rows."""
    volunteers, counts = await handlers.counts_of(desk.repo, doc)
    facts = {"assembly", "state", "panel_size", "synthetic", "features", "provenance", "snapshot"}
    told = doc.model_dump(mode="json", include=facts)
    return told | {
        "volunteers": volunteers,
        "counts": counts,
        "intakes": [intake.model_dump(mode="json") for intake in doc.intakes.values()],
    }


def _described(dimension: Dimension) -> dict[str, Any]:
    return {"code": dimension.code, "label": dimension.label, "categories": dimension.categories}
