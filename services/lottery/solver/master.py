"""Weights for given panels so that they come to given expected seats: a linear program, and the columns it asks for."""

from collections.abc import Iterable, Sequence

import numpy as np
from ortools.linear_solver import pywraplp

from services.lottery.solver.face import whole
from services.lottery.solver.lottery import Lottery, merged
from services.lottery.solver.panels import Panels
from services.lottery.solver.problem import Floats, Ints
from services.lottery.solver.target import program, solved

ROUNDS = 400
HELD = 1e-11
"""A weight below this is none."""


def nearest(panels: Panels, target: Floats, known: Sequence[Ints]) -> Lottery:
    """The lottery whose expected seats miss `target` least in all, as far as panels that help are found."""
    master, face = Master(target), whole(panels.problem)
    master.add(known)
    for _ in range(ROUNDS):
        missed, multipliers, needed = master.solve()
        panel = panels.near(face, multipliers) if missed > HELD else None
        if panel is None or float(multipliers @ panel) <= needed + HELD or not master.add([panel]):
            break
    return merged(*master.weighted())


class Master:
    """Minimises the seats by which the weighted panels miss the target (L1, T types), with a multiplier per type."""

    def __init__(self, target: Floats) -> None:
        self._solver = program()
        self._solver.SetSolverSpecificParametersAsString("use_preprocessing: false")
        self._rows = [self._solver.Constraint(seats, seats, "") for seats in target.tolist()]
        self._all = self._solver.Constraint(1.0, 1.0, "")
        self._objective = self._solver.Objective()
        self._objective.SetMinimization()
        for row in self._rows:
            for sign in (1.0, -1.0):
                missed = self._solver.NumVar(0.0, self._solver.infinity(), "")
                row.SetCoefficient(missed, sign)
                self._objective.SetCoefficient(missed, 1.0)
        self.panels: list[Ints] = []
        self._weights: list[pywraplp.Variable] = []
        self._seen: set[bytes] = set()

    def add(self, panels: Iterable[Ints]) -> int:
        """Add those `panels` (seats per type) that are new, and return how many were."""
        before = len(self.panels)
        for panel in panels:
            key = panel.astype(np.int64).tobytes()
            if key not in self._seen:
                self._seen.add(key)
                weight = self._solver.NumVar(0.0, self._solver.infinity(), "")
                self._all.SetCoefficient(weight, 1.0)
                for at in np.flatnonzero(panel).tolist():
                    self._rows[at].SetCoefficient(weight, float(panel[at]))
                self.panels.append(panel)
                self._weights.append(weight)
        return len(self.panels) - before

    def solve(self) -> tuple[float, Floats, float]:
        """What is missed, the multiplier per type, and the worth at those that a new panel must exceed to help."""
        solved(self._solver)
        multipliers = np.array([row.dual_value() for row in self._rows])
        return float(self._objective.Value()), multipliers, -float(self._all.dual_value())

    def weighted(self) -> tuple[list[Ints], Floats]:
        """The panels that carry weight, and their weights."""
        weights = np.array([weight.solution_value() for weight in self._weights])
        held = np.flatnonzero(weights > HELD)
        return [self.panels[at] for at in held.tolist()], weights[held]
