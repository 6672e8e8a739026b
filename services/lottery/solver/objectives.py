"""Other ends than the leximin, over the same quota polytope: the product of all chances, and good at both ends.

*Nash* makes the product of everybody's chances as large as it can be (`nash` finds it). *Goldilocks* asks that the
smallest chance is near the largest that a smallest can be (maximin) and the largest near the smallest that a largest
can be (minimax), after Baharav and Flanigan, Fair, manipulation-robust, and transparent sortition, 2024.
"""

from dataclasses import dataclass, replace

import numpy as np

from services.lottery.solver.nash import highest_product
from services.lottery.solver.polytope import Flags, Polytope
from services.lottery.solver.problem import Floats, Problem
from services.lottery.solver.target import NoTarget, Target, leximin

LEAST_KEPT, MOST_ALLOWED = 0.7, 1.4
"""A strain of 1: the smallest chance is this share of maximin's, the largest this many times minimax's."""
STEPS = 30
NONE = 1e-10
"""A type with fewer expected seats at the leximin can have none in any lottery."""
MARGIN = 1e-9
WIDER = (1e-8, 1e-7, 1e-6, 1e-5, 1e-4)
EXACT = 1e-9


@dataclass(frozen=True, eq=False)
class Product:
    """Expected seats (T) with the largest product of chances.

    `gap` bounds how many times larger, less one, the geometric mean of the chances could be in any lottery; those who
    can be on no panel are left out of it.
    """

    seats: Floats
    gap: float


@dataclass(frozen=True, eq=False)
class Middle:
    """Expected seats (T) that are good at both ends; the stake-weighted chances are between `smallest` and `largest`.

    `smallest` is at least 0.7^strain of `maximin` and `largest` at most 1.4^strain times `minimax`, for the smallest
    strain there is: where it is at most 1, both ends are as near as is asked. Those who can be on no panel are left
    out. Inside the band the chances are the leximin.
    """

    seats: Floats
    strain: float
    smallest: float
    largest: float
    maximin: float
    minimax: float


def nash(problem: Problem) -> Product:
    """The largest product of everybody's chances; NoTarget when the polytope is empty."""
    start = leximin(problem).seats
    able = start > NONE
    polytope = Polytope(problem)
    seats = highest_product(polytope, np.where(able, start, 0.0))
    return Product(seats, _product_gap(polytope, seats, able))


def minimax(problem: Problem) -> float:
    """The smallest that the largest stake-weighted chance can be; NoTarget when the polytope is empty."""
    polytope = Polytope(problem)
    polytope.solver.Objective().SetCoefficient(polytope.largest, 1.0)
    polytope.solver.Objective().SetMinimization()
    polytope.solve()
    return float(polytope.largest.solution_value())


def goldilocks(problem: Problem) -> Middle:
    """The leximin among the lotteries that are as good at both ends as can be; NoTarget when there is none."""
    best, low = leximin(problem), minimax(problem)
    able = best.seats > NONE
    if not able.any():  # all seats are held already
        return Middle(best.seats, 0.0, 1.0, 0.0, 1.0, low)
    high = float((best.seats / problem.demand)[able].min(initial=1.0))
    polytope = Polytope(problem)
    strain = _least_strain(polytope, able, high, low)
    seats = _leximin_below(problem, low * MOST_ALLOWED**strain).seats
    chances = (seats / problem.demand)[able]
    return Middle(seats, strain, float(chances.min(initial=1.0)), float(chances.max(initial=0.0)), high, low)


def _least_strain(polytope: Polytope, able: Flags, high: float, low: float) -> float:
    """Bisect: what the smallest chance can be grows with the cap on the largest, what it must be falls."""

    def fits(strain: float) -> bool:
        try:
            found = polytope.smallest_below(low * MOST_ALLOWED**strain * (1 + MARGIN), able)
        except NoTarget:
            return False
        return bool(found >= high * LEAST_KEPT**strain * (1 - MARGIN))

    if fits(0.0):
        return 0.0
    bottom, top = 0.0, 1.0
    while not fits(top):
        bottom, top = top, 2 * top
    for _ in range(STEPS):
        middle = (bottom + top) / 2
        bottom, top = (bottom, middle) if fits(middle) else (middle, top)
    return top


def _leximin_below(problem: Problem, cap: float) -> Target:
    """The leximin with no chance above `cap`, or a little more where the solver finds no room at the very edge.

    A cap is a smaller count of seats, no longer a whole one.
    """
    for margin in WIDER:
        room = np.minimum(problem.count, cap * (1 + margin) * problem.demand)
        try:
            found = leximin(replace(problem, count=room))
        except (NoTarget, ArithmeticError):
            continue
        if _outside(problem, found.seats) <= EXACT:
            return found
    raise ArithmeticError(f"no leximin was found with all chances below {cap}")


def _outside(problem: Problem, seats: Floats) -> float:
    """By how many seats the worst row, count or class of homes is missed."""
    held = problem.member @ seats
    rows = np.concatenate(
        [problem.least - held, held - problem.most, seats - problem.count, [problem.size - seats.sum()]]
    )
    return float(max(rows.max(initial=0.0), (problem.in_homes(seats) - problem.room).max(initial=0.0)))


def _product_gap(polytope: Polytope, seats: Floats, able: Flags) -> float:
    """The logarithm is concave: no lottery x' has a sum of logarithms above ours by more than grad (x' - x)."""
    count = polytope.problem.count[able].astype(float)
    if not len(count):
        return 0.0
    gradient = np.zeros(len(able))
    gradient[able] = count / seats[able]
    rise = float(gradient @ (polytope.highest(gradient) - seats)) / float(count.sum())
    return max(0.0, float(np.expm1(rise)))
