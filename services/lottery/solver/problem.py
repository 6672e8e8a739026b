"""The pool on types: people who can stand for one another, and the rows that every panel keeps, in one order."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from borgerting.events.recruitment import PoolSnapshot, Volunteer

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Key = tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """A quota or joint quota: its name in the certificate and its bounds for the seats that are still free."""

    name: str
    least: int
    most: int


@dataclass(frozen=True, eq=False)
class Problem:
    """A panel is a whole number of seats for each type, `size` in all, that keeps `rows` and `homes`.

    Shapes: T types, R rows, H classes of shared homes. `member[r, t]` is 1 where type t counts in row r. The homes of
    one class have the same types in them and at most one seat each: `room[h]` seats for the class; `home[t]` is -1
    where a type shares no home. `held[r]` seats of row r the fixed have, and its bounds are less by them.
    Where `panels` are drawn at once, a panel here is the union of them; `fixed_member[r, f]` is 1 where the fixed f
    counts in row r.
    `demand[t]` seats give everybody of type t a stake-weighted chance of 1.
    """

    size: int
    people: tuple[tuple[str, ...], ...]
    count: Ints
    stake: tuple[Fraction, ...]
    demand: Floats
    rows: tuple[Row, ...]
    held: tuple[int, ...]
    member: NDArray[np.int8]
    home: Ints
    room: Ints
    homes: tuple[tuple[str, ...], ...]
    home_of: Mapping[str, str]
    fixed: tuple[str, ...]
    panels: int
    fixed_member: NDArray[np.int8]

    @property
    def least(self) -> Floats:
        """The rows' least seats, as floats."""
        return np.array([row.least for row in self.rows], dtype=float)

    @property
    def most(self) -> Floats:
        """The rows' most seats, as floats."""
        return np.array([row.most for row in self.rows], dtype=float)

    def in_homes(self, seats: Floats | Ints) -> Floats:
        """Seats per class of shared homes, H."""
        inside = self.home >= 0
        return np.bincount(self.home[inside], seats[inside], len(self.room)).astype(float)


def problem_of(pool: PoolSnapshot) -> Problem:
    """The problem of `pool`, the same whatever order its people and features come in.

    Those who may be drawn are all but the fixed, the excluded, and whoever shares a home with a fixed one.
    """
    fixed = sorted({*pool.include, *pool.seated})
    by_id = {person.id: person for person in pool.people}
    taken = {by_id[who].household for who in fixed} - {None}
    barred = {*fixed, *pool.exclude}
    names = sorted(feature.feature for feature in pool.features)
    free = sorted((p for p in pool.people if p.id not in barred and p.household not in taken), key=lambda p: p.id)
    largest = max((inclusion(person) for person in free), default=Fraction(1))
    keys, home_names = _keys(free, names, apart=pool.panels > 1)
    types = sorted(set(keys.values()))
    place = {key: at for at, key in enumerate(types)}
    people: list[list[str]] = [[] for _ in types]
    for person in free:
        people[place[keys[person.id]]].append(person.id)
    first = [by_id[ids[0]] for ids in people]
    stake = tuple(inclusion(person) / largest for person in first)
    count = np.array([len(ids) for ids in people], dtype=np.int64)
    classes = {name: at for at, name in enumerate(sorted(home_names))}
    rows, held, member = _rows(pool, first, [by_id[who] for who in fixed])
    return Problem(
        size=pool.panels * pool.panel_size - len(fixed),
        people=tuple(map(tuple, people)),
        count=count,
        stake=stake,
        demand=count / np.array([float(s) for s in stake]),
        rows=rows,
        held=held,
        member=member,
        home=np.array([classes.get(key[-1], -1) for key in types], dtype=np.int64),
        room=np.array([len(home_names[name]) for name in classes], dtype=np.int64),
        homes=tuple(home_names[name] for name in classes),
        home_of={p.id: p.household for p in free if p.household is not None and keys[p.id][-1]},
        fixed=tuple(fixed),
        panels=pool.panels,
        fixed_member=np.array(
            [[_has(by_id[who], categories) for who in fixed] for _, categories, _, _ in _quotas(pool)], dtype=np.int8
        ).reshape(len(rows), len(fixed)),
    )


def inclusion(person: Volunteer) -> Fraction:
    """The probability of having been invited; 1 where nothing is known."""
    return Fraction(person.inclusion or 1)


def _keys(
    free: Sequence[Volunteer], names: Sequence[str], *, apart: bool
) -> tuple[dict[str, Key], dict[str, tuple[str, ...]]]:
    """Each person's type (features, stake, class of home or ""), and each class's homes.

    Where people are kept `apart` nobody shares a type.
    """
    own = {p.id: (p.id,) if apart else () for p in free}
    plain = {p.id: (*(p.features[name] for name in names), str(inclusion(p)), *own[p.id]) for p in free}
    shared = Counter(p.household for p in free if p.household is not None)
    living: dict[str, list[Key]] = {}
    for person in free:
        if person.household is not None and shared[person.household] > 1:
            living.setdefault(person.household, []).append(plain[person.id])
    like = {household: repr(sorted(keys)) for household, keys in living.items()}
    classes: dict[str, list[str]] = {}
    for household in sorted(like):
        classes.setdefault(like[household], []).append(household)
    return (
        {p.id: (*plain[p.id], like.get(p.household or "", "") if p.household in like else "") for p in free},
        {name: tuple(homes) for name, homes in classes.items()},
    )


def _rows(
    pool: PoolSnapshot, first: Sequence[Volunteer], fixed: Sequence[Volunteer]
) -> tuple[tuple[Row, ...], tuple[int, ...], NDArray[np.int8]]:
    """Every quota by name of feature and category, then the joint quotas; the fixed people's seats are subtracted."""
    rows, taken, members = [], [], []
    for name, categories, least, most in _quotas(pool):
        held = sum(_has(person, categories) for person in fixed)
        taken.append(held)
        rows.append(Row(name, pool.panels * least - held, pool.panels * most - held))
        members.append([_has(person, categories) for person in first])
    return tuple(rows), tuple(taken), np.array(members, dtype=np.int8).reshape(len(rows), len(first))


def _quotas(pool: PoolSnapshot) -> Iterable[tuple[str, Mapping[str, str], int, int]]:
    for feature in sorted(pool.features, key=lambda f: f.feature):
        for quota in sorted(feature.quotas, key=lambda q: q.category):
            name = f"quota|{feature.feature}|{quota.category}"
            yield name, {feature.feature: quota.category}, quota.least, quota.most
    for at, joint in enumerate(pool.joint):
        yield f"joint|{at}", joint.categories, joint.least, joint.most


def _has(person: Volunteer, categories: Mapping[str, str]) -> bool:
    return all(person.features[name] == category for name, category in categories.items())
