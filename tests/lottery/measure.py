"""What a lottery is worth, counted from its panels, weights and tickets alone: no line is shared with a solver."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import exp, fsum, log

from borgerting.events.recruitment import PoolSnapshot, Volunteer

Panels = Sequence[Sequence[str]]
Chances = Mapping[str, Fraction]


@dataclass(frozen=True)
class Spread:
    """How even chances are: `smallest`, `gini` and `geometric` are over those who have a chance at all."""

    smallest: Fraction
    gini: float
    geometric: float
    without: int
    """People who are on no panel."""


@dataclass(frozen=True)
class Rounding:
    """Tickets beside the chances that they stand for: how many those on the fewest have, and how many were due."""

    fewest: int
    due: int
    """The whole tickets in the smallest chance."""
    off: Fraction
    """The most by which anybody's tickets differ from their due, in tickets."""


def chances_of(pool: PoolSnapshot, panels: Panels, weights: Sequence[Fraction]) -> dict[str, Fraction]:
    """Everybody's chance when panel j is drawn with weights[j] over the sum, without those who are on all or none."""
    total = sum(weights, Fraction(0))
    fixed = {*pool.include, *pool.exclude, *pool.seated}
    held = {person.id: Fraction(0) for person in pool.people if person.id not in fixed}
    for panel, weight in zip(panels, weights, strict=True):
        for person in panel:
            if person not in fixed:
                held[person] += weight
    return {person: weight / total for person, weight in held.items()}


def by_lot(
    pool: PoolSnapshot, told: Sequence[Mapping[str, int]], groups: Panels, weights: Sequence[Fraction]
) -> tuple[list[list[str]], dict[str, Fraction]]:
    """Panels told as seats per group: one seating of each without two of a home, and everybody's chance by lot."""
    fixed, home = [*pool.include, *pool.seated], {person.id: person.household for person in pool.people}
    seatings, held = [], {who: Fraction(0) for group in groups for who in group}
    for panel, weight in zip(told, weights, strict=True):
        members, homes = sorted(set(fixed)), set[str]()
        for group, seats in panel.items():
            people = groups[int(group)]
            for who in people:
                held[who] += weight * seats / len(people)
            for _ in range(seats):
                who = next(w for w in people if w not in members and home[w] not in homes)
                members.append(who)
                homes |= {place} if (place := home[who]) else set()
        seatings.append(members)
    total = sum(weights, Fraction(0))
    barred = {*fixed, *pool.exclude}
    everybody = {person.id: Fraction(0) for person in pool.people if person.id not in barred}
    return seatings, everybody | {who: weight / total for who, weight in held.items()}


def stakes_of(pool: PoolSnapshot) -> dict[str, Fraction]:
    """What a chance counts for each: the odds of having been invited over the largest such odds, 1 without."""
    odds = {person.id: Fraction(person.inclusion or 1) for person in pool.people}
    most = max(odds.values())
    return {person: odd / most for person, odd in odds.items()}


def spread_of(chances: Chances, stakes: Chances) -> Spread:
    """Judge `stakes` x `chances`, exactly where it is a comparison and in floats where it is a mean."""
    worth = sorted(stakes[person] * chance for person, chance in chances.items() if chance > 0)
    total = sum(worth, Fraction(0))
    ranked = sum(((2 * rank - len(worth) - 1) * value for rank, value in enumerate(worth, 1)), Fraction(0))
    return Spread(
        smallest=worth[0],
        gini=float(ranked / (len(worth) * total)),
        geometric=exp(fsum(log(value) for value in worth) / len(worth)),
        without=len(chances) - len(worth),
    )


def off_target(chances: Chances, target: Chances) -> Fraction:
    """The most by which anybody's chance differs from `target`."""
    return max(abs(chance - target[person]) for person, chance in chances.items())


def rounding_of(tickets: Panels, chances: Chances) -> Rounding:
    """Compare `tickets` with the chances that they round; those without a chance are left out of the fewest."""
    held = Counter(person for ticket in tickets for person in ticket)
    due = {person: len(tickets) * chance for person, chance in chances.items()}
    return Rounding(
        fewest=min(held[person] for person, d in due.items() if d > 0),
        due=int(min(d for d in due.values() if d > 0)),
        off=max(abs(held[person] - d) for person, d in due.items()),
    )


def broken(pool: PoolSnapshot, panels: Panels) -> int:
    """Panels (or tickets) that break the size, a quota, a joint quota, a household or who must and must not be on."""
    rows = {person.id: person for person in pool.people}
    return sum(any(_faults(pool, rows, panel)) for panel in panels)


def _faults(pool: PoolSnapshot, rows: Mapping[str, Volunteer], ticket: Sequence[str]) -> Iterable[bool]:
    members = set(ticket)
    yield len(members) != len(ticket) or not members <= rows.keys()
    yield len(ticket) != pool.panel_size * pool.panels
    yield not {*pool.include, *pool.seated} <= members
    yield bool(members & {*pool.exclude})
    for start in range(0, len(ticket), pool.panel_size):
        yield from _panel_faults(pool, [rows[who] for who in ticket[start : start + pool.panel_size] if who in rows])


def _panel_faults(pool: PoolSnapshot, people: Sequence[Volunteer]) -> Iterable[bool]:
    seats = Counter(pair for person in people for pair in person.features.items())
    for feature in pool.features:
        for quota in feature.quotas:
            yield not quota.least <= seats[feature.feature, quota.category] <= quota.most
    for joint in pool.joint:
        both = sum(joint.categories.items() <= person.features.items() for person in people)
        yield not joint.least <= both <= joint.most
    homes = [person.household for person in people if person.household]
    yield len(homes) != len(set(homes))
