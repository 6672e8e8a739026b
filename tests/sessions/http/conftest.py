"""The service's addresses on a store of its own, without a network."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from starlette.middleware.base import RequestResponseEndpoint

from borgerting.access import Principal
from borgerting.testing import ORGANISER
from borgerting.web import Pages
from borgerting.web.answers import answer_refusals
from services.sessions import http
from services.sessions.plugins import CHARTERS, StandardTemplates
from tests.sessions.support import BLIND, Course

Browse = Callable[..., httpx.AsyncClient]


@pytest.fixture
async def browse(course: Course) -> AsyncIterator[Browse]:
    """Makes clients; each acts for one principal, or for nobody."""
    pages = Pages(CHARTERS.with_name("pages"))
    clients: list[httpx.AsyncClient] = []

    def client(who: Principal | None = ORGANISER) -> httpx.AsyncClient:
        app = FastAPI()
        answer_refusals(app)
        app.include_router(http.router(course.desk, pages, StandardTemplates({}).templates(), BLIND))

        @app.middleware("http")
        async def sign_in(request: Request, call_next: RequestResponseEndpoint) -> Response:
            request.state.principal = who
            return await call_next(request)

        transport = httpx.ASGITransport(app=app)
        headers = {"accept-language": "en"}
        clients.append(httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers))
        return clients[-1]

    yield client
    for made in clients:
        await made.aclose()
