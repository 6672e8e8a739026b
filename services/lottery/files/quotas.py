"""Quotas as the field's tools write them, recognised by the header: rows of least and most, or criteria.json."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

from borgerting.errors import Refused, Text
from borgerting.events.recruitment import Feature, Quota
from services.lottery.domain import raise_all
from services.lottery.files.cells import clean, key
from services.lottery.files.tables import Table, read_table, wrong

SHAPES = (
    ("feature", "value", "Sortition Foundation (feature, value)"),
    ("category", "name", "OpenDLP, Sortition Foundation (category, name)"),
    ("category", "feature", "Panelot (category, feature)"),
)
MOST_DIGITS = 6


@dataclass(frozen=True)
class Quotas:
    """The features in the file's order; `priorities` rank features, 1 the most important, where the file does.

    `family` names the tools that the file is written for, `seats` is the panel size where the file fixes it.
    """

    name: str
    sha256: str
    family: str
    recognised: str
    features: tuple[Feature, ...]
    priorities: Mapping[str, int] = field(default_factory=dict)
    seats: int | None = None
    notes: tuple[Text, ...] = ()

    def canonical(self) -> tuple[Feature, ...]:
        """The features and their quotas by name, whatever order the file has them in."""
        return tuple(
            feature.model_copy(update={"quotas": tuple(sorted(feature.quotas, key=lambda q: q.category))})
            for feature in sorted(self.features, key=lambda f: f.feature)
        )

    def without_bands(self) -> "Quotas":
        """The same quotas, none of which may give way."""
        stiff = tuple(
            f.model_copy(
                update={"quotas": tuple(q.model_copy(update={"flex_least": None, "flex_most": None}) for q in f.quotas)}
            )
            for f in self.features
        )
        return replace(self, features=stiff)

    @property
    def bands(self) -> int:
        """How many quotas may give way."""
        return sum(
            (q.flex_least is not None and q.flex_least < q.least) or (q.flex_most is not None and q.flex_most > q.most)
            for f in self.features
            for q in f.quotas
        )


def read_quotas(path: Path) -> Quotas:
    """Read quotas in any of the known formats; Refused, with every wrong row at once."""
    if path.suffix.casefold() == ".json":
        from services.lottery.files.criteria import read_criteria  # noqa: PLC0415 - which imports this module

        return read_criteria(path)
    return quotas_in(read_table(path))


def quotas_in(table: Table) -> Quotas:
    """The quotas of a table; rows without a feature are notes that organisers keep below, and are told of."""
    feature, category, shape = _shape(table)
    columns = [table.require(name) for name in (feature, category, "min", "max")]
    flexible = [table.column("min_flex", "flex_min"), table.column("max_flex", "flex_max")]
    lines: list[_Line] = []
    problems: list[Refused] = []
    aside = []
    for number, cells in table.rows:
        if not clean(cells[columns[0]]):
            aside.append(str(number))
            continue
        try:
            lines.append(_line(table, number, cells, columns, flexible))
        except Refused as no:
            problems.append(no)
    raise_all([*problems, *_twice(table, lines), *(() if lines or problems else (_none(table),))])
    notes: tuple[Text, ...] = ()
    if aside:
        rows = ", ".join(aside)
        notes = (
            {
                "da": f"{table.name}: rækker uden kriterium er ikke læst (række {rows}).",
                "en": f"{table.name}: rows without a feature were not read (row {rows}).",
            },
        )
    return Quotas(table.name, table.sha256, "sortition", f"{shape}; {table.form}", _features(lines), notes=notes)


def label(name: str) -> Text:
    """A name that has no translation."""
    return {"und": name}


@dataclass(frozen=True)
class _Line:
    row: int
    feature: str
    quota: Quota


def _shape(table: Table) -> tuple[str, str, str]:
    for feature, category, shape in SHAPES:
        if table.column(feature) is not None and table.column(category) is not None:
            return feature, category, shape
    there = ", ".join(title for title in table.header if title)
    raise wrong(
        "quotas-unknown",
        da=f"{table.name} er ikke en kvotefil, der kan genkendes: kolonnerne er {there}. Brug feature,value,min,max "
        "eller category,name,min,max (eventuelt med min_flex,max_flex) eller criteria.json.",
        en=f"{table.name} is no quota file that is known: its columns are {there}. Use feature,value,min,max or "
        "category,name,min,max (perhaps with min_flex,max_flex) or criteria.json.",
    )


def _line(
    table: Table, number: int, cells: Sequence[str], columns: Sequence[int], flexible: Sequence[int | None]
) -> _Line:
    asked = [at for at in (*columns, *flexible) if at is not None]
    if said := table.why_not(number, *asked):
        raise row_wrong(table, number, *said)
    feature, category = (clean(cells[at]) for at in columns[:2])
    if not category:
        raise row_wrong(
            table, number, f"{feature} mangler en kategori. Skriv dens navn", f"{feature} lacks a category. Name it"
        )
    least, most = (whole(table, number, cells, at) for at in columns[2:])
    low, high = (None if at is None or not clean(cells[at]) else whole(table, number, cells, at) for at in flexible)
    _require_order(table, number, (low, least, most, high))
    quota = Quota(category=category, label=label(category), least=least, most=most, flex_least=low, flex_most=high)
    return _Line(number, feature, quota)


def whole(table: Table, number: int, cells: Sequence[str], at: int) -> int:
    """The whole number in a cell; Refused when it is none."""
    said, title = clean(cells[at]), table.header[at]
    if not (said.isascii() and said.isdigit() and len(said) <= MOST_DIGITS):
        raise row_wrong(
            table,
            number,
            f"«{title}» er «{said}». Skriv et helt tal, 0 eller mere",
            f"“{title}” is “{said}”. Write a whole number, 0 or more",
        )
    return int(said)


def _require_order(table: Table, number: int, bounds: tuple[int | None, int, int, int | None]) -> None:
    titles = ("min_flex", "min", "max", "max_flex")
    there = [(title, value) for title, value in zip(titles, bounds, strict=True) if value is not None]
    for (one, low), (other, high) in pairwise(there):
        if low > high:
            raise row_wrong(
                table,
                number,
                f"{one} {low} er over {other} {high}. Ret et af tallene",
                f"{one} {low} is above {other} {high}. Correct one of them",
            )


def row_wrong(table: Table, number: int, da: str, en: str) -> Refused:
    """What is wrong with one row of a file."""
    return Refused("file.row", da=f"{table.name}, række {number}: {da}.", en=f"{table.name}, row {number}: {en}.")


def _twice(table: Table, lines: Sequence[_Line]) -> Iterator[Refused]:
    first: dict[tuple[str, str], int] = {}
    for line in lines:
        name = f"{line.feature}, {line.quota.category}"
        known = first.setdefault((key(line.feature), key(line.quota.category)), line.row)
        if known != line.row:
            yield row_wrong(
                table,
                line.row,
                f"{name} står også i række {known}. Behold den ene",
                f"{name} is in row {known} too. Keep one of them",
            )


def _none(table: Table) -> Refused:
    return wrong(
        "quotas-none",
        da=f"{table.name} har ingen kvoter under overskriften. Tilføj en række til hver kategori.",
        en=f"{table.name} has no quotas below its header. Add a row for each category.",
    )


def _features(lines: Sequence[_Line]) -> tuple[Feature, ...]:
    found: dict[str, tuple[str, list[Quota]]] = {}
    for line in lines:
        found.setdefault(key(line.feature), (line.feature, []))[1].append(line.quota)
    return tuple(Feature(feature=name, label=label(name), quotas=tuple(quotas)) for name, quotas in found.values())
