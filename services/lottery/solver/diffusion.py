"""Panels that in turn make good what earlier ones left undone: error diffusion over the expected seats."""

from collections.abc import Iterator

import numpy as np

from services.lottery.solver.face import Face
from services.lottery.solver.panels import Panels
from services.lottery.solver.problem import Floats, Ints

DEAD_ENDS = 5


def diffuse(panels: Panels, face: Face, target: Floats, due: Floats | None = None) -> Iterator[Ints]:
    """Panels on `face` whose running mean goes to `target`, without end unless none is found several times in a row.

    `due` are seats (T) that are owed, or were given too many, before the first.
    """
    owed = np.zeros(len(target)) if due is None else due.copy()
    misses = 0
    while misses < DEAD_ENDS:
        owed += target
        if (panel := panels.near(face, owed)) is None:
            misses += 1
            continue
        owed -= panel
        misses = 0
        yield panel
