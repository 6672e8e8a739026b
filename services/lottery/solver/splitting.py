"""Several panels from one pool without overlap: the seats of all are found together and then come apart."""

from collections.abc import Sequence

import numpy as np

from services.lottery.solver.cp import Program
from services.lottery.solver.problem import Ints, Problem

WORK = 5.0


class Parts:
    """The panels that a union comes apart into, as variables: seats per type and the fixed, part by part."""

    def __init__(self, program: Program, problem: Problem, types: Sequence[int], union: Sequence[int]) -> None:
        """`union` are the variables of the union's seats, one for each of `types`."""
        self._problem, self._types = problem, types
        self._seats = [[program.variable(0, int(problem.count[at])) for at in types] for _ in range(problem.panels)]
        self._fixed = [[program.variable(0, 1) for _ in problem.fixed] for _ in range(problem.panels)]
        size = (problem.size + len(problem.fixed)) // problem.panels
        for seats, fixed in zip(self._seats, self._fixed, strict=True):
            program.linear([*seats, *fixed], [1] * (len(seats) + len(fixed)), size, size)
            self._keep_quotas(program, seats, fixed)
        for n, whole in enumerate(union):
            parts = [seats[n] for seats in self._seats]
            program.linear([*parts, whole], [*[1] * len(parts), -1], 0, 0)
        for n in range(len(problem.fixed)):
            program.linear([fixed[n] for fixed in self._fixed], [1] * problem.panels, 1, 1)

    def _keep_quotas(self, program: Program, seats: Sequence[int], fixed: Sequence[int]) -> None:
        problem = self._problem
        for at, row in enumerate(problem.rows):
            inside = [seat for seat, of in zip(seats, self._types, strict=True) if problem.member[at, of]]
            inside += [seat for seat, one in zip(fixed, problem.fixed_member[at], strict=True) if one]
            least, most = (bound + problem.held[at] for bound in (row.least, row.most))
            program.linear(inside, [1] * len(inside), least // problem.panels, most // problem.panels)

    def members(self, values: Ints) -> list[tuple[str, ...]]:
        """Who sits on each panel; nobody shares a type where several panels are drawn."""
        problem = self._problem
        return [
            tuple(
                sorted(
                    [problem.people[at][0] for at, seat in zip(self._types, seats, strict=True) if values[seat]]
                    + [who for who, seat in zip(problem.fixed, fixed, strict=True) if values[seat]]
                )
            )
            for seats, fixed in zip(self._seats, self._fixed, strict=True)
        ]


def split(problem: Problem, union: Ints) -> list[tuple[str, ...]] | None:
    """The members of each panel that `union` (seats per type) comes apart into; None when none is found."""
    program = Program()
    types = [int(at) for at in np.flatnonzero(union)]
    parts = Parts(program, problem, types, [program.variable(int(union[at]), int(union[at])) for at in types])
    found = program.solve(1, WORK)
    return parts.members(found.values) if found.found else None
