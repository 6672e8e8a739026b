"""What a pool must have before a panel is looked for: rows and quotas that fit each other, and enough people."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from borgerting.errors import Refused, in_language
from borgerting.events.recruitment import Feature, PoolSnapshot, Volunteer
from services.lottery.domain.rules import drawable, quota_rules, raise_all, some


def require_pool(pool: PoolSnapshot) -> None:
    """Refuse, with every reason at once, a pool from which no panel can be drawn whatever the combination."""
    raise_all([*_twice_wrong(pool), *_strangers_wrong(pool)])
    raise_all(
        [
            *_size_wrong(pool),
            *_fixed_wrong(pool),
            *_inclusion_wrong(pool),
            *(wrong for feature in pool.features for wrong in _feature_wrong(pool, feature)),
            *_joint_wrong(pool),
            *_supply_wrong(pool),
        ]
    )


def _twice_wrong(pool: PoolSnapshot) -> Iterable[Refused]:
    for person, times in Counter(p.id for p in pool.people).items():
        if times > 1:
            yield Refused(
                "pool.twice",
                da=f"{person} står {times} gange i puljen; hver tilmeldt må stå der én gang. Slet gentagelserne.",
                en=f"{person} is in the pool {times} times; everybody may be there once. Remove the repeats.",
            )
    named = [feature.feature for feature in pool.features]
    quotas = [f"{feature.feature}.{quota.category}" for feature in pool.features for quota in feature.quotas]
    if twice := some(name for name, times in Counter([*named, *quotas]).items() if times > 1):
        yield Refused(
            "quota.twice",
            da=f"Disse kriterier eller kvoter står der mere end én gang: {twice}. Slet gentagelserne.",
            en=f"These features or quotas are there more than once: {twice}. Remove the repeats.",
        )


def _strangers_wrong(pool: PoolSnapshot) -> Iterable[Refused]:
    known = {person.id for person in pool.people}
    fixed = {*pool.include, *pool.seated}
    if strangers := some((fixed | set(pool.exclude)) - known):
        yield Refused(
            "pool.strangers",
            da=f"Disse skal eller må ikke være med, men er ikke i puljen: {strangers}. Ret deres id, eller slet dem.",
            en=f"These must or must not be on the panel, but are not in the pool: {strangers}. Correct or remove them.",
        )
    if both := some(fixed & set(pool.exclude)):
        yield Refused(
            "pool.both",
            da=f"Disse både skal og må ikke være med: {both}. Fjern dem fra den ene liste.",
            en=f"These both must and must not be on the panel: {both}. Remove them from one of the lists.",
        )


def _size_wrong(pool: PoolSnapshot) -> Iterable[Refused]:
    if pool.panel_size < 1:
        yield Refused(
            "panel.size", da="Deltagerkredsen skal have mindst 1 plads.", en="The panel needs a seat or more."
        )
    fixed = {*pool.include, *pool.seated}
    have, need = len(drawable(pool)) + len(fixed), pool.panels * pool.panel_size
    if have < need:
        yield Refused(
            "pool.size",
            da=f"Puljen har {have} tilmeldte, men der skal trækkes {need}. Find {need - have} flere tilmeldte.",
            en=f"The pool has {have} volunteers, but {need} are to be drawn. Find {need - have} more volunteers.",
        )
    if len(fixed) > need:
        yield Refused(
            "pool.fixed",
            da=f"{len(fixed)} skal være med, men der er {need} pladser. Fjern {len(fixed) - need} af dem.",
            en=f"{len(fixed)} must be on the panel, but there are {need} seats. Remove {len(fixed) - need} of them.",
        )


def _fixed_wrong(pool: PoolSnapshot) -> Iterable[Refused]:
    people = _fixed(pool)
    homes = Counter(person.household for person in people if person.household is not None)
    if together := some(p.id for p in people if p.household is not None and homes[p.household] > 1):
        yield Refused(
            "pool.fixed-household",
            da=f"Disse skal være med, men flere er fra samme husstand: {together}. Behold én fra hver.",
            en=f"These must be on the panel, but several are of one household: {together}. Keep one of each.",
        )
    for rule in quota_rules(pool):
        held, most = sum(_has(person, rule.categories) for person in people), pool.panels * rule.most
        if held > most:
            yield Refused(
                "quota.fixed",
                da=f"{in_language(rule.label, 'da')}: {held} skal være med, men kvoten er højst {most}. "
                f"Hæv kvotens højestetal, eller fjern {held - most} af dem.",
                en=f"{in_language(rule.label, 'en')}: {held} must be on the panel, but the quota is at most {most}. "
                f"Raise the quota's most or remove {held - most} of them.",
            )


def _inclusion_wrong(pool: PoolSnapshot) -> Iterable[Refused]:
    told = [person for person in pool.people if person.inclusion is not None]
    if above := some(person.id for person in told if Fraction(person.inclusion or 1) > 1):
        yield Refused(
            "pool.inclusion",
            da=f"Chancen for at blive inviteret er over 1 for {above}. Skriv den som en brøk, for eksempel 1/40.",
            en=f"The probability of an invitation is above 1 for {above}. Write it as a ratio such as 1/40.",
        )
    if told and (without := some(person.id for person in pool.people if person.inclusion is None)):
        yield Refused(
            "pool.inclusion-missing",
            da=f"Chancen for at blive inviteret mangler for {without}, men andre har den. Skriv den for alle eller for "
            "ingen.",
            en=f"The probability of an invitation is missing for {without}, while others have it. Give it for "
            "everybody or for nobody.",
        )


def _feature_wrong(pool: PoolSnapshot, feature: Feature) -> Iterable[Refused]:
    da, en = in_language(feature.label, "da"), in_language(feature.label, "en")
    there = Counter(person.features.get(feature.feature, "") for person in pool.people)
    for category in sorted(set(there) - {quota.category for quota in feature.quotas}):
        count, value = there[category], category or "–"
        yield Refused(
            "pool.category",
            da=f"{da}: {count} tilmeldte har kategorien «{value}», som ingen kvote har. Tilføj den, eller ret dem.",
            en=f"{en}: {count} volunteers have the category “{value}”, which no quota has. Add it or correct the rows.",
        )
    size, least = pool.panel_size, sum(q.least for q in feature.quotas)
    if least > size:
        yield Refused(
            "quota.least-sum",
            da=f"{da}: kvoterne kræver mindst {least} pladser i alt, men der er {size}. Sænk mindstetallene.",
            en=f"{en}: the quotas need at least {least} seats in all, but there are {size}. Lower the least numbers.",
        )
    if (most := sum(q.most for q in feature.quotas)) < size:
        yield Refused(
            "quota.most-sum",
            da=f"{da}: kvoterne tillader højst {most} pladser i alt, men der er {size}. Hæv højestetallene.",
            en=f"{en}: the quotas allow at most {most} seats in all, but there are {size}. Raise the most numbers.",
        )


def _joint_wrong(pool: PoolSnapshot) -> Iterable[Refused]:
    known = {(feature.feature, quota.category) for feature in pool.features for quota in feature.quotas}
    for joint in pool.joint:
        if strange := some(f"{name}.{category}" for name, category in set(joint.categories.items()) - known):
            da, en = in_language(joint.label, "da"), in_language(joint.label, "en")
            yield Refused(
                "joint.category",
                da=f"{da}: {strange} har ingen kvote. Ret kategorien, eller tilføj den.",
                en=f"{en}: there is no quota for {strange}. Correct the category or add it.",
            )


def _supply_wrong(pool: PoolSnapshot) -> Iterable[Refused]:
    people = [*_fixed(pool), *drawable(pool)]
    for rule in quota_rules(pool):
        least = pool.panels * rule.least
        matching = [person for person in people if _has(person, rule.categories)]
        have, homes = _can_sit(matching), len(matching)
        if have < least:
            da_home, en_home = ("", "") if have == homes else (" fra hver sin husstand", " of different households")
            da, en = in_language(rule.label, "da"), in_language(rule.label, "en")
            each = _each(pool, have)
            yield Refused(
                "quota.supply",
                da=f"{da}: kvoten kræver mindst {least}, men puljen har {have}{da_home}. "
                f"Find {least - have} flere tilmeldte, eller sænk kvotens mindstetal til {each[0]}.",
                en=f"{en}: the quota needs at least {least}, but the pool has {have}{en_home}. "
                f"Find {least - have} more volunteers or lower the quota's least to {each[1]}.",
            )


def _each(pool: PoolSnapshot, have: int) -> tuple[str, str]:
    """A quota is for one panel, also where several are drawn."""
    if pool.panels == 1:
        return str(have), str(have)
    each = have // pool.panels
    return f"{each} i hver af de {pool.panels} deltagerkredse", f"{each} for each of the {pool.panels} panels"


def _can_sit(people: Sequence[Volunteer]) -> int:
    """How many of `people` can be drawn together: one of each household."""
    return len({(person.household, person.id if person.household is None else "") for person in people})


def _fixed(pool: PoolSnapshot) -> Sequence[Volunteer]:
    fixed = {*pool.include, *pool.seated}
    return [person for person in pool.people if person.id in fixed]


def _has(person: Volunteer, categories: Mapping[str, str]) -> bool:
    return categories.items() <= person.features.items()
