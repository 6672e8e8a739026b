"""The report as one HTML file: both languages, style and charts inside, no request to anywhere."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from markupsafe import Markup

from borgerting.adapters import ExportedFile
from borgerting.canonical import sha256
from borgerting.web import STATIC, Pages
from borgerting.web.charts import Group, Heading, Part, Words, shares, swatch, votes
from borgerting.web.phrases import Language
from services.reporting.domain import FeatureFigures, RecommendationFigures, Report, figures

PAGES = Path(__file__).parent.parent / "pages"


class HtmlReport:
    """Writes a page that opens offline; Danish is shown first, English is one click away in the same file."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._pages = Pages(Path(settings.get("folder", PAGES)))

    def export(self, report: Mapping[str, Any], language: str) -> ExportedFile:
        """`language` is the one that opens first: "da" unless it is "en"."""
        found = Report.model_validate(report)
        first: Language = "en" if language == "en" else "da"
        second: Language = "da" if first == "en" else "en"
        page = self._pages.html(
            "file.html",
            first,
            report=found,
            bodies={lang: Markup(body_of(self._pages, found, lang)) for lang in (first, second)},  # noqa: S704 - our own template, escaped already
            css=Markup(STATIC.joinpath("borgerting.css").read_text("utf-8")),  # noqa: S704 - our own stylesheet
        )
        return ExportedFile(f"{found.assembly}-report.html", "text/html; charset=utf-8", page.encode())


def body_of(pages: Pages, report: Report, lang: Language) -> str:
    """The report's text in one language, without the page around it."""
    return pages.html(
        "body.html",
        lang,
        report=report,
        size=report.charter.panel_size,
        digest=sha256(figures(report)),
        feature_chart=feature_chart,
        vote_chart=vote_chart,
        heading=Heading,
        chart_words=Words,
        swatch=swatch,
        ratio=Fraction,
    )


def feature_chart(
    heading: Heading, report: Report, feature: FeatureFigures, labels: Sequence[tuple[str, str]], words: Words
) -> Markup:
    """Population, pool and panel of one feature; `labels` are each category's name and the note at its right."""
    size, volunteers = report.charter.panel_size, report.volunteers
    groups = [
        Group(
            label=label,
            note=note,
            population=None if c.share is None else Fraction(c.share),
            pool=None if c.pool is None or not volunteers else Fraction(c.pool, volunteers),
            panel=None if c.panel is None else Fraction(c.panel, size),
            least=Fraction(c.least, size),
            most=Fraction(c.most, size),
        )
        for c, (label, note) in zip(feature.categories, labels, strict=True)
    ]
    return shares(heading, groups, words)


def vote_chart(heading: Heading, recommendation: RecommendationFigures, mark: str) -> Markup:
    """The ballots of one recommendation; members who cast none are the last part."""
    tally = recommendation.tally
    if tally is None:
        return Markup("")
    silent = tally.members - tally.in_favour - tally.against - tally.abstained
    parts = (
        Part("for", tally.in_favour),
        Part("against", tally.against),
        Part("abstained", tally.abstained),
        Part("silent", max(0, silent)),
    )
    return votes(heading, parts, mark)
