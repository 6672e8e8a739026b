"""Several panels from one pool without overlap: the seats of all are found together and then come apart."""

import numpy as np

from services.lottery.solver.cp import Program
from services.lottery.solver.problem import Ints, Problem

WORK = 5.0


def split(problem: Problem, union: Ints, panels: int) -> list[Ints] | None:
    """`panels` panels (seats per type) that keep every quota and are `union` together; None when none is found.

    The fixed sit on the first panel, whose bounds are less by their seats.
    """
    program = Program()
    types = np.flatnonzero(union).tolist()
    seat = [[program.variable(0, int(union[at])) for at in types] for _ in range(panels)]
    ones = np.ones(len(types), dtype=np.int64)
    for part in range(panels):
        fixed = len(problem.fixed) if part == 0 else 0
        size = (problem.size + len(problem.fixed)) // panels - fixed
        program.linear(seat[part], ones, size, size)
        for row, member, held in zip(problem.rows, problem.member, problem.held, strict=True):
            inside = [seat[part][n] for n, at in enumerate(types) if member[at]]
            mine = held if part == 0 else 0
            least, most = (row.least + held) // panels - mine, (row.most + held) // panels - mine
            program.linear(inside, np.ones(len(inside), dtype=np.int64), least, most)
    for n, at in enumerate(types):
        program.linear([seat[part][n] for part in range(panels)], [1] * panels, int(union[at]), int(union[at]))
    found = program.solve(1, WORK)
    if not found.found:
        return None
    parts = [np.zeros(len(union), dtype=np.int64) for _ in range(panels)]
    for counts, variables in zip(parts, seat, strict=True):
        counts[types] = found.values[variables]
    return parts
