"""A pool becomes a portfolio: the fairest chances, the lottery that gives them, its proof, and whole tickets."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from math import ceil
from platform import python_version

import numpy as np

from borgerting.adapters import Fairness, Level, Portfolio, Progress
from borgerting.events.recruitment import PoolSnapshot
from services.lottery.domain.certificate import check
from services.lottery.solver.alternates import alternates_for
from services.lottery.solver.cp import Status
from services.lottery.solver.explain import contradiction
from services.lottery.solver.face import whole
from services.lottery.solver.hull import exact_leximin
from services.lottery.solver.lottery import Lottery, lottery_for
from services.lottery.solver.master import nearest
from services.lottery.solver.objectives import goldilocks, nash
from services.lottery.solver.panels import Panels, search
from services.lottery.solver.problem import Ints, Problem, problem_of
from services.lottery.solver.proof import proof_of
from services.lottery.solver.splitting import split
from services.lottery.solver.target import NoTarget, Step, Target, leximin
from services.lottery.solver.tickets import random_tickets, seat_people, tickets_of

SEARCHES = 600
WORK = 60.0
MOST_TICKETS = 10_000


@dataclass(frozen=True, eq=False)
class _Found:
    """The lottery with what proves it; `certified` is False where the limit of work came first."""

    lottery: Lottery
    steps: tuple[Step, ...]
    certified: bool


@dataclass(frozen=True)
class Wanted:
    """At least `tickets` tickets that are fair by `objective`, each with up to `alternates` alternates."""

    tickets: int
    seed: int
    objective: str = "leximin"
    alternates: int = 0


def make_portfolio(pool: PoolSnapshot, wanted: Wanted, progress: Progress) -> Portfolio:
    """The tickets of the fairest lottery; more than are wanted where so few could not give everybody one.

    The pool has passed `require_pool`. Refused, with advice, when no panel keeps every quota.
    """
    made = _portfolio(pool, wanted, progress)
    if not wanted.alternates or pool.panels > 1:
        return made
    return replace(made, alternates=alternates_for(pool, made.tickets, wanted.alternates, wanted.seed, progress))


def _portfolio(pool: PoolSnapshot, wanted: Wanted, progress: Progress) -> Portfolio:
    seed, objective = wanted.seed, wanted.objective
    problem = problem_of(pool)
    panels = Panels(problem)
    if objective == "random":
        _require_a_panel(pool, panels)
        return Portfolio(_seated(pool, problem, random_tickets(panels, wanted.tickets, seed), seed), _solver())
    found = _find(pool, panels, objective, _Told(progress))
    seats = found.lottery.weights @ np.array(found.lottery.panels)
    smallest = float((seats / problem.count)[seats > 0].min(initial=1.0))
    number = min(MOST_TICKETS, max(wanted.tickets, ceil(1 / smallest - 1e-9)))
    progress(0, number, phase="tickets", panels=len(found.lottery.panels))
    made = tickets_of(panels, found.lottery, seats, number)
    progress(number, number, phase="tickets")
    return Portfolio(_seated(pool, problem, made, seed), _solver(), _fairness(pool, problem, found, objective))


class _Told:
    def __init__(self, progress: Progress) -> None:
        self._progress, self._last = progress, -1

    def __call__(self, share: float, panels: int) -> None:
        if (percent := int(100 * share)) > self._last:
            self._last = percent
            self._progress(percent, 100, phase="distribution", panels=panels)


def _find(pool: PoolSnapshot, panels: Panels, objective: str, told: _Told) -> _Found:
    try:
        target = _target(panels.problem, objective)
    except NoTarget:
        raise contradiction(pool) from None
    lottery, known = lottery_for(panels, target.seats, told)
    if lottery is not None:
        return _Found(lottery, target.steps, certified=bool(target.steps))
    known = known or [_require_a_panel(pool, panels)]
    if objective in ("nash", "goldilocks"):
        return _Found(nearest(panels, target.seats, known), (), certified=False)
    exact = exact_leximin(panels, known, told, SEARCHES, 1 if objective == "maximin" else None)
    return _Found(exact.lottery, exact.target.steps or target.steps[:1], exact.certified)


def _target(problem: Problem, objective: str) -> Target:
    if objective == "nash":
        return Target(nash(problem).seats, ())
    if objective == "goldilocks":
        return Target(goldilocks(problem).seats, ())
    target = leximin(problem)
    return Target(target.seats, target.steps[:1]) if objective == "maximin" else target


def _require_a_panel(pool: PoolSnapshot, panels: Panels) -> Ints:
    problem = panels.problem
    worth = np.zeros(len(problem.people), dtype=np.int64)
    panel = panels.near(whole(problem), worth.astype(float))
    if panel is None:
        found = search(problem, whole(problem), worth, 1, WORK)
        if not found.found or found.status is Status.OPEN:
            raise contradiction(pool)
        panel = found.values
    return panel


def _seated(pool: PoolSnapshot, problem: Problem, made: Sequence[Ints], seed: int) -> tuple[tuple[str, ...], ...]:
    if pool.panels == 1:
        return tuple(seat_people(problem, made, seed))
    return tuple(_apart(problem, union) for union in made)


def _apart(problem: Problem, union: Ints) -> tuple[str, ...]:
    """The panels of one ticket one after the other."""
    parts = split(problem, union)
    if parts is None:
        raise ArithmeticError("a union of panels that came apart once does not any more")
    return tuple(who for part in parts for who in part)


def _fairness(pool: PoolSnapshot, problem: Problem, found: _Found, objective: str) -> Fairness:
    apart = [list(_apart(problem, union)) for union in found.lottery.panels] if pool.panels > 1 else None
    proof = proof_of(problem, found.lottery, found.steps, apart)
    checked = check(pool, proof)
    proven = checked.leximin if objective == "leximin" else checked.certified
    return Fairness(
        objective=objective,
        target=checked.chances,
        levels=tuple(Level(level.people, level.chance, level.bound) for level in checked.levels),
        certified=found.certified and proven,
        proof=proof,
    )


def _solver() -> str:
    return f"borgerting {version('borgerting')} lottery, ortools {version('ortools')}, python {python_version()}"
