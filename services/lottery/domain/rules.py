"""What a panel and a portfolio must keep, in whole numbers; no solver is asked.

A ticket is `panels` panels, one after the other. Each panel keeps the size, every quota and every joint quota. The
ticket as a whole has everybody in `include` and `seated`, nobody in `exclude`, nobody twice, and at most one of a
household, also where it has several panels.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from borgerting.errors import Refused, Text, in_language
from borgerting.events.recruitment import Feature, PoolSnapshot, Quota, Volunteer

Rows = Mapping[str, Mapping[str, str]]
"""Person id -> feature -> category."""

NAMED = 5
"""So many ids are named in one sentence; the rest are counted."""


@dataclass(frozen=True)
class Rule:
    """A quota or joint quota on one panel, for those who have every category; `name` is its name in a certificate."""

    name: str
    categories: Mapping[str, str]
    least: int
    most: int
    label: Text


def quota_rules(pool: PoolSnapshot) -> Sequence[Rule]:
    """Every quota and every joint quota of `pool`, in its order."""
    single = [
        Rule(
            f"quota|{feature.feature}|{quota.category}",
            {feature.feature: quota.category},
            quota.least,
            quota.most,
            dict(zip(("da", "en"), named(feature, quota), strict=True)),
        )
        for feature in pool.features
        for quota in feature.quotas
    ]
    pairs = [Rule(f"joint|{at}", j.categories, j.least, j.most, j.label) for at, j in enumerate(pool.joint)]
    return [*single, *pairs]


def drawable(pool: PoolSnapshot) -> Sequence[Volunteer]:
    """Those who may be drawn, by id: not fixed, not excluded, and not of the household of somebody fixed."""
    fixed = {*pool.include, *pool.seated}
    homes = {person.household for person in pool.people if person.id in fixed} - {None}
    barred = fixed | set(pool.exclude)
    free = (person for person in pool.people if person.id not in barred and person.household not in homes)
    return sorted(free, key=lambda person: person.id)


def require_panel(pool: PoolSnapshot, members: Sequence[str]) -> None:
    """Refuse `members` unless they are one ticket that keeps every rule; no solver is asked."""
    raise_all(list(PanelRules(pool).wrong(members, "Deltagerkredsen", "The panel")))


def require_portfolio(pool: PoolSnapshot, tickets: Sequence[Sequence[str]], wanted: int) -> None:
    """Refuse a portfolio of fewer tickets than `wanted`, or with one ticket that breaks a rule."""
    if len(tickets) < wanted:
        raise Refused(
            "portfolio.size",
            da=f"Der skulle laves {wanted} lodder, men lodtrækningsmotoren lavede {len(tickets)}. Vælg en anden.",
            en=f"{wanted} tickets were to be made, but the selector made {len(tickets)}. Choose another selector.",
        )
    rules = PanelRules(pool)
    for number, members in enumerate(tickets):
        raise_all(list(rules.wrong(members, f"Lod {number}", f"Ticket {number}")))


class PanelRules:
    """The rules of one pool, made ready for many panels."""

    def __init__(self, pool: PoolSnapshot) -> None:
        self._size, self._panels = pool.panel_size, pool.panels
        self._rules = quota_rules(pool)
        self._fixed, self._excluded = {*pool.include, *pool.seated}, set(pool.exclude)
        self._home = {person.id: person.household for person in pool.people}
        self._counts_in = {
            person.id: [at for at, rule in enumerate(self._rules) if rule.categories.items() <= person.features.items()]
            for person in pool.people
        }

    def wrong(self, members: Sequence[str], da: str, en: str) -> Iterable[Refused]:
        """What is wrong with one ticket, whose name in a sentence is `da` and `en`; nothing when it keeps all rules."""
        if self._misshapen(members):
            yield self._size_refused(members, da, en)
            return
        yield from self._people_wrong(members, da, en)
        for number in range(self._panels):
            part = members[number * self._size : (number + 1) * self._size]
            of_many = (f", deltagerkreds {number + 1},", f", panel {number + 1},") if self._panels > 1 else ("", "")
            yield from self._quotas_wrong(part, da + of_many[0], en + of_many[1])

    def _misshapen(self, members: Sequence[str]) -> bool:
        different = set(members)
        return not (len(different) == len(members) == self._size * self._panels and different <= self._home.keys())

    def _size_refused(self, members: Sequence[str], da: str, en: str) -> Refused:
        known, need = len(set(members) & self._home.keys()), self._size * self._panels
        return Refused(
            "panel.size",
            da=f"{da} har {known} forskellige tilmeldte fra puljen på {len(members)} pladser; der skal være "
            f"{need}. Vælg en anden lodtrækningsmotor.",
            en=f"{en} has {known} different volunteers from the pool in {len(members)} seats; there must be "
            f"{need}. Choose another selector.",
        )

    def _people_wrong(self, members: Sequence[str], da: str, en: str) -> Iterable[Refused]:
        if missing := some(self._fixed.difference(members)):
            yield Refused(
                "panel.include",
                da=f"{da} mangler {missing}, som skal være med. Vælg en anden lodtrækningsmotor.",
                en=f"{en} lacks {missing}, who must be on it. Choose another selector.",
            )
        if barred := some(self._excluded.intersection(members)):
            yield Refused(
                "panel.exclude",
                da=f"{da} har {barred}, som ikke må være med. Vælg en anden lodtrækningsmotor.",
                en=f"{en} has {barred}, who must not be on it. Choose another selector.",
            )
        homes = Counter(home for who in members if (home := self._home[who]) is not None)
        crowded = {home for home, people in homes.items() if people > 1}
        if together := some(who for who in members if self._home[who] in crowded):
            yield Refused(
                "panel.household",
                da=f"{da} har flere fra samme husstand: {together}. Højst én må være med. "
                "Vælg en anden lodtrækningsmotor.",
                en=f"{en} has several of one household: {together}. At most one may be on it. Choose another selector.",
            )

    def _quotas_wrong(self, members: Sequence[str], da: str, en: str) -> Iterable[Refused]:
        taken = [0] * len(self._rules)
        for who in members:
            for at in self._counts_in[who]:
                taken[at] += 1
        for rule, have in zip(self._rules, taken, strict=True):
            if not rule.least <= have <= rule.most:
                yield Refused(
                    "panel.quota",
                    da=f"{da} har {have} i {in_language(rule.label, 'da')}; kvoten er {rule.least} til {rule.most}. "
                    "Vælg en anden lodtrækningsmotor.",
                    en=f"{en} has {have} in {in_language(rule.label, 'en')}; the quota is {rule.least} to {rule.most}. "
                    "Choose another selector.",
                )


def rows_of(pool: PoolSnapshot) -> Rows:
    """Everybody's features by id."""
    return {person.id: person.features for person in pool.people}


def seats(features: Iterable[Feature], rows: Rows, members: Iterable[str]) -> dict[str, dict[str, int]]:
    """Seats per feature and category, in the quotas' order, zeros included."""
    taken = Counter((feature, category) for person in members for feature, category in rows[person].items())
    return {f.feature: {q.category: taken[f.feature, q.category] for q in f.quotas} for f in features}


def raise_all(problems: Sequence[Refused]) -> None:
    """Raise the first of `problems` with the others in `also`; return when there are none."""
    if problems:
        first, *rest = problems
        raise Refused(first.code, da=first.text["da"], en=first.text["en"], also=tuple(rest))


def named(feature: Feature, quota: Quota) -> tuple[str, str]:
    """ "Alder, 18–29" and "Age, 18–29"."""
    da, en = (f"{in_language(feature.label, lang)}, {in_language(quota.label, lang)}" for lang in ("da", "en"))
    return da, en


def some(ids: Iterable[str]) -> str:
    """The first few in order of id, and how many more; nothing for nobody.

    >>> some(["c", "a", "b", "g", "f", "e", "d"])
    'a, b, c, d, e (+2)'
    """
    ordered = sorted(ids)
    return ", ".join(ordered[:NAMED]) + (f" (+{len(ordered) - NAMED})" if len(ordered) > NAMED else "")
