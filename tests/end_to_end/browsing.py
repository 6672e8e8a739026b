"""A browser at the suite's pages: forms, and what a page must keep whoever looks at it."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 320, "height": 640}
MOST_TABS = 250
LOADS, BETWEEN_LOADS = 200, 250
"""How often, and after how many milliseconds."""
CONTROLS = """() => {
  const kinds = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
  const seen = [...document.querySelectorAll(kinds)].filter(e => e.checkVisibility());
  const name = e => e.type === 'radio'
    ? 'radio ' + e.name : [e.tagName, e.id || e.textContent.trim() || e.className].join(' ');
  seen.forEach(e => e.dataset.control = name(e));
  document.activeElement.blur();
  return [...new Set(seen.map(name))];
}"""
AXE = os.environ.get("BORGERTING_AXE", "")


@contextmanager
def suite_at(data: Path) -> Iterator[str]:
    """Run ``borgerting up`` in a process of its own; the address is the one it prints, with the token."""
    script = Path(sys.executable).with_name("borgerting")
    environment = os.environ | {"BORGERTING_TICKETS": "50", "PYTHONUNBUFFERED": "1"}
    command = [str(script), "up", "--data", str(data), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        try:
            said = (re.search(r"http://\S+token=\S+", line) for line in process.stdout)
            yield next(found for found in said if found)[0]
        finally:
            process.terminate()
            process.communicate(timeout=30)


@dataclass
class Browsing:
    """One browser; `wrong` collects what is wrong with the pages it has looked at, by kind of fault."""

    page: Page
    link: str
    looked: set[str] = field(default_factory=set)
    wrong: dict[str, list[str]] = field(default_factory=lambda: {"axe": [], "scroll": [], "keyboard": []})

    def __post_init__(self) -> None:
        self.base = self.link.partition("/?")[0]

    def go(self, path: str) -> int:
        """Open an address and return its status."""
        answer = self.page.goto(self.base + path)
        assert answer is not None
        return answer.status

    def send(self, form: str, button: str = "button") -> str:
        """Press a button of the form whose address ends so, and return the sentences of the page that follows."""
        self.page.click(f'form[action$="{form}"] {button}')
        self.page.wait_for_load_state()
        return self.alert()

    def upload(self, form: str, content: str | bytes, name: str = "fil.csv") -> str:
        """Send one file."""
        raw = content.encode() if isinstance(content, str) else content
        chosen: Any = {"name": name, "mimeType": "text/csv", "buffer": raw}
        self.page.set_input_files(f'form[action$="{form}"] input[name=file]', chosen)
        return self.send(form)

    def until(self, selector: str) -> None:
        """Load the page again, sooner than it would itself, until it shows `selector`."""
        for _ in range(LOADS):
            if self.page.locator(selector).count():
                return
            self.page.wait_for_timeout(BETWEEN_LOADS)
            self.page.reload()
        self.page.wait_for_selector(selector, timeout=1)

    def alert(self) -> str:
        """What the page says is wrong."""
        assert self.page.locator("main h1").count() == 1, "not a page of ours"
        return " ".join(self.page.locator("[role=alert]").all_inner_texts())

    def saved(self, link: str) -> bytes:
        """Follow a link to a file."""
        with self.page.expect_download() as download:
            self.page.click(link)
        return Path(download.value.path()).read_bytes()

    def look(self, kind: str) -> None:
        """Check the page as it is now in both languages, then come back to it in Danish."""
        self.looked.add(kind)
        path = self.page.url.removeprefix(self.base).partition("#")[0].partition("?")[0]
        for language in ("en", "da"):
            self.go(f"{path}?lang={language}")
            self._look(f"{kind} {language}")
        self._tab_through(kind)

    def _look(self, name: str) -> None:
        if AXE:
            self.page.evaluate(Path(AXE).read_text("utf-8"))
            found = self.page.evaluate("axe.run().then(r => r.violations.map(v => [v.id, v.nodes[0].target]))")
            self.wrong["axe"] += [f"{name}: {json.dumps(violation)}" for violation in found]
        self.page.set_viewport_size(NARROW)  # type: ignore[arg-type]  # two numbers
        if (width := self.page.evaluate("document.documentElement.scrollWidth")) > NARROW["width"]:
            self.wrong["scroll"].append(f"{name}: {width} pixels")
        self.page.set_viewport_size(WIDE)  # type: ignore[arg-type]  # two numbers

    def _tab_through(self, kind: str) -> None:
        left = set(self.page.evaluate(CONTROLS))
        for _ in range(MOST_TABS):
            if not left:
                return
            self.page.keyboard.press("Tab")
            left.discard(self.page.evaluate("document.activeElement.dataset.control"))
        self.wrong["keyboard"].append(f"{kind}: {sorted(left)}")
