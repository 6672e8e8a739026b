"""The start page and the example it runs: one at a time, and again after a failure."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from borgerting.errors import Broken, Refused, Text
from borgerting.front import Front
from borgerting.home import Example, Tell, home
from borgerting.settings import read
from borgerting.suite import Suite
from borgerting.web.sign_in import SignIn

STEP: Text = {"da": "Lodtrækning", "en": "Draw"}


class Rehearsal:
    """Runs until the test says how it ends; `runs` counts the beginnings."""

    def __init__(self) -> None:
        self.runs = 0
        self.end: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def __call__(self, suite: Suite, tell: Tell) -> None:
        self.runs += 1
        tell(STEP)
        await self.end


@pytest.fixture
async def rehearsal() -> Rehearsal:
    return Rehearsal()


@pytest.fixture
async def suite(tmp_path: Path) -> AsyncIterator[Suite]:
    suite, stop = Suite(read(data=tmp_path, port=0), []), asyncio.Event()
    yield suite
    stop.set()
    await suite.run(lambda _: Front({}, home(suite, Rehearsal())), stop)


@pytest.fixture
async def client(suite: Suite, rehearsal: Rehearsal) -> AsyncIterator[httpx.AsyncClient]:
    door = SignIn(home(suite, rehearsal), suite.token)
    headers = {"Authorization": f"Bearer {suite.token}", "Accept-Language": "da"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(door), base_url=suite.address, headers=headers
    ) as client:
        yield client


async def ended(example: Example) -> None:
    assert example.task is not None
    await asyncio.wait([example.task])


async def test_the_start_page_is_for_whoever_holds_the_token(client: httpx.AsyncClient) -> None:
    page = await client.get("/")
    assert page.status_code == 200
    assert "Kun til øvelse" in page.text
    assert (await client.get("/", headers={"Authorization": ""})).status_code == 401
    assert (await client.post("/example", headers={"Authorization": ""})).status_code == 401


async def test_the_example_runs_once_however_often_it_is_asked_for(
    client: httpx.AsyncClient, rehearsal: Rehearsal
) -> None:
    assert [(await client.post("/example")).status_code for _ in range(3)] == [303, 303, 303]
    assert STEP["da"] in (await client.get("/")).text
    assert rehearsal.runs == 1
    rehearsal.end.set_result(None)


async def test_pages_that_need_no_service_are_there_without_one(client: httpx.AsyncClient) -> None:
    assert (await client.get("/static/borgerting.css")).headers["content-type"].startswith("text/css")
    assert (await client.get("/health")).status_code == 200
    assert (await client.get("/metrics")).status_code == 200


@pytest.mark.parametrize("path", ["/static/../home.py", "/static/%2e%2e/home.py", "/static/..%2f..%2fhome.py"])
async def test_no_other_file_is_served(client: httpx.AsyncClient, path: str) -> None:
    request = client.build_request("GET", "/")
    request.url = request.url.copy_with(raw_path=path.encode())
    assert (await client.send(request)).status_code == 404


@pytest.mark.parametrize(
    ("why", "said"),
    [
        (Refused("x", da="Kvoten er for stor.", en="The quota is too big."), "Kvoten er for stor."),
        (Broken("a dead letter"), "a dead letter"),
        (httpx.ConnectError("nobody there"), "nobody there"),
    ],
)
async def test_an_example_that_fails_says_why_and_can_be_started_again(
    suite: Suite, rehearsal: Rehearsal, why: Exception, said: str
) -> None:
    example = Example(rehearsal)
    example.start(suite)
    rehearsal.end.set_exception(why)
    await ended(example)
    assert example.shown()["state"] == "failed"
    assert example.shown()["step"]["da"] == said
    rehearsal.end = asyncio.get_running_loop().create_future()
    example.start(suite)
    rehearsal.end.set_result(None)
    await ended(example)
    assert (rehearsal.runs, example.state) == (2, "done")
    example.start(suite)
    assert rehearsal.runs == 2


async def test_an_example_that_ends_as_nobody_foresaw_is_not_running_for_ever(
    suite: Suite, rehearsal: Rehearsal
) -> None:
    example = Example(rehearsal)
    example.start(suite)
    rehearsal.end.set_exception(ZeroDivisionError("a bug"))
    await ended(example)
    assert example.state == "failed"
    assert example.task is not None
    assert isinstance(example.task.exception(), ZeroDivisionError)


async def test_the_start_page_opens_while_reporting_is_being_started_again(
    suite: Suite, client: httpx.AsyncClient
) -> None:
    suite.rooms["reporting"] = None
    assert (await client.get("/")).status_code == 200
    suite.rooms["reporting"] = FastAPI()  # there when the page is asked for, gone a moment later
    suite.front = Front({"reporting": None}, suite.rooms["reporting"])
    assert (await client.get("/")).status_code == 200
