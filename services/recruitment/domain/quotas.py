"""From counts of a population to seats: whole numbers, every category named, nobody counted twice."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from operator import itemgetter

from borgerting.adapters import PopulationTable
from borgerting.errors import Refused
from borgerting.events.recruitment import Feature, Quota
from borgerting.events.sessions import Eligibility
from services.recruitment.domain.eligible import not_as_chartered
from services.recruitment.domain.refusals import listed, raise_all
from services.recruitment.domain.spec import FeatureSpec


def build(
    table: PopulationTable, specs: Sequence[FeatureSpec], panel_size: int, eligibility: Eligibility
) -> tuple[Feature, ...]:
    """The quotas of every feature; each is counted over the people who are eligible by all of them."""
    raise_all(_names_wrong(specs))
    raise_all(_dimensions_wrong(table, specs))
    raise_all(wrong for spec in specs for wrong in _crosswalk_wrong(table, spec))
    raise_all(not_as_chartered(table, specs, eligibility))
    cells = _eligible_cells(table, specs)
    return tuple(_feature(table, spec, cells, panel_size) for spec in specs)


def apportion(population: Mapping[str, int], seats: int) -> dict[str, int]:
    """Hamilton's method in whole numbers: the seats sum to `seats`.

    Each category gets its share rounded down; what is left goes to the largest remainders, then to the larger
    population, then to the first code.

    >>> apportion({"a": 50, "b": 30, "c": 20}, 7)
    {'a': 4, 'b': 2, 'c': 1}
    """
    total = sum(population.values())
    given = {category: count * seats // total for category, count in population.items()}
    left = seats - sum(given.values())
    order = sorted(population, key=lambda c: (-(population[c] * seats % total), -population[c], c))
    return given | {category: given[category] + 1 for category in order[:left]}


def share(population: int, total: int, panel_size: int) -> Fraction:
    """The seats that would be exactly right."""
    return Fraction(population * panel_size, total)


def _feature(
    table: PopulationTable, spec: FeatureSpec, cells: Mapping[tuple[str, ...], int], panel_size: int
) -> Feature:
    at = itemgetter([d.code for d in table.dimensions].index(spec.dimension))
    by_code = Counter[str]()
    for key, count in cells.items():
        by_code[at(key)] += count
    population = {c.category: sum(by_code[code] for code in c.codes) for c in spec.categories}
    seats, total = apportion(population, panel_size), sum(population.values())
    quotas = []
    for c in spec.categories:
        least, most = spec.band.around(seats[c.category], share(population[c.category], total, panel_size))
        quotas.append(
            Quota(
                category=c.category,
                label=c.label,
                population=population[c.category],
                least=least,
                most=min(most, panel_size),
            )
        )
    return Feature(feature=spec.feature, label=spec.label, quotas=tuple(quotas))


def _eligible_cells(table: PopulationTable, specs: Iterable[FeatureSpec]) -> dict[tuple[str, ...], int]:
    left_out = [{code for s in specs if s.dimension == d.code for code in s.exclude} for d in table.dimensions]
    eligible = {
        key: count
        for key, count in table.cells.items()
        if not any(code in excluded for code, excluded in zip(key, left_out, strict=True))
    }
    unknown = [" × ".join(key) for key, count in eligible.items() if count is None]
    if unknown:
        raise Refused(
            "quotas.cell-missing",
            da=f"{len(unknown)} celler i befolkningstabellen har intet tal: {listed(unknown, 5)}. "
            f"Vælg en tabel, hvor de er udfyldt, eller en grovere inddeling.",
            en=f"{len(unknown)} cells of the population table have no figure: {listed(unknown, 5)}. "
            f"Choose a table that has them, or a coarser division.",
        )
    known = {key: count for key, count in eligible.items() if count is not None}
    if not sum(known.values()):
        raise Refused(
            "quotas.nobody",
            da="Befolkningstabellens udvalg tæller ingen mennesker. Ret forespørgslen, eller udelad færre koder.",
            en="The population table's selection counts nobody. Correct the query, or leave out fewer codes.",
        )
    return known


def _names_wrong(specs: Sequence[FeatureSpec]) -> Iterator[Refused]:
    if not specs:
        yield Refused(
            "quotas.none", da="Der er ingen kriterier. Angiv mindst ét.", en="There are no features. Give one or more."
        )
    yield from _twice("kriteriet", "the feature", (spec.feature for spec in specs))
    for spec in specs:
        categories = (c.category for c in spec.categories)
        yield from _twice(f"kategorien i {spec.feature}:", f"the category of {spec.feature}:", categories)


def _twice(da: str, en: str, names: Iterable[str]) -> Iterator[Refused]:
    for name, times in Counter(names).items():
        if times > 1:
            yield Refused(
                "quotas.twice",
                da=f"Der er {times} af {da} {name}; der må være én. Giv dem hvert sit navn.",
                en=f"There are {times} of {en} {name}; there may be one. Give each its own name.",
            )


def _dimensions_wrong(table: PopulationTable, specs: Sequence[FeatureSpec]) -> Iterator[Refused]:
    there, used = {d.code: d for d in table.dimensions}, {spec.dimension for spec in specs}
    for spec in specs:
        if spec.dimension not in there:
            yield Refused(
                "quotas.dimension",
                da=f"Kriteriet {spec.feature} bygger på dimensionen {spec.dimension}, men tabellen har "
                f"{listed(list(there))}. Ret kriteriet.",
                en=f"The feature {spec.feature} builds on the dimension {spec.dimension}, but the table has "
                f"{listed(list(there))}. Correct the feature.",
            )
    for code, dimension in there.items():
        if code not in used and len(dimension.categories) > 1:
            count, chosen = len(dimension.categories), listed(list(dimension.categories))
            yield Refused(
                "quotas.counted-twice",
                da=f"Dimensionen {code} er intet kriterium, men {count} koder er valgt ({chosen})"
                f", så folk ville blive talt flere gange. Vælg én kode.",
                en=f"The dimension {code} is no feature, but {count} codes are chosen ({chosen})"
                f", so people would be counted more than once. Choose one code.",
            )


def _crosswalk_wrong(table: PopulationTable, spec: FeatureSpec) -> Iterator[Refused]:
    """Every code of the dimension in exactly one category, or left out: nobody is lost and nobody counts twice."""
    selected = next(d for d in table.dimensions if d.code == spec.dimension).categories
    homes: dict[str, list[str]] = {code: [] for code in selected}
    placed = [(code, c.category) for c in spec.categories for code in c.codes] + [(c, "exclude") for c in spec.exclude]
    for code, home in placed:
        if code in homes:
            homes[code].append(home)
        else:
            yield Refused(
                "quotas.code-unknown",
                da=f"Kriteriet {spec.feature} bruger koden {code} ({home}), men forespørgslen har ikke valgt den i "
                f"{spec.dimension}. Ret koden eller forespørgslen.",
                en=f"The feature {spec.feature} uses the code {code} ({home}), but the query has not selected it in "
                f"{spec.dimension}. Correct the code or the query.",
            )
    for code, found in homes.items():
        if len(found) != 1:
            yield _not_once(spec, code, found)


def _not_once(spec: FeatureSpec, code: str, found: Sequence[str]) -> Refused:
    if not found:
        return Refused(
            "quotas.code-homeless",
            da=f"Koden {code} i {spec.dimension} hører ikke til nogen kategori af {spec.feature}. "
            f"Giv den en kategori, eller sæt den i exclude.",
            en=f"The code {code} of {spec.dimension} belongs to no category of {spec.feature}. "
            f"Give it a category, or put it in exclude.",
        )
    return Refused(
        "quotas.code-twice",
        da=f"Koden {code} i {spec.dimension} hører til {len(found)} steder i {spec.feature}: {listed(found)}. Vælg ét.",
        en=f"The code {code} of {spec.dimension} belongs in {len(found)} places of {spec.feature}: {listed(found)}. "
        f"Choose one.",
    )
