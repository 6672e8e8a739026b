"""What an organiser does on the lottery's pages: stop, leave it to a partner, fill seats, draw from files."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from borgerting.events.lottery import UploadReceived
from services.lottery.store import Draw, Job, Upload
from tests.lottery.pools import fair
from tests.lottery.test_http import OBSERVER, client
from tests.lottery.worlds import World, world

HTML = {"accept": "text/html"}
QUOTAS = "feature,value,min,max\nsex,f,2,3\nsex,m,2,3\narea,north,1,3\narea,south,2,4\n"
ROWS = [f"p{n:03},{'fm'[n % 2]},{('north', 'south', 'south')[n % 3]},Navn {n}" for n in range(20)]
VOLUNTEERS = "id,sex,area,name\n" + "\n".join(ROWS) + "\n"
LIST = "\n".join(f"p{n:03}" for n in range(5))


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, fair(synthetic=True)) as made:
        yield made


async def test_a_running_draw_is_cancelled_from_its_page(here: World) -> None:
    await here.freeze()
    async with client(here) as browser:
        assert 'action="/lottery/klima/cancel"' in (await browser.get("/lottery/klima")).text
        answer = await browser.post("/lottery/klima/cancel", data={"idempotency_key": "k"}, headers=HTML)
        assert answer.status_code == 303
        assert "blev afbrudt af arrangøren" in (await browser.get("/lottery/klima")).text


async def test_the_api_cancels_once_per_key_and_only_for_those_who_may(here: World) -> None:
    await here.freeze()
    async with client(here, OBSERVER) as stranger:
        assert (await stranger.post("/lottery/api/klima/cancel", headers={"idempotency-key": "k"})).status_code == 403
    async with client(here) as browser:
        for _ in range(2):
            told = await browser.post("/lottery/api/klima/cancel", headers={"idempotency-key": "k"})
            assert (told.status_code, told.json()["state"]) == (200, "refused")


async def test_progress_is_shown_in_words(here: World) -> None:
    await here.freeze()
    draw = await here.draw()
    progress = {"percent": 30, "phase": "distribution", "gap": "1/50000", "panels": 212}
    await here.repo.save(draw.change(progress=progress))
    async with client(here) as browser:
        page = (await browser.get("/lottery/klima?lang=en")).text
        assert "Finding the fairest distribution of chances." in page
        assert "Panels found: 212." in page
        assert "Distance to the best possible: 0.002%." in page
        assert '<progress max="100" value="30"' in page
        assert (await browser.get("/lottery/api/klima")).json()["progress"] == progress


async def test_a_partners_panel_is_taken_over_from_files_and_marked_everywhere(here: World) -> None:
    async with client(here) as browser:
        form = {"idempotency_key": "a", "partner": "Danmarks Statistik"}
        assert (await browser.post("/lottery/klima/partner", data=form, headers=HTML)).status_code == 303
        assert "Danmarks Statistik trækker lod, når puljen er lukket." in (await browser.get("/lottery/klima")).text
        event, envelope = here.frozen(4)
        await here.react(event, envelope)
        waiting = (await browser.get("/lottery/klima")).text
        assert "Danmarks Statistik trækker lod. Læg deltagerkredsen op" in waiting
        form = {"idempotency_key": "b", "partner": "Danmarks Statistik", "method": "Efter <CPR>-registret."}
        files = {"members_file": ("panel.csv", "id;navn\n" + LIST.replace("\n", ";x\n") + ";x\n")}
        answer = await browser.post("/lottery/klima/panel", data=form, files=files, headers=HTML)
        assert answer.status_code == 303, answer.text
        for address in ("/lottery/klima", "/lottery/klima/sheet"):
            page = (await browser.get(address)).text
            assert "Lodtrækningen er foretaget af Danmarks Statistik og kan ikke efterprøves her." in page
            assert "Efter &lt;CPR&gt;-registret." in page
            assert "Frøet" not in page
        record = json.loads((await browser.get("/lottery/api/klima/draw.json")).content)
        assert (record["drawn_by"], record["re_checkable"]) == ("Danmarks Statistik", False)
        assert record["drawn_by_notice"]["en"].startswith("Drawn by Danmarks Statistik.")
        assert (await browser.get("/lottery/api/klima/panel.csv")).text.count("\r\n") == 6
        state = (await browser.get("/lottery/api/klima")).json()
        assert (state["state"], state["panel"]["seed"], state["panel"]["ticket"]) == ("drawn", None, None)


async def test_a_partners_panel_that_breaks_a_quota_comes_back_with_the_form_filled_in(here: World) -> None:
    async with client(here) as browser:
        await browser.post("/lottery/klima/partner", data={"idempotency_key": "a", "partner": "DST"}, headers=HTML)
        event, envelope = here.frozen(4)
        await here.react(event, envelope)
        women = ["p000", "p002", "p004", "p006", "p008"]
        form = {"idempotency_key": "b", "partner": "DST", "method": "Lod.", "members": "\n".join(women)}
        answer = await browser.post("/lottery/klima/panel", data=form, headers=HTML)
        assert answer.status_code == 422
        assert "SEX, f: deltagerkredsen har 5, men kvoten er 2 til 3." in answer.text
        assert "p008</textarea>" in answer.text
        api = {"partner": "DST", "method": "Lod.", "members": ["p000", "p001", "p002", "p003", "p004"]}
        told = await browser.post("/lottery/api/klima/panel", json=api, headers={"idempotency-key": "c"})
        assert (told.status_code, told.json()["panel"]["drawn_by"]) == (201, "DST")


async def test_vacated_seats_are_filled_and_shown(here: World) -> None:
    panel = await here.whole()
    alternates = tuple(p.id for p in here.pool.people if p.id not in panel.members)
    await here.repo.save(panel.change(alternates=alternates))
    async with client(here) as browser:
        body = {"left": [panel.members[0]]}
        for _ in range(2):
            told = await browser.post("/lottery/api/klima/vacancies", json=body, headers={"idempotency-key": "v"})
            assert told.status_code == 201
            (refill,) = told.json()["seats"]["refills"]
            assert (refill["left"], refill["way"]) == (panel.members[0], "alternate")
        page = (await browser.get("/lottery/klima")).text
        assert f"<code>{refill['came']}</code>" in page
        assert "efter at pladserne er besat" in page
        form = {"idempotency_key": "w", "left": "nobody"}
        again = await browser.post("/lottery/klima/vacancies", data=form, headers=HTML)
        assert "nobody er ikke medlem" in again.text


async def upload(browser: httpx.AsyncClient, **other: str) -> httpx.Response:
    files = {
        "quotas": ("quotas.csv", other.pop("quotas", QUOTAS)),
        "volunteers": ("volunteers.csv", other.pop("volunteers", VOLUNTEERS)),
    }
    form = {"idempotency_key": "u1", "title": "Æbler på torvet", "seats": "5", "tickets": "8", **other}
    return await browser.post("/lottery/new", data=form, files=files, headers=HTML)


async def test_a_lottery_runs_from_two_files_to_its_sheet(here: World) -> None:
    async with client(here) as browser:
        answer = await upload(browser, volunteers=VOLUNTEERS + "p099,x,north,Fejl\n")
        assert answer.status_code == 303, answer.text
        address = answer.headers["location"]
        assert address.startswith("/lottery/lod-aebler-paa-torvet-")
        read = (await browser.get(address)).text
        assert "21 rækker = 20 godtaget + 1 afvist." in read
        assert "Kasserede kolonner: name." in read
        assert "Navn 3" not in read
        assembly = address.removeprefix("/lottery/")
        assert "Navn" not in (await here.opened(assembly)).decode()
        started = await browser.post(f"{address}/start", data={"idempotency_key": "s"}, headers=HTML)
        assert started.status_code == 303
        draw = await here.repo.get(Draw, assembly)
        assert draw
        job = await here.repo.get(Job, draw.job)
        assert job and job.tickets == 8
        await here.run(job)
        await here.ring()
        sheet = (await browser.get(f"{address}/sheet?lang=en")).text
        assert "Only those who volunteered can be drawn." in sheet
        assert "Skew before and after the draw" in sheet
        assert (await browser.get(f"{address}/sheet")).text.count("<table>") >= 4


async def test_the_same_upload_twice_is_one_lottery(here: World) -> None:
    async with client(here) as browser:
        first, second = await upload(browser), await upload(browser)
        assert first.headers["location"] == second.headers["location"]
        doc = await here.repo.get(Upload, first.headers["location"].removeprefix("/lottery/"))
        assert doc and [envelope.type for envelope in doc.outbox] == [UploadReceived.type]


async def test_files_that_allow_no_panel_say_why_before_anything_is_drawn(here: World) -> None:
    async with client(here) as browser:
        answer = await upload(
            browser, quotas=QUOTAS.replace("sex,f,2,3", "sex,f,2,2").replace("sex,m,2,3", "sex,m,2,2")
        )
        address = answer.headers["location"]
        page = (await browser.get(address)).text
        assert "Der kan ikke trækkes lod af disse filer" in page
        assert f'action="{address}/start"' not in page
        forced = await browser.post(f"{address}/start", data={"idempotency_key": "s"}, headers=HTML)
        assert forced.status_code == 422


async def test_a_file_that_is_no_quota_file_brings_the_form_back(here: World) -> None:
    async with client(here) as browser:
        answer = await upload(browser, quotas="a,b\n1,2\n")
        assert answer.status_code == 422
        assert "er ikke en kvotefil, der kan genkendes" in answer.text
        assert 'value="Æbler på torvet"' in answer.text


async def test_only_organisers_begin_a_lottery(here: World) -> None:
    async with client(here, OBSERVER) as browser:
        assert (await browser.get("/lottery/new")).status_code == 403
        assert (await upload(browser)).status_code == 403
