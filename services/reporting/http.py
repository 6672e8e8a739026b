"""The report over HTTP: as a page, as figures, and in every format that an exporter writes."""

from fastapi import APIRouter
from markupsafe import Markup
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from borgerting.access import Principal, authorise
from borgerting.adapters import Exporter
from borgerting.desk import Desk
from borgerting.errors import Forbidden, Text
from borgerting.plugins import Plugins
from borgerting.web import Pages, language
from borgerting.web.api import Who
from services.reporting.domain import Report
from services.reporting.handlers import list_reports, read_report
from services.reporting.plugins import body_of
from services.reporting.store import Published

READ = "reporting.read"
FIGURES = "json"


class Listed(BaseModel):
    """One line of the list of assemblies."""

    assembly: str
    title: Text
    state: str
    synthetic: bool


def router(desk: Desk, pages: Pages, exporters: Plugins[Exporter]) -> APIRouter:
    """``/reporting``: the API under ``/reporting/api``, the report page of each assembly beside it."""
    routes = APIRouter(prefix="/reporting", tags=["reporting"])

    @routes.get("/api")
    async def assemblies(who: Who) -> list[Listed]:
        """Every assembly that the asker may read about, with its state."""
        return [
            Listed(assembly=r.assembly, title=r.charter.title, state=r.state, synthetic=r.synthetic)
            for r in await list_reports(desk.repo)
            if _may_read(who, r.assembly)
        ]

    @routes.get("/api/{assembly}")
    async def figures(assembly: str, who: Who, request: Request) -> Response:
        """The canonical figures; once published, their SHA-256 is the one in the event."""
        return await _export(assembly, FIGURES, who, request)

    @routes.get("/api/{assembly}/report.{form}")
    async def file(assembly: str, form: str, who: Who, request: Request) -> Response:
        """The report as a file in the format of the exporter named `form`."""
        return await _export(assembly, form, who, request)

    @routes.get("/{assembly}")
    async def page(assembly: str, who: Who, request: Request, follow: bool = False) -> HTMLResponse:
        """The report as far as it goes; it says what is still missing."""
        report = await _read(assembly, who)
        published = await desk.repo.get(Published, assembly)
        body = Markup(body_of(pages, report, language(request)))  # noqa: S704 - our own template, escaped already
        return pages.render(
            request,
            "report.html",
            assembly=assembly,
            report=report,
            synthetic=report.synthetic,
            body=body,
            published=published,
            formats=sorted(exporters.loaded),
            follow=follow and report.state == "concluded",
        )

    async def _read(assembly: str, who: Principal) -> Report:
        authorise(who, READ, assembly)
        return await read_report(desk.repo, assembly)

    async def _export(assembly: str, form: str, who: Principal, request: Request) -> Response:
        report = await _read(assembly, who)
        made = exporters[form].export(report.model_dump(mode="json"), language(request))
        return Response(made.content, media_type=made.media_type, headers={"Content-Disposition": _named(made.name)})

    return routes


def _named(file: str) -> str:
    return f'inline; filename="{file}"'


def _may_read(who: Principal, assembly: str) -> bool:
    try:
        authorise(who, READ, assembly)
    except Forbidden:
        return False
    return True
