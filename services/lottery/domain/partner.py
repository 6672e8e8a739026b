"""A panel that a partner drew: what it must keep, in sentences for those who sent it."""

from collections import Counter
from collections.abc import Iterable, Sequence

from borgerting.errors import Refused
from borgerting.events.recruitment import PoolSnapshot
from services.lottery.domain.claims import wrong_alternates
from services.lottery.domain.rules import named, raise_all, rows_of, seats

NAMED = 5
"""So many ids are named in one sentence; the rest are counted."""


def require_imported(pool: PoolSnapshot, members: Sequence[str], alternates: Sequence[str]) -> None:
    """Refuse, with every reason at once, a panel that is not one of this pool or breaks a quota."""
    raise_all([*_ids_wrong(pool, members), *_alternates_wrong(pool, members, alternates)])
    raise_all([*_quotas_wrong(pool, members), *_joint_wrong(pool, members), *_households_wrong(pool, members)])


def _ids_wrong(pool: PoolSnapshot, members: Sequence[str]) -> Iterable[Refused]:
    known = {person.id for person in pool.people}
    if strangers := sorted(set(members) - known):
        yield Refused(
            "import.strangers",
            da=f"{len(strangers)} medlemmer er ikke i puljen: {_some(strangers)}. Brug id'erne fra den lukkede pulje.",
            en=f"{len(strangers)} members are not in the pool: {_some(strangers)}. Use the ids of the frozen pool.",
        )
    if twice := sorted(person for person, times in Counter(members).items() if times > 1):
        yield Refused(
            "import.twice",
            da=f"Disse medlemmer står der mere end én gang: {_some(twice)}. Slet gentagelserne.",
            en=f"These members are there more than once: {_some(twice)}. Remove the repeats.",
        )
    need, have = pool.panel_size * pool.panels, len(set(members))
    if have != need:
        yield Refused(
            "import.size",
            da=f"Der er {have} medlemmer, men deltagerkredsen har {need} pladser. Send listen, som den blev trukket.",
            en=f"There are {have} members, but the panel has {need} seats. Send the list as it was drawn.",
        )
    seated, barred = {*pool.include, *pool.seated} - set(members), set(pool.exclude) & set(members)
    if seated:
        yield Refused(
            "import.include",
            da=f"Disse skal være med og mangler: {_some(sorted(seated))}. Lad partneren rette listen.",
            en=f"These must be on the panel and are missing: {_some(sorted(seated))}. Let the partner correct it.",
        )
    if barred:
        yield Refused(
            "import.exclude",
            da=f"Disse må ikke være med: {_some(sorted(barred))}. Lad partneren rette listen.",
            en=f"These must not be on the panel: {_some(sorted(barred))}. Let the partner correct it.",
        )


def _alternates_wrong(pool: PoolSnapshot, members: Sequence[str], alternates: Sequence[str]) -> Iterable[Refused]:
    callable_ = {person.id for person in pool.people} - set(pool.exclude)
    if wrong := wrong_alternates(callable_, members, alternates):
        yield Refused(
            "import.alternates",
            da=f"Disse suppleanter er ikke i puljen, er medlemmer eller står der to gange: {_some(wrong)}. Ret listen.",
            en=f"These alternates are not in the pool, are members or are there twice: {_some(wrong)}. Correct it.",
        )


def _quotas_wrong(pool: PoolSnapshot, members: Sequence[str]) -> Iterable[Refused]:
    taken = seats(pool.features, rows_of(pool), members)
    for feature in pool.features:
        for quota in feature.quotas:
            least = (quota.least if quota.flex_least is None else quota.flex_least) * pool.panels
            most = (quota.most if quota.flex_most is None else quota.flex_most) * pool.panels
            if not least <= (have := taken[feature.feature][quota.category]) <= most:
                da, en = named(feature, quota)
                yield Refused(
                    "import.quota",
                    da=f"{da}: deltagerkredsen har {have}, men kvoten er {least} til {most}. "
                    "Lad partneren trække igen, eller ret kvoten og luk puljen igen.",
                    en=f"{en}: the panel has {have}, but the quota is {least} to {most}. "
                    "Let the partner draw again, or change the quota and freeze the pool again.",
                )


def _joint_wrong(pool: PoolSnapshot, members: Sequence[str]) -> Iterable[Refused]:
    rows = rows_of(pool)
    for joint in pool.joint:
        have = sum(joint.categories.items() <= rows[person].items() for person in members)
        least, most = joint.least * pool.panels, joint.most * pool.panels
        if not least <= have <= most:
            da, en = joint.label.get("da", ""), joint.label.get("en", "")
            yield Refused(
                "import.joint",
                da=f"{da}: deltagerkredsen har {have}, men kvoten er {least} til {most}. Lad partneren trække igen.",
                en=f"{en}: the panel has {have}, but the quota is {least} to {most}. Let the partner draw again.",
            )


def _households_wrong(pool: PoolSnapshot, members: Sequence[str]) -> Iterable[Refused]:
    """At most one of a household, also where the members are of several panels (`rules`)."""
    chosen = set(members)
    homes = Counter(person.household for person in pool.people if person.household is not None and person.id in chosen)
    if crowded := sorted(home for home, people in homes.items() if people > 1):
        yield Refused(
            "import.household",
            da=f"{len(crowded)} husstande har mere end én i deltagerkredsen: {_some(crowded)}. "
            "Lad partneren trække igen.",
            en=f"{len(crowded)} households have more than one on the panel: {_some(crowded)}. "
            "Let the partner draw again.",
        )


def _some(ids: Sequence[str]) -> str:
    """The first few, and how many more.

    >>> _some(["a", "b", "c", "d", "e", "f", "g"])
    'a, b, c, d, e (+2)'
    """
    rest = f" (+{len(ids) - NAMED})" if len(ids) > NAMED else ""
    return ", ".join(ids[:NAMED]) + rest
