"""A lottery of its own: a pool from uploaded files, under a key that the lottery makes and keeps."""

from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from pydantic import Field

from borgerting.canonical import canonical, keyed_digest
from borgerting.errors import Refused, Text
from borgerting.events.base import SourceRef
from borgerting.events.lottery import UploadReceived
from borgerting.events.recruitment import Intake, PoolSnapshot, SnapshotRef
from borgerting.store import Command, Repository
from services.lottery.domain import DrawSettings
from services.lottery.handlers.opening import FRESH, job_of, start
from services.lottery.handlers.ports import Ports
from services.lottery.store import OWN, Draw, RefusedRow, Upload


class UploadPool(Command):
    """Keep the pool that the files gave; `refused` rows are told with their reasons, `notes` are of the reading."""

    action: ClassVar[str] = "lottery.start"
    pool: PoolSnapshot
    intake: Intake
    refused: tuple[RefusedRow, ...] = ()
    notes: tuple[Text, ...] = ()
    title: str = Field(max_length=200)
    objective: str
    tickets: int = Field(ge=1, le=10_000)
    draw_at: datetime | None = None


class StartDraw(Command):
    """Make the tickets of an uploaded pool."""

    action: ClassVar[str] = "lottery.start"


async def upload_pool(ports: Ports, repo: Repository, command: UploadPool) -> Upload:
    """Seal the pool and look at it before anything is drawn; a repeat goes on where the first time ended."""
    doc = await repo.get(Upload, command.assembly)
    if doc is None:
        if await repo.get(Draw, command.assembly):
            raise _taken(command.assembly)
        doc = await repo.save(Upload(id=command.assembly, assembly=command.assembly, secret=ports.new_key().hex()))
    elif doc.snapshot is not None:
        if repo.already(doc, command):
            return doc
        raise _taken(command.assembly)
    content = canonical(command.pool.model_dump(mode="json"))
    name = await ports.keep(command.assembly, content)
    digest = keyed_digest(bytes.fromhex(doc.secret), content)
    advice = await ports.explain(command.pool)
    facts = command.model_dump(include={"intake", "notes", "title", "objective", "tickets", "draw_at"})
    whole = doc.change(
        **facts,
        refused=command.refused,
        snapshot=SnapshotRef(bucket=OWN, name=name, size=len(content), digest=digest),
        panel_size=command.pool.panel_size,
        volunteers=len(command.pool.people),
        advice=advice,
    )
    told = UploadReceived(
        assembly=command.assembly,
        panel_size=command.pool.panel_size,
        volunteers=len(command.pool.people),
        intake=command.intake,
    )
    return await repo.save(whole, [told], cause=command)


async def start_draw(ports: Ports, settings: DrawSettings, repo: Repository, command: StartDraw) -> Draw:
    """Queue the job of an uploaded pool, or queue it again after it was cancelled."""
    upload, draw = await repo.get(Upload, command.assembly), await repo.get(Draw, command.assembly)
    if upload is None or upload.snapshot is None or upload.advice is None:
        raise _nothing(command.assembly)
    if draw and repo.already(draw, command):
        return draw
    if not upload.advice.possible:
        raise upload.advice.refusal()
    if draw and draw.state != "refused":
        raise _taken(command.assembly)
    facts = {
        "pool": SourceRef(source=repo.source(upload), version=upload.version),
        "snapshot": upload.snapshot,
        "panel_size": upload.panel_size,
        "volunteers": upload.volunteers,
        "tickets": upload.tickets,
        "job": f"{command.assembly}/{draw.version + 1 if draw else 1}",
        **FRESH,
    }
    fresh = draw.change(**facts) if draw else Draw(id=command.assembly, assembly=command.assembly, **facts)
    own = replace(settings, tickets=upload.tickets, objective=upload.objective)
    job = job_of(fresh, own, settings.seed or ports.new_seed(), upload.draw_at)
    return await start(repo, fresh, job, command)


def _taken(assembly: str) -> Refused:
    return Refused(
        "upload.taken",
        da=f"Lodtrækningen {assembly} er allerede i gang. Begynd en ny med andre filer.",
        en=f"The lottery {assembly} is under way already. Begin a new one with other files.",
    )


def _nothing(assembly: str) -> Refused:
    return Refused(
        "upload.unknown",
        da=f"Der er ingen filer til lodtrækningen {assembly}. Læg kvoter og tilmeldte op først.",
        en=f"There are no files for the lottery {assembly}. Upload quotas and volunteers first.",
    )
