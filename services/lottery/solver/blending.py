"""Weights for more panels than there are dimensions: affine scaling from inside, until they come to the target."""

import numpy as np

from services.lottery.solver.problem import Floats

STEPS = 60
EXACT = 1e-12
NEAR = 2e-10
"""What the target itself may be off by, where its rows cannot be kept any better."""
STRIDE = 0.9
"""The share of the way to the nearest weight of nothing that one step goes."""
STUCK = 1e-3


def blend(panels: Floats, target: Floats, start: Floats) -> Floats | None:
    """Weights (N, all >= 0, 1 in all) with which `panels` (T x N) come to `target`; None when no way inside is found.

    `start` are positive weights (N). Each step is the least change, in proportion to the weights, that would mend all
    that is missed (Dikin's ellipsoid); it is cut short where a weight would vanish, and the rest is left to the next.
    """
    system = np.vstack([panels, np.ones(panels.shape[1])])
    aim = np.append(target, 1.0)
    weights = start / start.sum()
    for _ in range(STEPS):
        missed = aim - system @ weights
        if float(np.abs(missed).max()) < EXACT:
            break
        change = _least_change(system, weights, missed)
        falling = change < 0
        stride = min(1.0, STRIDE * float((weights[falling] / -change[falling]).min(initial=np.inf)))
        if stride < STUCK:
            break
        weights = weights + stride * change
    return weights if float(np.abs(aim - system @ weights).max()) < NEAR else None


def _least_change(system: Floats, weights: Floats, missed: Floats) -> Floats:
    scaled = system * weights
    normal = scaled @ scaled.T
    normal[np.diag_indices_from(normal)] += 1e-13 * float(normal.trace()) / len(normal)
    solution = np.linalg.solve(normal, missed)
    for _ in range(2):  # the rows depend on one another, so the first answer is only near
        solution += np.linalg.solve(normal, missed - scaled @ (scaled.T @ solution))
    return np.asarray(weights * (scaled.T @ solution), dtype=np.float64)
