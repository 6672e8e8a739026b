"""Quotas that may give way at a price: as a linear program, which is quick, and in whole numbers, which is true."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from ortools.linear_solver import pywraplp

from services.lottery.solver.cp import Program, Status
from services.lottery.solver.problem import Floats, Ints, Problem

SMALL = 1e-7
QUICK, WORK = 0.1, 1.0
"""Deterministic work for one integer program: first without presolve, then with it."""

SPARE = 60
"""Types tried beside those of the linear program, before all are."""

Side = tuple[int, str]
"""A row and its "least" or "most"."""


@dataclass(frozen=True, eq=False)
class Room:
    """How far each row may give way, in seats on each panel below its least and above its most, and a seat's price."""

    below: Ints
    above: Ints
    price: Ints


@dataclass(frozen=True, eq=False)
class Given:
    """What gave way, in seats on each panel; `best` where nothing cheaper exists."""

    below: Ints
    above: Ints
    best: bool

    @property
    def rows(self) -> frozenset[int]:
        """The rows that gave way."""
        return frozenset(int(row) for row in np.flatnonzero(self.below + self.above))

    @property
    def seats(self) -> int:
        """Seats by which quotas give way on each panel, in all."""
        return int(self.below.sum() + self.above.sum())

    @property
    def changes(self) -> tuple[int, ...]:
        """The seats of every side, to tell one from another."""
        return (*self.below.tolist(), *self.above.tolist())

    @property
    def sides(self) -> list[Side]:
        """The sides that gave way, in order of rows."""
        found = [(int(row), "least") for row in np.flatnonzero(self.below)]
        return sorted(found + [(int(row), "most") for row in np.flatnonzero(self.above)])


def give_way(  # noqa: PLR0913 - each is a choice of its own
    problem: Problem,
    panels: int,
    room: Room,
    *,
    forbidden: Collection[frozenset[int]] = (),
    per_row: int = 0,
    seed: int = 1,
    work: float = WORK,
) -> Given | Status:
    """The cheapest way to a panel, at `per_row` for each row that gives way and its price for each seat.

    No set of rows in `forbidden` gives way as a whole. The status where nothing was found: INFEASIBLE or OPEN.
    """
    program, below, above = _program(problem, panels, room)
    rows = range(len(problem.rows)) if per_row else sorted(set().union(*forbidden))
    touched = {row: program.variable(0, 1) for row in rows}
    for row, switch in touched.items():
        program.linear([below[row], switch], [1, -int(room.below[row])], -(2**31), 0)
        program.linear([above[row], switch], [1, -int(room.above[row])], -(2**31), 0)
    for taken in sorted(map(sorted, forbidden)):
        program.linear([touched[row] for row in taken], [1] * len(taken), 0, len(taken) - 1)
    prices = [*room.price.tolist(), *room.price.tolist(), *[per_row] * len(touched)]
    program.minimize([*below, *above, *touched.values()], prices)
    solved = program.solve(seed, QUICK, presolve=False)
    if solved.status in (Status.FEASIBLE, Status.OPEN):
        solved = program.solve(seed, work)
    if not solved.found:
        return solved.status
    return Given(solved.values[below], solved.values[above], solved.status is Status.OPTIMAL)


def of_types(problem: Problem, types: Ints) -> Problem:
    """The problem of these types alone; a panel of it is a panel of the whole."""
    return replace(
        problem,
        people=tuple(problem.people[at] for at in types),
        count=problem.count[types],
        stake=tuple(problem.stake[at] for at in types),
        demand=problem.demand[types],
        member=problem.member[:, types],
        home=problem.home[types],
    )


def _program(problem: Problem, panels: int, room: Room) -> tuple[Program, list[int], list[int]]:
    program = Program()
    seats = np.array([program.variable(0, int(count)) for count in problem.count], dtype=np.int64)
    below = [program.variable(0, int(most)) for most in room.below]
    above = [program.variable(0, int(most)) for most in room.above]
    program.linear(seats, np.ones_like(seats), problem.size, problem.size)
    for home, most in enumerate(problem.room):
        inside = seats[problem.home == home]
        program.linear(inside, np.ones_like(inside), 0, int(most))
    for at, row in enumerate(problem.rows):
        inside = seats[problem.member[at] == 1]
        ones = [1] * len(inside)
        if panels == 1:
            program.linear([*inside, below[at], above[at]], [*ones, 1, -1], row.least, row.most)
        else:
            program.linear([*inside, below[at]], [*ones, panels], row.least, 2**31)
            program.linear([*inside, above[at]], [*ones, -panels], -(2**31), row.most)
    return program, below, above


class Fractional:
    """The linear program of a problem's panels with slack on every row, kept warm from one question to the next."""

    def __init__(self, problem: Problem) -> None:
        self._solver = pywraplp.Solver.CreateSolver("GLOP")
        unbounded = self._solver.infinity()
        self._seats = seats = [self._solver.NumVar(0.0, float(count), "") for count in problem.count]
        self._row(seats, problem.size, problem.size)
        for home, most in enumerate(problem.room):
            self._row([seats[at] for at in np.flatnonzero(problem.home == home)], 0, int(most))
        self._rows = [
            self._row([seats[at] for at in np.flatnonzero(member)], row.least, row.most)
            for row, member in zip(problem.rows, problem.member, strict=True)
        ]
        self._slack = []
        for row in self._rows:
            below, above = (self._solver.NumVar(0.0, unbounded, "") for _ in range(2))
            row.SetCoefficient(below, 1.0)
            row.SetCoefficient(above, -1.0)
            self._solver.Objective().SetCoefficient(below, 1.0)
            self._solver.Objective().SetCoefficient(above, 1.0)
            self._slack.append((below, above))
        self._solver.Objective().SetMinimization()

    def seats(self, below: Floats | Ints, above: Floats | Ints) -> float | None:
        """The fewest seats by which the rows give way within these bounds; None where that is not enough."""
        for (under, over), least, most in zip(self._slack, below, above, strict=True):
            under.SetUb(float(least))
            over.SetUb(float(most))
        return self._solved()

    def _solved(self) -> float | None:
        status = self._solver.Solve()
        if status == pywraplp.Solver.INFEASIBLE:
            return None
        if status != pywraplp.Solver.OPTIMAL:
            raise ArithmeticError(f"the linear program ended with status {status}")
        return float(self._solver.Objective().Value())

    def likely(self) -> Ints:
        """The types with seats in the last solution, and `SPARE` more that cost least to seat."""
        seats = np.array([variable.solution_value() for variable in self._seats])
        cost = np.array([abs(variable.reduced_cost()) for variable in self._seats])
        rest = np.flatnonzero(seats <= SMALL)
        spare = rest[np.argsort(cost[rest], kind="stable")][:SPARE]
        return np.sort(np.concatenate([np.flatnonzero(seats > SMALL), spare]))

    def clash(self) -> list[Side]:
        """Sides that clash by arithmetic alone, none of them to spare for that; empty where all can be met so."""
        for pair in self._slack:
            for variable in pair:
                variable.SetUb(self._solver.infinity())
        kept = self._holding([(at, side) for at in range(len(self._rows)) for side in ("least", "most")])
        for side in list(kept):
            if side in kept and (fewer := self._holding([other for other in kept if other != side])):
                kept = fewer
        self._price([(at, side) for at in range(len(self._rows)) for side in ("least", "most")])
        return kept

    def _holding(self, sides: Sequence[Side]) -> list[Side]:
        """Those of `sides` with a multiplier where only they cost something.

        Empty where they can all be met, and where no change of quotas fills the seats.
        """
        self._price(sides)
        seats = self._solved()
        if seats is None or seats <= SMALL:
            return []
        duals = [row.dual_value() for row in self._rows]
        return [(at, side) for at, side in sides if (duals[at] if side == "least" else -duals[at]) > SMALL]

    def _price(self, sides: Sequence[Side]) -> None:
        """One for a seat of slack at these sides, nothing at the others."""
        dear = set(sides)
        for at, pair in enumerate(self._slack):
            for side, variable in zip(("least", "most"), pair, strict=True):
                self._solver.Objective().SetCoefficient(variable, float((at, side) in dear))

    def _row(self, inside: Sequence[pywraplp.Variable], least: int, most: int) -> pywraplp.Constraint:
        row = self._solver.Constraint(float(least), float(most), "")
        for variable in inside:
            row.SetCoefficient(variable, 1.0)
        return row
