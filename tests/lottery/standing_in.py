"""Members who leave and those who come for them, simulated: other ways of naming alternates, and what each loses."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations
from random import Random

import numpy as np
from numpy.typing import NDArray

from borgerting.events.recruitment import PoolSnapshot, Quota
from services.lottery.domain.redraws import Vacancy
from services.lottery.domain.rules import quota_rules
from services.lottery.solver.redraw import redraw

Whole = NDArray[np.int64]
Leaving = Sequence[tuple[str, ...]]
"""Who leaves in each future."""


def leaving(members: Sequence[str], rate: Fraction, number: int, seed: int) -> Leaving:
    """So many futures in which each member leaves with probability `rate`, whatever the others do.

    They are drawn apart from those by which the alternates are chosen.
    """
    rng = Random(seed)  # noqa: S311 - a simulation
    return [tuple(who for who in sorted(members) if rng.random() < rate) for _ in range(number)]


def callable_people(pool: PoolSnapshot, members: Sequence[str]) -> Sequence[str]:
    """Everybody who can be called, by id."""
    homes = {person.household for person in pool.people if person.id in members} - {None}
    barred = {*members, *pool.exclude}
    return sorted(p.id for p in pool.people if p.id not in barred and p.household not in homes)


def by_chance(pool: PoolSnapshot, members: Sequence[str], number: int, seed: int) -> Sequence[str]:
    """Alternates by lot, each set as likely as any other."""
    return Random(seed).sample(callable_people(pool, members), number)  # noqa: S311 - a simulation


def nearest(pool: PoolSnapshot, members: Sequence[str], number: int, seed: int) -> Sequence[str]:
    """For some members, by lot, whoever shares the most features with them; among those alike by lot."""
    rng = Random(seed)  # noqa: S311 - a simulation
    rows, free = {p.id: p.features for p in pool.people}, list(callable_people(pool, members))
    rng.shuffle(free)
    chosen: list[str] = []
    for who in rng.sample(sorted(members), number):
        best = max(free, key=lambda other: sum(rows[other][name] == rows[who][name] for name in rows[who]))
        free.remove(best)
        chosen.append(best)
    return chosen


def scaled(pool: PoolSnapshot, members: Sequence[str], number: int, seed: int) -> Sequence[str]:
    """A panel of `number` of its own: by lot among those that keep the quotas scaled down to it.

    A least is rounded down and a most up; where no such panel is, one of those that miss the fewest seats.
    """
    share = Fraction(number, pool.panels * pool.panel_size)

    def less(quota: Quota) -> Quota:
        least, most = int(share * quota.least), -int(-share * quota.most // 1)
        return quota.model_copy(update={"least": least, "most": most, "flex_least": None, "flex_most": None})

    features = [f.model_copy(update={"quotas": tuple(map(less, f.quotas))}) for f in pool.features]
    small = pool.model_copy(
        update={"features": tuple(features), "joint": (), "panel_size": number, "include": (), "seated": ()}
    )
    gone = {person.id for person in pool.people} - set(callable_people(pool, members))
    return redraw(Vacancy(small, (), number, frozenset(gone)), f"scaled {seed}", 0).came


class Judge:
    """Seats missed when the best of the alternates come, as many as there are seats for; Q quotas, F futures."""

    def __init__(self, pool: PoolSnapshot) -> None:
        rules = quota_rules(pool)
        self._least: Whole = np.array([pool.panels * rule.least for rule in rules], dtype=np.int64)
        self._most: Whole = np.array([pool.panels * rule.most for rule in rules], dtype=np.int64)
        self._row: dict[str, Whole] = {
            person.id: np.array([rule.categories.items() <= person.features.items() for rule in rules], dtype=np.int64)
            for person in pool.people
        }

    def missed(self, members: Sequence[str], futures: Leaving, called: Sequence[str]) -> Whole:
        """Seats below a least or above a most, F."""
        found = np.zeros(len(futures), dtype=np.int64)
        for gone in sorted({len(future) for future in futures}):
            which = [at for at, future in enumerate(futures) if len(future) == gone]
            stay = np.array([self._seats([who for who in members if who not in futures[at]]) for at in which])
            come = np.array([self._seats(chosen) for chosen in combinations(called, min(gone, len(called)))])
            have = stay[:, None, :] + come[None, :, :]
            beside = np.maximum(np.maximum(self._least - have, have - self._most), 0).sum(axis=2)
            found[which] = beside.min(axis=1)
        return found

    def _seats(self, people: Sequence[str]) -> Whole:
        return sum((self._row[who] for who in people), np.zeros_like(self._least))
