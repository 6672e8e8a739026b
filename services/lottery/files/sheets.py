"""A report's sections on paper: plain text, and one HTML page that needs nothing else and prints."""

from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.lottery.files.report import Bar, Cell, Section

WIDTH = 100
LONGEST_BAR = 30


def as_text(title: str, parts: Sequence[Section]) -> str:
    """At most WIDTH letters wide, except where a table needs more."""
    lines = [title, "=" * len(title)]
    for part in parts:
        lines += ["", part.title, "-" * len(part.title)]
        lines += [line for text in part.text for line in wrap(text, WIDTH, break_on_hyphens=False)]
        lines += ["", *_table(part.rows)] if part.text and part.rows else _table(part.rows)
    return "\n".join(lines) + "\n"


def as_html(title: str, parts: Sequence[Section], language: str) -> str:
    """The same in HTML, every text escaped."""
    shelf = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return shelf.get_template("report.html").render(title=title, parts=parts, language=language, is_bar=_is_bar)


def _is_bar(cell: Cell | Bar) -> bool:
    return isinstance(cell, Bar)


def _table(rows: Sequence[Sequence[Cell | Bar]]) -> list[str]:
    if not rows:
        return []
    words = [[_word(cell) for cell in row] for row in rows if any(cell != "" for cell in row)]
    widths = [max(len(row[at]) for row in words) for at in range(len(rows[0]))]
    right = [all(isinstance(row[at], int) or row[at] == "" for row in rows[1:]) for at in range(len(rows[0]))]
    return [
        "  ".join(
            word.rjust(width) if to_right else word.ljust(width)
            for word, width, to_right in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in words
    ]


def _word(cell: Cell | Bar) -> str:
    return "#" * max(cell.part and 1, cell.part * LONGEST_BAR // 1000) if isinstance(cell, Bar) else str(cell)
