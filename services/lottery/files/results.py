"""What was drawn, as files: the organiser's own columns come back, in our layout or in that of the other tools."""

import csv
import io
import os
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from borgerting.events.recruitment import PoolSnapshot
from services.lottery.domain import rows_of, seats
from services.lottery.files.cells import guarded
from services.lottery.files.quotas import Quotas
from services.lottery.files.tables import wrong
from services.lottery.files.volunteers import Volunteers
from services.lottery.files.workbooks import write_workbook

Rows = list[tuple[str, ...]]
LAYOUTS = ("csv", "xlsx", "sortition", "ogtal")
RECORD = "draw.json"


@dataclass(frozen=True)
class Outcome:
    """The panels that were drawn, each a list of ids, and the alternates in the order in which they are called."""

    pool: PoolSnapshot
    quotas: Quotas
    volunteers: Volunteers
    panels: tuple[tuple[str, ...], ...]
    alternates: tuple[str, ...] = ()

    @property
    def members(self) -> tuple[str, ...]:
        """Everybody on a panel."""
        return tuple(who for panel in self.panels for who in panel)

    @property
    def remaining(self) -> tuple[str, ...]:
        """Everybody else in the pool; alternates are among them, since they were not drawn."""
        taken = set(self.members)
        return self.in_order(who for who in self.volunteers.people if who not in taken)

    def in_order(self, ids: Iterable[str]) -> tuple[str, ...]:
        """As they stand in the organiser's file."""
        return tuple(sorted(ids, key=lambda who: (self.volunteers.people[who].row, who)))


def open_folder(folder: Path) -> None:
    """Make the folder for its owner alone; Refused when a draw is in it already, which is never written over."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as why:
        reason = why.strerror or str(why)
        raise wrong(
            "folder",
            da=f"Mappen {folder} kan ikke laves ({reason}). Vælg en anden med --out.",
            en=f"The folder {folder} cannot be made ({reason}). Choose another with --out.",
        ) from why
    if there := sorted(path.name for path in folder.iterdir()):
        raise wrong(
            "folder",
            da=f"Mappen {folder} er ikke tom ({there[0]}). En lodtrækning skrives aldrig oven i noget: vælg en anden "
            "mappe med --out.",
            en=f"The folder {folder} is not empty ({there[0]}). A draw is never written over anything: choose another "
            "folder with --out.",
        )


def write_lists(folder: Path, layout: str, outcome: Outcome) -> list[Path]:
    """Write the lists of people in one of LAYOUTS; return the files, readable by their owner alone."""
    if layout == "ogtal":
        return [_book(folder / "output.xlsx", _ogtal(outcome))]
    lists = _sortition(outcome) if layout == "sortition" else _plain(outcome)
    if layout == "xlsx":
        return [_book(folder / f"{name}.xlsx", {name: rows}) for name, rows in lists.items()]
    mark = layout != "sortition"  # their tool would take the mark for a part of the first title
    return [write(folder / f"{name}.csv", csv_bytes(rows, mark=mark)) for name, rows in lists.items()]


def write(path: Path, content: bytes) -> Path:
    """Write a new file that only its owner can read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    return path


def csv_bytes(rows: Iterable[Sequence[str]], *, mark: bool = True) -> bytes:
    """UTF-8, with a mark so that Excel reads it rightly, and no cell that it would run."""
    text = io.StringIO()
    csv.writer(text).writerows([guarded(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig" if mark else "utf-8")


def _plain(outcome: Outcome) -> dict[str, Rows]:
    """Every column as it was read; alternates with their place in the order."""
    header = outcome.volunteers.table.header
    people = outcome.volunteers.people
    several = len(outcome.panels) > 1
    lists: dict[str, Rows] = {
        f"selected-{n}" if several else "selected": [header, *(people[who].cells for who in outcome.in_order(panel))]
        for n, panel in enumerate(outcome.panels, 1)
    }
    lists["remaining"] = [header, *(people[who].cells for who in outcome.remaining)]
    if outcome.alternates:
        called = enumerate(outcome.alternates, 1)
        lists["alternates"] = [("order", *header), *((str(n), *people[who].cells) for n, who in called)]
    return lists


def _sortition(outcome: Outcome) -> dict[str, Rows]:
    """The id first and the features last; whoever shares a home with a member is left out of the remaining."""
    table, title = outcome.volunteers.table, outcome.volunteers.id_title
    last = [table.require(feature.feature) for feature in outcome.quotas.features]
    first = [] if title is None else [table.require(title)]
    order = [*first, *(at for at in range(len(table.header)) if at not in {*first, *last}), *last]
    homes = {person.id: person.household for person in outcome.pool.people if person.household}
    taken = {homes[who] for who in outcome.members if who in homes}
    free = [who for who in outcome.remaining if homes.get(who) not in taken]

    def rows(ids: Iterable[str]) -> Rows:
        cells = (outcome.volunteers.people[who].cells for who in ids)
        lines = [table.header, *cells]
        return [tuple(line[at] for at in order) for line in lines]

    several = len(outcome.panels) > 1
    named = {
        f"selected-{n}" if several else "selected": rows(outcome.in_order(ids))
        for n, ids in enumerate(outcome.panels, 1)
    }
    return named | {"remaining": rows(free)} | ({"alternates": rows(outcome.alternates)} if outcome.alternates else {})


def _ogtal(outcome: Outcome) -> dict[str, list[Sequence[str | int]]]:
    """The sheet ``lotting`` with the volunteers outside who have the same profile, and a sheet for each criterion."""
    people, header = outcome.volunteers.people, outcome.volunteers.table.header
    traits = rows_of(outcome.pool)
    names = sorted(feature.feature for feature in outcome.pool.features)

    def profile(who: str) -> tuple[str, ...]:
        return tuple(traits[who][name] for name in names)

    outside = Counter(profile(who) for who in outcome.remaining)
    drawn = outcome.in_order(outcome.members)
    sheets: dict[str, list[Sequence[str | int]]] = {
        "lotting": [(*header, "Reserves")],
    }
    sheets["lotting"] += [(*people[who].cells, outside[profile(who)]) for who in drawn]
    taken = seats(outcome.quotas.features, traits, outcome.members)
    for feature in outcome.quotas.features:
        sheets[feature.feature] = [("group", "have", "want", "diff")]
        for quota in sorted(feature.quotas, key=lambda q: q.category):
            have, panels = taken[feature.feature][quota.category], outcome.pool.panels
            want = min(max(have, quota.least * panels), quota.most * panels)
            sheets[feature.feature].append((quota.category, have, want, have - want))
    return sheets


def _book(path: Path, sheets: Mapping[str, Collection[Sequence[str | int]]]) -> Path:
    write(path, b"")  # made for its owner alone before anything is in it
    write_workbook(path, sheets)
    return path
