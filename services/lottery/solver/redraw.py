"""The redraw of free seats by REDRAW_RULE, proven the best by CP-SAT; whole numbers from the draw's own seed."""

from collections.abc import Sequence
from dataclasses import dataclass

from borgerting.errors import Refused
from borgerting.events.recruitment import Volunteer
from services.lottery.domain.redraws import Vacancy, lot, require_refill
from services.lottery.domain.rules import Rule, quota_rules
from services.lottery.solver.cp import Program, Solution, Status

WORK = 10.0
"""Deterministic work for each of the two solves, about a second each unit; hundredths are used."""


@dataclass(frozen=True)
class Redrawn:
    """Those who `came`, by id, and how many seats are outside the quotas with them."""

    came: tuple[str, ...]
    missed: int


@dataclass(frozen=True)
class _Runner:
    person: Volunteer
    lot: int
    counts: tuple[int, ...]


def redraw(vacancy: Vacancy, seed: str, call: int) -> Redrawn:
    """Who takes the free seats; the same whatever order the pool is in. Refused only at the limit of work."""
    rules = quota_rules(vacancy.pool)
    runners = _runners(vacancy, rules, seed, call)
    came, missed = _kept(vacancy, rules, runners), 0
    if came is None:
        seats = _Seats(vacancy, rules, runners)
        missed = seats.fewest()
        came = seats.first(missed)
    chosen = tuple(sorted(came or ()))
    require_refill(vacancy, chosen)
    return Redrawn(chosen, missed)


def _kept(vacancy: Vacancy, rules: Sequence[Rule], runners: Sequence[_Runner]) -> tuple[str, ...] | None:
    """Those who come from the first wave with which no seat is outside the quotas."""
    candidates = len(vacancy.candidates())
    for wave in waves(candidates):
        front = [runner for runner in runners if runner.place < wave]
        if came := _Seats(vacancy, rules, front).first(0):
            return came
    return None


def _runners(vacancy: Vacancy, rules: Sequence[Rule], seed: str, call: int) -> Sequence[_Runner]:
    """By lot; of those alike in every quota and without a shared home only as many as there are seats: others lose."""
    people = [
        _Runner(
            person,
            lot(seed, call, person.id),
            tuple(at for at, rule in enumerate(rules) if rule.categories.items() <= person.features.items()),
        )
        for person in vacancy.candidates()
    ]
    ahead: dict[tuple[tuple[int, ...], str | None], int] = {}
    kept = []
    for runner in sorted(people, key=lambda r: (r.lot, r.person.id)):
        key = (runner.counts, runner.person.household)
        ahead[key] = ahead.get(key, 0) + 1
        if ahead[key] <= (1 if runner.person.household else vacancy.seats):
            kept.append(runner)
    return kept


class _Seats:
    """A 0/1 variable for each runner, and the seats below and above each quota."""

    def __init__(self, vacancy: Vacancy, rules: Sequence[Rule], runners: Sequence[_Runner]) -> None:
        self._runners, self._program = runners, Program()
        self._taken = [self._program.variable(0, 1) for _ in runners]
        ones = [1] * len(runners)
        seats = vacancy.fillable()
        self._program.linear(self._taken, ones, seats, seats)
        self._households()
        self._beside: list[int] = []
        people = {person.id: person for person in vacancy.pool.people}
        for at, rule in enumerate(rules):
            held = sum(rule.categories.items() <= people[who].features.items() for who in vacancy.staying)
            self._quota(at, vacancy.pool.panels * rule.least - held, vacancy.pool.panels * rule.most - held, seats)

    def fewest(self) -> int:
        """The fewest seats outside the quotas."""
        self._program.minimize(self._beside, [1] * len(self._beside))
        solution = self._solved()
        return sum(int(solution.values[at]) for at in self._beside)

    def first(self, missed: int) -> tuple[str, ...]:
        """Those with the smallest sum of lots among the choices that miss so few."""
        self._program.linear(self._beside, [1] * len(self._beside), missed, missed)
        self._program.minimize(self._taken, [runner.lot for runner in self._runners])
        values = self._solved().values
        chosen = (r.person.id for r, at in zip(self._runners, self._taken, strict=True) if values[at])
        return tuple(sorted(chosen))

    def _households(self) -> None:
        homes: dict[str, list[int]] = {}
        for runner, at in zip(self._runners, self._taken, strict=True):
            if runner.person.household:
                homes.setdefault(runner.person.household, []).append(at)
        for shared in homes.values():
            if len(shared) > 1:
                self._program.linear(shared, [1] * len(shared), 0, 1)

    def _quota(self, rule: int, least: int, most: int, seats: int) -> None:
        """Between `least` and `most` of the free seats; a bound that cannot be missed needs no variable."""
        inside = [at for runner, at in zip(self._runners, self._taken, strict=True) if rule in runner.counts]
        can = min(seats, len(inside))
        for sign, bound, worst in ((1, least, least), (-1, -most, can - most)):
            if worst > 0:
                missed = self._program.variable(0, worst)
                self._beside.append(missed)
                self._program.linear([*inside, missed], [*[sign] * len(inside), 1], bound, worst + can)

    def _solved(self) -> Solution:
        solution = self._program.solve(seed=0, work=WORK)
        if solution.status is not Status.OPTIMAL:
            raise Refused(
                "refill.limit",
                da="Den bedste besættelse af pladserne blev ikke fundet inden for regnegrænsen. Besæt færre ad gangen.",
                en="The best way to fill the seats was not found within the limit of work. Fill fewer at a time.",
            )
        return solution
