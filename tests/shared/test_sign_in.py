"""Who is let in: the token's holder, on this machine's own addresses, from our own pages."""

import stat
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import ASGIApp

from borgerting.access import authorise
from borgerting.front import Front
from borgerting.web.answers import answer_refusals
from borgerting.web.api import Key, Who
from borgerting.web.sign_in import COOKIE, SignIn, token_of

TOKEN = "a-token-for-tests"  # noqa: S105 - it opens nothing


def app() -> FastAPI:
    app = FastAPI()
    answer_refusals(app)

    @app.get("/who")
    async def who(who: Who) -> str:
        return who.name

    @app.post("/who")
    async def change(who: Who, key: Key) -> str:
        authorise(who, "sessions.charter", "klima")
        return key

    return app


def client_at(host: str = "127.0.0.1:8400", token: str = TOKEN, inner: ASGIApp | None = None) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(SignIn(inner or app(), token))
    return httpx.AsyncClient(transport=transport, base_url=f"http://{host}")


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with client_at() as client:
        yield client


BEARER = {"Authorization": f"Bearer {TOKEN}"}


async def test_without_a_token_nobody_is_known_and_the_answer_says_what_to_do(client: httpx.AsyncClient) -> None:
    answer = await client.get("/who")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["problems"] == ["Log ind med det link, som programmet skrev, da det startede."]


@pytest.mark.parametrize(
    "shown", ["Bearer wrong", "Bearer ", "Basic " + TOKEN, TOKEN, "Bearer " + TOKEN + "x", "bearer"]
)
async def test_a_wrong_token_is_no_token(client: httpx.AsyncClient, shown: str) -> None:
    assert (await client.get("/who", headers={"Authorization": shown})).status_code == 401


async def test_a_cookie_that_is_no_text_is_no_token(client: httpx.AsyncClient) -> None:
    answer = await client.get("/who", headers=[(b"cookie", b"borgerting=\xff\xfe")])
    assert answer.status_code == 401


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
async def test_the_token_lets_its_holder_in(client: httpx.AsyncClient, scheme: str) -> None:
    answer = await client.get("/who", headers={"Authorization": f"{scheme} {TOKEN}"})
    assert answer.json() == "organiser"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_the_token_in_the_link_moves_to_a_cookie_and_out_of_the_address(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"/who?a=1&token={TOKEN}&b=&c=%C3%A6")
    assert (answer.status_code, answer.headers["location"]) == (303, "/who?a=1&b=&c=%C3%A6")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert (await client.get("/who")).json() == "organiser"


async def test_a_wrong_token_in_a_link_signs_nobody_in_and_nobody_out(client: httpx.AsyncClient) -> None:
    answer = await client.get("/who?token=wrong")
    assert answer.status_code == 303
    assert "set-cookie" not in answer.headers
    client.cookies.set(COOKIE, TOKEN)
    await client.get("/who?token=wrong")
    assert (await client.get("/who")).status_code == 200


@pytest.mark.parametrize("path", ["//evil.example/?token=x", "///evil.example?token=x", "/\\evil.example?token=x"])
async def test_a_link_with_a_token_leads_to_no_other_site(client: httpx.AsyncClient, path: str) -> None:
    request = client.build_request("GET", "/")
    request.url = request.url.copy_with(raw_path=path.encode())
    location = (await client.send(request)).headers["location"]
    assert location.startswith("/")
    assert location[1:2] not in ("/", "\\")


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example:8400", "localhost.evil.example", "10.0.0.1:8400", "8.8.8.8", "", "["],
)
async def test_a_strange_host_is_misdirected_even_with_the_token(client: httpx.AsyncClient, host: str) -> None:
    assert (await client.get("/who", headers={**BEARER, "Host": host})).status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8400", "localhost:1", "[::1]:8400", "[::1]", "127.0.0.2:80"])
async def test_every_name_of_this_machine_is_served(client: httpx.AsyncClient, host: str) -> None:
    assert (await client.get("/who", headers={**BEARER, "Host": host})).status_code == 200


POST = {**BEARER, "Idempotency-Key": "k"}


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://127.0.0.1:9999", "http://127.0.0.1", "http://[", "127.0.0.1:8400", ""],
)
async def test_a_change_from_another_site_is_refused(client: httpx.AsyncClient, origin: str) -> None:
    answer = await client.post("/who", headers={**POST, "Origin": origin})
    assert answer.status_code == 403
    assert answer.json()["code"] == "access.origin"


@pytest.mark.parametrize("extra", [{}, {"Origin": "http://127.0.0.1:8400"}])
async def test_a_change_from_our_own_page_or_from_a_program_is_taken(
    client: httpx.AsyncClient, extra: dict[str, str]
) -> None:
    assert (await client.post("/who", headers=POST | extra)).json() == "k"


@pytest.mark.parametrize("key", [None, "", "x" * 201])
async def test_a_change_without_a_fitting_key_is_refused_by_name(client: httpx.AsyncClient, key: str | None) -> None:
    answer = await client.post("/who", headers=BEARER | ({} if key is None else {"Idempotency-Key": key}))
    assert answer.status_code == 422
    assert "idempotency-key" in answer.json()["title"].lower()


async def test_a_token_in_the_link_of_a_change_does_not_count(client: httpx.AsyncClient) -> None:
    answer = await client.post(f"/who?token={TOKEN}", headers={"Idempotency-Key": "k"})
    assert answer.status_code == 401


async def test_an_empty_token_opens_nothing() -> None:
    async with client_at(token="") as client:
        assert (await client.get("/who")).status_code == 401
        assert (await client.get("/who", headers={"Authorization": "Bearer "})).status_code == 401


def test_the_token_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    token = token_of(tmp_path / "new")
    assert token_of(tmp_path / "new") == token
    assert len(token) >= 32
    assert stat.S_IMODE((tmp_path / "new" / "token").stat().st_mode) == 0o600


def test_a_token_file_that_a_crash_left_empty_is_filled(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("\n")
    assert len(token_of(tmp_path)) >= 32


async def test_the_front_door_knows_its_rooms_and_says_when_one_is_being_restarted() -> None:
    home, room = FastAPI(), FastAPI()
    home.get("/")(lambda: "home")
    room.get("/sessions/x")(lambda: "room")
    front = Front({"sessions": room, "lottery": None}, home)
    async with client_at(inner=front) as client:
        assert (await client.get("/")).json() == "home"
        assert (await client.get("/sessions/x")).json() == "room"
        assert (await client.get("/lottery/x")).status_code == 503
        assert (await client.get("/lottery")).headers["retry-after"] == "1"
