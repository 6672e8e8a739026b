"""A lottery over panels carved from its expected seats: panel after panel takes as much weight as stays inside.

From the current point of the polytope a panel on its face is taken and the largest multiple subtracted with which what
is left is still some weight of a point of the polytope. A type, a row or a home then reaches its bound, so that the
face shrinks at each step: Carathéodory's theorem, step by step.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import floor, log2

import numpy as np

from services.lottery.solver.face import CLOSE, Face, face_of, settled_on
from services.lottery.solver.panels import Panels
from services.lottery.solver.problem import Floats, Ints, Problem

DONE = 1e-12
"""Weight that may be left over, a thousandth of the billionth that a certificate allows."""
STAGE = 1e-4
"""When so little is left, it becomes the whole again and is put on its face, so that no error grows with its scale."""

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
    """Panels (seats per type) with their weights; `seats` are left, `share` of a stage that began with `scale`."""

    seats: Floats
    share: float = 1.0
    scale: float = 1.0
    panels: list[Ints] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)

    @property
    def left(self) -> float:
        """The weight that is left, of 1 in all."""
        return self.share * self.scale

    def take(self, panel: Ints, weight: float) -> None:
        """Give `panel` that much of the stage's weight."""
        self.seats = self.seats - weight * panel
        self.seats[self.seats < CLOSE / 10] = 0.0
        self.share -= weight
        self.panels.append(panel)
        self.weights.append(weight * self.scale)

    def next_stage(self, problem: Problem) -> None:
        """Begin again with what is left as the whole."""
        self.seats = settled_on(problem, self.seats / self.share)
        self.share, self.scale = 1.0, self.left


def carve(panels: Panels, target: Floats, told: Told, enough: float = DONE) -> Carved:
    """Carve `target` until no more than `enough` weight is left, or until the face has no panel that is found.

    Where swaps find none in a large pool, a search does, as long as that happens rarely.
    """
    rest = Carved(np.where(target <= CLOSE, 0.0, target))
    searches, types = 0, len(target)
    allowed = types // SEARCHES if types > MANY else 0
    while rest.left > enough:
        if rest.share < STAGE:
            rest.next_stage(panels.problem)
        # a power of two as scale: from step to step only those who were seated change, which the simplex likes
        face, point = face_of(panels.problem, rest.seats, rest.share), rest.seats * 2.0 ** -floor(log2(rest.share))
        panel = _near(panels, face, point)
        if panel is None:
            searches += 1
            if searches > allowed or (panel := panels.exact(face, len(rest.panels), WORK)) is None:
                break
        weight = _most(panels.problem, rest, panel)
        if weight <= CLOSE / 10:
            break
        rest.take(panel, weight)
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
        *_room(rest.seats, rest.share, panel, problem.count),
        *_rows(problem.member @ rest.seats, rest.share, problem.member @ panel, problem.least, problem.most),
    ]
    inside, taken = problem.in_homes(rest.seats), problem.in_homes(panel)
    spare = taken < problem.room
    homes = (rest.share * problem.room - inside)[spare] / (problem.room - taken)[spare]
    return float(max(0.0, min(rest.share, *limits, *homes.tolist())))


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
