"""The groups of a proof: who is in which, and what a panel told as seats per group stands for."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from borgerting.errors import Refused
from borgerting.events.recruitment import PoolSnapshot
from services.lottery.domain.rules import drawable, quota_rules, some

Make = tuple[tuple[int, int], ...]
"""What a household is made of: groups, and how many people of each."""


class Groups:
    """A partition of those who may be drawn; `of` is everybody's group, `fixed` are on every panel.

    A panel may be told as seats per group. Then those of a group count in the same quotas and live alike: all alone,
    or all in households of one make. Shuffle the households of a make, let the first so many send somebody of one
    group, the next of another, and choose by lot whom they send: at most one of a household has a seat, and within a
    group everybody has the same chance, its seats over its people.
    """

    def __init__(self, pool: PoolSnapshot, groups: Sequence[Any]) -> None:
        self._free = {person.id: person for person in drawable(pool)}
        self.people = _partition(groups, set(self._free))
        self.of = {who: at for at, people in enumerate(self.people) for who in people}
        self.fixed = sorted({*pool.include, *pool.seated})
        self._pool = pool
        self._known = {str(at): at for at in range(len(self.people))}
        self._make_of: dict[int, Make] | None = None
        self._homes: dict[Make, list[list[str]]] = {}

    def members(self, panel: Any, number: int) -> Sequence[str]:
        """The ids on a panel; for one told in seats, one way to fill them: the others keep the same rules."""
        if isinstance(panel, Mapping):
            return self._filled(panel, number)
        if not isinstance(panel, list | tuple) or not all(isinstance(who, str) for who in panel):
            raise wrong(f"panel {number} er ikke en liste af id'er", f"panel {number} is not a list of ids")
        return panel

    def _filled(self, panel: Mapping[Any, Any], number: int) -> Sequence[str]:
        if self._make_of is None:
            self._make_of = self._alike()
        filled, used = list(self.fixed), Counter[Make]()
        for group, seats in sorted(self._seats(panel, number).items()):
            if (make := self._make_of.get(group)) is None:
                filled += self.people[group][:seats]
                continue
            sending = self._homes[make][used[make] : used[make] + seats]
            used[make] += seats
            if len(sending) < seats:
                raise wrong(f"panel {number} har flere fra en husstand", f"panel {number} has several of one household")
            filled += [next(who for who in home if self.of[who] == group) for home in sending]
        return filled

    def _seats(self, panel: Mapping[Any, Any], number: int) -> Mapping[int, int]:
        """By group; a group has as many seats as it is told, no fewer than 0 and no more than its people."""
        right = len({str(group) for group in panel}) == len(panel) and all(
            str(group) in self._known and type(seats) is int and 0 <= seats <= len(self.people[self._known[str(group)]])
            for group, seats in panel.items()
        )
        if not right:
            raise wrong(f"panel {number} har forkerte grupper", f"panel {number} has wrong groups or numbers of seats")
        return {self._known[str(group)]: seats for group, seats in panel.items()}

    def _alike(self) -> dict[int, Make]:
        """The make of the households of each group that lives in some; Refused where people of a group differ."""
        if self._pool.panels > 1:
            raise wrong(
                "flere paneler ad gangen skal stå som id'er", "several panels at once must be told by their ids"
            )
        living: dict[str, list[str]] = defaultdict(list)
        for who in sorted(self._free):
            if (household := self._free[who].household) is not None:
                living[household].append(who)
        makes: dict[str | None, Make] = {}
        for household, mates in sorted(living.items()):
            if len(mates) > 1:
                makes[household] = tuple(sorted(Counter(self.of[who] for who in mates).items()))
                self._homes.setdefault(makes[household], []).append(mates)
        rules, found = quota_rules(self._pool), dict[int, Make]()
        for at, people in enumerate(self.people):
            some_of = [self._free[who] for who in people]
            quotas = {tuple(rule.categories.items() <= p.features.items() for rule in rules) for p in some_of}
            lives = {makes.get(person.household) for person in some_of}
            if len(quotas) > 1 or len(lives) > 1:
                raise wrong(f"folk i gruppe {at} er ikke ens", f"the people of group {at} are not alike")
            if (make := lives.pop()) is not None:
                found[at] = make
        return found


def _partition(groups: Sequence[Any], free: set[str]) -> Sequence[Sequence[str]]:
    if not all(isinstance(g, list | tuple) and g and all(isinstance(who, str) for who in g) for g in groups):
        raise wrong("hver gruppe skal være en liste af id'er", "each group must be a list of ids")
    times = Counter(who for group in groups for who in group)
    if odd := some([who for who, n in times.items() if n > 1 or who not in free] + list(free - times.keys())):
        raise wrong(
            f"hver, der kan trækkes, skal være i én gruppe og ingen andre; det gælder ikke {odd}",
            f"everybody who may be drawn must be in one group, and nobody else; that fails for {odd}",
        )
    return groups


def wrong(da: str, en: str) -> Refused:
    """The proof is not one, in a sentence about where."""
    return Refused(
        "proof.wrong",
        da=f"Beviset for lodtrækningen holder ikke: {da}. Vælg en anden lodtrækningsmotor.",
        en=f"The proof of the lottery does not hold: {en}. Choose another selector.",
    )
