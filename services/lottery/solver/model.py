"""The portfolio: each ticket is the panel that gives most to those who have been on the fewest tickets so far.

A seat is worth 1/c² to somebody on c tickets, and first tickets come before all else. Each ticket is thus one step of
Frank-Wolfe towards the smallest sum of 1/chance (alpha-fairness with alpha = 2, between the product of chances and
the smallest chance): near to equal where quotas and tickets allow, and the smallest chances lifted where they do not.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from platform import python_version

from ortools.sat.python import cp_model

from borgerting.adapters import Portfolio, Progress
from borgerting.errors import Refused
from borgerting.events.recruitment import PoolSnapshot
from services.lottery.domain import left_out, require_tickets
from services.lottery.solver.conflict import contradiction
from services.lottery.solver.kinds import Bounds, Kind, bounds_of, kinds_of

WORK_LIMIT = 10.0
"""Deterministic work for one ticket, in CP-SAT's unit: about a second each, the same on every machine."""

GAIN = 10**9
"""The worth of a seat to somebody on one ticket: large enough to tell 1/c² from 1/(c+1)² for 1,000 tickets."""


def make_portfolio(pool: PoolSnapshot, tickets: int, seed: int, progress: Progress) -> Portfolio:
    """Return `tickets` panels on which everybody is who can be on any; Refused when there is no panel.

    The pool has passed `require_pool`, so that everybody has a category of every feature.
    """
    require_tickets(pool, tickets)
    making = _Making(pool, seed)
    made = []
    for number in range(tickets):
        made.append(making.ticket(number))
        progress(number + 1, tickets)
    if missing := making.left_out(tickets):
        raise left_out(missing, tickets)
    return Portfolio(tuple(made), _solver())


@dataclass
class _Solved:
    counts: list[int]
    newcomers: int


class _Making:
    def __init__(self, pool: PoolSnapshot, seed: int) -> None:
        self._size, self._seed = pool.panel_size, seed
        self._kinds: Sequence[Kind] = kinds_of(pool)
        self._bounds: Sequence[Bounds] = bounds_of(pool, self._kinds)
        self._held = {person: 0 for kind in self._kinds for person in kind.people}

    def ticket(self, number: int) -> tuple[str, ...]:
        """Choose the panel, give everybody on it one ticket more, and return it in order of id."""
        solved = self._solve(number)
        chosen = [
            person
            for kind, count in zip(self._kinds, solved.counts, strict=True)
            for person in sorted(kind.people, key=lambda p: (self._held[p], self._lot(number, p)))[:count]
        ]
        for person in chosen:
            self._held[person] += 1
        return tuple(sorted(chosen))

    def left_out(self, number: int) -> int:
        """How many people are on no ticket, or 0 when one ticket more would change that for none of them."""
        missing = list(self._held.values()).count(0)
        return missing if missing and self._solve(number).newcomers else 0

    def _lot(self, number: int, person: str) -> bytes:
        return hashlib.sha256(f"{self._seed}|{number}|{person}".encode()).digest()

    def _solve(self, number: int) -> _Solved:
        """Within a kind people are on `low` or `low + 1` tickets, so two variables a kind say who is taken."""
        model = cp_model.CpModel()
        few, more, gain = [], [], []
        for kind in self._kinds:
            held = [self._held[person] for person in kind.people]
            low = min(held)
            few.append(model.new_int_var(0, held.count(low), ""))
            more.append(model.new_int_var(0, len(held) - held.count(low), ""))
            gain.append(few[-1] * self._gain(low) + more[-1] * self._gain(low + 1))
        taken = [a + b for a, b in zip(few, more, strict=True)]
        model.add(sum(taken) == self._size)
        for bound in self._bounds:
            seats = sum(taken[at] for at in bound.kinds)
            model.add_linear_constraint(seats, bound.quota.least, bound.quota.most)
        model.maximize(sum(gain))
        solver = limited(self._seed + number)
        if (status := solver.solve(model)) == cp_model.INFEASIBLE:
            raise contradiction(self._kinds, self._bounds, self._size, limited(self._seed))
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            raise _out_of_work(number)
        counts = [solver.value(a) + solver.value(b) for a, b in zip(few, more, strict=True)]
        new = sum(solver.value(a) for a, kind in zip(few, self._kinds, strict=True) if self._untouched(kind))
        return _Solved(counts, new)

    def _gain(self, held: int) -> int:
        """What one seat is worth to somebody on `held` tickets; a first ticket outweighs all else on the panel."""
        return GAIN // held**2 if held else (self._size + 1) * GAIN

    def _untouched(self, kind: Kind) -> bool:
        return any(self._held[person] == 0 for person in kind.people)


def limited(seed: int) -> cp_model.CpSolver:
    """A solver that takes the same steps each time: one worker, a fixed seed, and work counted, not seconds."""
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed % 2**31
    solver.parameters.max_deterministic_time = WORK_LIMIT
    return solver


def _out_of_work(number: int) -> Refused:
    return Refused(
        "solver.limit",
        da=f"Lod {number} kunne ikke findes inden for regnegrænsen. Brug færre kriterier, eller gør kvoterne bredere.",
        en=f"Ticket {number} was not found within the limit of work. Use fewer features or wider quotas.",
    )


def _solver() -> str:
    return f"borgerting {version('borgerting')} portfolio, ortools {version('ortools')}, python {python_version()}"
