"""What is true of a tiny pool: every panel there is, and the exact leximin, maximin and minimax over all lotteries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import lcm
from random import Random
from typing import Any

from hypothesis import strategies as st

from borgerting.events.recruitment import Feature, JointQuota, PoolSnapshot, Quota, Volunteer
from tests.lottery.simplex import Solved, maximise

Panel = tuple[str, ...]
Chances = Mapping[str, Fraction]
NIL, ONE = Fraction(0), Fraction(1)


def panels(pool: PoolSnapshot) -> list[Panel]:
    """Every panel that keeps all rules; with several panels at once, every union that can be parted into them."""
    rows = {person.id: person for person in pool.people}
    fixed, barred = {*pool.include, *pool.seated}, set(pool.exclude)
    able = sorted(rows.keys() - barred)
    unions = _unions(pool, rows, able, pool.panels)
    return sorted(union for union in unions if fixed <= set(union) and _homes_apart(rows, union))


def _unions(pool: PoolSnapshot, rows: Mapping[str, Volunteer], able: Sequence[str], times: int) -> set[Panel]:
    if times == 0:
        return {()}
    return {
        tuple(sorted((*one, *rest)))
        for one in combinations(able, pool.panel_size)
        if _keeps_quotas(pool, [rows[who].features for who in one])
        for rest in _unions(pool, rows, [who for who in able if who not in one], times - 1)
    }


def _keeps_quotas(pool: PoolSnapshot, features: Sequence[Mapping[str, str]]) -> bool:
    single = [({f.feature: q.category}, q.least, q.most) for f in pool.features for q in f.quotas]
    joint = [(j.categories, j.least, j.most) for j in pool.joint]
    return all(
        least <= sum(all(row[name] == value for name, value in wanted.items()) for row in features) <= most
        for wanted, least, most in (*single, *joint)
    )


def _homes_apart(rows: Mapping[str, Volunteer], members: Panel) -> bool:
    homes = [rows[who].household for who in members if rows[who].household is not None]
    return len(homes) == len(set(homes))


def free(pool: PoolSnapshot) -> list[str]:
    """Those for whom there is something to be decided."""
    rows = {person.id: person for person in pool.people}
    fixed = {*pool.include, *pool.seated}
    homes = {rows[who].household for who in fixed} - {None}
    return sorted(rows.keys() - fixed - set(pool.exclude) - {who for who in rows if rows[who].household in homes})


def stakes(pool: PoolSnapshot) -> dict[str, Fraction]:
    """What one of each person's chance counts: inclusion over the largest inclusion."""
    rows = {person.id: Fraction(person.inclusion or 1) for person in pool.people}
    largest = max((rows[who] for who in free(pool)), default=ONE)
    return {who: rows[who] / largest for who in free(pool)}


@dataclass(frozen=True)
class Truth:
    """`levels` are (people, stake-weighted chance) from the smallest up; `lottery` is one that attains them."""

    levels: list[tuple[tuple[str, ...], Fraction]]
    chances: dict[str, Fraction]
    lottery: list[tuple[Panel, Fraction]]


def leximin(pool: PoolSnapshot, every: Sequence[Panel] | None = None) -> Truth | None:
    """The one leximin over all lotteries on `every` panel, exactly; None where there is no panel."""
    every = panels(pool) if every is None else every
    if not every:
        return None
    stake, settled = stakes(pool), dict[str, Fraction]()
    levels, lottery = [], [(every[0], ONE)]
    while still := [who for who in sorted(stake) if who not in settled]:
        solved = smallest(every, stake, settled)
        duals = dict(zip(sorted(stake), solved.y, strict=False))
        bound = tuple(who for who in still if duals[who] != 0)
        levels.append((bound, solved.value))
        settled |= dict.fromkeys(bound, solved.value)
        lottery = [(panel, x) for panel, x in zip(every, solved.x, strict=False) if x]
    chances = {who: sum((x for panel, x in lottery if who in panel), NIL) for who in sorted(p.id for p in pool.people)}
    return Truth(levels, chances, lottery)


def smallest(every: Sequence[Panel], stake: Chances, settled: Chances) -> Solved:
    """The largest smallest chance of those not in `settled`, who keep theirs; rows by id, then the weights' sum."""
    who, seats = sorted(stake), [set(panel) for panel in every]
    rows = [
        [
            *(stake[p] * (p in panel) for panel in seats),
            NIL if p in settled else -ONE,
            *(-ONE if p == q else NIL for q in who),
        ]
        for p in who
    ]
    rows.append([*(ONE for _ in every), NIL, *(NIL for _ in who)])
    objective = [*(NIL for _ in every), ONE, *(NIL for _ in who)]
    solved = maximise(objective, rows, [*(settled.get(p, NIL) for p in who), ONE])
    assert solved is not None, "what was attained at the level before is attained no more"
    return solved


def minimax(pool: PoolSnapshot, every: Sequence[Panel] | None = None) -> Fraction:
    """The smallest largest stake-weighted chance over all lotteries."""
    every = panels(pool) if every is None else every
    stake = stakes(pool)
    who, seats = sorted(stake), [set(panel) for panel in every]
    rows = [[*(stake[p] * (p in panel) for panel in seats), -ONE, *(ONE if p == q else NIL for q in who)] for p in who]
    rows.append([*(ONE for _ in every), NIL, *(NIL for _ in who)])
    solved = maximise([*(NIL for _ in every), -ONE, *(NIL for _ in who)], rows, [*(NIL for _ in who), ONE])
    assert solved is not None
    return -solved.value


LOOSE = (9, 32, 49, 91, 107, 139, 145, 177)
"""Numbers of tight pools where fractions of seats could give the worst-off more than any lottery over panels can."""


def tight(*, homes: bool = True, odds: bool = True, joint: bool = True) -> st.SearchStrategy[PoolSnapshot]:
    """Small pools with quotas around one of their panels, mostly exact, so that few combinations keep them all."""
    return st.integers(0, 10**6).map(lambda seed: tight_pool(seed, homes=homes, odds=odds, joint=joint))


def tight_pool(seed: int, *, homes: bool = True, odds: bool = True, joint: bool = True) -> PoolSnapshot:
    """The pool of that number; by chance alone, as Hypothesis likes rows that are the same, which leaves no gaps."""
    rng = Random(seed)  # noqa: S311 - a pool, not a draw
    many = rng.choice([(2, 2, 2), (2, 2, 2, 2), (2, 2, 2, 2, 2), (3, 2, 2), (3, 3), (3, 3, 3)])
    names = {f"f{at}": [f"c{n}" for n in range(values)] for at, values in enumerate(many)}
    rows = [{name: rng.choice(values) for name, values in names.items()} for _ in range(rng.randint(6, 10))]
    size = rng.randint(2, len(rows) // 2)
    slack = [0, 0, 0, 0, 0, 1]

    def around(wanted: Mapping[str, str]) -> tuple[int, int]:
        there = sum(wanted.items() <= person.items() for person in rows[:size])
        return max(0, there - rng.choice(slack)), there + rng.choice(slack)

    features = tuple(
        Feature(feature=name, label=_label(name), quotas=tuple(_quota(v, *around({name: v})) for v in values))
        for name, values in names.items()
    )
    both = {"f0": "c0", "f1": "c1"}
    pairs = [around(both)] if joint and rng.random() < 0.3 else []
    # the panel that the quotas were built around lives apart
    living = [None, None, "h1", "h2"] if homes and rng.random() < 0.4 else [None]
    odd = ["1/2", "1/3", "2/3"] if odds and rng.random() < 0.4 else [None]
    people = [
        Volunteer(
            id=f"p{n}", features=row, household=rng.choice(living) if n >= size else None, inclusion=rng.choice(odd)
        )
        for n, row in enumerate(rows)
    ]
    return PoolSnapshot(
        assembly="klima",
        panel_size=size,
        features=features,
        people=tuple(people),
        joint=tuple(JointQuota(categories=both, label=_label("f0, f1"), least=a, most=b) for a, b in pairs),
    )


def proof(pool: PoolSnapshot, truth: Truth) -> dict[str, Any]:
    """A certificate of `truth` by exact linear programs over the quota polytope: true, and tight where that is."""
    return _Prover(pool, truth).proof()


class _Prover:
    def __init__(self, pool: PoolSnapshot, truth: Truth) -> None:
        self.pool, self.truth = pool, truth
        self.free, self.stake = free(pool), stakes(pool)
        self.groups = [[who] for who in self.free]
        self.rows = list(self._rows())

    def _rows(self) -> Any:
        people = {person.id: person for person in self.pool.people}
        fixed = [people[who] for who in sorted({*self.pool.include, *self.pool.seated})]
        size = self.pool.panels * self.pool.panel_size - len(fixed)
        yield "size", set(self.free), size, size
        single = [
            (f"quota|{f.feature}|{q.category}", {f.feature: q.category}, q.least, q.most)
            for f in self.pool.features
            for q in f.quotas
        ]
        joint = [(f"joint|{at}", j.categories, j.least, j.most) for at, j in enumerate(self.pool.joint)]
        for name, wanted, least, most in (*single, *joint):
            held = sum(wanted.items() <= person.features.items() for person in fixed)
            inside = {who for who in self.free if wanted.items() <= people[who].features.items()}
            yield name, inside, self.pool.panels * least - held, self.pool.panels * most - held
        for home in sorted({people[who].household for who in self.free} - {None}):
            yield f"household|{home}", {who for who in self.free if people[who].household == home}, 0, 1

    def proof(self) -> dict[str, Any]:
        """Level by level over the polytope: whoever has a weight is settled, at what the lottery gives."""
        levels, settled = [], dict[str, Fraction]()
        while still := [who for who in self.free if who not in settled]:
            weights, rows = self._level(settled)
            people = [who for who in still if weights[who]]
            scale = lcm(*(value.denominator for value in (*weights.values(), *rows.values())))
            levels.append(
                {
                    "groups": [self.free.index(who) for who in people],
                    "scale": scale,
                    "weights": {str(self.free.index(who)): int(w * scale) for who, w in weights.items() if w},
                    "rows": {name: int(y * scale) for name, y in rows.items() if y},
                }
            )
            settled |= {who: self.stake[who] * self.truth.chances[who] for who in people}
        under = lcm(*(x.denominator for _, x in self.truth.lottery))
        return {
            "groups": self.groups,
            "cuts": [],
            "levels": levels,
            "panels": [list(panel) for panel, _ in self.truth.lottery],
            "weights": [int(x * under) for _, x in self.truth.lottery],
        }

    def _level(self, settled: Chances) -> tuple[dict[str, Fraction], dict[str, Fraction]]:
        """Variables: seats, z, a surplus per person, room to 1, and two slacks a row; multipliers are the dual."""
        n = len(self.free)
        width = n + 1 + n + n + 2 * len(self.rows)
        table, right = [], []

        def add(entries: Mapping[int, Fraction], b: Fraction) -> None:
            table.append([entries.get(j, NIL) for j in range(width)])
            right.append(b)

        for at, who in enumerate(self.free):
            z = {} if who in settled else {n: -ONE}
            add({at: self.stake[who], **z, n + 1 + at: -ONE}, settled.get(who, NIL))
        for at in range(n):
            add({at: ONE, 2 * n + 1 + at: ONE}, ONE)
        for r, (_, inside, least, most) in enumerate(self.rows):
            seats = {at: ONE for at, who in enumerate(self.free) if who in inside}
            add({**seats, 3 * n + 1 + 2 * r: ONE}, Fraction(most))
            add({**seats, 3 * n + 2 + 2 * r: -ONE}, Fraction(least))
        solved = maximise([ONE if j == n else NIL for j in range(width)], table, right)
        assert solved is not None
        weights = {who: -solved.y[at] for at, who in enumerate(self.free)}
        rows = {name: solved.y[2 * n + 2 * r] + solved.y[2 * n + 2 * r + 1] for r, (name, *_) in enumerate(self.rows)}
        return weights, rows


def _label(name: str) -> dict[str, str]:
    return {"da": name, "en": name}


def _quota(category: str, least: int, most: int) -> Quota:
    return Quota(category=category, label=_label(category), least=least, most=most)
