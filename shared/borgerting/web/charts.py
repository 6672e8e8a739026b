"""Charts as SVG text, readable at 320 px and in grey; the same numbers stand in a table beside."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, NamedTuple

from markupsafe import Markup

WIDTH = 340
PLOT = 318
BAR = 9
STEPS = (Fraction(1, 20), Fraction(1, 10), Fraction(1, 5), Fraction(1, 4))
MOST_TICKS = 6
Kind = Literal["population", "pool", "panel"]
KINDS: tuple[Kind, ...] = ("population", "pool", "panel")


@dataclass(frozen=True)
class Heading:
    """What a chart is called and what it shows in a sentence; `key` is unique on its page."""

    key: str
    title: str
    description: str


class Box(NamedTuple):
    """A place in the drawing."""

    x: Fraction
    y: int
    width: Fraction
    height: int


@dataclass(frozen=True)
class Group:
    """One category: `note` stands at the right of its label, shares are of the whole, None where not known."""

    label: str
    note: str
    population: Fraction | None
    pool: Fraction | None
    panel: Fraction | None
    least: Fraction
    most: Fraction


@dataclass(frozen=True)
class Words:
    """What the legend calls the three bars and the quota's range; `mark` is printed on the chart."""

    population: str
    pool: str
    panel: str
    band: str
    mark: str = ""


@dataclass(frozen=True)
class Part:
    """A part of a stacked bar; `kind` is its CSS class."""

    kind: Literal["for", "against", "abstained", "silent"]
    count: int


def shares(heading: Heading, groups: Sequence[Group], words: Words) -> Markup:
    """Bars of population, pool and panel for each category, with the quota as a bracket under them."""
    present = [kind for kind in KINDS if any(getattr(group, kind) is not None for group in groups)]
    step, top = _scale(groups)
    y = 44 if len(present) > 1 else 24
    body = [_legend(present, words, heading.key)]
    start = y
    for group in groups:
        drawn, y = _group(group, _Frame(present, heading.key, top), y)
        body.append(drawn)
    axis = _axis(step, top, start, y)
    if words.mark:
        body.append(Markup('<text class="mark" x="0" y="{}" font-size="10.5">{}</text>').format(y + 30, words.mark))
    height = y + (38 if words.mark else 20)
    return _svg(heading, height, Markup("").join([axis, *body]))


def votes(heading: Heading, parts: Sequence[Part], mark: str = "") -> Markup:
    """One stacked bar of ballots; parts of nobody are left out."""
    total = sum(part.count for part in parts) or 1
    x, body = Fraction(0), []
    for part in parts:
        width = Fraction(part.count * (WIDTH - 2), total)
        if part.count:
            body.append(_rect(part.kind, Box(x + 1, 1, width, 22), heading.key))
        x += width
    if mark:
        body.append(Markup('<text class="mark" x="0" y="38" font-size="12">{}</text>').format(mark))
    return _svg(heading, 42 if mark else 24, Markup("").join(body))


def swatch(key: str, kind: str) -> Markup:
    """A small sample of a part for the list beside a chart; hidden from screen readers."""
    body = _rect(kind, Box(Fraction(1), 1, Fraction(18), 11), key)
    return Markup(
        '<svg class="swatch" width="20" height="13" viewBox="0 0 20 13" aria-hidden="true" focusable="false">{}</svg>'
    ).format(body)


def _scale(groups: Sequence[Group]) -> tuple[Fraction, Fraction]:
    """The distance of the ticks and the end of the axis, both as shares of the whole."""
    values = [group.most for group in groups]
    values += [v for group in groups for v in (group.population, group.pool, group.panel) if v is not None]
    largest = max(values, default=Fraction(1))
    step = next((s for s in STEPS if largest <= s * MOST_TICKS), STEPS[-1])
    return step, max(step, step * -(-largest // step))


def _legend(present: Sequence[Kind], words: Words, key: str) -> Markup:
    entries = [
        _rect(kind, Box(*_slot(i), Fraction(18), 9), key) + _word(getattr(words, kind), i)
        for i, kind in enumerate(present)
    ]
    last = len(present)
    x, y = _slot(last)
    return Markup("").join([*entries, _bracket(x, x + 18, y + 1), _word(words.band, last)])


def _slot(i: int) -> tuple[Fraction, int]:
    return Fraction(1 + (i % 2) * 170), 3 + (i // 2) * 18


def _word(text: str, i: int) -> Markup:
    x, y = _slot(i)
    return Markup('<text x="{}" y="{}" font-size="12">{}</text>').format(_n(x + 24), y + 9, text)


@dataclass(frozen=True)
class _Frame:
    present: Sequence[Kind]
    key: str
    top: Fraction

    def length(self, share: Fraction) -> Fraction:
        return share / self.top * PLOT


def _group(group: Group, frame: _Frame, y: int) -> tuple[Markup, int]:
    parts = [
        Markup('<text x="0" y="{}" font-size="13">{}</text>').format(y + 13, group.label),
        Markup('<text x="{}" y="{}" font-size="12" text-anchor="end">{}</text>').format(WIDTH, y + 13, group.note),
    ]
    y += 18
    for kind in frame.present:
        value = getattr(group, kind)
        if value is not None:
            parts.append(_rect(kind, Box(Fraction(1), y, frame.length(value), BAR), frame.key))
        y += BAR + 2
    parts.append(_bracket(1 + frame.length(group.least), 1 + frame.length(group.most), y + 1))
    return Markup("").join(parts), y + 16


def _bracket(left: Fraction, right: Fraction, y: int) -> Markup:
    """The range from the least to the most seats; a single mark where both are the same."""
    line = "M{0} {2}v8M{1} {2}v8M{0} {3}H{1}".format(_n(left), _n(right), y, y + 4)
    return Markup('<path class="band" d="{}" fill="none" stroke="#b34700" stroke-width="2"/>').format(line)


def _axis(step: Fraction, top: Fraction, start: int, end: int) -> Markup:
    ticks = []
    for i in range(int(top / step) + 1):
        share = step * i
        x = _n(1 + share / top * PLOT)
        anchor = "start" if i == 0 else "middle"
        ticks.append(
            Markup(
                '<path class="axis" d="M{0} {1}V{2}" stroke="#d8d4c8"/>'
                '<text class="tick" x="{0}" y="{3}" font-size="11" text-anchor="{4}">{5} %</text>'
            ).format(x, start, end, end + 14, anchor, int(share * 100))
        )
    return Markup("").join(ticks)


def _rect(kind: str, box: Box, key: str) -> Markup:
    """A bar: light with an outline, hatched, or solid and dark, so that they differ without colour."""
    fills = {
        "population": "#c9cec6",
        "pool": f"url(#{key}-hatch)",
        "panel": "#17494d",
        "for": "#17494d",
        "against": f"url(#{key}-hatch)",
        "abstained": "#e4e0d3",
        "silent": "none",
    }
    edge = "0" if kind in {"panel", "for"} else "1"
    return Markup(
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}" fill="{}" stroke="#6b7774" stroke-width="{}"/>'
    ).format(kind, _n(box.x), box.y, _n(box.width), box.height, fills[kind], edge)


def _svg(heading: Heading, height: int, body: Markup) -> Markup:
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
        ' aria-labelledby="{h.key}-title {h.key}-desc"><title id="{h.key}-title">{h.title}</title>'
        '<desc id="{h.key}-desc">{h.description}</desc><defs><pattern id="{h.key}-hatch" width="5" height="5"'
        ' patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<path class="hatch" d="M1 0V5" stroke="#6b7774" stroke-width="2"/></pattern></defs>{body}</svg>'
    ).format(width=WIDTH, height=height, h=heading, body=body)


def _n(value: Fraction | int) -> str:
    """A coordinate with two decimals, without exponent."""
    return f"{round(Fraction(value) * 100) / 100:g}"
