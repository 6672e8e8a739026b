"""Candidates for few free seats: what each does to the quotas, and who of those alike can be left out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from borgerting.events.recruitment import Volunteer
from services.lottery.domain.redraws import Lots, Vacancy
from services.lottery.domain.rules import Rule


@dataclass(frozen=True)
class Runner:
    """A candidate with their place in the order of lots, the open quotas that count them, and their cost in others.

    Whoever is `barred` makes a quota miss a seat whoever else comes.
    """

    person: Volunteer
    lot: int
    place: int
    counted: frozenset[int]
    cost: int
    barred: bool


@dataclass(frozen=True)
class Free:
    """Free `seats` that can be filled, and between which bounds each quota's number of them is to be, by its place.

    Over so few seats most quotas are simple: where a quota is full each person in it misses one seat more, and where
    it lacks all the seats each misses one less, `cost`, from `missed` on. The others are `open`.
    """

    seats: int
    open: Mapping[int, tuple[int, int]]
    cost: Mapping[int, int]
    missed: int

    @classmethod
    def of(cls, vacancy: Vacancy, rules: Sequence[Rule]) -> "Free":
        """From what those who stay have in each quota."""
        staying, seats = set(vacancy.staying), vacancy.fillable()
        people = [person for person in vacancy.pool.people if person.id in staying]
        open_, cost, missed = {}, {}, 0
        for at, rule in enumerate(rules):
            held = sum(_counts(rule, person) for person in people)
            least, most = (vacancy.pool.panels * bound - held for bound in (rule.least, rule.most))
            if most <= 0:
                cost[at], missed = 1, missed - most
            elif least >= seats:
                cost[at], missed = -1, missed + least
            elif least > 0 or most < seats:
                open_[at] = (least, most)
        return cls(seats, open_, cost, missed)

    def hopeless(self, runners: Sequence[Runner]) -> bool:
        """Whether one open quota alone cannot be kept by `runners`; spares a solve."""
        inside = Counter(rule for runner in runners for rule in runner.counted)
        return any(least > inside[at] for at, (least, _) in self.open.items())

    def runners(self, people: Sequence[Volunteer], rules: Sequence[Rule], lots: Lots) -> Sequence[Runner]:
        """By lot; of those who are alike to all quotas only as many as there are seats, since the others would lose.

        Of a household only the first such one, for the same reason.
        """
        homes = Counter(person.household for person in people)
        ahead: Counter[tuple[frozenset[int], int, bool, str | None]] = Counter()
        kept = []
        lot = {person.id: lots.of(person.id) for person in people}
        for place, person in enumerate(sorted(people, key=lambda p: (lot[p.id], p.id))):
            counted = frozenset(at for at in self.open if _counts(rules[at], person))
            costs = [cost for at, cost in self.cost.items() if _counts(rules[at], person)]
            home = person.household if homes[person.household] > 1 else None
            alike = (counted, sum(costs), 1 in costs, home)
            ahead[alike] += 1
            if ahead[alike] <= (1 if home else self.seats):
                kept.append(Runner(person, lot[person.id], place, *alike[:3]))
        return kept


def _counts(rule: Rule, person: Volunteer) -> bool:
    return rule.categories.items() <= person.features.items()
