"""The fewest further volunteers, and with which categories, who make a panel possible without a change of quotas."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import product
from math import prod

import numpy as np

from borgerting.events.recruitment import PoolSnapshot, Volunteer
from services.lottery.solver.cp import Program, Status
from services.lottery.solver.elastic import QUICK, WORK
from services.lottery.solver.problem import Ints, Problem

CELLS = 5000
"""Combinations of the features in joint quotas that are told apart; with more nobody is proposed."""

Newcomers = Sequence[tuple[Mapping[str, str], int]]
"""Categories, and how many volunteers with them."""


def newcomers(pool: PoolSnapshot, problem: Problem, seed: int) -> tuple[Newcomers, bool] | None:
    """Who is missing, and whether fewer are known not to do; None where no number of volunteers would help.

    Newcomers live alone. Features in joint quotas are counted together, as cells; the others need only add up.
    """
    categories = {f.feature: sorted(q.category for q in f.quotas) for f in pool.features}
    tied = sorted({name for joint in pool.joint for name in joint.categories})
    if prod(len(categories[name]) for name in tied) > CELLS:
        return None
    wanted = _Wanted(pool, problem, categories, tied)
    solved = wanted.program.solve(seed, QUICK, presolve=False)
    if solved.status in (Status.FEASIBLE, Status.OPEN):
        solved = wanted.program.solve(seed, WORK)
    if not solved.found or solved.objective is None:
        return None
    wanted.alike(solved.objective, solved.values)
    tidier = wanted.program.solve(seed, QUICK, presolve=False)
    people = Counter(
        tuple(sorted(person.items())) for person in wanted.people((tidier if tidier.found else solved).values)
    )
    return [(dict(person), count) for person, count in sorted(people.items())], solved.status is Status.OPTIMAL


def with_newcomers(pool: PoolSnapshot, found: Newcomers) -> PoolSnapshot:
    """The pool with those volunteers in it, under ids that nobody else has."""
    people = [person for categories, count in found for person in [categories] * count]
    longest = max((len(person.id) for person in pool.people), default=0)
    new = tuple(Volunteer(id=f"+{at:0{longest}}", features=dict(person)) for at, person in enumerate(people))
    return pool.model_copy(update={"people": (*pool.people, *new)})


class _Wanted:
    def __init__(
        self, pool: PoolSnapshot, problem: Problem, categories: Mapping[str, Sequence[str]], tied: Sequence[str]
    ) -> None:
        self._tied, self._problem = tied, problem
        self.program = Program()
        self._number = self.program.variable(0, problem.size)
        cells = product(*(categories[name] for name in tied)) if tied else ()
        self._cells = {cell: self.program.variable(0, problem.size) for cell in cells}
        loose = [(name, category) for name in sorted(categories) if name not in tied for category in categories[name]]
        self._loose = {one: self.program.variable(0, problem.size) for one in loose}
        seats = np.array([self.program.variable(0, int(count)) for count in problem.count], dtype=np.int64)
        self._keep([*seats, self._number], problem.size, problem.size)
        for home, most in enumerate(problem.room):
            self._keep(seats[problem.home == home].tolist(), 0, int(most))
        for row, member in zip(problem.rows, problem.member, strict=True):
            self._keep([*seats[member == 1].tolist(), *self._new(_categories(pool, row.name))], row.least, row.most)
        for everybody in self._tables(categories):
            self._keep_all(everybody)
        self.program.minimize([self._number], [1])

    def alike(self, number: int, known: Ints) -> None:
        """Ask for `number` newcomers of as few categories as can be, which makes a shorter list; start at `known`."""
        for at, value in enumerate(known.tolist()):
            self.program.hint(at, value)
        self._keep([self._number], number, number)
        used = []
        for at in (*self._cells.values(), *self._loose.values()):
            used.append(self.program.variable(0, 1))
            self.program.linear([at, used[-1]], [1, -number], -number, 0)
            self.program.hint(used[-1], int(known[at] > 0))
        self.program.minimize(used, [1] * len(used))

    def people(self, values: Ints) -> list[dict[str, str]]:
        """The newcomers one by one: those alike in one feature are put together with those alike in the next."""
        people: list[dict[str, str]] = [{} for _ in range(int(values[self._number]))]
        cells = [cell for cell, at in sorted(self._cells.items()) for _ in range(int(values[at]))]
        for person, cell in zip(people, cells, strict=False):
            person.update(zip(self._tied, cell, strict=True))
        for name in sorted({name for name, _ in self._loose}):
            held = [c for (n, c), at in sorted(self._loose.items()) if n == name for _ in range(int(values[at]))]
            for person, category in zip(people, held, strict=True):
                person[name] = category
        return people

    def _new(self, categories: Mapping[str, str]) -> list[int]:
        """The newcomers who have all `categories`: one feature that is counted alone, or tied ones."""
        if len(categories) == 1 and (only := next(iter(categories.items()))) in self._loose:
            return [self._loose[only]]
        wanted = [(self._tied.index(name), category) for name, category in categories.items()]
        return [at for cell, at in self._cells.items() if all(cell[place] == category for place, category in wanted)]

    def _tables(self, categories: Mapping[str, Sequence[str]]) -> list[list[int]]:
        loose = [[at for (n, _), at in self._loose.items() if n == name] for name in sorted(categories)]
        return [table for table in (list(self._cells.values()), *loose) if table]

    def _keep(self, inside: Sequence[int], least: int, most: int) -> None:
        self.program.linear(inside, [1] * len(inside), least, most)

    def _keep_all(self, table: Sequence[int]) -> None:
        self.program.linear([*table, self._number], [*[1] * len(table), -1], 0, 0)


def _categories(pool: PoolSnapshot, row: str) -> Mapping[str, str]:
    kind, rest = row.split("|", 1)
    if kind == "joint":
        return pool.joint[int(rest)].categories
    return next({f.feature: q.category} for f in pool.features for q in f.quotas if f"{f.feature}|{q.category}" == rest)
