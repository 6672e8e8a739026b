"""A smallest set of quotas that clash: leave any one of them out, and a panel keeps the others of the set."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.lottery.solver.cp import Program, Solution, Status
from services.lottery.solver.elastic import Fractional, Given, Room, Side, give_way
from services.lottery.solver.problem import Ints, Problem

WORK = 0.5
"""Deterministic work for one question about a few rows; people are merged that these rows do not tell apart."""


@dataclass(frozen=True)
class Core:
    """Sides that clash; `reach[i]` seats are the most (or fewest) that side i can get where the others are kept.

    Without sides even the size is out of reach: there are only `seats` that can be filled. `minimal` is False where the
    limit of work came before the proof.
    """

    sides: tuple[Side, ...]
    reach: tuple[int | None, ...]
    minimal: bool
    seats: int


def core(problem: Problem, panels: int, fractional: Fractional, seed: int) -> Core:
    """The clash of a problem that has no panel; what is clear by arithmetic is found first."""
    seats = _most_seats(problem, problem.count > 0)
    if seats < problem.size:
        return Core((), (), True, seats)
    candidates = _short(problem)[:1] or fractional.clash() or _hardened(problem, panels, seed)
    found, proven = min(
        (_thinned(problem, order, seed) for order in (candidates, candidates[::-1])), key=lambda thin: len(thin[0])
    )
    sides = tuple(sorted(found))
    asked = [_reach(problem, sides, side, seed) for side in sides]
    minimal = proven and all(answer.status is Status.OPTIMAL for answer in asked)
    return Core(sides, tuple(answer.objective for answer in asked), minimal, seats)


def _short(problem: Problem) -> list[Side]:
    """Quotas with too few volunteers, found by counting; that is said before what it does to the others."""
    return [
        (at, "least")
        for at, (row, member) in enumerate(zip(problem.rows, problem.member, strict=True))
        if _most_seats(problem, member == 1) < row.least
    ]


def _most_seats(problem: Problem, among: NDArray[np.bool_]) -> int:
    """What the homes and the rest can fill; homes of a class all have the same types in them."""
    alone = among & (problem.home < 0)
    shared = np.unique(problem.home[among & (problem.home >= 0)])
    return int(problem.count[alone].sum() + problem.room[shared].sum())


def _hardened(problem: Problem, panels: int, seed: int) -> list[Side]:
    """Sides that clash only in whole numbers: what gives way may no longer, until nothing can (elastic filter)."""
    rows = len(problem.rows)
    widest = problem.size + max([0, *(max(row.least, -row.most) for row in problem.rows)])
    every = np.full(rows, widest, dtype=np.int64)
    room = Room(every.copy(), every.copy(), np.ones(rows, dtype=np.int64))
    hard: list[Side] = []
    while isinstance(given := give_way(problem, panels, room, seed=seed), Given):
        for at, side in given.sides:
            (room.below if side == "least" else room.above)[at] = 0
            hard.append((at, side))
        if not given.sides:
            raise ArithmeticError("a panel keeps every quota, so that nothing clashes")
    return sorted(hard) if given is Status.INFEASIBLE else [(at, side) for at in range(rows) for side in _SIDES]


_SIDES = ("least", "most")


def _thinned(problem: Problem, candidates: Sequence[Side], seed: int) -> tuple[list[Side], bool]:
    """Leave out one side after another as long as the rest still clashes; False where that was not always settled."""
    kept, proven = list(candidates), True
    for side in candidates:
        rest = [other for other in kept if other != side]
        status = _Merged(problem, rest).program.solve(seed, WORK).status
        proven &= status is not Status.OPEN
        if status is Status.INFEASIBLE:
            kept = rest
    return kept, proven


def _reach(problem: Problem, sides: Sequence[Side], side: Side, seed: int) -> Solution:
    merged = _Merged(problem, [other for other in sides if other != side], also=side[0])
    merged.aim(*side)
    return merged.program.solve(seed, WORK)


class _Merged:
    """The program of a few sides alone: types that are alike in those rows, and homes that are alike, are one."""

    def __init__(self, problem: Problem, sides: Sequence[Side], also: int | None = None) -> None:
        rows = sorted({row for row, _ in sides} | ({also} if also is not None else set()))
        self._place = {row: at for at, row in enumerate(rows)}
        patterns, kind = np.unique(problem.member[rows], axis=1, return_inverse=True)
        self._members = patterns
        self.program = Program()
        self._columns: list[tuple[int, int]] = []
        self._fill(problem, np.atleast_1d(kind.squeeze()))
        every = [variable for variable, _ in self._columns]
        self.program.linear(every, [1] * len(every), problem.size, problem.size)
        for row, side in sides:
            least, most = problem.rows[row].least, problem.rows[row].most
            inside = self._inside(row)
            limits = (least, 2**31) if side == "least" else (-(2**31), most)
            self.program.linear(inside, [1] * len(inside), *limits)

    def aim(self, row: int, side: str) -> None:
        """Ask for the most seats where the least clashes, for the fewest where the most does."""
        inside = self._inside(row)
        (self.program.maximize if side == "least" else self.program.minimize)(inside, [1] * len(inside))

    def _inside(self, row: int) -> list[int]:
        return [variable for variable, kind in self._columns if self._members[self._place[row], kind]]

    def _fill(self, problem: Problem, kind: Ints) -> None:
        alone = problem.home < 0
        for at, count in enumerate(np.bincount(kind[alone], problem.count[alone]).astype(int)):
            if count:
                self._columns.append((self.program.variable(0, int(count)), at))
        inside = defaultdict(set)
        for type_ in np.flatnonzero(~alone):
            inside[int(problem.home[type_])].add(int(kind[type_]))
        rooms: dict[tuple[int, ...], int] = defaultdict(int)
        for home, kinds in inside.items():
            rooms[tuple(sorted(kinds))] += int(problem.room[home])
        for alike, most in sorted(rooms.items()):
            new = [self.program.variable(0, most) for _ in alike]
            self._columns += zip(new, alike, strict=True)
            self.program.linear(new, [1] * len(new), 0, most)
