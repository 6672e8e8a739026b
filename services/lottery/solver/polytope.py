"""The quota polytope as a linear program, for whatever is to be largest over it."""

import numpy as np
from numpy.typing import NDArray
from ortools.linear_solver import pywraplp

from services.lottery.solver.problem import Floats, Problem
from services.lottery.solver.target import GLOP, NoTarget, program, solved

Flags = NDArray[np.bool_]


class Polytope:
    """A linear program over expected seats, with everybody's chance between variables `smallest` and `largest`."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
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

    def highest(self, worth: Floats) -> Floats:
        """A corner where ``worth @ seats`` is largest."""
        for seats, each in zip(self.seats, worth.tolist(), strict=True):
            self.solver.Objective().SetCoefficient(seats, each)
        self.solver.Objective().SetMaximization()
        self.solve()
        return np.array([seats.solution_value() for seats in self.seats])

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
            row.SetCoefficient(chance, -float(self.problem.demand[at]))
        return above
