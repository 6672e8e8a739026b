"""Volunteers from a table: a category for each feature is read, every column is kept for the files that come back."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from borgerting.errors import Text
from borgerting.events.recruitment import Feature
from services.lottery.files.cells import clean, key, listed
from services.lottery.files.tables import Table, wrong

ID_COLUMNS = ("nationbuilder_id", "unique_id", "id", "row_id", "rowid", "løbenummer", "nummer", "nr", "nr.")
MAX_ID = 80


@dataclass(frozen=True)
class Person:
    """A row that can be drawn: its number, its cells as they stand, and a category of each feature."""

    row: int
    cells: tuple[str, ...]
    features: Mapping[str, str]


@dataclass(frozen=True)
class RefusedRow:
    """A row that cannot be drawn, and why."""

    row: int
    reason: Text


@dataclass(frozen=True)
class Volunteers:
    """Every row of `table` is in `people`, by id, or in `refused`; `id_title` is None where rows are numbered.

    `added` of the people come from another file.
    """

    table: Table
    id_title: str | None
    people: Mapping[str, Person]
    refused: tuple[RefusedRow, ...]
    notes: tuple[Text, ...] = ()
    added: int = 0

    @property
    def accepted(self) -> int:
        """Rows that were accepted."""
        return len(self.people) - self.added

    @property
    def rows(self) -> int:
        """Rows in all."""
        return len(self.table.rows)


def read_volunteers(table: Table, features: Sequence[Feature], id_column: str | None = None) -> Volunteers:
    """Sort the rows; Refused when a column is missing or no row holds anything."""
    if not table.rows:
        raise wrong(
            "volunteers-none",
            da=f"{table.name} har ingen rækker under overskriften. Tilføj en række til hver tilmeldt.",
            en=f"{table.name} has no rows below its header. Add a row for each volunteer.",
        )
    id_at = table.require(id_column) if id_column else table.column(*ID_COLUMNS)
    columns = {feature.feature: table.require(feature.feature) for feature in features}
    reader = _Reader(table, features, columns, id_at)
    read = [reader.read(number, cells) for number, cells in table.rows]
    people, repeated = _unique(table, [found for found in read if not isinstance(found, RefusedRow)])
    refused = sorted([*(r for r in read if isinstance(r, RefusedRow)), *repeated], key=lambda r: r.row)
    title = None if id_at is None else table.header[id_at]
    return Volunteers(table, title, people, tuple(refused), (*_unnumbered(table, id_at), *reader.spelled()))


def with_others(volunteers: Volunteers, others: Volunteers) -> Volunteers:
    """The people of both, by the columns of the first; whoever is in both stays as the first has them."""
    places = [others.table.column(title) if title else None for title in volunteers.table.header]
    fresh = {
        who: replace(person, row=0, cells=tuple("" if at is None else person.cells[at] for at in places))
        for who, person in others.people.items()
        if who not in volunteers.people
    }
    return replace(volunteers, people={**volunteers.people, **fresh}, added=len(fresh))


class _Reader:
    """Reads one row after another, and counts what was spelled in another way than the quotas."""

    def __init__(
        self, table: Table, features: Sequence[Feature], columns: Mapping[str, int], id_at: int | None
    ) -> None:
        self._table, self._features, self._columns, self._id_at = table, features, columns, id_at
        self._known = {f.feature: {key(q.category): q.category for q in f.quotas} for f in features}
        self._spelled: Counter[tuple[str, str, str]] = Counter()

    def read(self, number: int, cells: tuple[str, ...]) -> tuple[str, Person] | RefusedRow:
        """The id and the person, or everything that is wrong with the row."""
        needed = [*self._columns.values(), *(() if self._id_at is None else (self._id_at,))]
        said = [self._table.why_not(number, *needed)]
        who = f"row-{number}" if self._id_at is None else clean(cells[self._id_at])
        if not said[0]:
            said = [_id_wrong(who), *(self._value_wrong(f, cells) for f in self._features)]
        if problems := [pair for pair in said if pair]:
            return _refused(self._table, number, problems)
        traits = {name: self._known[name][key(cells[at])] for name, at in self._columns.items()}
        for name, at in self._columns.items():
            if (written := clean(cells[at])) != traits[name]:
                self._spelled[name, written, traits[name]] += 1
        return who, Person(number, cells, traits)

    def _value_wrong(self, feature: Feature, cells: Sequence[str]) -> tuple[str, str] | None:
        said, name = clean(cells[self._columns[feature.feature]]), feature.feature
        there = listed([quota.category for quota in feature.quotas], 20)
        if not said:
            return f"«{name}» er tom. Skriv en af {there}", f"“{name}” is empty. Write one of {there}"
        if key(said) in self._known[name]:
            return None
        return (
            f"«{name}» er «{said[:60]}», som ingen kvote har. Skriv en af {there}, eller tilføj en kvote",
            f"“{name}” is “{said[:60]}”, which no quota has. Write one of {there}, or add a quota",
        )

    def spelled(self) -> Iterable[Text]:
        """One note for each other spelling that was taken for a category."""
        for (name, written, category), times in sorted(self._spelled.items()):
            yield {
                "da": f"{name}: «{written}» er læst som «{category}» ({times} {'række' if times == 1 else 'rækker'}).",
                "en": f"{name}: “{written}” was read as “{category}” ({times} {'row' if times == 1 else 'rows'}).",
            }


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
        return (day, month) == (29, 2)
    return True


def _id_wrong(who: str) -> tuple[str, str] | None:
    if not who:
        return "rækken har intet id. Giv den et løbenummer", "the row has no id. Give it a running number"
    if looks_like_cpr(who):
        return (
            "id'et ligner et CPR-nummer, som ikke må stå i lodtrækningens filer. Brug et løbenummer",
            "the id looks like a CPR number, which must not stand in the draw's files. Use a running number",
        )
    if len(who) > MAX_ID or not who.isprintable():
        return (
            f"id'et er på {len(who)} tegn. Brug højst {MAX_ID} almindelige tegn",
            f"the id has {len(who)} characters. Use at most {MAX_ID} plain ones",
        )
    return None


def _unique(table: Table, read: Sequence[tuple[str, Person]]) -> tuple[dict[str, Person], list[RefusedRow]]:
    """Of rows that are the same in every cell one is kept; of rows that differ none, since nobody knows which holds."""
    rows: dict[str, list[Person]] = {}
    for who, person in read:
        rows.setdefault(who, []).append(person)
    people: dict[str, Person] = {}
    refused: list[RefusedRow] = []
    for who in sorted(rows):
        first, *others = rows[who]
        if not others:
            people[who] = first
            continue
        differing = [
            title for at, title in enumerate(table.header) if len({clean(person.cells[at]) for person in rows[who]}) > 1
        ]
        if not differing:
            people[who] = first
        for person in others if not differing else rows[who]:
            refused.append(_refused(table, person.row, [_repeats(who, person, rows[who], differing)]))
    return people, refused


def _repeats(who: str, person: Person, rows: Sequence[Person], differing: Sequence[str]) -> tuple[str, str]:
    others = ", ".join(str(other.row) for other in rows if other is not person)
    if not differing:
        return (
            f"id {who} står også i række {others}, med det samme. Slet gentagelsen",
            f"id {who} is in row {others} too, with the same in it. Remove the repeat",
        )
    titles = listed(differing)
    return (
        f"id {who} står også i række {others}, med andet i {titles}. Behold den rigtige, eller giv dem hver sit id",
        f"id {who} is in row {others} too, with other {titles}. Keep the right one, or give each its own id",
    )


def _refused(table: Table, number: int, said: Sequence[tuple[str, str]]) -> RefusedRow:
    da, en = ("; ".join(pair[n] for pair in said) for n in (0, 1))
    return RefusedRow(
        number, {"da": f"{table.name}, række {number}: {da}.", "en": f"{table.name}, row {number}: {en}."}
    )


def _unnumbered(table: Table, id_at: int | None) -> Iterable[Text]:
    if id_at is None:
        names = ", ".join(ID_COLUMNS[:3])
        yield {
            "da": f"{table.name} har ingen kolonne med id ({names}): rækkerne er nummereret (row-2, row-3 …), "
            "så filens rækkefølge må ikke ændres. Vælg en kolonne med --id.",
            "en": f"{table.name} has no column of ids ({names}): its rows are numbered (row-2, row-3 …), so the "
            "order of the file must not change. Choose a column with --id.",
        }
