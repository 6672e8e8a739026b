"""Other ends than the leximin, over the same quota polytope: the product of all chances, and good at both ends.

*Nash* makes the product of everybody's chances as large as it can be (`nash` finds it). *Goldilocks* asks that the
smallest chance is near the largest that a smallest can be (maximin) and the largest near the smallest that a largest
can be (minimax), after Baharav and Flanigan, Fair, manipulation-robust, and transparent sortition, 2024.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from ortools.linear_solver import pywraplp

from services.lottery.solver.nash import highest_product
from services.lottery.solver.problem import Floats, Problem
from services.lottery.solver.target import GLOP, NoTarget, Target, leximin, program, solved

Flags = NDArray[np.bool_]

LEAST_KEPT, MOST_ALLOWED = 0.7, 1.4
"""A strain of 1: the smallest chance is this share of maximin's, the largest this many times minimax's."""
STEPS = 30
NONE = 1e-10
"""A type with fewer expected seats at the leximin can have none in any lottery."""
MARGIN = 1e-9


@dataclass(frozen=True, eq=False)
class Product:
    """Expected seats (T) with the largest product of chances.

    `gap` bounds how many times larger, less one, the geometric mean of the chances could be in any lottery; those who
    can be on no panel are left out of it.
    """

    seats: Floats
    gap: float


@dataclass(frozen=True, eq=False)
class Middle:
    """Expected seats (T) that are good at both ends; the stake-weighted chances are between `smallest` and `largest`.

    `smallest` is at least 0.7^strain of `maximin` and `largest` at most 1.4^strain times `minimax`, for the smallest
    strain there is: where it is at most 1, both ends are as near as is asked. Those who can be on no panel are left
    out. Inside the band the chances are the leximin.
    """

    seats: Floats
    strain: float
    smallest: float
    largest: float
    maximin: float
    minimax: float


def nash(problem: Problem) -> Product:
    """The largest product of everybody's chances; NoTarget when the polytope is empty."""
    start = leximin(problem).seats
    able = start > NONE
    seats = highest_product(_only(problem, able), start[able]) if able.any() else start[able]
    spread = np.zeros(len(able))
    spread[able] = seats
    return Product(spread, _product_gap(problem, spread, able))


def minimax(problem: Problem) -> float:
    """The smallest that the largest stake-weighted chance can be; NoTarget when the polytope is empty."""
    polytope = _Polytope(problem)
    polytope.solver.Objective().SetCoefficient(polytope.largest, 1.0)
    polytope.solver.Objective().SetMinimization()
    polytope.solve()
    return float(polytope.largest.solution_value())


def goldilocks(problem: Problem) -> Middle:
    """The leximin among the lotteries that are as good at both ends as can be; NoTarget when there is none."""
    best, low = leximin(problem), minimax(problem)
    able = best.seats > NONE
    high = float((best.seats / problem.demand)[able].min(initial=1.0))
    polytope = _Polytope(problem)
    strain = _least_strain(polytope, able, high, low)
    seats = _leximin_below(problem, low * MOST_ALLOWED**strain).seats
    chances = (seats / problem.demand)[able]
    return Middle(seats, strain, float(chances.min(initial=1.0)), float(chances.max(initial=0.0)), high, low)


def _least_strain(polytope: "_Polytope", able: Flags, high: float, low: float) -> float:
    """Bisect: what the smallest chance can be grows with the cap on the largest, what it must be falls."""

    def fits(strain: float) -> bool:
        try:
            found = polytope.smallest_below(low * MOST_ALLOWED**strain * (1 + MARGIN), able)
        except NoTarget:
            return False
        return found >= high * LEAST_KEPT**strain * (1 - MARGIN)

    if fits(0.0):
        return 0.0
    bottom, top = 0.0, 1.0
    while not fits(top):
        bottom, top = top, 2 * top
    for _ in range(STEPS):
        middle = (bottom + top) / 2
        bottom, top = (bottom, middle) if fits(middle) else (middle, top)
    return top


def _leximin_below(problem: Problem, cap: float) -> Target:
    """The leximin with no chance above `cap`: a cap is a smaller count of seats, no longer a whole one."""
    room = np.minimum(problem.count, cap * (1 + 2 * MARGIN) * problem.demand)
    return leximin(replace(problem, count=room))  # type: ignore[arg-type]  # the levels read counts as floats


def _only(problem: Problem, able: Flags) -> Problem:
    """The problem without the types that have no seat in any lottery."""
    kept = np.flatnonzero(able).tolist()
    return replace(
        problem,
        people=tuple(problem.people[at] for at in kept),
        stake=tuple(problem.stake[at] for at in kept),
        count=problem.count[able],
        demand=problem.demand[able],
        member=problem.member[:, able],
        home=problem.home[able],
    )


def _product_gap(problem: Problem, seats: Floats, able: Flags) -> float:
    """The logarithm is concave: no lottery x' has a sum of logarithms above ours by more than grad (x' - x)."""
    people = float(problem.count[able].sum())
    if not people:
        return 0.0
    polytope = _Polytope(problem)
    for at in np.flatnonzero(able).tolist():
        polytope.solver.Objective().SetCoefficient(polytope.seats[at], float(problem.count[at] / seats[at]))
    polytope.solver.Objective().SetMaximization()
    polytope.solve()
    return max(0.0, float(np.expm1((polytope.solver.Objective().Value() - people) / people)))


class _Polytope:
    """A linear program over expected seats, with everybody's chance between variables `smallest` and `largest`."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self.solver = program(GLOP)
        self.seats = [self.solver.NumVar(0.0, float(n), "") for n in problem.count]
        self.smallest = self.solver.NumVar(0.0, 0.0, "")
        self.largest = self.solver.NumVar(0.0, self.solver.infinity(), "")
        self._row(np.ones(len(self.seats)), problem.size, problem.size)
        for row, member in zip(problem.rows, problem.member, strict=True):
            self._row(member.astype(float), row.least, row.most)
        for at, room in enumerate(problem.room.tolist()):
            self._row((problem.home == at).astype(float), -self.solver.infinity(), room)
        self._above = [self._between(at) for at in range(len(self.seats))]

    def solve(self) -> None:
        """Solve to optimality; NoTarget when nothing keeps the rows."""
        if not solved(self.solver):
            raise NoTarget

    def smallest_below(self, cap: float, able: Flags) -> float:
        """The largest smallest chance of those `able` to have one, with nobody above `cap`."""
        self.largest.SetBounds(0.0, cap)
        self.smallest.SetBounds(0.0, self.solver.infinity())
        for row, has in zip(self._above, able.tolist(), strict=True):
            row.SetLb(0.0 if has else -self.solver.infinity())
        self.solver.Objective().SetCoefficient(self.smallest, 1.0)
        self.solver.Objective().SetMaximization()
        self.solve()
        return float(self.smallest.solution_value())

    def _row(self, coefficients: Floats, least: float, most: float) -> None:
        row = self.solver.Constraint(float(least), float(most), "")
        for at in np.flatnonzero(coefficients).tolist():
            row.SetCoefficient(self.seats[at], float(coefficients[at]))

    def _between(self, at: int) -> pywraplp.Constraint:
        """Seats of type `at` below what the largest chance gives it; the row that keeps them above the smallest."""
        below = self.solver.Constraint(-self.solver.infinity(), 0.0, "")
        above = self.solver.Constraint(0.0, self.solver.infinity(), "")
        for row, chance in ((below, self.largest), (above, self.smallest)):
            row.SetCoefficient(self.seats[at], 1.0)
            row.SetCoefficient(chance, -float(self._problem.demand[at]))
        return above
