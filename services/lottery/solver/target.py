"""The fairest expected seats: a leximin over the quota polytope on types, by one linear program a level.

Level by level the smallest stake-weighted chance z of everybody not yet settled is made as large as it can be; whoever
has a positive multiplier in the optimum cannot have more in any lottery that is as good so far, and is settled at z.
The multipliers are kept: they are the certificate (LP duality; the levels are those of Flanigan et al., Nature 2021).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ortools.linear_solver import pywraplp

from services.lottery.solver.problem import Floats, Ints, Problem

TINY = 1e-9
GLOP = "use_preprocessing: false use_scaling: false"
RETRY = ("use_preprocessing: true use_scaling: false", "use_preprocessing: true", "use_dual_simplex: true use_preprocessing: false")


class NoTarget(Exception):
    """The quota polytope is empty."""


@dataclass(frozen=True)
class Cut:
    """Every panel keeps ``seats @ weights <= most``; found by exhaustive search where the polytope has no panel."""

    weights: Ints
    most: int


@dataclass(frozen=True)
class Step:
    """A level: `types` are settled at stake-weighted chance `chance`; multipliers per seat and per row prove it."""

    chance: float
    types: Ints
    seats: Floats
    rows: dict[str, float]


@dataclass(frozen=True)
class Target:
    """Expected seats per type, and the levels that make them a leximin (or a maximin where there is one level)."""

    seats: Floats
    steps: tuple[Step, ...]


def leximin(problem: Problem, cuts: Sequence[Cut] = ()) -> Target:
    """The leximin of everybody's stake-weighted chance over the polytope and `cuts`; NoTarget when it is empty."""
    levels = _Levels(problem, cuts)
    steps = []
    while levels.open.any():
        steps.append(levels.step())
    return Target(levels.settled.copy(), tuple(steps))


def maximin(problem: Problem, cuts: Sequence[Cut] = ()) -> Step:
    """The first level alone: the largest smallest chance, and those who cannot have more."""
    return _Levels(problem, cuts).step()


def smallest_chance(problem: Problem) -> float | None:
    """The largest smallest chance that any lottery could give, or None when the quotas clash even in fractions."""
    try:
        return maximin(problem).chance
    except NoTarget:
        return None


class _Levels:
    """The linear program in u (seats above what is settled, T) and z; rows that matter rarely join when broken."""

    def __init__(self, problem: Problem, cuts: Sequence[Cut]) -> None:
        self.problem = problem
        types = len(problem.people)
        self.open = np.ones(types, dtype=bool)
        self.settled = np.zeros(types)
        self._solver = pywraplp.Solver.CreateSolver("GLOP")
        self._solver.SetSolverSpecificParametersAsString(GLOP)
        self._above = [self._solver.NumVar(0.0, float(n), "") for n in problem.count]
        self._smallest = self._solver.NumVar(0.0, self._solver.infinity(), "")
        self._solver.Objective().SetCoefficient(self._smallest, 1.0)
        self._solver.Objective().SetMaximization()
        self._rows: list[tuple[str, Floats, float, float, pywraplp.Constraint]] = []
        self._named: set[str] = set()
        self._add("size", np.ones(types), problem.size, problem.size)
        for row, member in zip(problem.rows, problem.member, strict=True):
            self._add(row.name, member.astype(float), row.least, row.most)
        for at, cut in enumerate(cuts):
            scale = float(np.abs(cut.weights).max())
            self._add(f"cut|{at}", cut.weights / scale, -np.inf, cut.most / scale)

    def step(self) -> Step:
        """Solve one level and settle those whom it binds."""
        self._refresh()
        self._solve()
        chance = self._smallest.solution_value()
        seats = np.zeros(len(self.open))
        rows = {}
        for name, coefficients, _, _, row in self._rows:
            if (dual := row.dual_value()) != 0.0:
                rows[name] = dual
                seats += dual * coefficients
        weight = np.where(self.open, seats, 0.0)
        bound = weight * self.problem.demand > TINY * max(1e-300, float((weight * self.problem.demand).max()))
        types = np.flatnonzero(bound)
        if not len(types):
            raise ArithmeticError("a level without a multiplier: the linear program was not solved to optimality")
        self.settled[types] = chance * self.problem.demand[types]
        self.open[types] = False
        return Step(chance, types, np.maximum(seats, 0.0), rows)

    def _add(self, name: str, coefficients: Floats, least: float, most: float) -> None:
        row = self._solver.Constraint(-self._solver.infinity(), self._solver.infinity(), "")
        for at in np.flatnonzero(coefficients):
            row.SetCoefficient(self._above[at], float(coefficients[at]))
        self._rows.append((name, coefficients, least, most, row))
        self._named.add(name)

    def _refresh(self) -> None:
        demand = np.where(self.open, self.problem.demand, 0.0)
        for _, coefficients, least, most, row in self._rows:
            constant = float(coefficients @ self.settled)
            row.SetCoefficient(self._smallest, float(coefficients @ demand))
            row.SetBounds(least - constant, most - constant)

    def _solve(self) -> None:
        while True:
            status = self._solver.Solve()
            for parameters in (RETRY if status != pywraplp.Solver.OPTIMAL else ()):
                self._solver.SetSolverSpecificParametersAsString(parameters)
                status = self._solver.Solve()
                self._solver.SetSolverSpecificParametersAsString(GLOP)
                if status == pywraplp.Solver.OPTIMAL: break
            if status == pywraplp.Solver.INFEASIBLE:
                raise NoTarget
            if status != pywraplp.Solver.OPTIMAL:
                raise ArithmeticError(f"the linear program ended with status {status}")
            if not self._join_broken():
                return

    def _join_broken(self) -> bool:
        """Add the rows of types above their count and of homes above their room; False when none is broken."""
        above = np.array([variable.solution_value() for variable in self._above])
        demand = np.where(self.open, self.problem.demand, 0.0)
        seats = above + self.settled + self._smallest.solution_value() * demand
        broken = []
        for at in np.flatnonzero(seats > self.problem.count + TINY):
            broken.append((f"type|{at}", np.eye(1, len(seats), at)[0], float(self.problem.count[at])))
        if len(self.problem.room):
            inside = self.problem.home >= 0
            held = np.bincount(self.problem.home[inside], seats[inside], len(self.problem.room))
            for at in np.flatnonzero(held > self.problem.room + TINY):
                broken.append((f"home|{at}", (self.problem.home == at).astype(float), float(self.problem.room[at])))
        fresh = [row for row in broken if row[0] not in self._named]
        for name, coefficients, most in fresh:
            self._add(name, coefficients, -np.inf, most)
        if fresh:
            self._refresh()
        return bool(fresh)
