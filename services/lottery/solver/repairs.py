"""Different ways out of a clash, each checked in whole numbers and weighed by the smallest chance it leaves."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
from ortools.linear_solver import pywraplp

from borgerting.events.recruitment import Feature, JointQuota, PoolSnapshot, Quota
from services.lottery.domain.advice import Way
from services.lottery.solver.cp import Status
from services.lottery.solver.elastic import SMALL, Fractional, Given, Room, give_way, of_types
from services.lottery.solver.problem import Floats, Ints, Problem
from services.lottery.solver.target import smallest_chance

Some = TypeVar("Some", Quota, JointQuota)

ENOUGH = 3
"""Alternatives that are looked for, as far as there are as many."""
ROUGH = 1e-6
"""A linear program's seats are this near to the whole number that they stand for."""
LEVELS = 4
"""Priorities that are told apart; a seat of one costs so much that no seats of a lower one outweigh it."""


@dataclass(frozen=True, eq=False)
class Option:
    """One way out: what gives way, for which reason."""

    way: Way
    given: Given
    feature: str | None = None
    """The feature that gives way alone, "" for the joint quotas."""


@dataclass(frozen=True, eq=False)
class Setting:
    """A problem that has no panel, with its pool's limits on how far each row may give way."""

    pool: PoolSnapshot
    problem: Problem
    fractional: Fractional
    seed: int
    known: dict[tuple[int, ...], float] = field(default_factory=dict)

    @property
    def panels(self) -> int:
        """How many panels are drawn at once."""
        return self.pool.panels

    def all_free(self) -> Room:
        """Every quota may give way to nothing and to the whole panel; limits wider than that are solved faster."""
        most = max([1, self.pool.panel_size, *(quota.least for _, quota in _quotas(self.pool))])
        whole = np.full(len(self.problem.rows), most, dtype=np.int64)
        return Room(whole, whole, np.ones_like(whole))

    def tight(self) -> Room:
        """No quota gives way."""
        nothing = np.zeros(len(self.problem.rows), dtype=np.int64)
        return Room(nothing, nothing, nothing)

    def bands(self) -> Room:
        """Quotas give way within their flexible bands alone."""
        below, above = np.array([_band(quota) for _, quota in _quotas(self.pool)], dtype=np.int64).reshape(-1, 2).T
        return Room(below, above, np.ones(len(below), dtype=np.int64))

    def only(self, feature: str) -> Room:
        """Quotas of `feature` alone give way; the joint quotas alone for ""."""
        free = self.all_free()
        inside = np.array([name == feature for name, _ in _quotas(self.pool)], dtype=np.int64)
        return Room(free.below * inside, free.above * inside, free.price)

    def by_priority(self, priorities: Mapping[str, int]) -> Room:
        """A seat of a feature with lower priority is spent before any of a higher; a joint quota has its highest."""
        ranks = [
            max(priorities.get(name, 0) for name in (quota.categories if isinstance(quota, JointQuota) else [feature]))
            for feature, quota in _quotas(self.pool)
        ]
        order = {rank: min(at, LEVELS - 1) for at, rank in enumerate(sorted(set(ranks)))}
        dear = 4 * max(1, self.pool.panel_size)
        free = self.all_free()
        return Room(free.below, free.above, np.array([dear ** order[rank] for rank in ranks], dtype=np.int64))

    def fewest(self, room: Room, *, forbidden: Sequence[frozenset[int]] = ()) -> Given | Status:
        """The fewest seats on each panel; with rows `forbidden` to give way together a way that need not be it.

        First among the types that the linear program takes: as few seats as it says are as few as there can be.
        """
        least = self.fractional.seats(self.panels * room.below, self.panels * room.above)
        if least is None:
            return Status.INFEASIBLE
        few = of_types(self.problem, self.fractional.likely())
        given = give_way(few, self.panels, room, forbidden=forbidden, seed=self.seed)
        if isinstance(given, Given) and (forbidden or given.seats * self.panels < least + self.panels - ROUGH):
            return replace(given, best=True)
        return give_way(self.problem, self.panels, room, forbidden=forbidden, seed=self.seed)

    def chance(self, given: Given) -> float:
        """The largest smallest chance of any lottery after `given`, at most."""
        if given.changes not in self.known:
            self.known[given.changes] = smallest_chance(self.after(given)) or 0.0
        return self.known[given.changes]

    def after(self, given: Given) -> Problem:
        """The problem with the rows as wide as `given` makes them."""
        rows = (
            replace(row, least=row.least - self.panels * int(below), most=row.most + self.panels * int(above))
            for row, below, above in zip(self.problem.rows, given.below, given.above, strict=True)
        )
        return replace(self.problem, rows=tuple(rows))


def options(setting: Setting, priorities: Mapping[str, int]) -> Iterator[Option]:
    """Ways out by changing quotas, from the fewest seats on; the same changes may come twice, for two reasons."""
    fewest = setting.fewest(setting.all_free())
    if not isinstance(fewest, Given):
        return
    found = [Option("seats", _fairer(setting, fewest, fewest.seats) or fewest)]
    found += _given("bands", setting.fewest(setting.bands()))
    if priorities:
        found += _given(
            "priorities", give_way(setting.problem, setting.panels, setting.by_priority(priorities), seed=setting.seed)
        )
    found += _within_one_feature(setting)
    found += _given(
        "quotas",
        give_way(setting.problem, setting.panels, setting.all_free(), per_row=_dear(setting), seed=setting.seed),
    )
    found += _with_better_chances(setting, found)
    yield from found
    yield from _others(setting, found)


def _others(setting: Setting, found: Sequence[Option]) -> Iterator[Option]:
    """The cheapest with another set of rows than those before and than any wider set, until there are enough."""
    seen = [option.given.rows for option in found]
    while len(set(seen)) < ENOUGH:
        other = setting.fewest(setting.all_free(), forbidden=seen)
        if not isinstance(other, Given):
            return
        seen.append(other.rows)
        yield Option("other", replace(other, best=True))


def _with_better_chances(setting: Setting, found: Sequence[Option]) -> list[Option]:
    """A few more seats, then twice as many and so on as long as there are too few alternatives."""
    better: list[Given] = [found[0].given]
    seats = found[0].given.seats
    for budget in (seats + 2, 2 * seats, 3 * seats, 4 * seats):
        different = {option.given.changes for option in found} | {given.changes for given in better}
        if len(different) >= ENOUGH and len(better) > 1:
            break
        if fairer := _fairer(setting, better[-1], budget):
            better.append(fairer)
    return [Option("chance", given) for given in better[1:]]


def _given(way: Way, given: Given | Status | None) -> list[Option]:
    return [Option(way, given)] if isinstance(given, Given) else []


def _dear(setting: Setting) -> int:
    """More than every seat of every quota together."""
    free = setting.all_free()
    return 1 + int(free.below.sum() + free.above.sum())


def _within_one_feature(setting: Setting) -> list[Option]:
    """The feature that solves it alone with the fewest seats; those that cannot even in fractions are not tried."""
    bounds = []
    for feature in ["", *sorted(feature.feature for feature in setting.pool.features)]:
        room = setting.only(feature)
        seats = setting.fractional.seats(setting.panels * room.below, setting.panels * room.above)
        if seats is not None:
            bounds.append((seats, feature))
    best: Option | None = None
    for least, feature in sorted(bounds):
        if best and best.given.seats * setting.panels <= least + SMALL:
            break
        given = setting.fewest(setting.only(feature))
        if isinstance(given, Given) and (best is None or given.seats < best.given.seats):
            best = Option("feature", given, feature)
    return [best] if best else []


def _fairer(setting: Setting, than: Given, budget: int) -> Given | None:
    """About so many seats where they lift the smallest chance: a linear program chooses, halves are rounded up."""
    room = setting.all_free()
    below, above = _lifted(setting, room, budget)
    wider = Room(np.minimum(room.below, below), np.minimum(room.above, above), room.price)
    given = Given(wider.below, wider.above, than.best)
    if budget == than.seats < given.seats:
        return None
    better = setting.chance(given) > setting.chance(than) + SMALL
    return given if better and isinstance(setting.fewest(wider), Given) else None


def _lifted(setting: Setting, room: Room, budget: int) -> tuple[Ints, Ints]:
    """Slack per row and side, rounded up, that lifts the smallest chance most for `budget` seats on each panel.

    Seats of a type are u + z * demand with u >= 0, which leaves out the types' own most seats: a rough guide is enough.
    """
    problem, panels = setting.problem, setting.panels
    solver = pywraplp.Solver.CreateSolver("GLOP")
    above_z = [solver.NumVar(0.0, float(count), "") for count in problem.count]
    smallest = solver.NumVar(0.0, 1.0, "")
    total = solver.Constraint(0.0, float(budget))
    slack = []

    def row(inside: Floats, least: float, most: float) -> pywraplp.Constraint:
        made = solver.Constraint(least, most)
        for at in np.flatnonzero(inside):
            made.SetCoefficient(above_z[at], 1.0)
        made.SetCoefficient(smallest, float(inside @ problem.demand))
        return made

    row(np.ones(len(problem.people)), problem.size, problem.size)
    for at, most in enumerate(problem.room):
        row((problem.home == at).astype(float), 0.0, float(most))
    for at, bounds in enumerate(problem.rows):
        made = row(problem.member[at].astype(float), bounds.least, bounds.most)
        pair = [solver.NumVar(0.0, float(most), "") for most in (room.below[at], room.above[at])]
        for variable, sign in zip(pair, (panels, -panels), strict=True):
            made.SetCoefficient(variable, float(sign))
            total.SetCoefficient(variable, 1.0)
            solver.Objective().SetCoefficient(variable, -SMALL)
        slack.append(pair)
    solver.Objective().SetCoefficient(smallest, 1.0)
    solver.Objective().SetMaximization()
    if solver.Solve() != pywraplp.Solver.OPTIMAL:
        nothing = np.zeros(len(slack), dtype=np.int64)
        return nothing, nothing
    wide = np.array([[variable.solution_value() for variable in pair] for pair in slack]).reshape(-1, 2)
    below, above = np.ceil(wide - ROUGH).astype(np.int64).T
    return below, above


def _quotas(pool: PoolSnapshot) -> Iterable[tuple[str, Quota | JointQuota]]:
    """Every quota with its feature ("" for a joint one), in the order of the problem's rows."""
    for feature in sorted(pool.features, key=lambda f: f.feature):
        for quota in sorted(feature.quotas, key=lambda q: q.category):
            yield feature.feature, quota
    for joint in pool.joint:
        yield "", joint


def _band(quota: Quota | JointQuota) -> tuple[int, int]:
    if isinstance(quota, JointQuota):
        return 0, 0
    least = quota.least if quota.flex_least is None else quota.flex_least
    most = quota.most if quota.flex_most is None else quota.flex_most
    return quota.least - least, most - quota.most


def widened(pool: PoolSnapshot, given: Given) -> PoolSnapshot:
    """The pool with its quotas as wide as `given` makes them; their flexible bands stay around them."""
    slack = iter(zip(given.below.tolist(), given.above.tolist(), strict=True))
    by_name: dict[tuple[str, str], tuple[int, int]] = {}
    for feature, quota in _quotas(pool):
        if isinstance(quota, Quota):
            by_name[feature, quota.category] = next(slack)
    joint = tuple(_wider(one, *next(slack)) for one in pool.joint)
    features = tuple(_feature_wider(feature, by_name) for feature in pool.features)
    return pool.model_copy(update={"features": features, "joint": joint})


def _feature_wider(feature: Feature, by_name: Mapping[tuple[str, str], tuple[int, int]]) -> Feature:
    quotas = []
    for quota in feature.quotas:
        wider = _wider(quota, *by_name[feature.feature, quota.category])
        flexible = {
            "flex_least": None if quota.flex_least is None else min(quota.flex_least, wider.least),
            "flex_most": None if quota.flex_most is None else max(quota.flex_most, wider.most),
        }
        quotas.append(wider.model_copy(update=flexible))
    return feature.model_copy(update={"quotas": tuple(quotas)})


def _wider(quota: Some, below: int, above: int) -> Some:
    return quota.model_copy(update={"least": quota.least - below, "most": quota.most + above})
