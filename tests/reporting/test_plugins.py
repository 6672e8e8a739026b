"""The exported file: one page for both languages that asks nobody for anything and hides no figure."""

import re
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from borgerting.adapters import Exporter
from borgerting.events import decode
from borgerting.events.base import Envelope
from services.reporting.domain import Folded, Report, assemble, figures, fold
from services.reporting.plugins import HtmlReport, JsonReport

Story = Callable[..., list[Envelope]]


def report_of(envelopes: list[Envelope]) -> Report:
    rows: dict[str, Folded] = {}
    for envelope in envelopes:
        rows[envelope.source] = fold(rows.get(envelope.source), decode(envelope), envelope)
    report = assemble(rows.values())
    assert report is not None
    return report


class Reader(HTMLParser):
    """Collects figures, ids, what is loaded, and what is pointed at."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.figures: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self.refs: set[str] = set()
        self.tags: Counter[str] = Counter()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags[tag] += 1
        if "data-figure" in found:
            self.figures.append((found["data-figure"], found["value"]))
        self.ids += [found["id"]] if "id" in found else []
        pointers = f"{found.get('aria-labelledby', '')} {found.get('href', '').removeprefix('#')}"
        self.refs |= set(pointers.split())
        self.tags["loads"] += "src" in found or (tag == "link")


def exported(report: Report, lang: str = "da") -> str:
    return HtmlReport({}).export(report.model_dump(mode="json"), lang).content.decode()


def test_both_built_ins_are_exporters() -> None:
    assert isinstance(HtmlReport({}), Exporter)
    assert isinstance(JsonReport({}), Exporter)


def test_the_file_loads_nothing_and_runs_nothing(story: Story) -> None:
    page = exported(report_of(story()))
    read = Reader(page)
    assert (read.tags["script"], read.tags["loads"]) == (0, 0)
    assert "url(http" not in page and "@import" not in page
    assert set(re.findall(r"https?://[^\s\"'<)]+", page)) <= {"http://www.w3.org/2000/svg"}


def test_ids_are_unique_and_every_reference_has_its_target(story: Story) -> None:
    read = Reader(exported(report_of(story())))
    assert [i for i, times in Counter(read.ids).items() if times > 1] == []
    assert read.refs <= set(read.ids)


def test_every_figure_stands_once_in_each_language_with_its_exact_value(story: Story) -> None:
    read = Reader(exported(report_of(story())))
    values = dict(read.figures)
    assert set(Counter(read.figures).values()) == {2}
    assert len(values) * 2 == len(read.figures)
    assert values["quota.sex.1.share"] == "49/100"
    assert values["quota.sex.1.exact"] == "147/50"
    assert values["quota.age.20-49.pool"] == "suppressed"
    assert values["draw.ticket"] == "41"
    assert (values["recommendation.1.for"], values["recommendation.1.outcome"]) == ("4", "adopted")
    assert (values["total.recommendations"], values["total.adopted"]) == ("2", "1")
    groups = Counter(name.split(".")[0] for name in values)
    assert groups == {"quota": 28, "intake": 3, "draw": 6, "session": 2, "recommendation": 10, "total": 2}


def test_a_rehearsal_is_marked_at_the_top_at_the_end_and_on_every_chart(story: Story) -> None:
    page, real = exported(report_of(story())), exported(report_of(story(synthetic=False)))
    assert page.count('class="synthetic-mark"') == 2 * 2
    assert page.count('class="mark"') == page.count('role="img"') == 2 * (2 + 2)
    assert '<html lang="da" class="synthetic">' in page
    assert 'class="synthetic-mark"' not in real and 'class="mark"' not in real


def test_the_language_asked_for_comes_first(story: Story) -> None:
    report = report_of(story())
    assert exported(report).index('id="da"') < exported(report).index('id="en"')
    assert exported(report, "en").index('id="en"') < exported(report, "en").index('id="da"')


def test_the_same_report_gives_the_same_bytes(story: Story) -> None:
    assert exported(report_of(story())) == exported(report_of(story()))


@pytest.mark.parametrize("lang", ["da", "en"])
def test_the_json_file_is_the_canonical_figures(story: Story, lang: str) -> None:
    report = report_of(story())
    file = JsonReport({}).export(report.model_dump(mode="json"), lang)
    assert (file.name, file.content) == ("klima-report.json", figures(report))


@pytest.mark.parametrize(("lang", "sentence"), [("da", "kan ikke efterprøves"), ("en", "is not re-checkable")])
def test_a_partners_draw_says_so_in_the_file(story: Story, lang: str, sentence: str) -> None:
    told = [envelope for envelope in story() if not envelope.type.startswith("lottery.draw")]
    theirs = {"seed": "", "tickets": 0, "ticket": 0, "drawn_by": "Kontoret <1>", "method": "Simpelt lod."}
    at = next(n for n, envelope in enumerate(told) if envelope.type == "lottery.panel.drawn")
    told[at] = told[at].model_copy(update={"data": {**told[at].data, **theirs}})
    page = exported(report_of(told), lang)
    assert sentence in page
    assert "Kontoret &lt;1&gt;" in page
    assert "Simpelt lod." in page
    assert 'data-figure="draw.ticket"' not in page
