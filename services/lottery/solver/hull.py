"""The exact leximin over whole panels where the polytope promises more than any lottery of panels can keep.

Level by level: a linear program over the panels known so far, and CP-SAT for the panel that its multipliers ask for,
until no panel is worth more (column generation, as in Flanigan et al., Nature 2021). That last search is the proof of
the level: no panel has more than `most` of the whole-number worth, so no lottery has either.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from ortools.linear_solver import pywraplp

from services.lottery.solver.cp import Status
from services.lottery.solver.face import whole
from services.lottery.solver.lottery import Lottery, merged
from services.lottery.solver.panels import Panels, search
from services.lottery.solver.problem import Floats, Ints, Problem
from services.lottery.solver.target import CLP, Step, Target, program

SCALE = 2**36
"""The largest whole-number worth of a seat where multipliers are no simple fractions: rounding costs the bound 1e-11."""
DENOMINATORS = np.arange(1, 2001)
SIMPLE = 1e-7
"""Multipliers nearer than this to fractions with one of DENOMINATORS are those fractions; the bound is then exact."""
TOLERANCES = (1e-9, 1e-7)
"""How far a row of the linear program may be broken; the second where rounding leaves the first no way."""
SURE = 1e-6
BETTER = 1e-9
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

    At most `searches` searches are made; then, and after `levels` levels, everybody left is settled at what they have.
    """
    hull = _Hull(panels, known, searches, told)
    while hull.open.any() and hull.proven and (levels is None or len(hull.steps) < levels):
        hull.step()
    return hull.result()


class _Hull:
    def __init__(self, panels: Panels, known: Sequence[Ints], searches: int, told: Told) -> None:
        self._panels, self._problem, self._left, self._told = panels, panels.problem, searches, told
        self._all = searches
        types = len(self._problem.people)
        self.open = np.ones(types, dtype=bool)
        self.value = np.zeros(types)
        self.steps: list[Step] = []
        self.proven = True
        self._master = _Master(self._problem, known)

    def step(self) -> None:
        """Solve one level to the end, or until the searches run out."""
        self._master.aim(self.open, self.value)
        while True:
            worth, must = self._master.solve()
            if self._cheap(worth, must):
                continue
            whole_worth = _whole(worth)
            if self._left == 0:
                self.proven = False
                return
            self._left -= 1
            self._told(1.0 - self._left / self._all, len(self._master.panels))
            found = search(self._problem, whole(self._problem), whole_worth, len(self.steps), WORK)
            if found.found and float(worth @ found.values) > must + BETTER and self._master.add(found.values):
                continue
            if found.bound is None or found.status is not Status.OPTIMAL:
                self.proven = False
                return
            self._settle(worth, whole_worth, found.bound)
            return

    def _cheap(self, worth: Floats, must: float) -> bool:
        panel = self._panels.near(whole(self._problem), worth)
        return panel is not None and float(worth @ panel) > must + BETTER and self._master.add(panel)

    def _settle(self, worth: Floats, whole_worth: Ints, most: int) -> None:
        chance = self._master.chance()
        weight = np.where(self.open, worth * self._problem.demand, 0.0)
        types = np.flatnonzero(weight > SURE * float(weight.max(initial=0.0)))
        self.value[types] = chance
        self.open[types] = False
        self.steps.append(Step(chance, types, whole_worth.astype(float), {}, most))

    def result(self) -> Exact:
        self._master.aim(self.open, self.value)
        self._master.solve()
        held, weights = self._master.weighted()
        lottery = merged(held, weights)
        seats = lottery.weights @ np.array(lottery.panels)
        return Exact(Target(seats, tuple(self.steps)), lottery, self.proven)


def _whole(worth: Floats) -> Ints:
    """`worth` in whole numbers, up to a factor."""
    share = worth / (float(worth.max(initial=0.0)) or 1.0)
    different = np.unique(share)
    off = np.abs(np.outer(DENOMINATORS, different) - np.rint(np.outer(DENOMINATORS, different))).max(axis=1, initial=0.0)
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
        for row, is_open, kept in zip(self._rows, open_.tolist(), value.tolist(), strict=True):
            row.SetCoefficient(self._chance, -1.0 if is_open else 0.0)
            row.SetLb(0.0 if is_open else kept - BETTER / 10)

    def solve(self) -> tuple[Floats, float]:
        """The worth of a seat per type (T, >= 0), and the worth that a new panel must exceed to help."""
        for tolerance in TOLERANCES:
            precise = pywraplp.MPSolverParameters()
            precise.SetDoubleParam(precise.PRIMAL_TOLERANCE, tolerance)
            precise.SetDoubleParam(precise.DUAL_TOLERANCE, tolerance)
            if self._solver.Solve(precise) == pywraplp.Solver.OPTIMAL:
                break
        else:
            raise ArithmeticError("the linear program over panels was not solved to optimality")
        duals = np.array([row.dual_value() for row in self._rows])
        return np.maximum(0.0, -duals) / self._problem.demand, float(self._one.dual_value())

    def chance(self) -> float:
        """The smallest chance of those open."""
        return float(self._chance.solution_value())

    def weighted(self) -> tuple[list[Ints], Floats]:
        """The panels that carry weight, and their weights."""
        weights = np.array([weight.solution_value() for weight in self._weights])
        held = np.flatnonzero(weights > 1e-12)
        return [self.panels[at] for at in held.tolist()], weights[held]
