"""What a pool, a panel and a portfolio must keep, in whole numbers; no solver is asked."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from borgerting.errors import Refused, in_language
from borgerting.events.recruitment import Feature, PoolSnapshot, Quota

Rows = Mapping[str, Mapping[str, str]]
"""Person id -> feature -> category."""


def require_pool(pool: PoolSnapshot) -> None:
    """Refuse, with every reason at once, a pool from which no panel can be drawn whatever the combination."""
    raise_all([*_rows_wrong(pool), *(wrong for feature in pool.features for wrong in _feature_wrong(pool, feature))])


def require_tickets(pool: PoolSnapshot, tickets: int) -> None:
    """Refuse a number of tickets that has too few seats in all for everybody to be on one."""
    people, size = len(pool.people), pool.panel_size
    if tickets * size < people:
        need = -(-people // max(1, size))
        raise Refused(
            "tickets.few",
            da=f"{tickets} lodder er for få til, at alle {people} tilmeldte kan komme med på et. Brug mindst {need}.",
            en=f"{tickets} tickets are too few for all {people} volunteers to be on one. Use at least {need} tickets.",
        )


def left_out(people: int, tickets: int) -> Refused:
    """The portfolio ended before everybody who can be on a panel was on one."""
    more = 2 * tickets
    return Refused(
        "tickets.left-out",
        da=f"{people} tilmeldte er ikke med på noget af de {tickets} lodder, skønt kvoterne tillader nogle af dem. "
        f"Brug flere lodder, for eksempel {more}.",
        en=f"{people} volunteers are on none of the {tickets} tickets, though the quotas allow some of them. "
        f"Use more tickets, for example {more}.",
    )


def require_panel(pool: PoolSnapshot, members: Sequence[str]) -> None:
    """Refuse `members` unless they are one panel that keeps the size and every quota; no solver is asked."""
    raise_all(list(_panel_wrong(pool, rows_of(pool), members, "Deltagerkredsen", "The panel")))


def require_portfolio(pool: PoolSnapshot, tickets: Sequence[Sequence[str]], wanted: int) -> None:
    """Refuse a portfolio of another length than `wanted`, or with one ticket that breaks a rule."""
    if len(tickets) != wanted:
        raise Refused(
            "portfolio.size",
            da=f"Der skulle laves {wanted} lodder, men lodtrækningsmotoren lavede {len(tickets)}. Vælg en anden.",
            en=f"{wanted} tickets were to be made, but the selector made {len(tickets)}. Choose another selector.",
        )
    rows = rows_of(pool)
    for number, members in enumerate(tickets):
        raise_all(list(_panel_wrong(pool, rows, members, f"Lod {number}", f"Ticket {number}")))


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


def _rows_wrong(pool: PoolSnapshot) -> Iterable[Refused]:
    have, need = len(pool.people), pool.panel_size
    if need < 1:
        yield Refused(
            "panel.size", da="Deltagerkredsen skal have mindst 1 plads.", en="The panel needs a seat or more."
        )
    if have < need:
        yield Refused(
            "pool.size",
            da=f"Puljen har {have} tilmeldte, men der skal trækkes {need}. Find {need - have} flere tilmeldte.",
            en=f"The pool has {have} volunteers, but {need} are to be drawn. Find {need - have} more volunteers.",
        )
    for person, times in Counter(p.id for p in pool.people).items():
        if times > 1:
            yield Refused(
                "pool.twice",
                da=f"{person} står {times} gange i puljen; hver tilmeldt må stå der én gang. Slet gentagelserne.",
                en=f"{person} is in the pool {times} times; everybody may be there once. Remove the repeats.",
            )


def _feature_wrong(pool: PoolSnapshot, feature: Feature) -> Iterable[Refused]:
    supply = Counter(person.features.get(feature.feature, "") for person in pool.people)
    yield from _without_quota(feature, supply)
    yield from _sums_wrong(pool.panel_size, feature)
    for quota in feature.quotas:
        if (have := supply[quota.category]) < quota.least:
            da, en = named(feature, quota)
            short = quota.least - have
            yield Refused(
                "quota.supply",
                da=f"{da}: kvoten kræver mindst {quota.least}, men puljen har {have}. "
                f"Find {short} flere tilmeldte, eller sænk kvotens mindstetal til {have}.",
                en=f"{en}: the quota needs at least {quota.least}, but the pool has {have}. "
                f"Find {short} more volunteers or lower the quota's least to {have}.",
            )


def _without_quota(feature: Feature, supply: Mapping[str, int]) -> Iterable[Refused]:
    da, en = in_language(feature.label, "da"), in_language(feature.label, "en")
    for category in sorted(set(supply) - {quota.category for quota in feature.quotas}):
        count, value = supply[category], category or "–"
        yield Refused(
            "pool.category",
            da=f"{da}: {count} tilmeldte har kategorien «{value}», som ingen kvote har. Tilføj den, eller ret dem.",
            en=f"{en}: {count} volunteers have the category “{value}”, which no quota has. Add it or correct the rows.",
        )


def _sums_wrong(size: int, feature: Feature) -> Iterable[Refused]:
    da, en = in_language(feature.label, "da"), in_language(feature.label, "en")
    least, most = sum(q.least for q in feature.quotas), sum(q.most for q in feature.quotas)
    if least > size:
        yield Refused(
            "quota.least-sum",
            da=f"{da}: kvoterne kræver mindst {least} pladser i alt, men der er {size}. Sænk mindstetallene.",
            en=f"{en}: the quotas need at least {least} seats in all, but there are {size}. Lower the least numbers.",
        )
    if most < size:
        yield Refused(
            "quota.most-sum",
            da=f"{da}: kvoterne tillader højst {most} pladser i alt, men der er {size}. Hæv højestetallene.",
            en=f"{en}: the quotas allow at most {most} seats in all, but there are {size}. Raise the most numbers.",
        )


def _panel_wrong(pool: PoolSnapshot, rows: Rows, members: Sequence[str], da: str, en: str) -> Iterable[Refused]:
    strangers = sorted(set(members) - set(rows))
    if strangers or len(set(members)) != len(members) or len(members) != pool.panel_size:
        known = len(set(members) & set(rows))
        yield Refused(
            "panel.size",
            da=f"{da} har {known} forskellige tilmeldte fra puljen på {len(members)} pladser; der skal være "
            f"{pool.panel_size}. Vælg en anden lodtrækningsmotor.",
            en=f"{en} has {known} different volunteers from the pool in {len(members)} seats; there must be "
            f"{pool.panel_size}. Choose another selector.",
        )
        return
    taken = seats(pool.features, rows, members)
    for feature in pool.features:
        for quota in feature.quotas:
            if not quota.least <= (have := taken[feature.feature][quota.category]) <= quota.most:
                in_danish, in_english = named(feature, quota)
                yield Refused(
                    "panel.quota",
                    da=f"{da} har {have} i {in_danish}; kvoten er {quota.least} til {quota.most}. "
                    "Vælg en anden lodtrækningsmotor.",
                    en=f"{en} has {have} in {in_english}; the quota is {quota.least} to {quota.most}. "
                    "Choose another selector.",
                )
