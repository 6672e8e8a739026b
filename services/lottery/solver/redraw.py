"""The redraw of free seats by REDRAW_RULE, proven the best by CP-SAT; whole numbers from the draw's own seed."""

from collections.abc import Sequence
from dataclasses import dataclass

from borgerting.errors import Refused
from services.lottery.domain.redraws import Lots, Vacancy, require_refill, waves
from services.lottery.domain.rules import quota_rules
from services.lottery.solver.cp import Program, Solution, Status
from services.lottery.solver.runners import Free, Runner

WORK = 10.0
"""Deterministic work for each of the two solves, about a second each unit; hundredths are used."""


@dataclass(frozen=True)
class Redrawn:
    """Those who `came`, by id, and how many seats are outside the quotas with them."""

    came: tuple[str, ...]
    missed: int


def redraw(vacancy: Vacancy, seed: str, call: int) -> Redrawn:
    """Who takes the free seats; the same whatever order the pool is in. Refused only at the limit of work."""
    rules = quota_rules(vacancy.pool)
    candidates = vacancy.candidates()
    free = Free.of(vacancy, rules)
    runners = free.runners(candidates, rules, Lots(seed, call))
    missed, came = 0, None
    for wave in waves(len(candidates)):
        ahead = [runner for runner in runners if runner.place < wave and not runner.barred]
        came = None if free.hopeless(ahead) else _Seats(free, ahead).first(0)
        if came is not None:
            break
    else:
        seats = _Seats(free, runners)
        missed = seats.fewest()
        came = seats.first(missed)
    require_refill(vacancy, came or ())
    return Redrawn(came or (), missed)


class _Seats:
    """A 0/1 variable for each runner, and the seats below and above each open quota."""

    def __init__(self, free: Free, runners: Sequence[Runner]) -> None:
        self._free, self._runners, self._program = free, runners, Program()
        self._taken = [self._program.variable(0, 1) for _ in runners]
        self._program.linear(self._taken, [1] * len(runners), free.seats, free.seats)
        self._households()
        self._beside: list[int] = []
        inside: dict[int, list[int]] = {at: [] for at in free.open}
        for runner, variable in zip(runners, self._taken, strict=True):
            for at in sorted(runner.counted):
                inside[at].append(variable)
        for at, (least, most) in free.open.items():
            self._quota(inside[at], least, most)
        self._missing = [*self._taken, *self._beside]
        self._each = [*(runner.cost for runner in runners), *[1] * len(self._beside)]

    def fewest(self) -> int:
        """The fewest seats outside the quotas; the choice that was found is where the next search starts."""
        self._program.minimize(self._missing, self._each)
        values = self._solved().values
        for at, value in enumerate(values):
            self._program.hint(at, int(value))
        return self._free.missed + sum(
            each * int(values[at]) for at, each in zip(self._missing, self._each, strict=True)
        )

    def first(self, missed: int) -> tuple[str, ...] | None:
        """Of the choices that miss so few the one with the smallest sum of lots, by id; None where there is none."""
        rest = missed - self._free.missed
        self._program.linear(self._missing, self._each, rest, rest)
        self._program.minimize(self._taken, [runner.lot for runner in self._runners])
        solution = self._solved()
        if not solution.found:
            return None
        pairs = zip(self._runners, self._taken, strict=True)
        return tuple(sorted(runner.person.id for runner, at in pairs if solution.values[at]))

    def _households(self) -> None:
        homes: dict[str, list[int]] = {}
        for runner, at in zip(self._runners, self._taken, strict=True):
            if runner.person.household:
                homes.setdefault(runner.person.household, []).append(at)
        for shared in homes.values():
            if len(shared) > 1:
                self._program.linear(shared, [1] * len(shared), 0, 1)

    def _quota(self, inside: Sequence[int], least: int, most: int) -> None:
        """Between `least` and `most` of the free seats; a bound that cannot be missed needs no variable."""
        can = min(self._free.seats, len(inside))
        for sign, bound, worst in ((1, least, least), (-1, -most, can - most)):
            if worst > 0:
                missed = self._program.variable(0, worst)
                self._beside.append(missed)
                self._program.linear([*inside, missed], [*[sign] * len(inside), 1], bound, worst + can)

    def _solved(self) -> Solution:
        solution = self._program.solve(seed=0, work=WORK, presolve=False)
        if solution.status not in (Status.OPTIMAL, Status.INFEASIBLE):
            raise Refused(
                "refill.limit",
                da="Den bedste besættelse af pladserne blev ikke fundet inden for regnegrænsen. Besæt færre ad gangen.",
                en="The best way to fill the seats was not found within the limit of work. Fill fewer at a time.",
            )
        return solution
