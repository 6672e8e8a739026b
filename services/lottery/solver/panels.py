"""One panel that is worth much: quickly by a vertex and swaps, or for certain by CP-SAT."""

from dataclasses import replace

import numpy as np

from services.lottery.solver.cp import Program, Solution
from services.lottery.solver.face import Face
from services.lottery.solver.problem import Floats, Ints, Problem
from services.lottery.solver.splitting import Parts, split
from services.lottery.solver.swaps import Swaps
from services.lottery.solver.vertex import Vertex


class Panels:
    """Finds panels of one problem; the calls share the linear program and so go on from each other's basis."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._vertex, self._swaps = Vertex(problem), Swaps(problem)

    def near(self, face: Face, worth: Floats) -> Ints | None:
        """A panel on `face` (seats per type, T) that is worth about as much as any; None when none was found."""
        vertex = self._vertex.best(face, worth)
        if vertex is None:
            return None
        panel = self._swaps.panel(face, vertex, worth)
        if panel is None or self.problem.panels == 1:
            return panel
        return panel if split(self.problem, panel) is not None else None

    def exact(self, face: Face, seed: int, work: float) -> Ints | None:
        """Any panel on `face` by exhaustive search within `work`; None when there is none or work ran out."""
        found = search(self.problem, face, None, seed, work)
        return found.values if found.found else None


def search(problem: Problem, face: Face, worth: Ints | None, seed: int, work: float) -> Solution:
    """Maximise whole-number `worth` over the panels on `face` with CP-SAT, or find any; the bound it gives is exact."""
    program = Program()
    for fewest, largest in zip(face.fewest.astype(int).tolist(), face.largest.astype(int).tolist(), strict=True):
        program.variable(fewest, largest)
    everybody = np.arange(len(problem.people))
    program.linear(everybody, np.ones(len(everybody), dtype=np.int64), problem.size, problem.size)
    for member, least, most in zip(problem.member, face.least.astype(int), face.most.astype(int), strict=True):
        inside = np.flatnonzero(member)
        program.linear(inside, np.ones(len(inside), dtype=np.int64), least, most)
    for at, room in enumerate(problem.room.tolist()):
        inside = np.flatnonzero(problem.home == at)
        program.linear(inside, np.ones(len(inside), dtype=np.int64), room if face.full[at] else 0, room)
    if problem.panels > 1:
        Parts(program, problem, everybody.tolist(), everybody.tolist())
    if worth is not None:
        program.maximize(everybody, worth)
    found = program.solve(seed, work)
    return replace(found, values=found.values[: len(everybody)])
