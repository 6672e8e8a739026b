"""A lottery from two files in a browser, and a partner's panel, without the rest of the house."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from tests.end_to_end.browsing import ARGS, WIDE, Browsing, suite_at

pytestmark = pytest.mark.needs("chromium")

QUOTAS = "feature,value,min,max\nkøn,kvinde,6,6\nkøn,mand,6,6\nområde,Østbyen,7,9\nområde,Åkanten,3,5\n"
ROWS = [f"{n},{('kvinde', 'mand', 'kvinde')[n % 3]},{('Østbyen', 'Åkanten')[n % 4 == 0]},Åse {n}" for n in range(60)]
VOLUNTEERS = "id,køn,område,navn\n" + "\n".join(ROWS) + "\n60,ukendt,Østbyen,X\n"
TIGHT = QUOTAS.replace("kvinde,6,6", "kvinde,5,5")
KINDS = {"begin", "refused files", "read", "impossible", "drawn", "sheet", "refilled", "wish"}


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browsing]:
    """A Danish browser at a suite of its own."""
    with suite_at(tmp_path_factory.mktemp("suite")) as link, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGS)
        page = browser.new_page(viewport=WIDE, locale="da-DK")  # type: ignore[arg-type]  # two numbers
        page.set_default_timeout(20_000)
        page.goto(link)
        yield Browsing(page, link)
        browser.close()


def fill(at: Browsing, quotas: str) -> str:
    at.go("/lottery/new")
    at.page.fill("#title", "Torvet")
    at.page.fill("#seats", "12")
    at.page.fill("#tickets", "50")
    for name, content in (("quotas", quotas), ("volunteers", VOLUNTEERS)):
        chosen = {"name": f"{name}.csv", "mimeType": "text/csv", "buffer": content.encode()}
        at.page.set_input_files(f"#{name}", chosen)  # type: ignore[arg-type]  # a file in memory
    return at.send("/new")


def state(at: Browsing) -> dict[str, Any]:
    """What the API tells of the draw on the page."""
    told: dict[str, Any] = at.page.evaluate(
        "fetch(location.pathname.replace('/lottery/', '/lottery/api/')).then(r => r.json())"
    )
    return told


def vacate(at: Browsing) -> None:
    """Two members leave when every alternate has said no: their seats are drawn again, within the quotas."""
    panel = state(at)["panel"]
    left = panel["members"][:2]
    at.page.fill("#left", "\n".join(left))
    at.page.fill("#unavailable", "\n".join(panel["alternates"]))
    assert at.send("/vacancies") == ""
    seats = state(at)["seats"]
    came = [refill["came"] for refill in seats["refills"]]
    assert [refill["way"] for refill in seats["refills"]] == ["redraw", "redraw"]
    assert not set(came) & {*panel["members"], *panel["alternates"]}
    assert set(seats["members"]) == {*panel["members"], *came} - set(left)
    assert sum(ROWS[int(person)].split(",")[1] == "kvinde" for person in seats["members"]) == 6
    assert (
        sum("Trukket blandt de øvrige" in row for row in at.page.locator("#refills ~ .scroll tr").all_inner_texts())
        == 2
    )


@pytest.fixture(scope="module")
def afternoon(at: Browsing) -> Browsing:
    """From the empty form to a sheet, by way of files that cannot be used."""
    at.go("/")
    at.page.click("main a[href='/lottery/new']")
    at.look("begin")
    assert "er ikke en kvotefil" in fill(at, "a,b\n1,2\n")
    at.look("refused files")
    assert "Der kan ikke trækkes lod af disse filer" in fill(at, TIGHT)
    at.look("impossible")
    assert fill(at, QUOTAS) == ""
    assert "61 rækker = 60 godtaget + 1 afvist." in at.page.inner_text("main")
    assert "Kasserede kolonner: navn." in at.page.inner_text("main")
    at.look("read")
    at.page.click("form[action$='/start'] button")
    at.page.wait_for_selector("a[href$='/sheet']")  # the page follows by itself
    at.look("drawn")
    told = at.page.inner_text("section[aria-labelledby=claim]")
    assert "Det er bevist" in told
    assert "Ingen lodtrækning kan gøre den større end" in told
    vacate(at)
    at.look("refilled")
    at.page.click("a[href$='/sheet']")
    assert "Pladser, der er besat på ny" in at.page.inner_text("main")
    at.look("sheet")
    at.go("/lottery/nabo")
    at.page.click("summary")
    at.page.fill("#partner", "Statistikkontoret")
    assert at.send("/partner") == ""
    assert "Statistikkontoret trækker lod, når puljen er lukket." in at.page.inner_text("main")
    at.look("wish")
    return at


def test_a_lottery_runs_from_two_files_to_its_sheet(afternoon: Browsing) -> None:
    assert afternoon.looked == KINDS


@pytest.mark.needs("axe-core")
def test_axe_finds_nothing_on_the_lotterys_pages(afternoon: Browsing) -> None:
    assert afternoon.wrong["axe"] == []


def test_no_page_of_the_lottery_scrolls_sideways_at_320_pixels(afternoon: Browsing) -> None:
    assert afternoon.wrong["scroll"] == []


def test_the_keyboard_reaches_every_control_of_the_lottery(afternoon: Browsing) -> None:
    assert afternoon.wrong["keyboard"] == []
