"""The JSON API: a whole course, repeats, and refusals as problem+json."""

from typing import Any

import httpx

from borgerting.access import Principal
from borgerting.testing import ORGANISER
from services.sessions.handlers import on_panel_drawn
from tests.sessions.http.conftest import Browse
from tests.sessions.support import MEMBERS, Course, charter, drawn, proposal, session

API = "/sessions/api/klima"


def body(command: Any) -> dict[str, Any]:
    found: dict[str, Any] = command.model_dump(mode="json", exclude={"assembly", "key"})
    return found


async def post(client: httpx.AsyncClient, path: str, content: Any = None, key: str = "") -> httpx.Response:
    return await client.post(f"{API}{path}", json=content, headers={"Idempotency-Key": key or path})


async def test_a_whole_course_over_the_api(course: Course, browse: Browse) -> None:
    client = browse()
    assert (await post(client, "/charter", body(charter()))).status_code == 201
    await on_panel_drawn(course.repo, *drawn())
    assert (await post(client, "/sessions", body(session()))).json()["present"] == list(MEMBERS[:-1])
    assert (await post(client, "/recommendations", body(proposal()))).json()["state"] == "open"
    for member in MEMBERS:
        vote = {"member": member, "choice": "against" if member == "p06" else "for"}
        cast = await post(client, "/recommendations/1/ballots", vote, f"vote {member}")
        assert cast.status_code == 201
        assert member not in cast.text
    during = (await client.get(API)).json()["recommendations"][0]
    assert (during["tally"], during["ballots"]) == (None, 6)
    closed = (await post(client, "/recommendations/1/close")).json()
    assert closed["tally"] == {"in_favour": 5, "against": 1, "abstained": 0, "members": 6}
    statement = {"text": {"da": "Nej."}, "members": ["p06"]}
    assert (await post(client, "/recommendations/1/dissents", statement)).json()["dissents"] == [
        {"text": {"da": "Nej."}, "supporters": 1}
    ]
    assert (await post(client, "/conclude")).json()["state"] == "concluded"
    shown = (await client.get(API)).json()
    assert shown["members"] == list(MEMBERS)
    assert [held["number"] for held in shown["sessions"]] == [1]
    assert shown["recommendations"][0]["adopted"] is True


async def test_a_post_that_is_sent_twice_answers_the_same(browse: Browse) -> None:
    client = browse()
    first = await post(client, "/charter", body(charter()))
    second = await post(client, "/charter", body(charter()))
    assert (first.status_code, first.json()) == (second.status_code, second.json())


async def test_a_post_without_its_key_is_refused(browse: Browse) -> None:
    answer = await browse().post(f"{API}/charter", json=body(charter()))
    assert answer.status_code == 422
    assert "idempotency-key" in answer.json()["title"]


async def test_a_refusal_is_a_problem_with_every_sentence(browse: Browse) -> None:
    answer = await post(browse(), "/charter", body(charter()) | {"panel_size": 0, "mandate": {}})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["problems"] == [
        "The mandate is blank; write it in Danish or English.",
        "The panel is set to 0; it must have from 1 to 1000 members.",
    ]


async def test_a_field_nobody_knows_is_refused_and_not_dropped(browse: Browse) -> None:
    answer = await post(browse(), "/charter", body(charter()) | {"colour": "green"})
    assert answer.status_code == 422
    assert "colour" in answer.json()["title"]


async def test_a_slug_that_cannot_stand_in_an_address_is_refused(browse: Browse) -> None:
    answer = await browse().get("/sessions/api/Klima%20i%20byen")
    assert answer.status_code == 422


async def test_what_is_not_there_is_404_and_who_may_not_is_403(course: Course, browse: Browse) -> None:
    assert (await browse().get(API)).status_code == 404
    await course.seat()
    elsewhere = Principal("somebody", ORGANISER.roles, frozenset({"another"}))
    assert (await browse(elsewhere).get(API)).status_code == 403
    assert (await post(browse(elsewhere), "/conclude")).status_code == 403
    assert (await browse(None).get(API)).status_code == 401
    assert (await post(browse(), "/recommendations/7/close")).status_code == 404
