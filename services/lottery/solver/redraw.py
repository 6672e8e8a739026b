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


@dataclass(frozen=True)
class _Free:
    """Free `seats` that can be filled, of which each rule's number is to be between its `bounds`."""

    seats: int
    bounds: Sequence[tuple[int, int]]

    @classmethod
    def of(cls, vacancy: Vacancy, rules: Sequence[Rule]) -> "_Free":
        staying = set(vacancy.staying)
        people = [person for person in vacancy.pool.people if person.id in staying]
        held = [sum(rule.categories.items() <= person.features.items() for person in people) for rule in rules]
        times = vacancy.pool.panels
        bounds = [(times * rule.least - has, times * rule.most - has) for rule, has in zip(rules, held, strict=True)]
        return cls(vacancy.fillable(), bounds)

    def hopeless(self, runners: Sequence[_Runner]) -> bool:
        """Whether one quota alone cannot be kept by `runners`; spares a solve."""
        inside = Counter(rule for runner in runners for rule in runner.counted)
        return any(most < 0 or least > min(inside[at], self.seats) for at, (least, most) in enumerate(self.bounds))


def redraw(vacancy: Vacancy, seed: str, call: int) -> Redrawn:
    """Who takes the free seats; the same whatever order the pool is in. Refused only at the limit of work."""
    rules = quota_rules(vacancy.pool)
    candidates = vacancy.candidates()
    runners = _runners(candidates, vacancy.seats, rules, Lots(seed, call))
    free = _Free.of(vacancy, rules)
    missed, came = 0, None
    for wave in waves(len(candidates)):
        ahead = [runner for runner in runners if runner.place < wave]
        came = None if free.hopeless(ahead) else _Seats(free, ahead).first(0)
        if came is not None:
            break
    else:
        seats = _Seats(free, runners)
        missed = seats.fewest()
        came = seats.first(missed)
    require_refill(vacancy, came or ())
    return Redrawn(came or (), missed)


def _runners(people: Sequence[Volunteer], seats: int, rules: Sequence[Rule], lots: Lots) -> Sequence[_Runner]:
    """By lot; of those whom the same quotas count only as many as there are seats, since the others would lose.

    Of a household only the first such one, for the same reason.
    """
    homes = Counter(person.household for person in people)
    ahead: Counter[tuple[frozenset[int], str | None]] = Counter()
    kept = []
    for place, person in enumerate(sorted(people, key=lambda p: (lots.of(p.id), p.id))):
        counted = frozenset(at for at, rule in enumerate(rules) if rule.categories.items() <= person.features.items())
        home = person.household if homes[person.household] > 1 else None
        ahead[counted, home] += 1
        if ahead[counted, home] <= (1 if home else seats):
            kept.append(_Runner(person, lots.of(person.id), place, counted))
    return kept


class _Seats:
    """A 0/1 variable for each runner, and the seats below and above each quota."""

    def __init__(self, free: _Free, runners: Sequence[_Runner]) -> None:
        self._runners, self._program = runners, Program()
        self._taken = [self._program.variable(0, 1) for _ in runners]
        self._program.linear(self._taken, [1] * len(runners), free.seats, free.seats)
        self._households()
        self._beside: list[int] = []
        inside: list[list[int]] = [[] for _ in free.bounds]
        for runner, at in zip(runners, self._taken, strict=True):
            for rule in sorted(runner.counted):
                inside[rule].append(at)
        for counted, bounds in zip(inside, free.bounds, strict=True):
            self._quota(counted, *bounds, free.seats)

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

    def _quota(self, inside: Sequence[int], least: int, most: int, seats: int) -> None:
        """Between `least` and `most` of the free seats; a bound that cannot be missed needs no variable."""
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
