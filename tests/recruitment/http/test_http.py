"""The API and the page on a store of their own, without a network."""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from starlette.middleware.base import RequestResponseEndpoint

from borgerting.access import Principal
from borgerting.testing import ORGANISER
from borgerting.web import Pages
from borgerting.web.answers import answer_refusals
from services.recruitment import http
from services.recruitment.plugins import SavedJsonStat
from tests.recruitment.support import QUOTAS, World, volunteers_csv

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples/assembly"
API, PAGE = "/recruitment/api/klima", "/recruitment/klima"
Browse = Callable[..., httpx.AsyncClient]


@pytest.fixture
async def browse(world: World) -> AsyncIterator[Browse]:
    """Makes clients; each acts for one principal, or for nobody."""
    pages = Pages(ROOT / "services/recruitment/pages")
    tables = world.ports.sources["saved-json-stat"]
    assert isinstance(tables, SavedJsonStat)
    clients: list[httpx.AsyncClient] = []

    def client(who: Principal | None = ORGANISER, language: str = "en") -> httpx.AsyncClient:
        app = FastAPI()
        answer_refusals(app)
        app.include_router(http.router(world.desk, pages, tables))

        @app.middleware("http")
        async def sign_in(request: Request, call_next: RequestResponseEndpoint) -> Response:
            request.state.principal = who
            return await call_next(request)

        transport = httpx.ASGITransport(app=app)
        headers = {"accept-language": language}
        clients.append(httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers))
        return clients[-1]

    yield client
    for made in clients:
        await made.aclose()


def file(content: str | bytes, name: str = "file.csv") -> dict[str, Any]:
    return {"file": (name, content.encode() if isinstance(content, str) else content)}


def key(name: str) -> dict[str, str]:
    return {"Idempotency-Key": name}


async def test_the_example_goes_from_upload_to_frozen_pool(world: World, browse: Browse) -> None:
    client = browse()
    await world.charter(panel_size=6, synthetic=True)
    features = json.loads((EXAMPLE / "features.json").read_text("utf-8"))
    raw = (EXAMPLE / "population.json").read_bytes()
    uploaded = await client.post(f"{API}/population", headers=key("a"), files=file(raw, "population.json"))
    assert uploaded.status_code == 201
    told = uploaded.json()
    assert [d["code"] for d in told["dimensions"]] == ["Region", "Alder", "Kon", "Tid"]
    features["features"] = [features["features"][2]]
    features["query"] |= {"Region": ["01"], "Alder": ["20-29"]}
    built = await client.post(f"{API}/quotas/build", headers=key("b"), json={**features, "table": told["table"]})
    assert built.status_code == 201
    assert built.json()["provenance"]["licence"] == "CC0 1.0"
    rows = "id;Kön;namn\n" + "".join(f"{n};{'Kvinnor' if n % 2 else 'Män'};Åsa\n" for n in range(1, 13))
    taken = await client.post(f"{API}/volunteers", headers=key("c"), files=file(rows.encode("cp1252")))
    assert taken.json() == {
        "rows": 12,
        "accepted": 12,
        "refused": [],
        "dropped_columns": ["namn"],
        "encoding": "cp1252",
    }
    frozen = (await client.post(f"{API}/freeze", headers=key("d"))).json()
    assert (frozen["state"], frozen["volunteers"]) == ("frozen", 12)
    assert (await client.get(API)).json() == frozen


async def test_refused_rows_are_told_with_number_and_sentence_and_again_on_a_repeat(
    world: World, browse: Browse
) -> None:
    client = browse(language="da")
    await world.charter()
    await client.post(f"{API}/quotas/import", headers=key("q"), files=file(QUOTAS))
    send = {"headers": key("v"), "files": file(volunteers_csv(8) + "r9,,north,x\n")}
    answer = (await client.post(f"{API}/volunteers", **send)).json()
    assert (answer["rows"], answer["accepted"]) == (9, 8)
    assert answer["refused"] == [{"row": 10, "sentence": "Række 10 har intet i «sex». Skriv en af women, men."}]
    assert (await client.post(f"{API}/volunteers", **send)).json() == answer
    assert (await client.get(API)).json()["volunteers"] == 8


async def test_a_mapping_comes_with_the_form(world: World, browse: Browse) -> None:
    client = browse()
    await world.charter()
    imported = await client.post(f"{API}/quotas/import", headers=key("q"), files=file(QUOTAS))
    assert imported.json()["dropped_columns"] == []
    form = {"id_column": "lbnr", "columns": '{"K/M": "sex"}', "values": '{"sex": {"K": "women"}}'}
    sheet = file("lbnr,K/M,area\n1,K,north\n")
    answer = await client.post(f"{API}/volunteers", headers=key("v"), files=sheet, data=form)
    assert answer.json()["accepted"] == 1
    for name, wrong in (("columns", "[1]"), ("values", '{"sex": 7}'), ("columns", "{")):
        refused = await client.post(f"{API}/volunteers", headers=key("w"), files=sheet, data={**form, name: wrong})
        assert (refused.status_code, name in refused.text) == (422, True)


@pytest.mark.parametrize(
    ("path", "send", "status"),
    [
        ("/population", {"files": file(b"{}")}, 422),
        ("/quotas/build", {"json": {"table": "x.json", "query": {}, "features": []}}, 404),
        ("/quotas/build", {"json": {"table": "x.json"}}, 422),
        ("/quotas/import", {"files": file("nothing")}, 422),
        ("/quotas/import", {"files": file(b"\x81\x8d")}, 422),
        ("/volunteers", {"files": file(volunteers_csv(1))}, 422),
        ("/freeze", {}, 422),
    ],
)
async def test_bad_input_gets_a_sentence_and_changes_nothing(
    world: World, browse: Browse, path: str, send: dict[str, Any], status: int
) -> None:
    await world.charter()
    answer = await browse().post(API + path, headers=key("k"), **send)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["problems"][0].endswith(".")
    assert (await world.pool()).revision == 1


@pytest.mark.parametrize("path", ["/population", "/quotas/import", "/volunteers"])
async def test_a_change_without_a_key_is_refused(browse: Browse, path: str) -> None:
    answer = await browse().post(API + path, files=file("x"))
    assert answer.status_code == 422
    assert "idempotency-key" in answer.text


@pytest.mark.parametrize(("roles", "status"), [({"observer"}, 403), ({"host"}, 403), (None, 401)])
async def test_only_an_organiser_comes_in(world: World, browse: Browse, roles: set[Any] | None, status: int) -> None:
    await world.charter()
    client = browse(None if roles is None else Principal("ane", frozenset(roles)))
    build = {"table": "x", "query": {}, "features": []}
    answers = [
        await client.get(API),
        await client.get(PAGE),
        await client.post(
            f"{API}/population", headers=key("k"), files=file((EXAMPLE / "population.json").read_bytes())
        ),
        await client.post(f"{API}/quotas/build", headers=key("k"), json=build),
        await client.post(f"{API}/quotas/import", headers=key("k"), files=file(QUOTAS)),
        await client.post(f"{API}/volunteers", headers=key("k"), files=file("id\n")),
        await client.post(f"{API}/freeze", headers=key("k")),
    ]
    assert [a.status_code for a in answers] == [status] * 7
    assert not (world.folder / "tables").exists()


async def test_an_assembly_nobody_chartered_is_not_found(browse: Browse) -> None:
    client = browse()
    assert (await client.get(API)).status_code == 404
    page = await client.get(PAGE, headers={"accept": "text/html"})
    assert (page.status_code, 'role="alert"' in page.text) == (404, True)


@pytest.mark.parametrize("language", ["da", "en"])
async def test_the_page_leads_from_quotas_to_the_frozen_pool(world: World, browse: Browse, language: str) -> None:
    client = browse(language=language)
    await world.charter()
    assert 'action="/recruitment/klima/quota-file"' in (await client.get(PAGE)).text
    sent = await client.post(f"{PAGE}/quota-file", data={"idempotency_key": "q"}, files=file(QUOTAS))
    assert (sent.status_code, sent.headers["location"]) == (303, PAGE)
    rows = volunteers_csv(12) + "r13,?,north,x\n"
    read = await client.post(f"{PAGE}/volunteers", data={"idempotency_key": "v"}, files=file(rows, "pulje.csv"))
    assert read.status_code == 200
    assert "pulje.csv" in read.text
    assert ("«?»" if language == "da" else "“?”") in read.text
    assert ("skjult" if language == "da" else "hidden") in read.text
    frozen = await client.post(f"{PAGE}/freeze", data={"idempotency_key": "f"})
    assert frozen.status_code == 303
    snapshot = (await world.pool()).snapshot
    assert snapshot is not None and snapshot.name in (await client.get(PAGE)).text


async def test_population_figures_stand_beside_their_source(world: World, browse: Browse) -> None:
    client = browse()
    await world.charter(eligibility={"min_age": 20, "wording": {"en": "Adults"}}, panel_size=60)
    uploads = {
        "population": ("population.json", (EXAMPLE / "population.json").read_bytes()),
        "features": ("features.json", (EXAMPLE / "features.json").read_bytes()),
    }
    sent = await client.post(f"{PAGE}/quotas", data={"idempotency_key": "q"}, files=uploads)
    assert sent.status_code == 303, sent.text
    page = (await client.get(PAGE)).text
    assert page.count("Source: Statistics Sweden (SCB)") == 1
    assert "Period: 2026M04" in page and "Updated: 8 June 2026" in page
    assert "Cell Key Method" in page


async def test_a_refused_form_comes_back_with_its_sentences(world: World, browse: Browse) -> None:
    client = browse()
    await world.charter()
    refused = await client.post(f"{PAGE}/freeze", data={"idempotency_key": "f"})
    assert refused.status_code == 422
    assert 'role="alert"' in refused.text and "The pool has no quotas yet." in refused.text
    uploads = {"population": ("p.json", b"{}"), "features": ("f.json", b"{}")}
    refused = await client.post(f"{PAGE}/quotas", data={"idempotency_key": "q"}, files=uploads)
    assert refused.status_code == 422
    assert "The file f.json lacks the field query." in refused.text
