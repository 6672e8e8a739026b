"""What is told of a draw: as JSON for programs, and as bars for the chart of everybody's chances."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from services.lottery.files.proven import TINY
from services.lottery.files.spans import spans
from services.lottery.store import Draw, LevelTold, Panel, Sealed, Seats

BARS = 20


@dataclass(frozen=True)
class Bar:
    """`people` are on `least` to `most` tickets, `target` should be; heights are in thousandths of the highest bar."""

    least: int
    most: int
    people: int
    height: int
    target: int = 0
    target_height: int = 0


def histogram(shares: Mapping[int, int], targets: Mapping[int, int] | None = None) -> Sequence[Bar]:
    """At most BARS bars over everybody's tickets, and over what they should have; for their widths see `spans`.

    >>> [(b.least, b.most, b.people) for b in histogram({3: 5, 4: 1, 60: 2})][:3]
    [(3, 3, 5), (4, 4, 1), (5, 5, 0)]
    """
    wanted = targets or {}
    found = spans({*shares, *wanted}, BARS)
    rows = [[sum(n for at, n in of.items() if low <= at <= high) for of in (shares, wanted)] for low, high in found]
    highest = max(max(row) for row in rows)
    return [
        Bar(low, high, people, people * 1000 // highest, target, target * 1000 // highest)
        for (low, high), (people, target) in zip(found, rows, strict=True)
    ]


@dataclass(frozen=True)
class Chart:
    """Everybody's chances: `bars` with tickets, and with targets where they are `claimed`.

    `first` is the smallest chance above 0 that is claimed, with its bound; `shut` people can be on no panel.
    """

    bars: Sequence[Bar]
    claimed: bool
    first: LevelTold | None = None
    shut: int = 0

    @property
    def gap_points(self) -> Fraction:
        """By how many percentage points the smallest chance could be larger, at most."""
        return 100 * (Fraction(self.first.bound) - Fraction(self.first.chance)) if self.first else Fraction()

    @property
    def tiny(self) -> bool:
        """The gap is the solver's rounding."""
        return self.gap_points <= 100 * TINY


def chart_of(sealed: Sealed) -> Chart:
    """A target counts at the nearest whole number of tickets, halves upwards."""
    if sealed.claimed is None:
        return Chart(histogram(sealed.shares), claimed=False)
    targets: Counter[int] = Counter()
    for chance, people in sealed.claimed.targets.items():
        targets[int(Fraction(chance) * sealed.tickets + Fraction(1, 2))] += people
    above = [level for level in sealed.claimed.levels if Fraction(level.bound) > TINY]
    shut = sum(level.people for level in sealed.claimed.levels if Fraction(level.bound) <= TINY)
    return Chart(histogram(sealed.shares, targets), claimed=True, first=above[0] if above else None, shut=shut)


def state_name(draw: Draw | None, panel: Panel | None) -> str:
    """Where the draw stands, "waiting" without one and "drawn" at the end."""
    if draw is None:
        return "waiting"
    return "drawn" if panel else draw.state


def state_of(draw: Draw, panel: Panel | None, seats: Seats | None = None) -> dict[str, Any]:
    """What the API tells of a draw: no member and no seed before the panel is drawn."""
    facts = draw.model_dump(
        mode="json",
        include={"assembly", "synthetic", "panel_size", "volunteers", "tickets", "done", "progress", "partner"},
    )
    told = {**facts, "state": state_name(draw, panel), "reasons": draw.reasons, "sealed": None, "panel": None}
    if draw.sealed:
        shares = draw.sealed.shares
        told["sealed"] = draw.sealed.model_dump(mode="json", exclude={"name"}) | {
            "smallest": min(shares),
            "largest": max(shares),
        }
    if panel:
        shown = {"ticket", "seed", "members", "counts", "alternates", "drawn_by", "method"}
        told["panel"] = panel.model_dump(mode="json", include=shown)
    if seats:
        told["seats"] = seats.model_dump(mode="json", include={"members", "refills"})
    return told
