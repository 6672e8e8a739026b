"""The smallest face of the quota polytope that a point lies on: all panels that carry weight in it lie there too."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.lottery.solver.problem import Floats, Problem

CLOSE = 2e-12
"""A row or type nearer to its bound than this many seats (for a whole lottery) is at its bound."""


NEARLY = 1e-8


@dataclass(frozen=True, eq=False)
class Face:
    """What a panel on the face keeps: seats per type (T) and per row (R), and the homes whose seats are all taken (H).

    Where `full[h]` the class h of homes has exactly its room of seats.
    """

    fewest: Floats
    largest: Floats
    least: Floats
    most: Floats
    full: NDArray[np.bool_]

    @property
    def tight(self) -> NDArray[np.bool_]:
        """Rows that have one number of seats only, R."""
        tight: NDArray[np.bool_] = self.least == self.most
        return tight


def whole(problem: Problem) -> Face:
    """The polytope itself."""
    none = np.zeros(len(problem.people))
    full = np.zeros(len(problem.room), dtype=bool)
    return Face(none, problem.count.astype(float), problem.least, problem.most, full)


def face_of(problem: Problem, seats: Floats, weight: float = 1.0) -> Face:
    """The face on which `seats`, the expected seats times `weight`, lies."""
    held, count = problem.member @ seats, problem.count.astype(float)
    low, high = held <= weight * problem.least + CLOSE, held >= weight * problem.most - CLOSE
    return Face(
        fewest=np.where(seats >= weight * count - CLOSE, count, 0.0),
        largest=np.where(seats <= CLOSE, 0.0, count),
        least=np.where(high, problem.most, problem.least),
        most=np.where(low & ~high, problem.least, problem.most),
        full=problem.in_homes(seats) >= weight * problem.room - CLOSE,
    )


def settled_on(problem: Problem, seats: Floats) -> Floats:
    """`seats` moved by less than a solver's tolerance, so that what is nearly at a bound is there to the last digit."""
    count = problem.count.astype(float)
    seats = np.where(seats >= count - NEARLY, count, np.where(seats <= NEARLY, 0.0, seats))
    free = (seats > 0) & (seats < count)
    held, inside = problem.member @ seats, problem.in_homes(seats)
    low, high = np.abs(held - problem.least) < NEARLY, np.abs(held - problem.most) < NEARLY
    rows = [np.ones((1, len(seats))), problem.member[low | high].astype(float)]
    aims = [np.array([float(problem.size)]), np.where(high, problem.most, problem.least)[low | high]]
    full = np.flatnonzero(np.abs(inside - problem.room) < NEARLY)
    rows += [(problem.home == at).astype(float)[None, :] for at in full]
    aims.append(problem.room[full].astype(float))
    system, weight = np.vstack(rows)[:, free], np.sqrt(np.minimum(seats, count - seats)[free])
    for _ in range(2):
        missed = np.concatenate(aims) - np.vstack(rows) @ seats
        change = np.linalg.lstsq(system * weight, missed, rcond=1e-9)[0]
        seats[free] += weight * change
    return seats


def dimension(problem: Problem, face: Face) -> int:
    """Free types less the rank of the rows that hold as equations."""
    free = face.fewest < face.largest
    rows = np.vstack([np.ones(len(free)), problem.member[face.tight]])[:, free]
    full = [problem.home[free] == at for at in np.flatnonzero(face.full)]
    return int(free.sum() - np.linalg.matrix_rank(np.vstack([rows, *full]) if full else rows))
