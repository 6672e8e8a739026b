"""An exact simplex in whole numbers (integer pivoting after Edmonds, Bland's rule), for problems a test can afford."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm


@dataclass(frozen=True)
class Solved:
    """The optimum, the variables, and one multiplier per row: value = sum of multiplier x right-hand side."""

    value: Fraction
    x: list[Fraction]
    y: list[Fraction]


class Unbounded(Exception):
    """The objective has no largest value."""


def maximise(
    objective: Sequence[Fraction], rows: Sequence[Sequence[Fraction]], right: Sequence[Fraction]
) -> Solved | None:
    """Maximise ``objective @ x`` for ``rows @ x == right``, ``x >= 0``; None where there is no such x.

    >>> one = Fraction(1)
    >>> maximise([one, 2 * one, 0 * one], [[one, one, one]], [3 * one])
    Solved(value=Fraction(6, 1), x=[Fraction(0, 1), Fraction(3, 1), Fraction(0, 1)], y=[Fraction(2, 1)])
    """
    table = _Table(rows, right)
    if not table.phase_one():
        return None
    return table.phase_two(objective)


class _Table:
    """`cells` over `under` is the tableau: the variables, one artificial variable a row, the right-hand side."""

    def __init__(self, rows: Sequence[Sequence[Fraction]], right: Sequence[Fraction]) -> None:
        self.n, self.m = len(rows[0]), len(rows)
        self.scale, self.cells = [], []
        for at, (row, b) in enumerate(zip(rows, right, strict=True)):
            by = lcm(b.denominator, *(a.denominator for a in row)) * (-1 if b < 0 else 1)
            self.scale.append(by)
            unit = [int(i == at) for i in range(self.m)]
            self.cells.append([*(int(a * by) for a in row), *unit, int(b * by)])
        self.basis = [self.n + at for at in range(self.m)]
        self.under = 1

    def phase_one(self) -> bool:
        """Find a first basis; False where there is none."""
        width = self.n + self.m
        self.cells.append([-sum(row[j] for row in self.cells) if j < self.n else 0 for j in range(width)])
        self.cells[-1].append(-sum(row[-1] for row in self.cells[: self.m]))
        self._climb()
        found = self.cells.pop()[-1] == 0
        for r in range(self.m):
            if found and self.basis[r] >= self.n:
                c = next((j for j in range(self.n) if self.cells[r][j]), None)
                if c is not None:
                    if self.cells[r][c] < 0:
                        self.cells[r] = [-a for a in self.cells[r]]
                    self._pivot(r, c)
        return found

    def phase_two(self, objective: Sequence[Fraction]) -> Solved:
        """Climb from the basis found."""
        by = lcm(*(c.denominator for c in objective))
        costs = [int(c * by) for c in objective] + [0] * self.m
        last = [-costs[j] * self.under if j < self.n else 0 for j in range(self.n + self.m)] + [0]
        for r, b in enumerate(self.basis):
            if costs[b]:
                last = [a + costs[b] * cell for a, cell in zip(last, self.cells[r], strict=True)]
        self.cells.append(last)
        self._climb()
        last = self.cells[-1]
        x = [Fraction(0)] * (self.n + self.m)
        for r, b in enumerate(self.basis):
            x[b] = Fraction(self.cells[r][-1], self.under)
        y = [Fraction(last[self.n + r] * self.scale[r], self.under * by) for r in range(self.m)]
        return Solved(Fraction(last[-1], self.under * by), x[: self.n], y)

    def _climb(self) -> None:
        while (c := next((j for j in range(self.n) if self.cells[-1][j] < 0), None)) is not None:
            rows = [r for r in range(self.m) if self.cells[r][c] > 0]
            if not rows:
                raise Unbounded
            self._pivot(min(rows, key=lambda r: (Fraction(self.cells[r][-1], self.cells[r][c]), self.basis[r])), c)

    def _pivot(self, r: int, c: int) -> None:
        """Every cell stays whole: the division by the last pivot leaves nothing over."""
        own, pivot = self.cells[r], self.cells[r][c]
        for i, row in enumerate(self.cells):
            if i != r:
                by = row[c]
                self.cells[i] = [(a * pivot - by * b) // self.under for a, b in zip(row, own, strict=True)]
        self.basis[r], self.under = c, pivot
