"""`borgerting demo` as a newcomer runs it: its files, its report, and the same again elsewhere."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

from tests.end_to_end.conftest import Demo, recompute

FILES = ("report.html", "panel.csv", "draw.json", "events.jsonl")


class Requests(HTMLParser):
    """What a browser would fetch, and what would run."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.tags: set[str] = set()
        self.root: dict[str, str | None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the tag and its addresses."""
        self.tags.add(tag)
        if tag == "html":
            self.root = dict(attrs)
        names = ("src", "href", "srcset", "action", "data", "poster", "xlink:href")
        self.addresses += [value or "" for name, value in attrs if name in names]


def test_the_demo_ends_well_and_leaves_its_four_files(demos: dict[str, Demo], rehearsal: Path) -> None:
    assert demos["example"].process.returncode == 0
    assert all((rehearsal / name).stat().st_size > 0 for name in FILES)
    assert all((rehearsal / name).stat().st_mode & 0o077 == 0 for name in FILES)


def test_the_report_opens_without_a_network(rehearsal: Path) -> None:
    html = (rehearsal / "report.html").read_text("utf-8")
    page = Requests()
    page.feed(html)
    assert page.addresses
    assert [address for address in page.addresses if not address.startswith("#")] == []
    assert not page.tags & {"script", "link", "iframe", "img", "base"}
    assert "@import" not in html
    assert [where for where in re.findall(r"url\(([^)]*)\)", html) if not where.startswith("#")] == []


def test_everything_it_writes_is_marked_as_synthetic(rehearsal: Path) -> None:
    html = (rehearsal / "report.html").read_text("utf-8")
    page = Requests()
    page.feed(html)
    assert page.root["class"] == "synthetic"
    assert html.count('class="synthetic-mark"') >= 2
    assert json.loads((rehearsal / "draw.json").read_text("utf-8"))["synthetic"] is True
    rows = (rehearsal / "panel.csv").read_text("utf-8").splitlines()
    assert all(row.endswith(",synthetic") for row in rows[1:])
    events = (rehearsal / "events.jsonl").read_text("utf-8").splitlines()
    assert all(json.loads(line)["synthetic"] is True for line in events)


def test_four_processes_draw_the_same_bytes(demos: dict[str, Demo], rehearsal: Path) -> None:
    demos["twin"].said()
    for name in ("draw.json", "panel.csv"):
        assert (demos["twin"].folder / name).read_bytes() == (rehearsal / name).read_bytes()


def test_the_report_of_four_processes_recomputes_too(demos: dict[str, Demo]) -> None:
    demos["twin"].said()
    done = recompute(demos["twin"].folder)
    assert done.returncode == 0, done.stdout + done.stderr


def test_another_region_size_and_seed_recompute_too(demos: dict[str, Demo]) -> None:
    demos["county"].said()
    folder = demos["county"].folder
    done = recompute(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    draw = json.loads((folder / "draw.json").read_text("utf-8"))
    assert (draw["panel_size"], draw["seed"]) == (36, "rehearsal-7")
    assert [feature["feature"] for feature in draw["features"]] == ["age", "sex"]
