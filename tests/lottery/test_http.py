"""The lottery's addresses."""

import csv
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from borgerting.access import Principal
from borgerting.canonical import canonical
from borgerting.desk import Desk
from borgerting.testing import ORGANISER
from borgerting.web import Pages
from borgerting.web.answers import answer_refusals
from services.lottery import http
from services.lottery.handlers import commands
from services.lottery.http import router
from services.lottery.http.files import panel_csv
from services.lottery.http.state import histogram
from services.lottery.store import Draw
from tests.lottery.pools import fair, pool
from tests.lottery.worlds import SETTINGS, World, world

PAGES = Path(http.__file__).parents[1] / "pages"
OBSERVER = Principal("anyone", frozenset({"observer"}))


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, fair(synthetic=True)) as made:
        yield made


def client(here: World, principal: Principal = ORGANISER) -> httpx.AsyncClient:
    """A browser signed in as `principal`."""
    app = FastAPI()
    answer_refusals(app)
    app.include_router(router(Desk(here.repo, commands(here, SETTINGS)), Pages(PAGES), here))

    @app.middleware("http")
    async def sign_in(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        request.state.principal = principal
        return await go_on(request)

    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


async def test_the_state_follows_the_draw(here: World) -> None:
    async with client(here) as browser:
        assert (await browser.get("/lottery/api/klima")).status_code == 404
        job = await here.freeze()
        assert (await browser.get("/lottery/api/klima")).json()["state"] == "started"
        await here.run(job)
        sealed = (await browser.get("/lottery/api/klima")).json()
        assert (sealed["state"], sealed["done"], sealed["panel"]) == ("sealed", 8, None)
        assert "seed 1" not in json.dumps(sealed)
        await here.ring()
        drawn = (await browser.get("/lottery/api/klima")).json()
        assert (drawn["state"], drawn["panel"]["seed"]) == ("drawn", "seed 1")
        assert sum(drawn["sealed"]["shares"].values()) == 20


@pytest.mark.parametrize("address", ["/lottery/klima", "/lottery/api/klima", "/lottery/api/klima/panel.csv"])
async def test_only_those_who_may_read_the_lottery_are_let_in(here: World, address: str) -> None:
    await here.whole()
    async with client(here, OBSERVER) as browser:
        assert (await browser.get(address)).status_code == 403


@pytest.mark.parametrize("file", ["panel.csv", "draw.json"])
async def test_there_is_no_file_before_the_panel_is_drawn(here: World, file: str) -> None:
    await here.run(await here.freeze())
    async with client(here) as browser:
        answer = await browser.get(f"/lottery/api/klima/{file}", headers={"accept-language": "en"})
        assert answer.status_code == 404
        assert answer.json()["problems"] == [
            "No panel has been drawn in klima yet. Freeze the pool and wait for the draw."
        ]


async def test_the_panel_is_a_file_of_members_marked_as_synthetic(here: World) -> None:
    panel = await here.whole()
    async with client(here) as browser:
        rows = list(csv.DictReader((await browser.get("/lottery/api/klima/panel.csv")).text.splitlines()))
    assert list(rows[0]) == ["id", "sex", "area", "note"]
    assert tuple(row["id"] for row in rows) == panel.members
    assert {row["note"] for row in rows} == {"synthetic"}


def test_a_category_with_a_comma_or_a_formula_stays_one_harmless_cell() -> None:
    rows = [{"area": "=1+1"}, {"area": 'Nord, "øst"'}]
    some = pool(2, {"area": {"=1+1": (0, 2), 'Nord, "øst"': (0, 2)}}, rows)
    lines = panel_csv(some, ["p000", "p001"]).decode()
    assert lines == 'id,area,note\r\np000,\'=1+1,\r\np001,"Nord, ""øst""",\r\n'


async def test_the_draw_can_be_checked_from_its_file_alone(here: World) -> None:
    await here.whole()
    async with client(here) as browser:
        answer = await browser.get("/lottery/api/klima/draw.json")
    told = answer.json()
    tickets, seed = told["tickets"], told["seed"]
    parts = {key: told[key] for key in ("assembly", "tickets", "alternates", "fairness") if key in told}
    portfolio = json.dumps(parts, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    assert told["portfolio"] == hashlib.sha256(portfolio.encode()).hexdigest()
    assert told["commitment"] == hashlib.sha256(seed.encode()).hexdigest()
    thrown = int(hashlib.sha256(f"{seed}|{told['portfolio']}|0".encode()).hexdigest(), 16)
    assert told["ticket"] == thrown % len(tickets)
    assert told["members"] == tickets[told["ticket"]]
    assert told["chances"] == {p["id"]: sum(p["id"] in ticket for ticket in tickets) for p in told["people"]}
    assert set(told["versions"]) == {"borgerting", "ortools", "python"}
    assert told["notice"]["da"] == "Opdigtede tilmeldte: ingen virkelige personer."
    assert answer.content == canonical(told)


async def test_real_people_make_the_file_personal_data(tmp_path: Path) -> None:
    async with world(tmp_path, fair()) as here:
        await here.whole()
        async with client(here) as browser:
            told = (await browser.get("/lottery/api/klima/draw.json")).json()
            assert told["notice"]["en"].startswith("Personal data")
            assert "offentliggør dem ikke" in (await browser.get("/lottery/klima")).text


async def test_the_same_pool_and_seed_give_the_same_file(tmp_path: Path) -> None:
    files = set()
    for name in ("one", "two"):
        async with world(tmp_path / name, fair()) as here:
            await here.whole()
            async with client(here) as browser:
                files.add((await browser.get("/lottery/api/klima/draw.json")).content)
    assert len(files) == 1


async def test_the_page_waits_runs_and_shows_the_panel(here: World) -> None:
    async with client(here) as browser:

        async def page(query: str = "") -> httpx.Response:
            answer = await browser.get(f"/lottery/klima{query}")
            assert answer.status_code == 200
            return answer

        assert "Der er ikke noget at trække lod i endnu" in (await page()).text
        assert "refresh" not in (await page()).headers
        assert (await page("?follow=1")).headers["refresh"] == "3"
        job = await here.freeze()
        assert "0 af 8 lodder er klar" in (await page()).text
        assert "refresh" not in (await page()).headers
        assert (await page("?follow=1")).headers["refresh"] == "3"
        await here.run(job)
        assert "8 lodder er forseglet. Der trækkes lod 15. januar 2026 kl. 09:00 (UTC)." in (await page()).text
        await here.ring()
        drawn = await page("?follow=1")
        assert "refresh" not in drawn.headers
        assert f"Lod nummer {(await here.panel()).ticket} er trukket blandt 8 lodder: 5 medlemmer" in drawn.text
        assert "Opdigtede tilmeldte" in drawn.text
        assert (await page("?lang=en")).text.count("<table>") == 3


async def test_the_page_says_chances_as_they_are(here: World) -> None:
    await here.whole()
    draw = await here.draw()
    assert draw.sealed
    async with client(here) as browser:

        async def sentence(shares: dict[int, int]) -> str:
            now = await here.repo.get(Draw, "klima")
            assert now and now.sealed
            sealed = now.sealed.model_copy(update={"shares": shares})
            await here.repo.save(now.model_copy(update={"sealed": sealed}))
            return (await browser.get("/lottery/klima?lang=en")).text

        assert "Everybody has the same chance: 25.0% (2 of 8 tickets)." in await sentence({2: 20})
        unequal = await sentence({0: 3, 1: 7, 4: 10})
        assert "The smallest chance is 0.0% (0 of 8 tickets), the largest 50.0% (4 of 8 tickets)." in unequal
        assert "3 of the volunteers are on no ticket." in unequal


async def test_a_refused_draw_shows_its_sentences_and_what_to_do(tmp_path: Path) -> None:
    thin = pool(2, {"sex": {"f": (2, 2), "m": (0, 0)}}, [{"sex": "f"}, {"sex": "m"}])
    async with world(tmp_path, thin) as here:
        await here.run(await here.freeze())
        async with client(here) as browser:
            page = (await browser.get("/lottery/klima")).text
            assert 'role="alert"' in page
            assert "SEX, f: kvoten kræver mindst 2, men puljen har 1." in page
            assert "luk puljen igen" in page
            later = await browser.get("/lottery/klima?follow=1&pool=9")
            assert ("på vej til lodtrækningen" in later.text, later.headers["refresh"]) == (True, "3")
            assert (await browser.get("/lottery/api/klima")).json()["state"] == "refused"


def test_the_histogram_counts_everybody_in_at_most_twenty_bars() -> None:
    shares = {n: n + 1 for n in range(0, 97, 3)}
    bars = histogram(shares)
    assert len(bars) <= 20
    assert sum(bar.people for bar in bars) == sum(shares.values())
    assert (bars[0].least, bars[0].most) == (0, 0)  # those on no ticket are told apart
    assert all(after.least == before.most + 1 for before, after in pairwise(bars[1:]))
    assert max(bar.height for bar in bars) == 1000
