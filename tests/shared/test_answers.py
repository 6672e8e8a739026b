"""Every no, as a browser and as a program hears it."""

from collections.abc import AsyncIterator
from typing import Annotated, Literal

import httpx
import pytest
from fastapi import FastAPI, Form, Request, Response

from borgerting.errors import Forbidden, Refused, Transient
from borgerting.front import Front
from borgerting.store import Command
from borgerting.web.answers import Shown, act, answer_refusals
from borgerting.web.api import Who
from borgerting.web.sign_in import SignIn

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8", "accept-language": "da-DK"}
FAILURES: dict[str, Exception] = {
    "refused": Refused("panel.size", da="Der er ingen pladser.", en="There are no seats."),
    "forbidden": Forbidden("access.denied", da="Det må du ikke.", en="You may not."),
    "unknown": Refused("pool.unknown", da="Den findes ikke.", en="It is not there."),
    "busy": Transient("klima@7 was written by somebody else", 3),
    "broken": ValueError("/secret/path"),
}
OLD = Refused("idempotency.reused", da="Nøglen er brugt.", en="The key was used.")


def app() -> FastAPI:
    app = FastAPI()
    answer_refusals(app)

    @app.get("/room/{assembly}/{how}")
    async def fail(assembly: str, how: Literal["refused", "forbidden", "unknown", "busy", "broken"]) -> None:
        raise FAILURES[how]

    @app.get("/room/{assembly}")
    async def page(assembly: str) -> str:
        return assembly

    @app.get("/signed")
    async def signed(who: Who) -> str:
        return who.name

    @app.post("/room/{assembly}/a/form")
    async def form(request: Request, assembly: str, how: Annotated[str, Form()]) -> Response:
        async def work() -> str:
            if how == "invalid":
                Command.model_validate({"assembly": assembly})
            if how in FAILURES:
                raise FAILURES[how]
            if how == "old":
                raise OLD
            return "/done"

        async def again(shown: Shown) -> Response:
            return Response("|".join([*shown.sentences, *sorted(shown.values)]), shown.status)

        return await act(request, {"idempotency_key": "k", "how": how}, work, again)

    return app


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    door = SignIn(Front({"room": app(), "signed": app(), "lottery": None}, FastAPI()), "token")
    transport = httpx.ASGITransport(door, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8400") as client:
        yield client


NOES = [
    ("/room/klima/refused", 422, "Der er ingen pladser."),
    ("/room/klima/forbidden", 403, "Det må du ikke."),
    ("/room/klima/unknown", 404, "Den findes ikke."),
    ("/room/klima/busy", 503, "Prøv igen om et øjeblik."),
    ("/room/klima/broken", 500, "den står i loggen"),
    ("/room/a/b/c/d", 404, "Der er ingen side på adressen /room/a/b/c/d."),
    ("/room/klima/strange", 404, "Der er ingen side på adressen /room/klima/strange."),
    ("/signed", 401, "Log ind med det link"),
    ("/lottery/klima", 503, "Tjenesten lottery er ved at starte."),
]


@pytest.mark.parametrize(("path", "status", "sentence"), NOES)
async def test_people_get_a_page_in_their_language(
    client: httpx.AsyncClient, path: str, status: int, sentence: str
) -> None:
    answer = await client.get(path, headers=BROWSER)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert '<html lang="da"' in answer.text
    assert answer.text.count('role="alert"') == 1
    assert sentence in answer.text
    assert "/secret/path" not in answer.text
    english = await client.get(path, headers=BROWSER, params={"lang": "en"})
    assert '<html lang="en"' in english.text and sentence not in english.text


@pytest.mark.parametrize(("path", "status", "sentence"), NOES)
async def test_programs_get_a_problem(client: httpx.AsyncClient, path: str, status: int, sentence: str) -> None:
    answer = await client.get(path, headers={"accept": "application/json"})
    expected = 422 if path.endswith("strange") else status
    assert (answer.status_code, answer.json()["status"]) == (expected, expected)
    assert answer.headers["content-type"] == "application/problem+json"
    assert expected != status or sentence in answer.json()["title"]


@pytest.mark.parametrize(("headers", "status"), [({"origin": "http://evil.example"}, 403), ({"host": "evil"}, 421)])
async def test_the_door_says_no_on_a_page_too(client: httpx.AsyncClient, headers: dict[str, str], status: int) -> None:
    answer = await client.post("/room/klima/a/form", headers={**BROWSER, **headers}, data={"how": "fine"})
    assert (answer.status_code, 'role="alert"' in answer.text) == (status, True)
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_the_address_of_a_forms_action_leads_back_to_its_page(client: httpx.AsyncClient) -> None:
    answer = await client.get("/room/klima/a/form?lang=en", headers=BROWSER)
    assert (answer.status_code, answer.headers["location"]) == (303, "/room/klima/a?lang=en")
    deeper = await client.post("/room/klima", headers=BROWSER)
    assert (deeper.status_code, "tager ikke imod POST" in deeper.text) == (405, True)


async def test_a_form_without_a_field_is_told_which(client: httpx.AsyncClient) -> None:
    answer = await client.post("/room/klima/a/form", headers=BROWSER, data={})
    assert answer.status_code == 422
    assert "Feltet «how» mangler." in answer.text


@pytest.mark.parametrize(
    ("how", "status", "shown"),
    [
        ("refused", 422, "Der er ingen pladser.|how|idempotency_key"),
        ("busy", 503, "Det kan ikke lade sig gøre lige nu, og intet er ændret. Prøv igen om et øjeblik.|how|idemp"),
        ("invalid", 422, "Feltet «key» mangler. Udfyld det, og send igen.|how"),
        ("old", 422, "Formularen er allerede sendt én gang med andet indhold"),
    ],
)
async def test_a_form_that_is_refused_comes_back_with_its_values(
    client: httpx.AsyncClient, how: str, status: int, shown: str
) -> None:
    answer = await client.post("/room/klima/a/form", headers=BROWSER, data={"how": how})
    assert answer.status_code == status
    assert answer.text.startswith(shown)
    assert ("idempotency_key" in answer.text) == (how != "old")


async def test_a_form_that_is_taken_goes_on(client: httpx.AsyncClient) -> None:
    answer = await client.post("/room/klima/a/form", headers=BROWSER, data={"how": "fine"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/done")
