"""The pages, without a browser: what is filled in is done, and what is refused comes back filled in."""

import re

import httpx
import pytest

from borgerting.access import Principal
from borgerting.web import read_texts
from services.sessions.plugins import CHARTERS
from services.sessions.store import Assembly, Recommendation
from tests.sessions.http.conftest import Browse
from tests.sessions.support import KLIMA, MEMBERS, Course, ballot, close, conclusion, proposal, session

FORM = {
    "idempotency_key": "k1",
    "label": "borgerting",
    "title_da": "Ådalens borgerting",
    "core_question_da": "Hvad gør vi ved åen?",
    "mandate_da": "Råd byrådet.",
    "commissioner": "Byrådet",
    "controller": "Kommunen",
    "panel_size": "6",
    "min_age": "16",
    "eligibility_da": "Alle fra 16 år.",
    "rule": "three-quarters-of-members",
    "answer_due": "2026-06-01",
}
ASSEMBLY = f"/sessions/{KLIMA}"
HELD = {
    "idempotency_key": "k2",
    "number": "1",
    "title_da": "Første samling",
    "held_on": "2026-01-10",
    "minutes_da": "Vi talte om <b>åen</b>.",
}


def fields(html: str) -> dict[str, str]:
    """The values that a browser would send back from the first form of the page."""
    form = html.split("<form", 1)[1].split("</form>", 1)[0]
    inputs = re.findall(r'<input type="(?:text|number|date|hidden)"[^>]*name="([^"]+)" value="([^"]*)"', form)
    chosen = re.findall(r'<input type="(?:radio|checkbox)" name="([^"]+)" id="[^"]+" value="([^"]*)" checked', form)
    areas = re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>([^<]*)</textarea>', form)
    return dict([*inputs, *chosen, *areas])


async def submit(client: httpx.AsyncClient, path: str, form: dict[str, str], expected: int = 303) -> httpx.Response:
    answer = await client.post(path, data=form)
    assert answer.status_code == expected, answer.text
    return answer


async def test_a_template_fills_the_form_and_the_form_charters(course: Course, browse: Browse) -> None:
    client = browse()
    page = (await client.get("/sessions/new?template=municipal-climate")).text
    filled = fields(page)
    assert filled["title_da"] == "Borgersamling om kommunens klimaplan"
    assert (filled["panel_size"], filled["rule"], filled["min_age"]) == ("36", "two-thirds", "16")
    answer = await submit(client, "/sessions/new", filled | {"answer_due": "2027-06-01"})
    assert answer.headers["location"] == "/sessions/borgersamling-om-kommunens-klimaplan"
    shown = (await client.get(answer.headers["location"])).text
    assert "borgersamling-om-kommunens-klimaplan" in shown
    assert "0 of 36 seats are taken" in shown
    assert await course.repo.get(Assembly, "borgersamling-om-kommunens-klimaplan") is not None


async def test_the_slug_comes_from_the_title_unless_a_short_name_is_given(browse: Browse) -> None:
    client = browse()
    made = await submit(client, "/sessions/new", FORM)
    assert made.headers["location"] == "/sessions/aadalens-borgerting"
    short = await submit(client, "/sessions/new", FORM | {"slug": "Åen", "idempotency_key": "k2"})
    assert short.headers["location"] == "/sessions/aaen"
    assert "at least three quarters of the members" in (await client.get("/sessions/aaen")).text


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"panel_size": "mange"}, "The number of members is “mange”; write a whole number."),
        ({"answer_due": ""}, "The day of the answer is “”; write a date like 2027-03-14."),
        ({"answer_due": "2020-01-01"}, "The answer is promised for 2020-01-01, but today is 2026-01-15."),
        ({"rule": "whatever"}, "Choose one of the decision rules."),
        ({"title_da": "!!!"}, "The title has no letters or digits to make an address from."),
        ({"min_age": "30", "max_age": "20"}, "The ages run from 30 to 20"),
        ({"min_age": "130"}, "The ages run from 130 to –"),
        ({"idempotency_key": ""}, "The form lacks its key."),
        ({"mandate_da": ""}, "The mandate is blank; write it in Danish or English."),
    ],
)
async def test_a_charter_that_is_refused_comes_back_filled_in(
    browse: Browse, wrong: dict[str, str], sentence: str
) -> None:
    page = (await submit(browse(), "/sessions/new", FORM | wrong, 422)).text
    assert 'role="alert"' in page
    assert sentence in page
    again = fields(page)
    kept = {name: value for name, value in (FORM | wrong).items() if name not in ("idempotency_key", *wrong)}
    assert kept.items() <= again.items()


async def test_a_session_is_recorded_with_those_who_were_ticked(course: Course, browse: Browse) -> None:
    await course.seat()
    client = browse()
    ticked = {f"present-{member}": "yes" for member in MEMBERS[:2]}
    answer = await submit(client, f"{ASSEMBLY}/hold", HELD | ticked)
    assert answer.headers["location"] == f"{ASSEMBLY}#session-1"
    page = (await client.get(ASSEMBLY)).text
    assert "2 of 6 members present" in page
    assert "&lt;b&gt;åen&lt;/b&gt;" in page
    assert (await course.heard("session.held"))[0]["present"] == ["p01", "p02"]


async def test_one_tick_marks_everybody_as_present(course: Course, browse: Browse) -> None:
    await course.seat()
    await submit(browse(), f"{ASSEMBLY}/hold", HELD | {"everybody": "yes"})
    assert (await course.heard("session.held"))[0]["present"] == list(MEMBERS)


async def test_minutes_are_not_lost_when_a_session_is_refused(course: Course, browse: Browse) -> None:
    await course.seat()
    page = (await submit(browse(), f"{ASSEMBLY}/hold", HELD, 422)).text
    assert "0 of 6 members are marked as present" in page
    assert "Vi talte om &lt;b&gt;åen&lt;/b&gt;." in page


async def test_a_recommendation_is_proposed_voted_on_and_closed(course: Course, browse: Browse) -> None:
    await course.seat()
    client = browse()
    text = {"title_da": "Plant træer", "text_da": "Langs åen."}
    answer = await submit(client, f"{ASSEMBLY}/propose", {"idempotency_key": "k3", "number": "1", **text})
    here = answer.headers["location"]
    assert here == f"{ASSEMBLY}/recommendations/1"
    shown = fields((await client.get(here)).text)
    assert {name for name in shown if name.startswith("choice-")} == {f"choice-{member}" for member in MEMBERS}
    await submit(client, f"{here}/ballots", shown | {"choice-p05": "against"})
    assert "1 of 6 members have voted" in (await client.get(here)).text
    shown = fields((await client.get(here)).text)
    await submit(client, f"{here}/ballots", shown | {"choice-p06": "abstain", "rest": "for"})
    await submit(client, f"{here}/close", {"idempotency_key": "k4"})
    closed = await course.repo.get(Recommendation, f"{KLIMA}/1")
    assert closed is not None
    assert closed.tally is not None
    assert (closed.tally.in_favour, closed.tally.against, closed.tally.abstained) == (4, 1, 1)
    page = (await client.get(here)).text
    assert "Adopted" in page
    await submit(client, f"{here}/dissents", {"idempotency_key": "k5", "dissent_da": "Nej tak.", "behind-p05": "yes"})
    assert "Members behind the statement: 1" in (await client.get(here)).text


async def test_votes_that_are_refused_are_told_while_the_others_stand(course: Course, browse: Browse) -> None:
    await (await course.seat()).do(proposal(), ballot("p01"))
    votes = {"idempotency_key": "k6", "choice-p01": "against", "choice-p02": "for"}
    page = (await submit(browse(), f"{ASSEMBLY}/recommendations/1/ballots", votes, 422)).text
    assert "p01 has already voted on recommendation 1" in page
    assert "2 of 6 members have voted" in page
    empty = {"idempotency_key": "k7", "choice-p03": ""}
    page = (await submit(browse(), f"{ASSEMBLY}/recommendations/1/ballots", empty, 422)).text
    assert "No votes are marked" in page


async def test_the_assembly_is_concluded_from_its_own_page(course: Course, browse: Browse) -> None:
    await (await course.seat()).do(proposal())
    client = browse()
    page = (await submit(client, f"{ASSEMBLY}/conclude", {"idempotency_key": "k8"}, 422)).text
    assert "has held 0 sessions" in page
    await course.do(session(), close())
    await submit(client, f"{ASSEMBLY}/conclude", {"idempotency_key": "k8"})
    page = (await client.get(ASSEMBLY)).text
    assert "Read the report" in page
    assert "<form" not in page


@pytest.mark.parametrize("path", ["", "/hold", "/propose", "/recommendations/1"])
async def test_every_page_is_danish_first_and_says_that_it_rehearses(course: Course, browse: Browse, path: str) -> None:
    await (await course.seat(synthetic=True)).do(proposal())
    page = (await browse().get(f"{ASSEMBLY}{path}", headers={"accept-language": "da"})).text
    assert '<html lang="da" class="synthetic">' in page
    assert "Klima i kommunen" in page


async def test_a_refusal_without_a_form_is_a_page_with_the_sentence(course: Course, browse: Browse) -> None:
    html = {"accept": "text/html"}
    missing = await browse().get("/sessions/nowhere", headers=html)
    assert missing.status_code == 404
    assert "There is no assembly named nowhere" in missing.text
    assert missing.headers["content-type"].startswith("text/html")
    await course.seat()
    assert (await browse().get(f"{ASSEMBLY}/recommendations/9")).status_code == 404
    observer = Principal("an observer", frozenset({"observer"}))
    assert (await browse(observer).get("/sessions/new")).status_code == 403
    page = await browse(observer).post(f"{ASSEMBLY}/conclude", data={"idempotency_key": "k9"}, headers=html)
    assert page.status_code == 403
    assert page.headers["content-type"].startswith("text/html")
    assert "an observer may not sessions.conclude" in page.text


async def test_before_the_draw_the_page_points_to_recruitment(browse: Browse) -> None:
    client = browse()
    await submit(client, "/sessions/new", FORM)
    page = (await client.get("/sessions/aadalens-borgerting")).text
    assert 'href="/recruitment/aadalens-borgerting"' in page


async def test_a_concluded_assembly_offers_no_more_dissents(course: Course, browse: Browse) -> None:
    await (await course.seat()).do(session(), proposal(), close(), conclusion())
    assert "<form" not in (await browse().get(f"{ASSEMBLY}/recommendations/1")).text


def test_every_text_stands_in_danish_and_english_and_is_used() -> None:
    folder = CHARTERS.with_name("pages")
    texts = read_texts(folder)
    templates = "".join(file.read_text("utf-8") for file in folder.glob("*.html"))
    computed = ("sessions.vote.", "sessions.state.", "sessions.label.", "sessions.language.", "sessions.choice.")
    assert all(set(text) == {"da", "en"} and all(text.values()) for text in texts.values())
    assert [key for key in texts if f'"{key}"' not in templates and not key.startswith(computed)] == []
