"""The redraw of free seats by REDRAW_RULE, proven the best by CP-SAT; whole numbers from the draw's own seed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from borgerting.errors import Refused
from borgerting.events.recruitment import Volunteer
from services.lottery.domain.redraws import Lots, Vacancy, require_refill, waves
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
    """A candidate with their place in the order of lots, and the rules that count them."""

    person: Volunteer
    lot: int
    place: int
    counted: frozenset[int]


def redraw(vacancy: Vacancy, seed: str, call: int) -> Redrawn:
    """Who takes the free seats; the same whatever order the pool is in. Refused only at the limit of work."""
    rules = quota_rules(vacancy.pool)
    candidates = vacancy.candidates()
    runners = _runners(candidates, vacancy.seats, rules, Lots(seed, call))
    missed, came = 0, None
    for wave in waves(len(candidates)):
        came = _Seats(vacancy, rules, [runner for runner in runners if runner.place < wave]).first(0)
        if came is not None:
            break
    else:
        seats = _Seats(vacancy, rules, runners)
        missed = seats.fewest()
        came = seats.first(missed)
    require_refill(vacancy, came or ())
    return Redrawn(came or (), missed)


def _runners(people: Sequence[Volunteer], seats: int, rules: Sequence[Rule], lots: Lots) -> Sequence[_Runner]:
    """By lot; of those whom the same quotas count only as many as there are seats, since the others would lose.

    Of a household only the first such one, for the same reason.
    """
    ahead: Counter[tuple[frozenset[int], str | None]] = Counter()
    kept = []
    for place, person in enumerate(sorted(people, key=lambda p: (lots.of(p.id), p.id))):
        counted = frozenset(at for at, rule in enumerate(rules) if rule.categories.items() <= person.features.items())
        key = (counted, person.household)
        ahead[key] += 1
        if ahead[key] <= (1 if person.household else seats):
            kept.append(_Runner(person, lots.of(person.id), place, counted))
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
        values = self._solved().values
        return sum(int(values[at]) for at in self._beside)

    def first(self, missed: int) -> tuple[str, ...] | None:
        """Of the choices that miss so few the one with the smallest sum of lots, by id; None where there is none."""
        self._program.linear(self._beside, [1] * len(self._beside), missed, missed)
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

    def _quota(self, rule: int, least: int, most: int, seats: int) -> None:
        """Between `least` and `most` of the free seats; a bound that cannot be missed needs no variable."""
        inside = [at for runner, at in zip(self._runners, self._taken, strict=True) if rule in runner.counted]
        can = min(seats, len(inside))
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
