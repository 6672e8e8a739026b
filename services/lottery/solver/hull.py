"""The exact leximin over whole panels where the polytope promises more than any lottery of panels can keep.

Level by level: a linear program over the panels known so far, and CP-SAT for the panel that its multipliers ask for,
until no panel is worth more (column generation, as in Flanigan et al., Nature 2021). That last search is the proof of
the level: no panel has more than `most` of the whole-number worth, so no lottery has either.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from ortools.linear_solver import pywraplp

from services.lottery.solver.cp import Status
from services.lottery.solver.face import whole
from services.lottery.solver.lottery import Lottery, merged
from services.lottery.solver.panels import Panels, search
from services.lottery.solver.problem import Floats, Ints, Problem
from services.lottery.solver.target import CLP, Step, Target, ceiling, program

SCALE = 2**36
"""The largest whole-number worth of a seat where multipliers are no simple fractions; the bound loses 1e-11 by it."""
DENOMINATORS = np.arange(1, 2001)
SIMPLE = 1e-7
"""Multipliers nearer than this to fractions with one of DENOMINATORS are those fractions; the bound is then exact."""
ATTEMPTS = ((1e-10, 1e-11), (1e-9, 1e-11), (1e-9, 1e-10), (1e-9, 1e-9), (1e-8, 1e-8))
"""In turn, where rounding leaves the linear program no way: by how much a row may be broken, and by how much less than
they have the settled are kept."""
NEAR = 1e-6
UNFINISHED = 6
"""So many searches at most may run into their limit of work."""
WILD = 1e7
"""A multiplier above this is the penalty for a broken row, not the worth of a seat."""
SURE = 1e-6
BETTER = 2e-10
PROVEN = 1e-9
WORK = 20.0

Told = Callable[[float, int], None]


@dataclass(frozen=True, eq=False)
class Exact:
    """The leximin over panels, its lottery, and whether every level was proven within the limit of work."""

    target: Target
    lottery: Lottery
    certified: bool


def exact_leximin(panels: Panels, known: Sequence[Ints], told: Told, searches: int, levels: int | None = None) -> Exact:
    """The leximin of everybody's stake-weighted chance over all panels, from those `known` (at least one).

    At most `searches` searches are made; then the level that is open has the bound that is known, and everybody left
    is settled at what they have, as after `levels` levels.
    """
    hull = _Hull(panels, known, searches, told)
    while hull.open.any() and hull.proven and (levels is None or len(hull.steps) < levels):
        hull.step()
    return hull.result()


class _Hull:
    def __init__(self, panels: Panels, known: Sequence[Ints], searches: int, told: Told) -> None:
        self._panels, self._problem, self._left, self._told = panels, panels.problem, searches, told
        self._all, self._unfinished = searches, UNFINISHED
        types = len(self._problem.people)
        self.open = np.ones(types, dtype=bool)
        self.value = [Fraction(0)] * types
        self.steps: list[Step] = []
        self.proven = True
        self._master = _Master(self._problem, known)
        self._lottery: Lottery | None = None

    def step(self) -> None:
        """Solve one level to the end, or until the work runs out."""
        self._master.aim(self.open, np.array(self.value, dtype=float))
        try:
            while not self._level_done():
                pass
        except ArithmeticError:  # rounding has the last word on this level: what is proven stands, it does not
            self._give_up(None)

    def _level_done(self) -> bool:
        """Find one more panel that helps; True where there is none, or none within the work."""
        worth, must = self._master.solve()
        self._lottery = merged(*self._master.weighted())
        if self._cheap(worth, must):
            return False
        whole_worth = _whole(worth)
        if self._left == 0 or self._unfinished == 0:
            self._give_up(None)
            return True
        self._left -= 1
        self._told(1.0 - self._left / self._all, len(self._master.panels))
        found = search(self._problem, whole(self._problem), whole_worth, len(self.steps), WORK)
        self._unfinished -= found.status is not Status.OPTIMAL
        if found.found and float(worth @ found.values) > must + BETTER and self._master.add(found.values):
            return False
        if found.bound is None or found.status is not Status.OPTIMAL:
            self._give_up(None if found.bound is None else (whole_worth, found.bound))
        else:
            self._settle(worth, whole_worth, found.bound)
        return True

    def _give_up(self, searched: tuple[Ints, int] | None) -> None:
        """Take the smaller of the bounds of the search and of the polytope; it may prove the level all the same."""
        settled = np.array(self.value, dtype=float) * np.where(self.open, 0.0, self._problem.demand)
        step = ceiling(self._problem, self.open, settled)
        if searched is not None:
            worth, most = searched
            bound = self._bound(worth, most)
            if bound is not None and float(bound) < step.chance:
                step = Step(float(bound), np.flatnonzero((worth > 0) & self.open), worth.astype(float), {}, most)
        self.steps.append(step)
        self.proven = step.chance < self._master.chance() + PROVEN
        if self.proven:
            self._set(step.types, Fraction(max(0.0, self._master.chance())))

    def _set(self, types: Ints, chance: Fraction) -> None:
        for at in types.tolist():
            self.value[at] = chance
        self.open[types] = False

    def _cheap(self, worth: Floats, must: float) -> bool:
        panel = self._panels.near(whole(self._problem), worth)
        return panel is not None and float(worth @ panel) > must + BETTER and self._master.add(panel)

    def _settle(self, worth: Floats, whole_worth: Ints, most: int) -> None:
        weight = np.where(self.open, worth * self._problem.demand, 0.0)
        types = np.flatnonzero(weight > SURE * float(weight.max(initial=0.0)))
        chance = self._exact_chance(whole_worth, most)
        self._set(types, chance)
        self.steps.append(Step(float(chance), types, whole_worth.astype(float), {}, most))

    def _exact_chance(self, worth: Ints, most: int) -> Fraction:
        """The chance of the level: where its bound is near what the linear program reached, it is that bound exactly.

        Values that are exact keep the later levels from having no way by a rounding error.
        """
        reached = self._master.chance()
        exact = self._bound(worth, most) if int(worth.max()) <= DENOMINATORS[-1] else None
        return exact if exact is not None and abs(float(exact) - reached) < NEAR else Fraction(max(0.0, reached))

    def _bound(self, worth: Ints, most: int) -> Fraction | None:
        """What the smallest chance of those open is at most, where no panel has more than `most` of `worth`."""
        left, total = Fraction(most), Fraction(0)
        for at in np.flatnonzero(worth).tolist():
            seats = int(worth[at]) * int(self._problem.count[at]) / self._problem.stake[at]
            if self.open[at]:
                total += seats
            else:
                left -= seats * self.value[at]
        return left / total if total else None

    def result(self) -> Exact:
        """The lottery that gives all who are settled what they have, and the levels."""
        if self.proven:
            self._master.aim(self.open, np.array(self.value, dtype=float))
            self._master.solve()
            self._lottery = merged(*self._master.weighted())
        lottery = self._lottery
        if lottery is None:
            raise ArithmeticError("the linear program over panels has no first answer")
        seats = lottery.weights @ np.array(lottery.panels)
        return Exact(Target(seats, tuple(self.steps)), lottery, self.proven)


def _whole(worth: Floats) -> Ints:
    """`worth` in whole numbers, up to a factor."""
    share = worth / (float(worth.max(initial=0.0)) or 1.0)
    different = np.unique(share)
    off = np.abs(np.outer(DENOMINATORS, different) - np.rint(np.outer(DENOMINATORS, different))).max(
        axis=1, initial=0.0
    )
    simple = np.flatnonzero(off < SIMPLE)
    return np.asarray(np.rint(share * (DENOMINATORS[simple[0]] if len(simple) else SCALE)), dtype=np.int64)


class _Master:
    """The largest chance of everybody open, with everybody settled at their value or above, over known panels."""

    def __init__(self, problem: Problem, known: Sequence[Ints]) -> None:
        self._problem = problem
        self._solver = program(CLP)
        infinity = self._solver.infinity()
        self._rows = [self._solver.Constraint(0.0, infinity, "") for _ in problem.people]
        self._one = self._solver.Constraint(1.0, 1.0, "")
        self._chance = self._solver.NumVar(0.0, infinity, "")
        self._solver.Objective().SetCoefficient(self._chance, 1.0)
        self._solver.Objective().SetMaximization()
        self.panels: list[Ints] = []
        self._weights: list[pywraplp.Variable] = []
        self._seen: set[tuple[int, ...]] = set()
        self._kept, self._attempt = np.zeros(len(problem.people)), 0
        for panel in known:
            self.add(panel)

    def add(self, panel: Ints) -> bool:
        """Know `panel` from now on; False where it was known."""
        key = tuple(panel.tolist())
        if key in self._seen:
            return False
        self._seen.add(key)
        weight = self._solver.NumVar(0.0, self._solver.infinity(), "")
        self._one.SetCoefficient(weight, 1.0)
        for at in np.flatnonzero(panel).tolist():
            self._rows[at].SetCoefficient(weight, float(panel[at] / self._problem.demand[at]))
        self.panels.append(panel)
        self._weights.append(weight)
        return True

    def aim(self, open_: "np.ndarray[tuple[int], np.dtype[np.bool_]]", value: Floats) -> None:
        """Raise those `open_`, keep the others at `value`."""
        self._solver.Objective().SetCoefficient(self._chance, 1.0 if open_.any() else 0.0)
        for row, is_open in zip(self._rows, open_.tolist(), strict=True):
            row.SetCoefficient(self._chance, -1.0 if is_open else 0.0)
        self._kept, self._attempt = np.where(open_, 0.0, value), 0
        self._spare(ATTEMPTS[0][1])

    def solve(self) -> tuple[Floats, float]:
        """The worth of a seat per type (T, >= 0), and the worth that a new panel must exceed to help.

        ArithmeticError where it cannot be told: the linear program has no answer that rounding does not blur.
        """
        for attempt in range(self._attempt, len(ATTEMPTS)):
            tolerance, less = ATTEMPTS[attempt]
            if attempt > self._attempt:
                self._spare(less)
                self._attempt = attempt
            duals = self._duals(tolerance, afresh=attempt > 0)
            if duals is not None and float(np.abs(duals).max(initial=0.0)) < WILD:
                return np.maximum(0.0, -duals) / self._problem.demand, float(self._one.dual_value())
        raise ArithmeticError("the linear program over panels was not solved to optimality")

    def _spare(self, less: float) -> None:
        for row, kept in zip(self._rows, self._kept.tolist(), strict=True):
            row.SetLb(max(0.0, kept - less))

    def _duals(self, tolerance: float, *, afresh: bool) -> Floats | None:
        told = pywraplp.MPSolverParameters()
        told.SetDoubleParam(told.PRIMAL_TOLERANCE, tolerance)
        told.SetDoubleParam(told.DUAL_TOLERANCE, tolerance)
        told.SetIntegerParam(told.INCREMENTALITY, told.INCREMENTALITY_OFF if afresh else told.INCREMENTALITY_ON)
        if self._solver.Solve(told) != pywraplp.Solver.OPTIMAL:
            return None
        return np.array([row.dual_value() for row in self._rows])

    def chance(self) -> float:
        """The smallest chance of those open."""
        return float(self._chance.solution_value())

    def weighted(self) -> tuple[list[Ints], Floats]:
        """The panels that carry weight, and their weights."""
        weights = np.array([weight.solution_value() for weight in self._weights])
        held = np.flatnonzero(weights > 1e-12)
        return [self.panels[at] for at in held.tolist()], weights[held]
