"""The exported file as a browser shows it: offline, at 320 pixels, one language at a time, readable by everybody."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from borgerting.events import decode
from borgerting.events.base import Envelope
from services.reporting.domain import Folded, assemble, fold
from services.reporting.plugins import HtmlReport

ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
pytestmark = pytest.mark.needs("chromium")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, story_told: list[Envelope]) -> Path:
    """The exported report on disk."""
    rows: dict[str, Folded] = {}
    for envelope in story_told:
        rows[envelope.source] = fold(rows.get(envelope.source), decode(envelope), envelope)
    report = assemble(rows.values())
    assert report is not None
    made = HtmlReport({}).export(report.model_dump(mode="json"), "da")
    path = tmp_path_factory.mktemp("report") / made.name
    path.write_bytes(made.content)
    return path


@pytest.fixture(scope="module")
def narrow() -> Iterator[Page]:
    """A page 320 pixels wide."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGS)
        yield browser.new_page(viewport={"width": 320, "height": 640})
        browser.close()


def test_it_opens_without_asking_anybody_and_fits_a_narrow_screen(narrow: Page, file: Path) -> None:
    asked: list[str] = []
    narrow.on("request", lambda request: asked.append(request.url))
    narrow.goto(file.as_uri())
    assert asked == [file.as_uri()]
    assert narrow.evaluate("document.documentElement.scrollWidth") == 320


def test_it_shows_danish_and_english_is_one_click_away(narrow: Page, file: Path) -> None:
    narrow.goto(file.as_uri())
    assert narrow.locator("#da").is_visible()
    assert not narrow.locator("#en").is_visible()
    narrow.locator("#da a[hreflang=en]").click()
    assert narrow.locator("#en").is_visible()
    assert not narrow.locator("#da").is_visible()


@pytest.mark.needs("axe-core")
@pytest.mark.parametrize("language", ["da", "en"])
def test_axe_finds_nothing(narrow: Page, file: Path, language: str) -> None:
    narrow.goto(f"{file.as_uri()}#{language}")
    narrow.evaluate(Path(os.environ["BORGERTING_AXE"]).read_text("utf-8"))
    found = narrow.evaluate("axe.run()")
    assert [violation["id"] for violation in found["violations"]] == []
