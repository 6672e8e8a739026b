"""The vertex of a face that is worth most: one linear program whose bounds and objective change from call to call."""

import numpy as np

from services.lottery.solver.face import Face
from services.lottery.solver.problem import Floats, Problem
from services.lottery.solver.target import FIRST, program, solved

FAST = f"{FIRST} use_dual_simplex: true"
"""From call to call bounds change more than worth: the dual simplex method goes on where the primal starts over."""


class Vertex:
    """The linear program of `problem`'s panels in fractions; homes join when their room is all taken."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._solver = program()
        self._solver.SetSolverSpecificParametersAsString(FAST)
        self._seats = [self._solver.NumVar(0.0, float(n), "") for n in problem.count]
        self._rows = [self._row(np.flatnonzero(member)) for member in problem.member]
        size = self._row(np.arange(len(problem.people)))
        size.SetBounds(problem.size, problem.size)
        self._homes: dict[int, object] = {}
        self._objective = self._solver.Objective()
        self._objective.SetMaximization()
        self._face: Face | None = None
        self._worth = np.zeros(len(problem.people))

    def best(self, face: Face, worth: Floats) -> Floats | None:
        """The seats (T) worth most on `face`; None when the face is empty."""
        self._set(face)
        for at in np.flatnonzero(worth != self._worth).tolist():
            self._objective.SetCoefficient(self._seats[at], float(worth[at]))
        self._worth = worth.copy()
        try:
            if not solved(self._solver):
                return None
        except ArithmeticError:  # neither way is proven: the caller looks in another direction
            return None
        seats = np.zeros(len(worth))
        able = np.flatnonzero(face.largest)
        seats[able] = [self._seats[at].solution_value() for at in able.tolist()]
        return seats

    def _row(self, types: "np.ndarray[tuple[int], np.dtype[np.int64]]"):  # type: ignore[no-untyped-def]  # untyped in OR-Tools
        row = self._solver.Constraint(-self._solver.infinity(), self._solver.infinity(), "")
        for at in types.tolist():
            row.SetCoefficient(self._seats[at], 1.0)
        return row

    def _set(self, face: Face) -> None:
        before = self._face
        changed = np.ones(len(face.fewest), dtype=bool)
        moved = np.ones(len(face.least), dtype=bool)
        if before is not None:
            changed = (before.fewest != face.fewest) | (before.largest != face.largest)
            moved = (before.least != face.least) | (before.most != face.most)
        for at in np.flatnonzero(changed).tolist():
            self._seats[at].SetBounds(float(face.fewest[at]), float(face.largest[at]))
        for at in np.flatnonzero(moved).tolist():
            self._rows[at].SetBounds(float(face.least[at]), float(face.most[at]))
        for at in np.flatnonzero(face.full).tolist():
            if at not in self._homes:
                self._homes[at] = self._row(np.flatnonzero(self._problem.home == at))
        for at, row in self._homes.items():
            room = float(self._problem.room[at])
            row.SetBounds(room if face.full[at] else 0.0, room)  # type: ignore[attr-defined]  # untyped in OR-Tools
        self._face = face
