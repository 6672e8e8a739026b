"""The suite's own pages: the start page, the example, and the files that every page uses."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httpx
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from borgerting.access import authorise
from borgerting.errors import BorgertingError, Text
from borgerting.suite import Suite
from borgerting.web import HERE, STATIC, Pages
from borgerting.web.answers import answer_refusals
from borgerting.web.api import Who

EXAMPLE = "eksempel"
Tell = Callable[[Text], None]
Run = Callable[[Suite, Tell], Awaitable[None]]


@dataclass
class Example:
    """The rehearsal that the start page can run: at most one at a time."""

    run: Run
    state: str = "none"
    step: Text = field(default_factory=dict)
    task: asyncio.Task[None] | None = None

    def start(self, suite: Suite) -> None:
        """Begin, unless it is running or done."""
        if self.state in ("none", "failed"):
            self.state = "running"
            self.task = asyncio.create_task(self._run(suite))

    async def _run(self, suite: Suite) -> None:
        try:
            await self.run(suite, self._tell)
        except (BorgertingError, httpx.HTTPError) as why:
            self.state = "failed"
            self.step = getattr(why, "text", {"da": str(why), "en": str(why)})
        else:
            self.state = "done"
        finally:
            if self.state == "running":  # it ended as nobody foresaw: the next click may try again
                self.state = "failed"

    def _tell(self, step: Text) -> None:
        self.step = step

    def shown(self) -> Mapping[str, Any]:
        """What the start page shows of it."""
        return {"state": self.state, "step": self.step, "assembly": EXAMPLE}


def home(suite: Suite, run_example: Run) -> FastAPI:
    """The start page for everything that is installed in this suite."""
    app, pages, example = bare_home(suite), Pages(HERE / "pages"), Example(run_example)

    @app.get("/", include_in_schema=False)
    async def start(request: Request, who: Who, follow: bool = False) -> Response:
        assemblies = await _assemblies(suite)
        if example.state == "none" and any(a["assembly"] == EXAMPLE and a["state"] == "complete" for a in assemblies):
            example.state = "done"
        follow = follow and example.state == "running"
        shown: dict[str, Any] = {"assembly": None, "assemblies": assemblies, "example": example.shown()}
        return pages.render(request, "start.html", follow=follow, **shown)

    @app.post("/example", include_in_schema=False)
    async def open_example(who: Who) -> Response:
        authorise(who, "example.run", EXAMPLE)
        example.start(suite)
        return RedirectResponse("/?follow=1", 303)

    return app


def bare_home(suite: Suite) -> FastAPI:
    """What a service in a process of its own serves beside its own addresses."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    answer_refusals(app)
    app.mount("/static", StaticFiles(directory=STATIC))

    @app.get("/health", include_in_schema=False)
    async def health() -> Response:
        return JSONResponse({"alive": True})

    @app.get("/ready", include_in_schema=False)
    async def ready() -> Response:
        rooms = {name: name in suite.running and await suite.running[name].fetching() for name in suite.names}
        return JSONResponse(rooms, 200 if all(rooms.values()) else 503)

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        text = b"".join(service.exposition() for service in suite.running.values())
        return Response(text, media_type="text/plain; version=0.0.4")

    return app


async def _assemblies(suite: Suite) -> list[dict[str, Any]]:
    reporting = suite.rooms.get("reporting")
    if reporting is None:
        return []
    headers = {"Authorization": f"Bearer {suite.token}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(suite.front), base_url=suite.address) as client:
        answer = await client.get("/reporting/api", headers=headers)
    if answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE:  # it is being started again
        return []
    known: list[dict[str, Any]] = answer.raise_for_status().json()
    return known
