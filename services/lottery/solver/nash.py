"""The largest product of chances over the quota polytope: an interior-point method, then Newton on what binds.

Maximise sum n log x for rows least <= A x <= most and x <= count. A primal-dual method (Boyd and Vandenberghe, Convex
Optimization, 11.7) comes near and tells which rows bind; with these as equations Newton's method ends at rounding
error, so that a row that binds is kept to the last digit.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.lottery.solver.problem import Floats, Problem

ROUNDS = 80
NEWTONS = 30
CLOSED = 1e-11
BARELY = 1e-13
"""Added to the diagonal of the small system: rows that say the same twice would make it singular."""


def highest_product(problem: Problem, start: Floats) -> Floats:
    """Seats per type (T) from `start`, which is inside the polytope and above 0 everywhere."""
    rows, least, most = _rows(problem)
    near = _Interior(problem.count.astype(float), rows, least, most, start)
    for _ in range(ROUNDS):
        if near.round() < CLOSED:
            break
    exact = _newton(problem.count.astype(float), near)
    return near.x if exact is None else exact


def _rows(problem: Problem) -> tuple[Floats, Floats, Floats]:
    """The size, every quota and every class of homes as one matrix with bounds."""
    types = len(problem.people)
    homes = [(problem.home == at).astype(float) for at in range(len(problem.room))]
    rows = np.vstack([np.ones((1, types)), problem.member.astype(float), *homes])
    nothing = np.full(len(homes), -np.inf)
    least = np.concatenate([[problem.size], problem.least, nothing])
    most = np.concatenate([[problem.size], problem.most, problem.room.astype(float)])
    return rows, least, most


class _Interior:
    """The state of the method: seats x, and slack and multiplier for every bound that is one."""

    def __init__(self, count: Floats, rows: Floats, least: Floats, most: Floats, start: Floats) -> None:
        self.count, self.rows, self.least, self.most = count, rows, least, most
        self.x = start.copy()
        self.equal = least == most
        self.bounds = [
            _Bound(np.flatnonzero(~self.equal & np.isfinite(most)), 1.0),
            _Bound(np.flatnonzero(~self.equal & np.isfinite(least)), -1.0),
        ]
        for bound in self.bounds:
            bound.begin(self._room(bound))
        self.above = _Bound(np.arange(len(count)), 1.0)
        self.above.begin(count - self.x)
        self.y = np.zeros(int(self.equal.sum()))

    def _room(self, bound: "_Bound") -> Floats:
        limit = self.most if bound.sign > 0 else self.least
        room: Floats = bound.sign * (limit - self.rows @ self.x)[bound.at]
        return room

    def round(self) -> float:
        """One step; returns what is still wrong: the largest residual or product of slack and multiplier."""
        every = [*self.bounds, self.above]
        pairs = sum(len(bound.at) for bound in every)
        mu = sum(float(bound.slack @ bound.price) for bound in every) / pairs
        centre = 0.1 * mu
        weight, pull = np.zeros(len(self.rows)), np.zeros(len(self.rows))
        dual = np.zeros(len(self.rows))
        dual[self.equal] = self.y
        for bound in self.bounds:
            off = bound.slack - self._room(bound)
            weight[bound.at] += bound.price / bound.slack
            dual[bound.at] += bound.sign * bound.price
            pull[bound.at] += bound.sign * bound.pull(off, centre)
        off = self.above.slack - (self.count - self.x)
        curve = self.count / self.x**2 + self.above.price / self.above.slack
        # what the gradient lacks, with the slacks eliminated
        lack = self.count / self.x - self.rows.T @ (dual + pull) - self.above.price - self.above.pull(off, centre)
        wrong = (np.where(self.equal, self.least, 0.0) - self.rows @ self.x)[self.equal]
        gradient = self.count / self.x - self.rows.T @ dual - self.above.price
        dx, dy = self._direction(curve, weight, lack, wrong)
        step = min(1.0, 0.99 * _longest(self.x, dx))
        moved = self.rows @ dx
        moves = [(bound, bound.sign * moved[bound.at], bound.slack - self._room(bound)) for bound in self.bounds]
        moves.append((self.above, dx, off))
        steps = [(bound, *bound.move(along, missed, centre)) for bound, along, missed in moves]
        for bound, ds, dz in steps:
            step = min(step, 0.99 * _longest(bound.slack, ds), 0.99 * _longest(bound.price, dz))
        residual = max(float(np.abs(missed).max(initial=0.0)) for _, _, missed in moves)
        residual = max(residual, float(np.abs(wrong).max(initial=0.0)))
        residual = max(residual, float(np.abs(gradient * self.x / self.count).max(initial=0.0)))
        for bound, ds, dz in steps:
            bound.slack, bound.price = bound.slack + step * ds, bound.price + step * dz
        self.x, self.y = self.x + step * dx, self.y + step * dy
        return max(residual, mu)

    def _direction(self, curve: Floats, weight: Floats, lack: Floats, wrong: Floats) -> tuple[Floats, Floats]:
        """Solve (curve + rows' weight rows) dx + equal' dy = lack, equal dx = wrong, by the rows' small system."""
        own = self.rows / curve
        active = self.equal | (weight > 0)
        small = (own @ self.rows.T)[np.ix_(active, active)]
        inverse = np.where(self.equal, 0.0, 1.0 / np.where(weight > 0, weight, 1.0))[active]
        scale = float(np.trace(small)) / max(1, len(small))
        small[np.diag_indices_from(small)] += inverse + BARELY * scale
        right = (own @ lack)[active] - np.where(self.equal, 0.0, 0.0)[active]
        right[self.equal[active]] -= wrong
        dual = np.linalg.lstsq(small, right, rcond=None)[0]
        dx = (lack - self.rows[active].T @ dual) / curve
        return dx, dual[self.equal[active]]


@dataclass
class _Bound:
    """Bounds of one side at places `at`: sign x value + slack = sign x limit, slack and price above 0."""

    at: NDArray[np.intp]
    sign: float

    def begin(self, room: Floats) -> None:
        """Slacks from the room there is, or a little where there is none; the start need not keep the bound."""
        self.slack = np.maximum(room, 1e-2)
        self.price = 1.0 / self.slack

    def pull(self, off: Floats, centre: float) -> Floats:
        """What eliminating slack and price adds to the price: (centre - slack price + price off) / slack."""
        pull: Floats = (centre - self.slack * self.price + self.price * off) / self.slack
        return pull

    def move(self, along: Floats, off: Floats, centre: float) -> tuple[Floats, Floats]:
        """The steps of slack and price when the value moves `along`."""
        ds = -off - along
        return ds, (centre - self.slack * self.price - self.price * ds) / self.slack


def _longest(value: Floats, step: Floats) -> float:
    """How far `value` can go along `step` before it is 0."""
    falling = step < 0
    return float((value[falling] / -step[falling]).min(initial=np.inf))


def _newton(count: Floats, near: _Interior) -> Floats | None:
    """The optimum with the binding rows and counts as equations; None where that leaves the polytope."""
    full = near.above.price > near.above.slack
    binding = near.equal.copy()
    target = np.where(near.equal, near.least, 0.0)
    for bound, limit in zip(near.bounds, (near.most, near.least), strict=True):
        tight = bound.at[bound.price > bound.slack]
        binding[tight], target[tight] = True, limit[tight]
    x = np.where(full, count, near.x)
    rows, free = near.rows[binding], ~full
    for _ in range(NEWTONS):
        if not free.any():
            break
        own = rows[:, free] * (x[free] ** 2 / count[free])
        missing = target[binding] - rows @ x
        dual = np.linalg.lstsq(own @ rows[:, free].T, own @ (count / x)[free] - missing, rcond=1e-13)[0]
        dx = (count[free] / x[free] - rows[:, free].T @ dual) * x[free] ** 2 / count[free]
        step = min(1.0, 0.9 * _longest(x[free], dx))
        x[free] += step * dx
        if float(np.abs(dx / x[free]).max()) < 1e-15:
            break
    held = near.rows @ x
    inside = np.all(x <= count + CLOSED) and np.all(held <= near.most + CLOSED) and np.all(held >= near.least - CLOSED)
    return x if inside else None
