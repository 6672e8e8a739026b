"""What the organiser says about single people and pairs of features: ids by hand or in a file, and joint quotas."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path

from borgerting.errors import Refused
from borgerting.events.recruitment import Feature, JointQuota
from services.lottery.domain import raise_all
from services.lottery.files.cells import clean, key, listed
from services.lottery.files.quotas import row_wrong, whole
from services.lottery.files.tables import Table, read_table, wrong
from services.lottery.files.volunteers import ID_COLUMNS, Volunteers

JOINT = ("feature", "value", "feature2", "value2", "min", "max")
LARGEST_PART = 10**18


def ids_in(said: Iterable[str], volunteers: Volunteers, option: str) -> tuple[str, ...]:
    """The ids that `said` names, each by itself or in a file with a column of ids or one id a line; sorted.

    Refused when somebody is not among those who can be drawn.
    """
    found: dict[str, str] = {}
    for word in said:
        path = Path(word)
        if clean(word) not in volunteers.people and path.is_file():
            found |= dict.fromkeys(_ids_of(read_table(path), volunteers.id_title), path.name)
        else:
            found[clean(word)] = option
    refused = _refused_ids(volunteers)
    raise_all([_stranger(who, found[who], refused) for who in sorted(set(found) - set(volunteers.people))])
    return tuple(sorted(found))


def _ids_of(table: Table, title: str | None) -> list[str]:
    at = table.column(*([title] if title else []), *ID_COLUMNS)
    if at is None and len(table.header) == 1:  # a list of ids without a title
        return [clean(table.header[0]), *(clean(cells[0]) for _, cells in table.rows)]
    at = table.require(title or "id") if at is None else at
    return [clean(cells[at]) for _, cells in table.rows]


def _refused_ids(volunteers: Volunteers) -> set[str]:
    if volunteers.id_title is None:
        return {f"row-{row.row}" for row in volunteers.refused}
    at, numbers = volunteers.table.require(volunteers.id_title), {row.row for row in volunteers.refused}
    return {clean(cells[at]) for number, cells in volunteers.table.rows if number in numbers}


def _stranger(who: str, where: str, refused: set[str]) -> Refused:
    if who in refused:
        return wrong(
            "choice-refused",
            da=f"{where}: {who} står i en række, der er afvist. Ret rækken først.",
            en=f"{where}: {who} is in a row that was refused. Correct that row first.",
        )
    return wrong(
        "choice-unknown",
        da=f"{where}: {who} er hverken en tilmeldts id eller en fil. Ret det.",
        en=f"{where}: {who} is neither a volunteer's id nor a file. Correct it.",
    )


def read_joint(path: Path, features: Sequence[Feature]) -> tuple[JointQuota, ...]:
    """Quotas on two features at once, ``feature,value,feature2,value2,min,max``, in one order; Refused row by row."""
    table = read_table(path)
    columns = [table.require(name) for name in JOINT]
    names = {key(f.feature): f.feature for f in features}
    known = {f.feature: {key(q.category): q.category for q in f.quotas} for f in features}
    found: dict[tuple[str, ...], JointQuota] = {}
    problems: list[Refused] = []
    for number, cells in table.rows:
        try:
            quota = _joint(table, number, cells, columns, names, known)
        except Refused as no:
            problems.append(no)
            continue
        pair = tuple(f"{name}|{category}" for name, category in sorted(quota.categories.items()))
        if pair in found:
            problems.append(row_wrong(table, number, "den samme kvote står to gange", "the same quota is there twice"))
        found[pair] = quota
    raise_all(problems)
    return tuple(found[pair] for pair in sorted(found))


def _joint(  # noqa: PLR0913, PLR0917 - one row and everything that reads it
    table: Table,
    number: int,
    cells: Sequence[str],
    columns: Sequence[int],
    names: Mapping[str, str],
    known: Mapping[str, Mapping[str, str]],
) -> JointQuota:
    if said := table.why_not(number, *columns):
        raise row_wrong(table, number, *said)
    one, value, two, value2 = (clean(cells[at]) for at in columns[:4])
    least, most = (whole(table, number, cells, at) for at in columns[4:])
    categories: dict[str, str] = {}
    for feature, category in ((one, value), (two, value2)):
        name = names.get(key(feature))
        code = known[name].get(key(category)) if name else None
        if name is None or code is None:
            there = listed(list(known[name].values()) if name else list(names.values()), 20)
            raise row_wrong(
                table,
                number,
                f"«{feature}», «{category}» står ikke i kvoterne. Skriv en af {there}",
                f"“{feature}”, “{category}” is not in the quotas. Write one of {there}",
            )
        categories[name] = code
    if len(categories) < 2 or least > most:
        raise row_wrong(
            table,
            number,
            f"kvoten skal gælde to kriterier, og min ({least}) må ikke være over max ({most})",
            f"the quota must be on two features, and min ({least}) must not be above max ({most})",
        )
    label = " × ".join(categories.values())
    return JointQuota(categories=categories, label={"und": label}, least=least, most=most)


def read_inclusion(volunteers: Volunteers, column: str) -> dict[str, str]:
    """Everybody's probability of having been invited, as a ratio: ``1/40``, ``0.025``, ``0,025`` or ``2.5 %``."""
    table = volunteers.table
    at = table.require(column)
    odds: dict[str, str] = {}
    problems: list[Refused] = []
    for who in sorted(volunteers.people):
        person = volunteers.people[who]
        if not person.row:
            continue  # seated, from another file: no chance is measured
        found = _probability(clean(person.cells[at]))
        if found is None or table.why_not(person.row, at):
            said = clean(person.cells[at])
            problems.append(
                row_wrong(
                    table,
                    person.row,
                    f"«{table.header[at]}» er «{said}». Skriv sandsynligheden for at blive inviteret, f.eks. 1/40",
                    f"“{table.header[at]}” is “{said}”. Write the probability of being invited, e.g. 1/40",
                )
            )
        else:
            odds[who] = f"{found.numerator}/{found.denominator}"
    raise_all(problems)
    return odds


def read_agreed(volunteers: Volunteers, column: str) -> dict[str, date]:
    """The last day on which each may be called, 2027-03-31 or 31-03-2027; those whose cell is empty are left out."""
    table = volunteers.table
    at = table.require(column)
    days: dict[str, date] = {}
    problems: list[Refused] = []
    for who in sorted(volunteers.people):
        said = clean(volunteers.people[who].cells[at])
        if not said:
            continue
        try:
            days[who] = date.fromisoformat("-".join(reversed(said.split("-"))) if said[2:3] == "-" else said)
        except ValueError:
            problems.append(
                row_wrong(
                    table,
                    volunteers.people[who].row,
                    f"«{table.header[at]}» er «{said}». Skriv en dag, f.eks. 2027-03-31",
                    f"“{table.header[at]}” is “{said}”. Write a day, e.g. 2027-03-31",
                )
            )
    raise_all(problems)
    return days


def _probability(said: str) -> Fraction | None:
    number, percent, _ = said.replace(",", ".").partition("%")
    try:
        found = Fraction(number.strip()) / (100 if percent else 1)
    except (ValueError, ZeroDivisionError):
        return None
    return found if 0 < found <= 1 and found.denominator < LARGEST_PART else None
