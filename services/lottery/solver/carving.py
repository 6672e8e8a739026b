"""A lottery over panels carved from its expected seats: panel after panel takes as much weight as stays inside.

From the current point of the polytope a panel on its face is taken and the largest multiple subtracted with which what
is left is still some weight of a point of the polytope. A type, a row or a home then reaches its bound, so that the
face shrinks at each step: Carathéodory's theorem, step by step.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import floor, log2

import numpy as np

from services.lottery.solver.face import CLOSE, Face, face_of
from services.lottery.solver.panels import Panels
from services.lottery.solver.problem import Floats, Ints, Problem

DONE = 1e-10
"""Weight that may be left over: what it misses is a tenth of the billionth that a certificate allows."""

TURNS = (0, 3, 7)
MANY = 600
"""With fewer types than these, diffusion is a quicker way out of a dead end than a search is."""
SEARCHES = 50
"""One search is made for so many types, at most."""
WORK = 1.0
"""Deterministic work of one search, about a second."""

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
    """Carve `target` until no more than `enough` weight is left, or until the face has no panel that is found.

    Where swaps find none in a large pool, a search does, as long as that happens rarely.
    """
    rest = Carved(np.where(target <= CLOSE, 0.0, target))
    searches, types = 0, len(target)
    allowed = types // SEARCHES if types > MANY else 0
    while rest.left > enough:
        # a power of two as scale: from step to step only those who were seated change, which the simplex likes
        face, point = face_of(panels.problem, rest.seats, rest.left), rest.seats * 2.0 ** -floor(log2(rest.left))
        panel = _near(panels, face, point)
        if panel is None:
            searches += 1
            if searches > allowed or (panel := panels.exact(face, len(rest.panels), WORK)) is None:
                break
        weight = _most(panels.problem, rest, panel)
        if weight <= CLOSE / 10:
            break
        rest.seats = rest.seats - weight * panel
        rest.seats[rest.seats < CLOSE / 10] = 0.0
        rest.left -= weight
        rest.panels.append(panel)
        rest.weights.append(weight)
        told(1.0 - rest.left, len(rest.panels))
    return rest


def _near(panels: Panels, face: Face, point: Floats) -> Ints | None:
    """A panel that holds much of those who are due most; where none is found, others are looked for beside it."""
    for turn in TURNS:
        tilted = point * (1.0 + 0.1 * ((np.arange(len(point)) * turn) % 11 - 5)) if turn else point
        if (panel := panels.near(face, tilted)) is not None:
            return panel
    return None


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
