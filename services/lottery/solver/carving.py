"""A lottery over panels carved from its expected seats: panel after panel takes as much weight as stays inside.

From the current point of the polytope a panel on its face is taken and the largest multiple subtracted with which what
is left is still some weight of a point of the polytope. A type, a row or a home then reaches its bound, so that the
face shrinks at each step: Carathéodory's theorem, step by step.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from services.lottery.solver.face import CLOSE, face_of
from services.lottery.solver.panels import Panels
from services.lottery.solver.problem import Floats, Ints, Problem

DONE = 1e-10
"""Weight that may be left over: what it misses is a tenth of the billionth that a certificate allows."""

TURNS = 6
BACK = 4
"""Panels taken back at the first dead end; twice as many at each further one."""
HOPELESS = 0.02
"""With more weight left than this at a dead end, carving is the wrong way."""

Told = Callable[[float, int], None]
"""Called with the weight that is carved, 0 to 1, and the number of panels."""


@dataclass(eq=False)
class Carved:
    """Panels (seats per type) with their weights, and the expected seats and weight that are left."""

    seats: Floats
    left: float = 1.0
    panels: list[Ints] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)


def carve(panels: Panels, target: Floats, told: Told, enough: float = DONE) -> Carved:
    """Carve `target` until no more than `enough` weight is left, or until no way on is found.

    Where a face has no panel that is found, the last few panels are taken back, each time more of them, and the
    search goes on in another direction.
    """
    rest, best = Carved(np.where(target <= CLOSE, 0.0, target)), None
    for turn in range(TURNS):
        _go_on(panels, rest, turn, told, enough)
        if best is None or rest.left < best.left:
            best = replace(rest, panels=list(rest.panels), weights=list(rest.weights))
        if rest.left <= enough or rest.left > HOPELESS:
            break
        _take_back(rest, BACK << turn)
    return best if best is not None else rest


def _go_on(panels: Panels, rest: Carved, turn: int, told: Told, enough: float) -> None:
    tilt = 1.0 + 0.5 * ((np.arange(len(rest.seats)) * (2 * turn + 1)) % 11 - 5) / 5 if turn else 1.0
    while rest.left > enough:
        face = face_of(panels.problem, rest.seats, rest.left)
        panel = panels.near(face, rest.seats / rest.left * tilt)
        if panel is None and (panel := panels.near(face, rest.seats / rest.left + 0.1 * tilt)) is None:
            return
        weight = _most(panels.problem, rest, panel)
        if weight <= CLOSE / 10:
            return
        rest.seats = rest.seats - weight * panel
        rest.seats[rest.seats < CLOSE / 10] = 0.0
        rest.left -= weight
        rest.panels.append(panel)
        rest.weights.append(weight)
        told(1.0 - rest.left, len(rest.panels))


def _take_back(rest: Carved, number: int) -> None:
    for panel, weight in zip(rest.panels[-number:], rest.weights[-number:], strict=True):
        rest.seats = rest.seats + weight * panel
        rest.left += weight
    del rest.panels[-number:], rest.weights[-number:]


def _most(problem: Problem, rest: Carved, panel: Ints) -> float:
    """The largest weight with which what is left stays inside the polytope."""
    limits = [
        *_room(rest.seats, rest.left, panel, problem.count),
        *_rows(problem.member @ rest.seats, rest.left, problem.member @ panel, problem.least, problem.most),
    ]
    inside, taken = problem.in_homes(rest.seats), problem.in_homes(panel)
    spare = taken < problem.room
    homes = (rest.left * problem.room - inside)[spare] / (problem.room - taken)[spare]
    return float(max(0.0, min(rest.left, *limits, *homes.tolist())))


def _room(seats: Floats, left: float, panel: Ints, count: Ints) -> list[float]:
    held, spare = panel > 0, panel < count
    return [
        float((seats[held] / panel[held]).min(initial=np.inf)),
        float(((left * count - seats)[spare] / (count - panel)[spare]).min(initial=np.inf)),
    ]


def _rows(held: Floats, left: float, taken: Ints, least: Floats, most: Floats) -> list[float]:
    above, below = taken > least + 0.5, taken < most - 0.5
    return [
        float(((held - left * least)[above] / (taken - least)[above]).min(initial=np.inf)),
        float(((left * most - held)[below] / (most - taken)[below]).min(initial=np.inf)),
    ]
