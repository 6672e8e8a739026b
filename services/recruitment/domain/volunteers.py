"""Volunteers from a file: a row id and the mapped features are kept, everything else is dropped and listed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from borgerting.errors import Refused, Text, in_language
from borgerting.events.recruitment import Feature, Intake
from services.recruitment.domain.refusals import listed, raise_all
from services.recruitment.domain.sheet import Sheet, missing_column, width_wrong

ID_COLUMNS = ("id", "row_id", "unique_id", "nationbuilder_id")
ROW_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")

Traits = Mapping[str, str]
"""Feature -> category."""


@dataclass(frozen=True)
class Mapped:
    """What the organiser says about the file: its id column, column -> feature, and feature -> value -> category."""

    id_column: str | None
    columns: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class RefusedRow:
    """A row that was not taken, and why."""

    row: int
    reason: Text


@dataclass(frozen=True)
class Reading:
    """Every row of a file is either accepted or refused."""

    accepted: Mapping[str, Traits]
    refused: tuple[RefusedRow, ...]
    dropped: tuple[str, ...]

    @property
    def intake(self) -> Intake:
        """The counts."""
        accepted, refused = len(self.accepted), len(self.refused)
        return Intake(rows=accepted + refused, accepted=accepted, refused=refused, dropped_columns=self.dropped)


def read_volunteers(
    sheet: Sheet, features: Sequence[Feature], mapped: Mapped, registered: Mapping[str, Traits]
) -> Reading:
    """Sort the rows of `sheet`; somebody in `registered` with the same features is accepted again, without effect."""
    if not sheet.rows:
        raise _nobody()
    raise_all(_mapping_wrong(sheet, features, mapped))
    id_column = _id_column(sheet, mapped)
    columns = {feature.feature: _column(sheet, feature, mapped) for feature in features}
    raise_all(_shared(sheet, {"id": id_column, **columns}))
    known = {f.feature: _categories(f, mapped.values.get(f.feature, {})) for f in features}
    accepted: dict[str, Traits] = {}
    refused: list[RefusedRow] = []
    first: dict[str, int] = {}
    for row, cells in sheet.rows:
        found = _person(row, cells, sheet, id_column, columns, features, known)
        if not isinstance(found, Refused):
            who, traits = found
            found = _seen(row, who, traits, first, registered) or found
            first.setdefault(who, row)
        if isinstance(found, Refused):
            refused.append(RefusedRow(row, found.text))
        else:
            accepted[found[0]] = found[1]
    used = {id_column, *columns.values()}
    dropped = tuple(title or f"#{at + 1}" for at, title in enumerate(sheet.header) if at not in used)
    return Reading(accepted, tuple(refused), dropped)


def _person(  # noqa: PLR0913, PLR0917 - one row and everything that reads it
    row: int,
    cells: Sequence[str],
    sheet: Sheet,
    id_column: int,
    columns: Mapping[str, int],
    features: Sequence[Feature],
    known: Mapping[str, Mapping[str, str]],
) -> tuple[str, Traits] | Refused:
    """The row's id and features, or the first thing that is wrong with it."""
    if narrow := width_wrong(row, len(cells), sheet):
        return narrow
    who = cells[id_column]
    if strange := _id_wrong(row, who):
        return strange
    traits: dict[str, str] = {}
    for feature in features:
        said = cells[columns[feature.feature]]
        category = known[feature.feature].get(said.casefold())
        if category is None:
            return _value_wrong(row, feature, said)
        traits[feature.feature] = category
    return who, traits


def _id_wrong(row: int, who: str) -> Refused | None:
    if not who:
        return _row(row, "mangler id. Giv rækken et løbenummer", "has no id. Give the row a running number")
    if looks_like_cpr(who):
        return _row(
            row,
            "har et id, der ligner et CPR-nummer. CPR-numre må ikke ind i systemet; brug et løbenummer",
            "has an id that looks like a CPR number. CPR numbers must never come in; use a running number",
        )
    if not ROW_ID.fullmatch(who):
        return _row(
            row,
            "har et id, der ikke kan bruges. Brug højst 40 af a–z, cifre og ._- og aldrig navne",
            "has an id that cannot be used. Use at most 40 of a–z, digits and ._- and never names",
        )
    return None


def looks_like_cpr(text: str) -> bool:
    """Ten digits of which the first six are a date.

    >>> looks_like_cpr("010190-1234"), looks_like_cpr("0101901234"), looks_like_cpr("9901901234")
    (True, True, False)
    """
    found = re.fullmatch(r"(\d\d)(\d\d)(\d\d)-?\d{4}", text)
    if not found:
        return False
    day, month, year = (int(part) for part in found.groups())
    try:
        date(2000 + year, month, day)
    except ValueError:
        return (day, month) == (29, 2)  # which century is not told, so every 29 February may be real
    return True


def _value_wrong(row: int, feature: Feature, said: str) -> Refused:
    da, en = (in_language(feature.label, language) for language in ("da", "en"))
    there = listed([quota.category for quota in feature.quotas])
    if not said:
        return _row(row, f"har intet i «{da}». Skriv en af {there}", f"has nothing in “{en}”. Write one of {there}")
    return _row(
        row,
        f"har «{said[:40]}» i «{da}», som ikke er en kategori. Skriv en af {there}",
        f"has “{said[:40]}” in “{en}”, which is no category. Write one of {there}",
    )


def _seen(
    row: int, who: str, traits: Traits, first: Mapping[str, int], registered: Mapping[str, Traits]
) -> Refused | None:
    if who in first:
        return _row(
            row,
            f"har id {who}, som række {first[who]} også har. Hvert id må stå én gang",
            f"has the id {who}, which row {first[who]} has too. Each id may stand once",
        )
    known = registered.get(who)
    if known is not None and dict(known) != dict(traits):
        differs = listed([name for name, category in traits.items() if known.get(name) != category])
        return _row(
            row,
            f"har id {who}, der er tilmeldt før med andet i {differs}. Ret rækken, eller giv den et nyt id",
            f"has the id {who}, registered before with other {differs}. Correct the row or give it a new id",
        )
    return None


def _row(row: int, da: str, en: str) -> Refused:
    return Refused("volunteers.row", da=f"Række {row} {da}.", en=f"Row {row} {en}.")


def _nobody() -> Refused:
    return Refused(
        "volunteers.none",
        da="Filen har ingen rækker under overskriften. Tilføj de tilmeldte, en række til hver.",
        en="The file has no rows below its header. Add the volunteers, one row each.",
    )


def _id_column(sheet: Sheet, mapped: Mapped) -> int:
    at = sheet.column(mapped.id_column) if mapped.id_column else sheet.column(*ID_COLUMNS)
    if at is None:
        raise missing_column(f"«{mapped.id_column or 'id'}»", sheet)
    return at


def _column(sheet: Sheet, feature: Feature, mapped: Mapped) -> int:
    chosen = [column for column, name in mapped.columns.items() if name == feature.feature]
    at = sheet.column(*(chosen or (feature.feature, *feature.label.values())))
    if at is None:
        raise missing_column(f"«{feature.feature}»", sheet)
    return at


def _categories(feature: Feature, values: Mapping[str, str]) -> Mapping[str, str]:
    """What may stand in a cell: a code, else a label that only one category has, else what the organiser mapped."""
    labels: dict[str, set[str]] = {}
    for quota in feature.quotas:
        for label in quota.label.values():
            labels.setdefault(label.casefold(), set()).add(quota.category)
    by_label = {label: next(iter(found)) for label, found in labels.items() if len(found) == 1}
    by_code = {quota.category.casefold(): quota.category for quota in feature.quotas}
    return by_label | by_code | {said.strip().casefold(): category for said, category in values.items()}


def _mapping_wrong(sheet: Sheet, features: Sequence[Feature], mapped: Mapped) -> Iterator[Refused]:
    categories = {f.feature: [q.category for q in f.quotas] for f in features}
    for column, feature in mapped.columns.items():
        if sheet.column(column) is None:
            yield missing_column(f"«{column}»", sheet)
        if feature not in categories:
            yield _no_feature(feature, list(categories))
    for feature, values in mapped.values.items():
        if feature not in categories:
            yield _no_feature(feature, list(categories))
            continue
        for said, category in values.items():
            if category not in categories[feature]:
                there = listed(categories[feature])
                yield Refused(
                    "volunteers.mapping",
                    da=f"«{said}» skal oversættes til {category}, men {feature} har {there}. Ret oversættelsen.",
                    en=f"“{said}” is mapped to {category}, but {feature} has {there}. Correct the mapping.",
                )


def _no_feature(name: str, there: Sequence[str]) -> Refused:
    return Refused(
        "volunteers.mapping",
        da=f"Der er intet kriterium, der hedder {name}; der er {listed(there)}. Ret oversættelsen.",
        en=f"There is no feature called {name}; there are {listed(there)}. Correct the mapping.",
    )


def _shared(sheet: Sheet, columns: Mapping[str, int]) -> Iterator[Refused]:
    used: dict[int, str] = {}
    for name, at in columns.items():
        other = used.setdefault(at, name)
        if other != name:
            yield Refused(
                "volunteers.column-shared",
                da=f"Kolonnen «{sheet.header[at]}» skulle bruges til både {other} og {name}. Giv dem hver sin kolonne.",
                en=f"The column “{sheet.header[at]}” would serve both {other} and {name}. Give each its own column.",
            )
