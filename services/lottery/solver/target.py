"""The fairest expected seats: a leximin over the quota polytope on types, by one linear program a level.

Level by level the smallest stake-weighted chance z of everybody not yet settled is made as large as it can be; whoever
has a positive multiplier in the optimum cannot have more in any lottery that is as good so far, and is settled at z.
The multipliers are kept: they are the certificate (LP duality; the levels are those of Flanigan et al., Nature 2021).
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from ortools.linear_solver import pywraplp

from services.lottery.solver.problem import Floats, Ints, Problem

T = TypeVar("T")
TINY = 1e-9
SURE = 1e-3
"""A multiplier below this share of the largest settles nobody: later levels do."""
GLOP, CLP = "GLOP", "CLP"
GIVES = (0.0, 1e-11, 1e-10)
"""By this share less is settled, in turn, where rounding leaves a later level no room."""
PROVEN = (pywraplp.Solver.OPTIMAL, pywraplp.Solver.INFEASIBLE)
FIRST = "use_preprocessing: false use_scaling: false"
OTHERWISE = (
    "use_preprocessing: true use_scaling: false",
    "use_preprocessing: true use_scaling: true",
    "use_preprocessing: false use_scaling: true use_dual_simplex: true",
)
"""What is tried, in order, where GLOP ends ABNORMAL: it then depends on scaling and presolve which way it can go."""


class NoTarget(Exception):
    """The quota polytope is empty."""


@dataclass(frozen=True, eq=False)
class Step:
    """A level: `types` are settled at stake-weighted chance `chance`, proven by multipliers per seat and per row.

    Where no linear program proves it, `most` is what a search found: no panel has more than that of `seats`.
    """

    chance: float
    types: Ints
    seats: Floats
    rows: dict[str, float]
    most: int | None = None


@dataclass(frozen=True, eq=False)
class Target:
    """Expected seats per type, and the levels that make them a leximin (or a maximin where there is one level)."""

    seats: Floats
    steps: tuple[Step, ...]


def leximin(problem: Problem) -> Target:
    """The leximin of everybody's stake-weighted chance over the quota polytope; NoTarget when it is empty."""
    return _with_either(problem, _all_levels)


def maximin(problem: Problem) -> Step:
    """The first level alone: the largest smallest chance, and those who cannot have more."""
    return _with_either(problem, _Levels.step)


def smallest_chance(problem: Problem) -> float | None:
    """The largest smallest chance that any lottery could give, or None when the quotas clash even in fractions."""
    try:
        return maximin(problem).chance
    except NoTarget:
        return None


def ceiling(problem: Problem, open_: NDArray[np.bool_], settled: Floats) -> Step:
    """How much the smallest chance of those `open_` could be beside the `settled` (seats, T; 0 where open)."""

    def step(levels: _Levels) -> Step:
        levels.open, levels.settled = open_.copy(), settled * (1.0 - TINY)
        return levels.step()

    return _with_either(problem, step)


def program(backend: str = GLOP) -> pywraplp.Solver:
    """A linear program in memory, solved by the simplex method from the last basis."""
    solver = pywraplp.Solver.CreateSolver(backend)
    if backend == GLOP:
        solver.SetSolverSpecificParametersAsString(FIRST)
    return solver


def solved(solver: pywraplp.Solver) -> bool:
    """Solve to optimality; False when there is no solution, ArithmeticError when it ends without either proof."""
    status = solver.Solve()
    for parameters in OTHERWISE if status not in PROVEN else ():
        solver.SetSolverSpecificParametersAsString(parameters)
        status = solver.Solve()
        solver.SetSolverSpecificParametersAsString(FIRST)
        if status in PROVEN:
            break
    if status not in PROVEN:
        raise ArithmeticError(f"the linear program ended with status {status}")
    return bool(status == pywraplp.Solver.OPTIMAL)


def _with_either(problem: Problem, solve: "Callable[[_Levels], T]") -> T:
    *first, last = [(backend, give) for give in GIVES for backend in (GLOP, CLP)]
    for backend, give in first:
        with suppress(ArithmeticError):
            return solve(_Levels(problem, backend, give))
    return solve(_Levels(problem, *last))


def _all_levels(levels: "_Levels") -> Target:
    steps = []
    while levels.open.any():
        steps.append(levels.step())
    return Target(levels.settled.copy(), tuple(steps))


@dataclass(frozen=True, eq=False)
class _Line:
    name: str
    coefficients: Floats
    least: float
    most: float
    row: pywraplp.Constraint


class _Levels:
    """The linear program in u (seats above what is settled, T) and z; rows that matter rarely join when broken."""

    def __init__(self, problem: Problem, backend: str, give: float = 0.0) -> None:
        self.problem, self._give = problem, give
        types = len(problem.people)
        self.open = np.ones(types, dtype=bool)
        self.settled = np.zeros(types)
        self._solver = program(backend)
        self._above = [self._solver.NumVar(0.0, float(n), "") for n in problem.count]
        self._smallest = self._solver.NumVar(0.0, self._solver.infinity(), "")
        self._solver.Objective().SetCoefficient(self._smallest, 1.0)
        self._solver.Objective().SetMaximization()
        self._lines: dict[str, _Line] = {}
        self._add("size", np.ones(types), problem.size, problem.size)
        for row, member in zip(problem.rows, problem.member, strict=True):
            self._add(row.name, member.astype(float), row.least, row.most)

    def step(self) -> Step:
        """Solve one level and settle those whom it binds."""
        self._solve()
        chance = max(0.0, self._smallest.solution_value())
        seats = np.zeros(len(self.open))
        rows = {}
        for line in self._lines.values():
            if dual := line.row.dual_value():
                rows[line.name] = dual
                seats += dual * line.coefficients
        weight = np.where(self.open, seats, 0.0) * self.problem.demand
        types = np.flatnonzero(weight > SURE * max(TINY, float(weight.max())))
        if not len(types):
            raise ArithmeticError("a level without a multiplier: the linear program was not solved to optimality")
        self.settled[types] = chance * (1.0 - self._give) * self.problem.demand[types]
        self.open[types] = False
        return Step(chance, types, np.maximum(seats, 0.0), rows)

    def _add(self, name: str, coefficients: Floats, least: float, most: float) -> None:
        row = self._solver.Constraint(-self._solver.infinity(), self._solver.infinity(), "")
        for at in np.flatnonzero(coefficients):
            row.SetCoefficient(self._above[at], float(coefficients[at]))
        self._lines[name] = _Line(name, coefficients, least, most, row)

    def _refresh(self) -> None:
        demand = np.where(self.open, self.problem.demand, 0.0)
        for line in self._lines.values():
            constant = float(line.coefficients @ self.settled)
            line.row.SetCoefficient(self._smallest, float(line.coefficients @ demand))
            line.row.SetBounds(line.least - constant, line.most - constant)

    def _solve(self) -> None:
        while True:
            self._refresh()
            if not solved(self._solver):
                if self.open.all():
                    raise NoTarget
                raise ArithmeticError("rounding left no room for a level after others were settled")
            if not self._join_broken():
                return

    def _join_broken(self) -> bool:
        """Add the rows of types above their count and of homes above their room; False when none is broken."""
        above = np.array([variable.solution_value() for variable in self._above])
        demand = np.where(self.open, self.problem.demand, 0.0)
        seats = above + self.settled + self._smallest.solution_value() * demand
        before = len(self._lines)
        for at in np.flatnonzero(seats > self.problem.count + TINY):
            if f"type|{at}" not in self._lines:
                self._add(f"type|{at}", np.eye(1, len(seats), int(at))[0], -np.inf, float(self.problem.count[at]))
        for at in np.flatnonzero(self.problem.in_homes(seats) > self.problem.room + TINY):
            if f"home|{at}" not in self._lines:
                inside = (self.problem.home == at).astype(float)
                self._add(f"home|{at}", inside, -np.inf, float(self.problem.room[at]))
        return len(self._lines) > before
