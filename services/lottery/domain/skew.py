"""How far a group is from the population on each feature, before the draw and after it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from borgerting.errors import Text
from borgerting.events.recruitment import Feature, PoolSnapshot
from services.lottery.domain.rules import rows_of


@dataclass(frozen=True)
class Skew:
    """Total variation distances from the population, or from the middle of the quotas where it is not `counted`.

    `pool` and `panel` are the share of people who would have to be others for the group to match exactly.
    """

    label: Text
    counted: bool
    pool: Fraction
    panel: Fraction | None

    @property
    def removed(self) -> Fraction | None:
        """The part of the pool's skew that the panel does not have; None where there was none or no panel yet."""
        return None if self.panel is None or self.pool == 0 else 1 - self.panel / self.pool


def skews(pool: PoolSnapshot, members: Iterable[str] | None = None) -> tuple[Skew, ...]:
    """The skew on each feature of everybody in the pool, and of `members` where they are drawn."""
    rows = rows_of(pool)
    chosen = None if members is None else list(members)
    found = []
    for feature in pool.features:
        counted, wanted = _wanted(feature)
        before = _distance(wanted, Counter(row[feature.feature] for row in rows.values()))
        after = None if chosen is None else _distance(wanted, Counter(rows[p][feature.feature] for p in chosen))
        found.append(Skew(feature.label, counted, before, after))
    return tuple(found)


def _wanted(feature: Feature) -> tuple[bool, Mapping[str, Fraction]]:
    counts = {q.category: q.population for q in feature.quotas if q.population is not None}
    counted = len(counts) == len(feature.quotas) and sum(counts.values()) > 0
    whole = counts if counted else {q.category: q.least + q.most for q in feature.quotas}
    total = sum(whole.values()) or 1
    return counted, {category: Fraction(number, total) for category, number in whole.items()}


def _distance(wanted: Mapping[str, Fraction], have: Mapping[str, int]) -> Fraction:
    """Half the sum of absolute differences of the shares.

    >>> _distance({"f": Fraction(1, 2), "m": Fraction(1, 2)}, {"f": 3, "m": 1})
    Fraction(1, 4)
    """
    total = sum(have.values()) or 1
    names = sorted({*wanted, *have})
    return sum((abs(wanted.get(c, Fraction()) - Fraction(have.get(c, 0), total)) for c in names), Fraction()) / 2
