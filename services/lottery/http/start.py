"""The page that begins a lottery from two files, without the rest of the house."""

import re
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response, UploadFile

from borgerting.access import authorise
from borgerting.canonical import sha256
from borgerting.errors import Refused
from borgerting.events.base import AssemblyId
from borgerting.events.recruitment import Intake
from borgerting.web.answers import Shown, act
from borgerting.web.api import Who
from services.lottery.files.households import Households, find_households
from services.lottery.files.pool import Wishes, pool_of
from services.lottery.files.quotas import Quotas, read_quotas
from services.lottery.files.tables import read_table
from services.lottery.files.volunteers import Volunteers, read_volunteers
from services.lottery.handlers import StartDraw, UploadPool
from services.lottery.http.room import FormKey, Here, Room
from services.lottery.http.uploads import bytes_of
from services.lottery.store import RefusedRow

Optional = Annotated[str, Form()]
OBJECTIVES = ("leximin", "maximin")
TOLD_ROWS = 200
"""So many refused rows are shown; the rest are counted."""


@dataclass(frozen=True)
class Wanted:
    """The fields of the form, as they were typed."""

    title: str
    seats: str
    household: str
    objective: str
    tickets: str
    draw_at: str


def router(room: Room) -> APIRouter:
    """Everything under ``/lottery/new``, and the start of an uploaded draw."""
    routes = APIRouter(include_in_schema=False)

    async def form(request: Request, who: Who, shown: Shown) -> Response:
        authorise(who, "lottery.start", "_")
        return room.pages.render(
            request, "new.html", status=shown.status, sentences=shown.sentences, values=shown.values
        )

    @routes.get("/new")
    async def new(request: Request, who: Who) -> Response:
        return await form(request, who, Shown())

    @routes.post("/new")
    async def upload(  # noqa: PLR0913, PLR0917 - one form
        request: Request,
        who: Who,
        key: FormKey,
        quotas: UploadFile,
        volunteers: UploadFile,
        title: Optional = "",
        seats: Optional = "",
        household: Optional = "",
        objective: Optional = "leximin",
        tickets: Optional = "1000",
        draw_at: Optional = "",
    ) -> Response:
        wanted = Wanted(title, seats, household, objective, tickets, draw_at)

        async def work() -> str:
            authorise(who, "lottery.start", "_")
            command = await _command(key, wanted, quotas, volunteers)
            await room.desk.do(who, command)
            return f"/lottery/{command.assembly}"

        async def again(shown: Shown) -> Response:
            return await form(request, who, shown)

        return await act(request, {**vars(wanted), "idempotency_key": key}, work, again)

    @routes.post("/{assembly}/start")
    async def start(visit: Here, key: FormKey) -> Response:
        async def work() -> str:
            await room.desk.do(visit.who, StartDraw(assembly=visit.assembly, key=key))
            return f"{visit.address}?follow=1"

        return await room.act(visit, work)

    return routes


async def _command(key: str, wanted: Wanted, quotas: UploadFile, volunteers: UploadFile) -> UploadPool:
    """Read both files, which are on disk no longer than that, and keep ids, categories and keys of homes only."""
    with tempfile.TemporaryDirectory() as folder:
        given = read_quotas(_laid(Path(folder) / "q", quotas.filename, await bytes_of(quotas)))
        table = read_table(_laid(Path(folder) / "v", volunteers.filename, await bytes_of(volunteers)))
        read = read_volunteers(table, given.features)
    columns = [name.strip() for name in wanted.household.split(",") if name.strip()]
    homes = find_households(read, columns) if columns else Households({})
    seats = _whole(wanted.seats or str(given.seats or ""), "seats")
    name = assembly_id(wanted.title, key)
    pool = pool_of(name, given.without_bands(), read, Wishes(seats=seats, household=homes.of))
    rows = [RefusedRow(row=row.row, reason=row.reason) for row in read.refused[:TOLD_ROWS]]
    return UploadPool(
        assembly=name,
        key=key,
        pool=pool,
        intake=_intake(given, read, columns),
        refused=tuple(rows),
        notes=tuple(map(dict, (*given.notes, *read.notes, *homes.notes()))),
        title=wanted.title.strip(),
        objective=wanted.objective if wanted.objective in OBJECTIVES else OBJECTIVES[0],
        tickets=_whole(wanted.tickets, "tickets"),
        draw_at=_moment(wanted.draw_at),
    )


def _laid(folder: Path, name: str | None, content: bytes) -> Path:
    folder.mkdir()
    path = folder / (Path(name or "").name or "file")
    path.write_bytes(content)
    return path


def _intake(quotas: Quotas, read: Volunteers, households: list[str]) -> Intake:
    kept = {feature.feature.casefold() for feature in quotas.features} | {name.casefold() for name in households}
    kept |= {read.id_title.casefold()} if read.id_title else set()
    dropped = tuple(name for name in read.table.header if name and name.casefold() not in kept)
    refused = len(read.refused)
    return Intake(rows=read.rows, accepted=len(read.people), refused=refused, dropped_columns=dropped)


def assembly_id(title: str, key: str) -> AssemblyId:
    """A name that no assembly of the house has, and that the same form always gives.

    >>> assembly_id("Æbler på Torvet!", "k1")
    'lod-aebler-paa-torvet-6ab9f1eb'
    """
    plain = title.casefold().replace("æ", "ae").replace("ø", "oe").replace("å", "aa")
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:24].strip("-")
    return "-".join(part for part in ("lod", slug, sha256(key.encode())[:8]) if part)


def _whole(said: str, field: str) -> int:
    words = {"seats": ("pladser", "seats"), "tickets": ("lodder", "tickets")}[field]
    if not (said.strip().isascii() and said.strip().isdigit() and 0 < int(said) <= 10_000):
        raise Refused(
            "request.number",
            da=f"Antallet af {words[0]} er «{said}». Skriv et helt tal fra 1 til 10000.",
            en=f"The number of {words[1]} is “{said}”. Write a whole number from 1 to 10000.",
        )
    return int(said)


def _moment(said: str) -> datetime | None:
    if not said.strip():
        return None
    try:
        return datetime.fromisoformat(said.strip()).replace(tzinfo=UTC)
    except ValueError as why:
        raise Refused(
            "request.moment",
            da=f"Tidspunktet «{said}» kan ikke læses. Skriv det som 2026-05-01T12:00 (UTC).",
            en=f"The time “{said}” cannot be read. Write it as 2026-05-01T12:00 (UTC).",
        ) from why
