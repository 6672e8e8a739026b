"""Whether a lottery is as fair as its proof says: whole numbers and fractions only, no solver is asked or imported.

*What is checked.* `panels` and `weights` are the lottery: a union of `pool.panels` panels is drawn with its share of
the weights. Each keeps every rule (`rules.PanelRules`). It is told as ids or, where one panel is drawn, as seats per
group, which the group's people share by lot (`groups.Groups`). A person's chance v is the probability of being drawn
times their stake s: their inclusion relative to the largest among those who may be drawn, 1 where none is told.

*What a level proves.* Write a union of panels as c in {0, 1} per person who may be drawn; the fixed are constants. It
keeps rows least <= A c <= most: the size, `pool.panels` times each quota and joint quota less the seats of the fixed,
at most one of a household, and the cuts. For any weights w >= 0 and multipliers y (weak LP duality), each union obeys

    sum w s c <= B = sum over rows of y * (most if y > 0 else least) + sum over people of max(0, w s - (A'y)).

So does the mean over any lottery. If it gives everybody settled at an earlier level at least what this lottery gives,
then the smallest v among the rest is at most `bound` = (B - sum w v over the settled) / (sum of w over the rest). The
solver's multipliers may be wrong in any way: a wrong one makes the bound worse, never untrue.

*Why the levels are a leximin* (Flanigan, Gölz, Gupta, Hennig, Procaccia: Fair algorithms for selecting citizens'
assemblies, Nature 596, 2021). Let the gaps be 0. A lottery that is at least as good, level by level, has everybody of
the rest at `chance` or above, so that weights above 0 leave those settled at this level no room; by induction all have
what they have here. This needs a weight above 0 for everybody settled: `slack` says how much more one of them could
have (the excess of the bound over their weight, or up to certainty where the weight is 0) in a lottery that takes
nothing from the others. A small gap with a large slack would settle somebody too early.

*What is not proven here.* A cut rests on an exhaustive search; it is checked on the panels given, no more, and a level
that uses one says so in `searched`. People whom no level settles are counted in `open`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any

from borgerting.events.recruitment import PoolSnapshot, Volunteer
from services.lottery.domain.groups import Groups, wrong
from services.lottery.domain.rules import PanelRules, drawable, quota_rules, raise_all, some

GAP = Fraction(1, 10**9)
SLACK = Fraction(1, 10**6)


@dataclass(frozen=True)
class CheckedLevel:
    """`people` are settled here; `chance` is the smallest of all not settled before, and none exceeds `bound`."""

    people: int
    chance: Fraction
    bound: Fraction
    slack: Fraction
    searched: bool

    @property
    def gap(self) -> Fraction:
        """How much larger the smallest chance could be, at most."""
        return self.bound - self.chance


@dataclass(frozen=True)
class Checked:
    """Everybody's probability of being drawn, the fixed and excluded too; `open` people are settled at no level."""

    chances: Mapping[str, Fraction]
    levels: tuple[CheckedLevel, ...]
    open: int

    @property
    def certified(self) -> bool:
        """Every level's gap is at most GAP."""
        return bool(self.levels) and all(level.gap <= GAP for level in self.levels)

    @property
    def leximin(self) -> bool:
        """Certified for everybody, and nobody was settled while they could have had more than SLACK more."""
        return self.certified and not self.open and all(level.slack <= SLACK for level in self.levels)


def check(pool: PoolSnapshot, proof: Mapping[str, Any]) -> Checked:
    """What `proof` (adapters.Fairness.proof) proves of its lottery in `pool`; Refused where it is not a proof."""
    groups = Groups(pool, _list(proof, "groups"))
    lottery = _Lottery(pool, groups, _list(proof, "panels"), _list(proof, "weights"))
    case = _Case(pool, groups.people, lottery)
    case.add_cuts(_list(proof, "cuts"))
    return case.checked(_list(proof, "levels"))


class _Lottery:
    """The panels with their whole weights, as seats per group, and everybody's chance."""

    def __init__(self, pool: PoolSnapshot, groups: Groups, panels: Sequence[Any], weights: Sequence[Any]) -> None:
        if not panels or len(panels) != len(weights) or not all(_positive(weight) for weight in weights):
            raise wrong("hvert panel skal have en hel vægt over 0", "each panel needs a whole weight > 0")
        rules, total = PanelRules(pool), sum(weights)
        named, by_lot = Counter[str](), Counter[int]()
        self.seats: list[Mapping[int, int]] = []
        for at, (panel, weight) in enumerate(zip(panels, weights, strict=True)):
            members = groups.members(panel, at)
            raise_all(list(rules.wrong(members, f"Panel {at} i beviset", f"Panel {at} of the proof")))
            self.seats.append(Counter(groups.of[who] for who in members if who in groups.of))
            if isinstance(panel, Mapping):
                by_lot.update({group: weight * n for group, n in self.seats[-1].items()})
                members = groups.fixed
            named.update(dict.fromkeys(members, weight))
        shares = {group: Fraction(seats, len(groups.people[group])) for group, seats in by_lot.items()}
        self.chances = {
            who: (named[who] + shares.get(groups.of.get(who, -1), Fraction())) / total
            for who in sorted(person.id for person in pool.people)
        }


@dataclass(frozen=True)
class _Row:
    """A row on the union, less the seats of the fixed; `least` is None where nothing is known from below."""

    least: int | None
    most: int


@dataclass(frozen=True)
class _Kind:
    """`people` people who are the same to every level; `chance` counts with their stake."""

    group: int
    rows: tuple[str, ...]
    stake: Fraction
    chance: Fraction
    people: int


class _Case:
    """The lottery, the groups and the rows that a level's multipliers refer to."""

    def __init__(self, pool: PoolSnapshot, groups: Sequence[Sequence[str]], lottery: _Lottery) -> None:
        self._groups, self._lottery = groups, lottery
        self._free = {person.id: person for person in drawable(pool)}
        self._rows, members = _rows(pool, tuple(self._free.values()))
        self._cuts: dict[int, list[tuple[str, int]]] = {}
        self._kinds = self._collapse(members)

    def add_cuts(self, cuts: Sequence[Any]) -> None:
        """Take each cut as a row, after a look at whether the panels given keep it."""
        for at, cut in enumerate(cuts):
            weights, most = _weights(cut, "weights", len(self._groups)), cut.get("most")
            if not _whole(most):
                raise wrong(f"snit {at} mangler sit højestetal", f"cut {at} lacks its most")
            for number, seats in enumerate(self._lottery.seats):
                if sum(weights.get(group, 0) * n for group, n in seats.items()) > most:
                    raise wrong(f"panel {number} bryder snit {at}", f"panel {number} breaks cut {at}")
            self._rows[f"cut|{at}"] = _Row(None, most)
            for place, weight in weights.items():
                self._cuts.setdefault(place, []).append((f"cut|{at}", weight))

    def checked(self, levels: Sequence[Any]) -> Checked:
        """Every level in its order."""
        never = len(levels)
        at_level = dict.fromkeys(range(len(self._groups)), never)
        for number, level in enumerate(levels):
            for group in _indices(level, len(self._groups), number):
                if at_level[group] != never:
                    raise wrong(f"gruppe {group} er afgjort to gange", f"group {group} is settled twice")
                at_level[group] = number
        done = tuple(self._level(number, level, at_level) for number, level in enumerate(levels))
        return Checked(self._lottery.chances, done, sum(k.people for k in self._kinds if at_level[k.group] == never))

    def _collapse(self, members: Mapping[str, tuple[str, ...]]) -> Sequence[_Kind]:
        largest = max((_inclusion(person) for person in self._free.values()), default=Fraction(1))
        found = Counter(
            (at, members[who], _inclusion(self._free[who]) / largest, self._lottery.chances[who])
            for at, people in enumerate(self._groups)
            for who in people
        )
        return [
            _Kind(group, names, stake, stake * chance, people)
            for (group, names, stake, chance), people in found.items()
        ]

    def _level(self, number: int, level: Mapping[str, Any], at_level: Mapping[int, int]) -> CheckedLevel:
        weights, rows = _weights(level, "weights", len(self._groups)), self._multipliers(level, number)
        if not _positive(level.get("scale")) or any(weight < 0 for weight in weights.values()):
            raise wrong(
                f"trin {number}: en vægt er under 0", f"level {number}: a weight is below 0 or a scale is not above"
            )
        rest = [kind for kind in self._kinds if at_level[kind.group] >= number]
        own = [kind for kind in rest if at_level[kind.group] == number]
        total = sum(weights.get(kind.group, 0) * kind.people for kind in rest)
        if not total:
            raise wrong(f"trin {number} vejer ingen af de øvrige", f"level {number} gives no weight to the rest")
        left = self._largest(weights, rows) - self._settled(weights, number, at_level)
        chance = min(kind.chance for kind in rest)
        excess = left - total * chance
        used = any(name.startswith("cut|") for name in rows)
        slack = max(self._slack(kind, chance, excess, weights.get(kind.group, 0)) for kind in own)
        return CheckedLevel(sum(kind.people for kind in own), chance, left / total, slack, used)

    def _slack(self, kind: _Kind, chance: Fraction, excess: Fraction, weight: int) -> Fraction:
        """How much more than in this lottery somebody of `kind` can have while the rest keep `chance`."""
        most = kind.stake if not weight else min(kind.stake, chance + excess / weight)
        return most - kind.chance

    def _settled(self, weights: Mapping[int, int], number: int, at_level: Mapping[int, int]) -> Fraction:
        terms = [
            (weights[kind.group] * kind.people * kind.chance.numerator, kind.chance.denominator)
            for kind in self._kinds
            if at_level[kind.group] < number and kind.group in weights
        ]
        return _sum(terms)

    def _largest(self, weights: Mapping[int, int], rows: Mapping[str, int]) -> Fraction:
        """B of the module's docstring, in the level's scale."""
        fixed = 0
        for name, y in rows.items():
            bound = self._rows[name].most if y > 0 else self._rows[name].least
            if bound is None:
                raise wrong(f"{name} har kun et højestetal", f"{name} has no least: its multiplier must not be below 0")
            fixed += y * bound
        terms = [(fixed, 1)]
        for kind in self._kinds:
            covered = sum(rows.get(name, 0) for name in kind.rows)
            covered += sum(rows.get(name, 0) * by for name, by in self._cuts.get(kind.group, ()))
            top, bottom = kind.stake.numerator, kind.stake.denominator
            over = weights.get(kind.group, 0) * top - covered * bottom
            terms.append((max(0, over) * kind.people, bottom))
        return _sum(terms)

    def _multipliers(self, level: Mapping[str, Any], number: int) -> Mapping[str, int]:
        rows = level.get("rows")
        if not isinstance(rows, Mapping) or not all(isinstance(n, str) and _whole(y) for n, y in rows.items()):
            raise wrong(f"trin {number}: rows skal være hele tal", f"level {number}: rows must be whole numbers")
        if unknown := some(set(rows) - self._rows.keys()):
            raise wrong(
                f"trin {number} bruger ukendte rækker: {unknown}", f"level {number} uses unknown rows: {unknown}"
            )
        return rows


def _rows(pool: PoolSnapshot, free: Sequence[Volunteer]) -> tuple[dict[str, _Row], dict[str, tuple[str, ...]]]:
    """The rows by name, and the names of the rows that each person counts in."""
    fixed = [person for person in pool.people if person.id in {*pool.include, *pool.seated}]
    size = pool.panels * pool.panel_size - len(fixed)
    rows, members = {"size": _Row(size, size)}, {person.id: ["size"] for person in free}
    for rule in quota_rules(pool):
        held = sum(rule.categories.items() <= person.features.items() for person in fixed)
        rows[rule.name] = _Row(pool.panels * rule.least - held, pool.panels * rule.most - held)
        for person in free:
            if rule.categories.items() <= person.features.items():
                members[person.id].append(rule.name)
    for person in free:
        if person.household is not None:
            rows[f"household|{person.household}"] = _Row(0, 1)
            members[person.id].append(f"household|{person.household}")
    return rows, {who: tuple(names) for who, names in members.items()}


def _indices(level: Any, groups: int, number: int) -> Sequence[int]:
    found = level.get("groups") if isinstance(level, Mapping) else None
    if not isinstance(found, list | tuple) or not found or not all(_whole(g) and 0 <= g < groups for g in found):
        raise wrong(f"trin {number} nævner ikke sine grupper", f"level {number} does not name its groups")
    return found


def _weights(part: Any, key: str, groups: int) -> Mapping[int, int]:
    """Whole numbers by group index; JSON makes the index text."""
    told = part.get(key) if isinstance(part, Mapping) else None
    if not isinstance(told, Mapping):
        raise wrong(f"{key} mangler", f"{key} is missing")
    known = {str(at): at for at in range(groups)}
    odd = some(str(group) for group, weight in told.items() if str(group) not in known or not _whole(weight))
    if odd or len({str(group) for group in told}) != len(told):
        raise wrong(f"{key} har forkerte grupper eller tal: {odd}", f"{key} has wrong groups or numbers: {odd}")
    return {known[str(group)]: weight for group, weight in told.items() if weight}


def _list(proof: Mapping[str, Any], key: str) -> Sequence[Any]:
    found = proof.get(key)
    if not isinstance(found, list | tuple):
        raise wrong(f"listen {key} mangler", f"the list {key} is missing")
    return found


def _sum(terms: Sequence[tuple[int, int]]) -> Fraction:
    """The sum of numerators over denominators, put on one denominator once."""
    over: Counter[int] = Counter()
    for top, bottom in terms:
        over[bottom] += top
    common = lcm(*over)
    return Fraction(sum(top * (common // bottom) for bottom, top in over.items()), common)


def _inclusion(person: Volunteer) -> Fraction:
    return Fraction(person.inclusion or 1)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _positive(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
