"""The certificate of a lottery in whole numbers, as `services.lottery.domain.certificate` reads it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from services.lottery.solver.lottery import Lottery
from services.lottery.solver.problem import Ints, Problem
from services.lottery.solver.target import Step

WEIGHT = 10**15
"""The weights of all panels together, but for rounding."""
SCALE = 2**44
"""What a multiplier of 1 is as a whole number."""


def proof_of(
    problem: Problem, lottery: Lottery, steps: Sequence[Step], seatings: Sequence[Any] | None = None
) -> dict[str, Any]:
    """Groups, levels and the lottery; a panel is seats per group unless `seatings` tells it person by person."""
    weights = np.rint(lottery.weights * WEIGHT).astype(np.int64)
    told = seatings or [_seats(panel) for panel in lottery.panels]
    kept = [at for at, weight in enumerate(weights.tolist()) if weight > 0]
    cuts: list[dict[str, Any]] = []
    levels = [_level(problem, step, cuts) for step in steps]
    return {
        "groups": [list(people) for people in problem.people],
        "cuts": cuts,
        "levels": levels,
        "panels": [told[at] for at in kept],
        "weights": [int(weights[at]) for at in kept],
    }


def _seats(panel: Ints) -> dict[str, int]:
    return {str(at): int(panel[at]) for at in np.flatnonzero(panel)}


def _level(problem: Problem, step: Step, cuts: list[dict[str, Any]]) -> dict[str, Any]:
    if step.most is not None:
        worth = step.seats.astype(np.int64)
        cuts.append({"weights": _seats(worth), "most": step.most})
        rows: Mapping[str, int] = {f"cut|{len(cuts) - 1}": SCALE}
        covered = [int(seats) * SCALE for seats in worth]
    else:
        rows, covered = _rows(problem, step)
    weights = [max(0, seats) * s.denominator // s.numerator for seats, s in zip(covered, problem.stake, strict=True)]
    return {
        "groups": [int(at) for at in step.types],
        "scale": SCALE,
        "weights": {str(at): weight for at, weight in enumerate(weights) if weight},
        "rows": rows,
    }


def _rows(problem: Problem, step: Step) -> tuple[Mapping[str, int], list[int]]:
    """The rows' multipliers, and what they come to per seat of each type, its own count included."""
    whole = {name: round(dual * SCALE) for name, dual in step.rows.items()}
    covered = np.full(len(problem.people), whole.get("size", 0), dtype=np.int64)
    for row, member in zip(problem.rows, problem.member, strict=True):
        if dual := whole.get(row.name):
            covered += dual * member.astype(np.int64)
    told = {name: dual for name, dual in whole.items() if dual and not name.startswith(("type|", "home|"))}
    for name, dual in whole.items():
        kind, _, at = name.partition("|")
        if kind == "home":
            covered[problem.home == int(at)] += dual
            told |= {f"household|{home}": dual for home in problem.homes[int(at)]}
        elif kind == "type":
            covered[int(at)] += dual
    return told, [int(seats) for seats in covered]
