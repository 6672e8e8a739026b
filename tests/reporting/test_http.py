"""The report page at every stage, its figures, and who may read them."""

import hashlib
from collections.abc import AsyncIterator, Callable

import pytest
from fastapi import FastAPI, Request, Response
from httpx import ASGITransport, AsyncClient
from starlette.middleware.base import RequestResponseEndpoint

from borgerting.access import Principal
from borgerting.adapters import Exporter
from borgerting.desk import Desk
from borgerting.events.base import Envelope
from borgerting.plugins import load
from borgerting.store import Repository
from borgerting.testing import ORGANISER
from borgerting.web import Pages
from borgerting.web.answers import answer_refusals
from services.reporting.handlers import fold_batch, publish_if_complete
from services.reporting.http import router
from services.reporting.plugins.html import PAGES

Story = Callable[..., list[Envelope]]


@pytest.fixture
def who() -> dict[str, Principal]:
    """Who asks; a test may change it."""
    return {"is": ORGANISER}


@pytest.fixture
async def client(repo: Repository, who: dict[str, Principal]) -> AsyncIterator[AsyncClient]:
    """The service's routes with a principal on every request."""
    app = FastAPI()
    answer_refusals(app)

    async def sign_in(request: Request, call_next: RequestResponseEndpoint) -> Response:
        request.state.principal = who["is"]
        return await call_next(request)

    app.middleware("http")(sign_in)
    exporters = load("borgerting.exporters", Exporter)  # type: ignore[type-abstract]
    app.include_router(router(Desk(repo, {}), Pages(PAGES), exporters))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as found:
        yield found


@pytest.mark.parametrize("lang", ["da", "en"])
async def test_the_page_renders_after_every_single_event(
    client: AsyncClient, repo: Repository, story: Story, lang: str
) -> None:
    for envelope in story():
        assert await fold_batch(repo, [envelope]) == []
        page = await client.get("/reporting/klima", params={"lang": lang})
        assert page.status_code == 200
        assert f'<html lang="{lang}"' in page.text
    assert 'data-figure="recommendation.2.outcome" value="rejected"' in page.text


async def test_an_unfinished_report_says_what_is_missing(client: AsyncClient, repo: Repository, story: Story) -> None:
    await fold_batch(repo, story()[:3])
    page = (await client.get("/reporting/klima?lang=da")).text
    assert "Rapporten er ikke færdig" in page
    assert "Lodtrækningen af deltagerkredsen" in page


async def test_what_people_wrote_is_escaped(client: AsyncClient, repo: Repository, story: Story) -> None:
    await fold_batch(repo, story())
    page = (await client.get("/reporting/klima")).text
    assert "Byrådet &lt;i Prøvekøbing&gt;" in page


async def test_the_figures_have_the_published_fingerprint(client: AsyncClient, repo: Repository, story: Story) -> None:
    await fold_batch(repo, story())
    published = await publish_if_complete(repo, "klima")
    assert published is not None
    answer = await client.get("/reporting/api/klima")
    assert answer.headers["content-type"] == "application/json"
    assert hashlib.sha256(answer.content).hexdigest() == published.figures
    assert published.figures in (await client.get("/reporting/klima")).text


async def test_the_list_shows_only_what_the_asker_may_read(
    client: AsyncClient, repo: Repository, story: Story, who: dict[str, Principal]
) -> None:
    await fold_batch(repo, story())
    (listed,) = (await client.get("/reporting/api")).json()
    assert (listed["assembly"], listed["state"], listed["synthetic"]) == ("klima", "complete", True)
    who["is"] = Principal("host elsewhere", frozenset({"host"}), frozenset({"other"}))
    assert (await client.get("/reporting/api")).json() == []
    assert (await client.get("/reporting/api/klima")).status_code == 403


@pytest.mark.parametrize("path", ["/reporting/api/nul", "/reporting/nul", "/reporting/api/nul/report.html"])
async def test_an_unknown_assembly_is_a_404_in_words(client: AsyncClient, path: str) -> None:
    answer = await client.get(path, params={"lang": "da"})
    assert answer.status_code == 404
    assert "«nul»" in answer.json()["title"]


async def test_a_format_that_is_not_installed_names_those_that_are(
    client: AsyncClient, repo: Repository, story: Story
) -> None:
    await fold_batch(repo, story())
    answer = await client.get("/reporting/api/klima/report.pdf", params={"lang": "en"})
    assert answer.status_code == 422
    assert "html, json" in answer.json()["title"]
    file = await client.get("/reporting/api/klima/report.html", params={"lang": "en"})
    assert file.headers["content-disposition"] == 'inline; filename="klima-report.html"'
    assert file.text.startswith('<!DOCTYPE html>\n<html lang="en"')
