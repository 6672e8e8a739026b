"""Pools like real ones, of any size: a skewed and correlated sample of the population that sets the quotas.

The population is a mixture of five walks of life, and within each the features are independent; a volunteer comes with
a willingness that is a product over features (the old and the schooled come more often). Both are whole numbers, so
that shares are exact and a pool is the same under every version of Python. Each pool has a panel that keeps its quotas:
a search looks for one at the population's own figures, and a quota that it cannot keep is widened to the nearest miss.
"""

from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import accumulate
from random import Random
from typing import Literal

from borgerting.events.recruitment import Feature, PoolSnapshot, Quota, Volunteer
from tests.lottery.population import FEATURES, WALKS
from tests.lottery.population import shares as population_shares

Tight = Literal["exact", "rounded", "loose"]
Rows = list[list[int]]
"""Person -> feature -> place of the category in it."""
Bounds = list[list[list[int]]]
"""Feature -> category -> [least, most]."""

SEARCH_STEPS = 400_000
TINY = Fraction(1, 2)
"""A category that is due fewer seats than this may have one seat or none, also where quotas are exact."""


INVITED = {"16–24": "1/20", "25–34": "1/25", "35–44": "1/40", "45–54": "1/40", "55–64": "1/40", "65+": "1/50"}
"""Age -> the odds of having been invited, where the young were written to more often because fewer of them answer."""


def instance(
    n: int,
    k: int,
    features: int,
    *,
    seed: int = 1,
    tight: Tight = "rounded",
    households: float = 0.0,
    inclusion: bool = False,
) -> PoolSnapshot:
    """A pool of `n` for a panel of `k` with the first `features` features; the same arguments, the same pool.

    Quotas are the population's share of the panel: "exact" by largest remainder, "rounded" down and up, "loose" with
    one seat more to either side. That share `households` of the volunteers lives with another volunteer.
    """
    rng = Random(f"{n} {k} {features} {seed}")  # noqa: S311 - a pool for a test, not a draw
    names = list(FEATURES)[:features]
    rows = _volunteers(rng, n, names)
    homes = _homes(rng, rows, names, households)
    shares = [population_shares(name) for name in names]
    bounds = [_BOUNDS[tight](k, share) for share in shares]
    _widen(bounds, rows, _panel(rng, rows, homes, bounds, k))
    return PoolSnapshot(
        assembly="bench",
        panel_size=k,
        features=tuple(_feature(name, share, bound) for name, share, bound in zip(names, shares, bounds, strict=True)),
        people=tuple(
            _volunteer(at, row, names, homes[at] if households else None, inclusion=inclusion)
            for at, row in enumerate(rows)
        ),
        synthetic=True,
    )


def _volunteers(rng: Random, n: int, names: Sequence[str]) -> Rows:
    """Draw from the population weighted by willingness, without rejections: within a walk features are independent."""
    odds = [[[c.share[walk] * c.willing for c in FEATURES[name][2]] for name in names] for walk in range(len(WALKS))]
    scale = [[sum(c.share[walk] for c in FEATURES[name][2]) for name in names] for walk in range(len(WALKS))]
    walks = []
    for share, weights, sums in zip(WALKS, odds, scale, strict=True):
        chance = Fraction(share)
        for weight, total in zip(weights, sums, strict=True):
            chance *= Fraction(sum(weight), total)
        walks.append(int(chance * 1000))
    pick = _Picker(walks)
    pickers = [[_Picker(weights) for weights in walk] for walk in odds]
    return [[picker(rng) for picker in pickers[pick(rng)]] for _ in range(n)]


class _Picker:
    """Picks a place in `weights`, each in proportion."""

    def __init__(self, weights: Sequence[int]) -> None:
        self._steps = list(accumulate(weights))

    def __call__(self, rng: Random) -> int:
        return bisect(self._steps, int(rng.random() * self._steps[-1]))


def _homes(rng: Random, rows: Rows, names: Sequence[str], share: float) -> list[int]:
    """Person -> household; those who share one are of the same region and setting."""
    homes, paired = list(range(len(rows))), 0
    near: dict[tuple[int, ...], list[int]] = defaultdict(list)
    same = [at for at, name in enumerate(names) if name in ("region", "setting")]
    for at in sorted(range(len(rows)), key=lambda _: rng.random()):
        waiting = near[tuple(rows[at][feature] for feature in same)]
        if waiting and paired + 2 <= share * len(rows):
            homes[at], paired = waiting.pop(), paired + 2
        else:
            waiting.append(at)
    return homes


def _exact(k: int, shares: Sequence[Fraction]) -> list[list[int]]:
    """Largest remainder, but a tiny category may have a seat, which the largest category then gives."""
    due = [share * k for share in shares]
    seats = [int(d) for d in due]
    for at in sorted(range(len(due)), key=lambda at: (seats[at] - due[at], at))[: k - sum(seats)]:
        seats[at] += 1
    bounds = [[s, s] for s in seats]
    tiny = [at for at, d in enumerate(due) if d < TINY and seats[at] == 0]
    for at in tiny:
        bounds[at] = [0, 1]
    bounds[seats.index(max(seats))][0] -= len(tiny)
    return bounds


def _rounded(k: int, shares: Sequence[Fraction]) -> list[list[int]]:
    return [[int(share * k), -int(-share * k // 1)] for share in shares]


def _loose(k: int, shares: Sequence[Fraction]) -> list[list[int]]:
    return [[max(0, least - 1), most + 1] for least, most in _rounded(k, shares)]


_BOUNDS: Mapping[Tight, Callable[[int, Sequence[Fraction]], list[list[int]]]] = {
    "exact": _exact,
    "rounded": _rounded,
    "loose": _loose,
}


def _panel(rng: Random, rows: Rows, homes: Sequence[int], bounds: Bounds, k: int) -> list[int]:
    """The panel nearest to the quotas that a walk of random swaps finds, none of which makes it worse."""
    panel = _first_panel(rng, homes, k)
    seated, taken = {homes[at] for at in panel}, [Counter(rows[at][f] for at in panel) for f in range(len(bounds))]
    missed = _missed(bounds, taken)
    for _ in range(SEARCH_STEPS):
        if not missed:
            break
        seat, new = int(rng.random() * k), int(rng.random() * len(rows))
        old = panel[seat]
        if new == old or (homes[new] != homes[old] and homes[new] in seated):
            continue
        change = sum(_worse(b, t, o, w) for b, t, o, w in zip(bounds, taken, rows[old], rows[new], strict=True))
        if change <= 0:
            panel[seat], missed = new, missed + change
            seated ^= {homes[old], homes[new]} if homes[old] != homes[new] else set()
            for count, before, after in zip(taken, rows[old], rows[new], strict=True):
                count[before] -= 1
                count[after] += 1
    return panel


def _first_panel(rng: Random, homes: Sequence[int], k: int) -> list[int]:
    found: dict[int, int] = {}
    while len(found) < k:
        at = int(rng.random() * len(homes))
        found.setdefault(homes[at], at)
    return list(found.values())


def _missed(bounds: Bounds, taken: Sequence[Mapping[int, int]]) -> int:
    """Seats by which the quotas are missed in all."""
    return sum(
        max(least - count[at], count[at] - most, 0)
        for feature, count in zip(bounds, taken, strict=True)
        for at, (least, most) in enumerate(feature)
    )


def _worse(bounds: Sequence[Sequence[int]], taken: Mapping[int, int], old: int, new: int) -> int:
    """By how many seats the quotas of one feature are missed more when a seat goes from `old` to `new`."""
    if old == new:
        return 0
    leaving = 1 if taken[old] <= bounds[old][0] else -1 if taken[old] > bounds[old][1] else 0
    coming = 1 if taken[new] >= bounds[new][1] else -1 if taken[new] < bounds[new][0] else 0
    return leaving + coming


def _widen(bounds: Bounds, rows: Rows, panel: Sequence[int]) -> None:
    for at, feature in enumerate(bounds):
        taken = Counter(rows[person][at] for person in panel)
        for category, bound in enumerate(feature):
            bound[:] = [min(bound[0], taken[category]), max(bound[1], taken[category])]


def _feature(name: str, shares: Sequence[Fraction], bounds: Sequence[Sequence[int]]) -> Feature:
    da, en, categories = FEATURES[name]
    return Feature(
        feature=name,
        label={"da": da, "en": en},
        quotas=tuple(
            Quota(
                category=category.code,
                label={"da": category.da, "en": category.en},
                population=round(share * 1_000_000),
                least=least,
                most=most,
            )
            for category, share, (least, most) in zip(categories, shares, bounds, strict=True)
        ),
    )


def _volunteer(at: int, row: Sequence[int], names: Sequence[str], home: int | None, *, inclusion: bool) -> Volunteer:
    features = {name: FEATURES[name][2][category].code for name, category in zip(names, row, strict=True)}
    return Volunteer(
        id=f"p{at:06}",
        features=features,
        household=None if home is None else f"h{home:06}",
        inclusion=INVITED[features["age"]] if inclusion else None,
    )


NAMED: Mapping[str, Callable[[], PoolSnapshot]] = {
    "360": lambda: instance(360, 30, 7, tight="exact"),
    "360 households": lambda: instance(360, 30, 7, tight="exact", households=0.1),
    "360 inclusion": lambda: instance(360, 30, 7, tight="exact", inclusion=True),
    "500": lambda: instance(500, 50, 8),
    "1000": lambda: instance(1000, 100, 8),
    "1000 households": lambda: instance(1000, 100, 8, households=0.1),
    "2000": lambda: instance(2000, 100, 8),
    "5000": lambda: instance(5000, 150, 8),
    "10000": lambda: instance(10_000, 200, 8),
    "100000": lambda: instance(100_000, 200, 6),
    "tight 24": lambda: instance(24, 8, 3, tight="exact"),
    "tight 40": lambda: instance(40, 10, 4, tight="exact"),
    "tight 60": lambda: instance(60, 12, 5, tight="exact"),
    "tight 90": lambda: instance(90, 15, 6, tight="exact"),
}
"""Name of a row of the bench -> its pool."""
