"""From expected seats to a lottery over panels: carve; where carving ends early, diffuse and blend."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from services.lottery.solver.blending import blend
from services.lottery.solver.carving import DONE, Carved, carve
from services.lottery.solver.diffusion import diffuse
from services.lottery.solver.face import CLOSE, dimension, face_of, settled_on
from services.lottery.solver.panels import Panels
from services.lottery.solver.problem import Floats, Ints

BATCHES = (0.8, 0.3, 0.3, 0.6)
"""Panels per dimension of the face that each batch of diffusion adds before the weights are tried again."""
MOST_DIFFUSED = 4000
SHARES = 0.003, 0.3
"""The least and the most weight with which diffused panels enter beside the carved ones: SPREAD times what is left."""
SPREAD = 30.0
OFF = 1e-9

Told = Callable[[float, int], None]


@dataclass(frozen=True, eq=False)
class Lottery:
    """Panels (seats per type) and their weights, 1 in all."""

    panels: tuple[Ints, ...]
    weights: Floats


def lottery_for(panels: Panels, target: Floats, told: Told, enough: float = DONE) -> tuple[Lottery | None, list[Ints]]:
    """A lottery with the expected seats `target`, or None; and every panel that was found on the way."""
    target = settled_on(panels.problem, target)
    carved = carve(panels, target, told, enough)
    if carved.left <= enough:
        return merged(carved.panels, np.array(carved.weights)), carved.panels
    face = face_of(panels.problem, target)
    turns = dimension(panels.problem, face)
    diffused: list[Ints] = []
    source = diffuse(panels, face, target)
    for batch in BATCHES:
        wanted = min(MOST_DIFFUSED - len(diffused), max(8, round(batch * turns)))
        fresh = list(islice(source, wanted))
        diffused += fresh
        told(1.0 - carved.left, len(carved.panels) + len(diffused))
        if lottery := _blended(carved, diffused, target):
            return lottery, [*carved.panels, *diffused]
        if len(fresh) < wanted:
            break
    return None, [*carved.panels, *diffused]


def _blended(carved: Carved, diffused: list[Ints], target: Floats) -> Lottery | None:
    found = [*carved.panels, *diffused]
    if not found:
        return None
    share = min(SHARES[1], max(SHARES[0], SPREAD * carved.left)) if carved.panels else 1.0
    start = [weight * (1 - share) + CLOSE for weight in carved.weights]
    start += [share / max(1, len(diffused))] * len(diffused)
    free = np.flatnonzero((target > CLOSE) & np.any(np.array(found) != found[0], axis=0))
    weights = blend(np.array(found, dtype=float).T[free], target[free], np.array(start))
    if weights is None:
        return None
    lottery = merged(found, weights)
    off = np.abs(lottery.weights @ np.array(lottery.panels) - target)
    return lottery if float(off.max(initial=0.0)) < OFF else None


def merged(found: Sequence[Ints], weights: Floats) -> Lottery:
    """One entry per panel, by weight and then by seats, so that the order found does not show; 1 in all."""
    together: dict[tuple[int, ...], float] = {}
    for panel, weight in zip(found, (weights / weights.sum()).tolist(), strict=True):
        key = tuple(panel.tolist())
        together[key] = together.get(key, 0.0) + weight
    kept = sorted(((w, key) for key, w in together.items() if w > 0), key=lambda pair: (-pair[0], pair[1]))
    return Lottery(tuple(np.array(key, dtype=np.int64) for _, key in kept), np.array([w for w, _ in kept]))
