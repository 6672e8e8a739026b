"""The largest product of chances over the quota polytope: Newton's method on a face, linear programs to leave it.

Maximise sum n log x. On the rows that bind, Newton's method (damped by its decrement: the sum is self-concordant, see
Boyd and Vandenberghe, Convex Optimization, 9.6) ends at rounding error; a row that comes in the way binds from then on.
The corner with the largest gradient then either proves that nothing else is better (the sum is concave) or says which
way to leave the face. No interior is needed, and every step is inside the polytope.
"""

import numpy as np

from services.lottery.solver.polytope import Flags, Polytope
from services.lottery.solver.problem import Floats, Problem

ROUNDS, NEWTONS, HALVINGS = 300, 400, 60
CLOSED = 1e-12
"""A gap in the mean logarithm that is closed."""
TOUCHING = 1e-9
"""A corner nearer to a bound than this is on it: linear programs are solved to about that."""


def highest_product(polytope: Polytope, start: Floats) -> Floats:
    """Seats per type (T) from `start`, which is inside the polytope; types with none there keep none."""
    ascent = _Ascent(polytope.problem, start)
    for _ in range(ROUNDS):
        ascent.climb()
        corner = polytope.highest(ascent.gradient())
        if not ascent.leave_towards(corner):
            break
    return ascent.seats()


class _Ascent:
    """A point of the polytope, and what binds it: rows (R) at their least or most, counts of types above 0."""

    def __init__(self, problem: Problem, start: Floats) -> None:
        self._able = start > 0
        self._count = problem.count[self._able].astype(float)
        homes = [(problem.home == at).astype(float) for at in range(len(problem.room))]
        types = len(problem.people)
        self._rows = np.vstack([np.ones((1, types)), problem.member.astype(float), *homes])[:, self._able]
        self._least = np.concatenate([[problem.size], problem.least, np.full(len(homes), -np.inf)])
        self._most = np.concatenate([[problem.size], problem.most, problem.room.astype(float)])
        self._x = start[self._able]
        self._low, self._high, self._full = self._touched(self._x)

    def seats(self) -> Floats:
        """The point, on all types."""
        seats = np.zeros(len(self._able))
        seats[self._able] = self._x
        return seats

    def gradient(self) -> Floats:
        """Of the sum of logarithms, on all types; 0 for those that have no seats."""
        gradient = np.zeros(len(self._able))
        gradient[self._able] = self._count / self._x
        return gradient

    def climb(self) -> None:
        """Go to the best point of the face, or of a smaller one where bounds come in the way."""
        for _ in range(NEWTONS):
            dx = self._newton()
            decrement = float(np.sqrt(self._count @ (dx / self._x) ** 2))
            step = 1.0 if decrement < 0.25 else 1.0 / (1.0 + decrement)
            blocked = self._step(dx, step)
            if not blocked and decrement < CLOSED:
                return

    def leave_towards(self, corner: Floats) -> bool:
        """Go to the best point between here and `corner`; False when the way is not up."""
        ahead = corner[self._able] - self._x
        if float((self._count / self._x) @ ahead) <= CLOSED * float(self._count.sum()):
            return False
        low, high = 0.0, 1.0
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            rising = float((self._count / (self._x + middle * ahead)) @ ahead) > 0
            low, high = (middle, high) if rising else (low, middle)
        if low == 0.0:
            return False
        low_there, high_there, full_there = self._touched(corner[self._able])
        self._low, self._high, self._full = self._low & low_there, self._high & high_there, self._full & full_there
        self._x = self._x + low * ahead
        return True

    def _touched(self, point: Floats) -> tuple[Flags, Flags, Flags]:
        """Rows at their least, rows at their most, types at their count."""
        held = self._rows @ point
        return held <= self._least + TOUCHING, held >= self._most - TOUCHING, point >= self._count - TOUCHING

    def _newton(self) -> Floats:
        """The step to the best point of the quadratic model; it also mends what rounding left of binding rows."""
        free = ~self._full
        dx = np.where(self._full, self._count - self._x, 0.0)
        if not free.any():
            return dx
        binding = self._low | self._high
        rows = self._rows[binding]
        missing = np.where(self._high, self._most, self._least)[binding] - rows @ (self._x + dx)
        rows, x, count = rows[:, free], self._x[free], self._count[free]
        flat = x**2 / count
        dual = np.linalg.lstsq((rows * flat) @ rows.T, rows @ x - missing, rcond=1e-12)[0]
        dx[free] = x - flat * (rows.T @ dual)
        return dx

    def _step(self, dx: Floats, step: float) -> bool:
        """Move, at most to the nearest bound, which then binds."""
        moved, held = self._rows @ dx, self._rows @ self._x
        ends = np.where(moved > 0, self._most - held, held - self._least)
        rows = _room(ends, np.abs(moved), ~(self._low | self._high))
        counts = _room(self._count - self._x, dx, ~self._full)
        nearest = min(float(rows.min(initial=np.inf)), float(counts.min(initial=np.inf)))
        self._x = self._x + min(step, nearest) * dx
        if nearest > step:
            return False
        self._high |= (rows <= nearest) & (moved > 0)
        self._low |= (rows <= nearest) & (moved < 0)
        self._full |= counts <= nearest
        return True


def _room(left: Floats, pace: Floats, watched: Flags) -> Floats:
    """How many steps fit before a bound is reached; no end where it is not watched or not approached."""
    approached = watched & (pace > 1e-15)
    return np.where(approached, np.maximum(left, 0.0) / np.where(approached, pace, 1.0), np.inf)
