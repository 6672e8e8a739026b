"""Whether the codes that a specification keeps are the people whom the charter lets in."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from borgerting.adapters import Dimension, PopulationTable
from borgerting.errors import Refused
from borgerting.events.sessions import Eligibility
from services.recruitment.domain.refusals import listed
from services.recruitment.domain.spec import FeatureSpec

AGE_NAMES = frozenset({"age", "alder", "ålder", "alter", "âge", "ikä", "aldur"})
OLDEST = 200
"""The end of an open band."""

Ages = tuple[int, int]


def ages(code: str) -> Ages | None:
    """The ages behind a code of the forms that offices use, both ends included; None for anything else.

    >>> [ages(code) for code in ("18", "20-29", "100+10", "90+", "Y_LT5", "Y_GE85", "Y5-9", "TotSa")]
    [(18, 18), (20, 29), (100, 200), (90, 200), (0, 4), (85, 200), (5, 9), None]
    """
    if found := re.fullmatch(r"Y?(\d{1,3})-(\d{1,3})", code):
        return int(found[1]), int(found[2])
    if found := re.fullmatch(r"Y?(\d{1,3})", code):
        return int(found[1]), int(found[1])
    if found := re.fullmatch(r"(?:Y_GE(\d{1,3})|Y?(\d{1,3})\+\d*)", code):
        return int(found[1] or found[2]), OLDEST
    if found := re.fullmatch(r"Y_LT(\d{1,3})", code):
        return 0, int(found[1]) - 1
    return None


def not_as_chartered(
    table: PopulationTable, specs: Sequence[FeatureSpec], eligibility: Eligibility
) -> Iterator[Refused]:
    """Every code that is kept against the charter, or left out against it."""
    kept = {d.code: _kept(d, specs) for d in table.dimensions}
    for dimension in table.dimensions:
        if _is_of_ages(dimension, kept[dimension.code]):
            for code in dimension.categories:
                yield from _age_wrong(dimension.code, code, code in kept[dimension.code], eligibility)
    if eligibility.areas:
        yield from _areas_wrong(kept, eligibility.areas)


def _kept(dimension: Dimension, specs: Iterable[FeatureSpec]) -> dict[str, None]:
    left_out = {code for spec in specs if spec.dimension == dimension.code for code in spec.exclude}
    return dict.fromkeys(code for code in dimension.categories if code not in left_out)


def _is_of_ages(dimension: Dimension, kept: Iterable[str]) -> bool:
    """Codes of a sex are "1" and "2" in many tables: a name or a band must say that numbers are ages."""
    codes = list(kept)
    if not codes or any(ages(code) is None for code in codes):
        return False
    names = {dimension.code.casefold(), *(label.casefold() for label in dimension.label.values())}
    return bool(names & AGE_NAMES) or any(not code.isdigit() for code in codes)


def _age_wrong(dimension: str, code: str, kept: bool, who: Eligibility) -> Iterator[Refused]:
    band = ages(code)
    if band is None:
        return  # a total or the like: it is left out, and that is right
    low, high = band
    oldest = OLDEST if who.max_age is None else who.max_age
    inside, outside = who.min_age <= low and high <= oldest, high < who.min_age or low > oldest
    limits = f"{who.min_age}+" if who.max_age is None else f"{who.min_age}–{who.max_age}"
    if not inside and not outside:
        yield Refused(
            "quotas.age-straddles",
            da=f"Aldersgruppen {code} i {dimension} går hen over kommissoriets aldersgrænse ({limits} år). "
            f"Vælg en tabel med finere aldre, eller ret grænsen i kommissoriet.",
            en=f"The age band {code} of {dimension} straddles the charter's age limit ({limits}). "
            f"Choose a table with finer ages, or change the limit in the charter.",
        )
    elif outside and kept:
        yield Refused(
            "quotas.age-outside",
            da=f"Aldersgruppen {code} i {dimension} er med, men kommissoriet gælder {limits} år. Sæt {code} i exclude.",
            en=f"The age band {code} of {dimension} is in, but the charter is for {limits}. Put {code} in exclude.",
        )
    elif inside and not kept:
        yield Refused(
            "quotas.age-inside",
            da=f"Aldersgruppen {code} i {dimension} er udeladt, men kommissoriet gælder {limits} år. Giv den en plads.",
            en=f"The age band {code} of {dimension} is left out, but the charter is for {limits}. Give it a category.",
        )


def _areas_wrong(kept: Mapping[str, Mapping[str, None]], areas: Sequence[str]) -> Iterator[Refused]:
    """The dimension that knows most of the charter's areas must hold these and no others."""
    name, codes = max(kept.items(), key=lambda pair: len(set(pair[1]) & set(areas)))
    missing, extra = [a for a in areas if a not in codes], [c for c in codes if c not in areas]
    if missing:
        yield Refused(
            "quotas.area-missing",
            da=f"Kommissoriets områder {listed(missing)} er ikke med i tabellens udvalg. Tag dem med i forespørgslen.",
            en=f"The charter's areas {listed(missing)} are not in the table's selection. Add them to the query.",
        )
    elif extra:
        yield Refused(
            "quotas.area-outside",
            da=f"{name} {listed(extra)} hører ikke til kommissoriets områder ({listed(areas)}). Sæt dem i exclude.",
            en=f"{name} {listed(extra)} are not among the charter's areas ({listed(areas)}). Put them in exclude.",
        )
