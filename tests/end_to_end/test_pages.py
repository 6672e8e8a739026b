"""The organiser's evening in a browser: the example, an assembly of their own, and everything that can go wrong."""

import csv
import io
import json
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import sync_playwright

from tests.end_to_end.browsing import ARGS, WIDE, Browsing, suite_at

pytestmark = pytest.mark.needs("chromium")

TORVET = "torvet"
HEADER = "feature;value;min;max\n"
QUOTAS = HEADER + "køn;kvinde;6;6\nkøn;mand;6;6\nområde;Østbyen;9;9\nområde;Åkanten;3;3\n"
WIDER = QUOTAS.replace("Østbyen;9;9", "Østbyen;3;9").replace("Åkanten;3;3", "Åkanten;3;9")
XLSX = b"PK\x03\x04\x14\x00\x06\x00\xff\x81\x8d"
KINDS = {
    *("no token", "start", "unknown address", "new", "chartered", "waiting lottery", "recruitment", "open pool"),
    *("opened again", "refused draw", "drawn", "frozen pool", "seated", "hold", "propose", "vote", "closed vote"),
    *("concluded", "report", "example report"),
}


def volunteers() -> bytes:
    """Women only from Åkanten, so that nine from Østbyen and six women are one contradiction; in an old encoding."""
    rows = ["id;køn;område;navn"]
    rows += [f"{n};{'kvinde;Åkanten' if n % 2 else 'mand;Østbyen'};Åse Ø" for n in range(1, 61)]
    rows += ["1;mand;Østbyen;Igen", "61;ukendt;Østbyen;X", "010190-1234;mand;Østbyen;X", "62;mand"]
    return "\r\n".join(rows).encode("cp1252")


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browsing]:
    """A Danish browser at a suite of its own."""
    with suite_at(tmp_path_factory.mktemp("suite")) as link, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGS)
        page = browser.new_page(viewport=WIDE, locale="da-DK")  # type: ignore[arg-type]  # two numbers
        page.set_default_timeout(20_000)
        yield Browsing(page, link)
        browser.close()


@pytest.fixture(scope="module")
def evening(at: Browsing) -> Browsing:
    """The whole evening; each step checks what it sees."""
    for step in (arrive, example_begins, charter, give_quotas, give_volunteers, contradict, draw, meet, vote, conclude):
        step(at)
    at.go("/?follow=1")
    at.until("a.button[href='/reporting/eksempel']")
    at.page.click("a.button[href='/reporting/eksempel']")
    at.page.wait_for_selector("article h1")
    at.look("example report")
    return at


def arrive(at: Browsing) -> None:
    assert at.go("/") == 401
    assert at.alert() == "Log ind med det link, som programmet skrev, da det startede."
    assert at.go("/?token=forkert") == 401
    at.look("no token")
    at.page.goto(at.link)
    at.look("start")
    for path in ("/findes/ikke", "/sessions/nul", "/recruitment/nul", "/reporting/nul", "/lottery/api/nul/panel.csv"):
        assert at.go(path) == 404
        assert at.alert().endswith(".")
    assert at.go("/sessions/nul/recommendations/x") == 404
    assert "Der er ingen side på adressen" in at.alert()
    at.look("unknown address")


def example_begins(at: Browsing) -> None:
    at.go("/")
    assert at.send("/example") == ""
    assert "Eksemplet" in at.page.inner_text("[role=status]")


def charter(at: Browsing) -> None:
    at.go("/")
    at.page.click("a[href$='template=practice']")
    at.look("new")
    at.go("/sessions/new?template=practice")
    at.page.fill("#slug", TORVET)
    at.page.fill("#answer_due", "2020-01-01")
    assert "Svaret er lovet den 2020-01-01" in at.send("/new", "button.main")
    at.page.fill("#answer_due", "2040-06-01")
    at.page.dblclick("button.main")
    at.page.wait_for_url(f"**/sessions/{TORVET}")
    at.look("chartered")
    at.page.click("nav.steps a[href^='/lottery']")
    at.look("waiting lottery")


def give_quotas(at: Browsing) -> None:
    at.go(f"/recruitment/{TORVET}")
    at.look("recruitment")
    example = at.saved("a[href$='quotas.csv']").decode("utf-8-sig")
    assert example.startswith("feature;value;min;max\r\nkøn;kvinde;")
    assert "Filen er tom." in at.upload("/quota-file", "")
    assert "Filen har ingen kolonne for «feature»" in at.upload("/quota-file", "a;b\n1;2\n")
    assert "kræver mindst 18 pladser, men der er 12" in at.upload(
        "/quota-file", HEADER + "køn;kvinde;9;9\nkøn;mand;9;9\n"
    )
    assert "Gem den som «CSV UTF-8»" in at.upload("/quota-file", XLSX, "kvoter.xlsx")
    assert at.upload("/quota-file", example) == ""
    assert at.upload("/quota-file", QUOTAS) == ""


def give_volunteers(at: Browsing) -> None:
    assert at.saved("a[href$='volunteers.csv']").decode("utf-8-sig").startswith("id;køn;område\r\np001;kvinde;Østbyen")
    assert "Find 12 flere først." in at.send("/freeze")
    assert "Gem den som «CSV UTF-8»" in at.upload("/volunteers", XLSX, "tilmeldte.xlsx")
    assert "Filen har ingen kolonne for «id»" in at.upload("/volunteers", "navn;køn\nÅse;kvinde\n")
    assert at.upload("/volunteers", volunteers(), "tilmeldte.csv") == ""
    told = at.page.inner_text("main")
    assert "64 rækker læst: 60 godtaget, 4 afvist." in told
    assert "Disse kolonner er ikke gemt: navn." in told
    assert "Række 64 har et id, der ligner et CPR-nummer." in told
    at.page.click("a.language")  # the answer to a form has no address of its own: this leads back to the page
    assert at.page.inner_text("h1") == "Recruitment"
    at.page.click("a.language")
    at.look("open pool")


def contradict(at: Browsing) -> None:
    """The quotas are kept one by one, but not together: the lottery says so, and the pool opens again."""
    assert at.send("/freeze") == ""
    at.until("[role=alert]")
    assert "Ret kvoterne eller puljen" in at.page.inner_text("main")
    at.look("refused draw")
    at.page.click("main a[href^='/recruitment']")
    at.until("form[action$='/quota-file']")
    assert "så puljen er åben igen" in at.alert()
    at.look("opened again")
    assert "De nye kvoter mangler område, Åkanten." in at.upload(
        "/quota-file", QUOTAS.replace("område;Åkanten;3;3\n", "").replace("Østbyen;9;9", "Østbyen;9;12")
    )
    assert at.upload("/quota-file", WIDER).startswith("Der kunne ikke trækkes lod")


def draw(at: Browsing) -> None:
    assert at.send("/freeze") == ""
    at.page.wait_for_selector("a[href$='panel.csv']")  # the page follows by itself
    at.look("drawn")
    panel = list(csv.DictReader(io.StringIO(at.saved("a[href$='panel.csv']").decode())))
    record = json.loads(at.saved("a[href$='draw.json']"))
    assert [row["id"] for row in panel] == record["members"]
    assert sum(row["køn"] == "kvinde" for row in panel) == 6
    at.go(f"/recruitment/{TORVET}")
    at.look("frozen pool")


def meet(at: Browsing) -> None:
    at.go(f"/sessions/{TORVET}")
    at.until("a[href$='/hold']")
    at.look("seated")
    at.page.click("a[href$='/hold']")
    at.look("hold")
    assert "Samlingens titel er tom" in at.send("/hold")
    at.page.fill("#title_da", "Første samling")
    at.page.fill("#minutes_da", "Vi talte om æbletræer.")
    at.page.check("#everybody")
    at.page.dblclick("form[action$='/hold'] button")
    at.page.wait_for_url("**#session-1")
    at.page.go_back()
    at.page.fill("#title_da", "Rettet i den gamle formular")
    assert "allerede sendt én gang" in at.send("/hold")


def vote(at: Browsing) -> None:
    at.go(f"/sessions/{TORVET}/propose")
    at.look("propose")
    at.page.fill("#title_da", "Plant ti træer")
    at.page.fill("#text_da", "Byrådet bør plante ti træer på torvet.")
    assert at.send("/propose") == ""
    at.look("vote")
    assert "Der er ikke markeret nogen stemmer." in at.send("/ballots", "button.main")
    at.page.locator("input[value=against]").first.check()
    assert at.send("/ballots", "button.quiet") == ""
    assert at.send("/close") == ""
    assert at.page.inner_text("tbody tr").split() == ["11", "1", "0", "12"]
    at.look("closed vote")
    assert "0 medlemmer står bag" in at.send("/dissents")
    at.page.fill("#dissent_da", "Bænke er bedre.")
    at.page.locator("input[name^='behind-']").first.check()
    assert at.send("/dissents") == ""
    assert "Bænke er bedre." in at.page.inner_text("blockquote")


def conclude(at: Browsing) -> None:
    at.go(f"/sessions/{TORVET}")
    assert at.send("/conclude") == ""
    at.look("concluded")
    at.page.click("main a[href^='/reporting']")
    at.until(".notice.good")
    at.look("report")


def test_the_evening_ends_with_the_panels_decision_in_a_report(evening: Browsing) -> None:
    evening.go(f"/reporting/{TORVET}")
    report = evening.page.inner_text("article")
    assert "Plant ti træer" in report
    assert "Bænke er bedre." in report
    assert evening.page.get_attribute("[data-figure='recommendation.1.for']", "value") == "11"
    assert evening.page.get_attribute("[data-figure='quota.køn.kvinde.panel']", "value") == "6"


def test_every_kind_of_page_was_looked_at(evening: Browsing) -> None:
    assert evening.looked == KINDS


@pytest.mark.needs("axe-core")
def test_axe_finds_nothing_on_any_page_in_either_language(evening: Browsing) -> None:
    assert evening.wrong["axe"] == []


def test_no_page_scrolls_sideways_at_320_pixels(evening: Browsing) -> None:
    assert evening.wrong["scroll"] == []


def test_the_keyboard_reaches_every_control(evening: Browsing) -> None:
    assert evening.wrong["keyboard"] == []
