"""``borgerting lottery replace``: who takes the seats of those who left, by the alternates or by a redraw."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import zip_longest
from pathlib import Path
from typing import Annotated

import typer

from borgerting.canonical import canonical
from borgerting.errors import Refused
from services.lottery import domain
from services.lottery.cli import options as the
from services.lottery.cli.draw import layout_of
from services.lottery.cli.gathering import say
from services.lottery.domain.redraws import REDRAW_RULE, Vacancy
from services.lottery.domain.refill import best_alternates, require_leaving
from services.lottery.files.choices import ids_in, read_agreed
from services.lottery.files.quotas import Quotas
from services.lottery.files.records import Record, read_record
from services.lottery.files.results import LAYOUTS, Outcome, csv_bytes, open_folder, write, write_lists
from services.lottery.files.tables import read_table
from services.lottery.files.volunteers import Volunteers, read_volunteers


@dataclass(frozen=True)
class Seats:
    """Those who keep their seats, those who left them, and everybody who cannot take one; sorted.

    `call` counts the members of the panel drawn whose seats others had before; a redraw's lots follow from it.
    """

    stay: tuple[str, ...]
    left: tuple[str, ...]
    gone: tuple[str, ...]
    call: int


@dataclass(frozen=True)
class Successors:
    """Those who come, by way of "alternate" or "redraw", and how many seats are outside the quotas then."""

    came: tuple[str, ...]
    way: str
    missed: int


def replace(  # noqa: PLR0913, PLR0917 - one parameter is one option of the command line
    draw: Annotated[Path, typer.Option(help="The draw.json of the draw.")],
    volunteers: the.VolunteerFile,
    left: Annotated[list[str], typer.Option(help="Id, or a file of ids, whose seat is free.")],
    unavailable: Annotated[list[str], typer.Option(help="Id, or a file of ids, who have said no.")] = [],  # noqa: B006
    panel: Annotated[Path | None, typer.Option(help="The panel as it is now, after earlier replacements.")] = None,
    until: Annotated[str, typer.Option(help="Column with the last day on which each agreed to be called.")] = "",
    day: Annotated[str, typer.Option(help="The day of the calls with --until, 2027-03-31; today unless told.")] = "",
    id_column: the.IdColumn = "",
    out: Annotated[Path, typer.Option(help="A new or empty folder for the files.")] = Path("replaced"),
    layout: Annotated[str, typer.Option("--format", help=f"{', '.join(LAYOUTS)}; else as the volunteers' file.")] = "",
) -> None:
    """Fill free seats: alternates in their order, else a redraw among the rest. / Besæt ledige pladser."""
    told = read_record(draw)
    read = _known(told, read_volunteers(read_table(volunteers), told.pool.features, id_column or None))
    if until:
        unavailable = [*unavailable, *_not_agreed(read, until, day)]
    seats = _seats(told, read, left, unavailable, panel)
    open_folder(out)
    _write(out, layout or layout_of(volunteers), told, read, seats, _successors(told, seats))


def _successors(told: Record, seats: Seats) -> Successors:
    """Who comes, and how, by the same rule as in the service.

    The alternates that keep every quota, in their order; else a redraw, which keeps every quota wherever that can be
    and misses the fewest seats where it cannot.
    """
    free = [who for who in told.alternates if who not in {*seats.stay, *seats.gone}]
    called, lost = best_alternates(told.pool, seats.stay, free, len(seats.left))
    if lost == 0 and len(called) == len(seats.left):
        say(
            "Suppleanterne kan tage pladserne, så alle kvoter holdes.",
            "The alternates can take the seats and every quota is kept.",
        )
        return Successors(called, "alternate", 0)
    say(
        "Suppleanterne kan ikke holde alle kvoter: der trækkes lod om pladserne blandt alle, der er tilbage.",
        "The alternates cannot keep every quota: the seats are drawn among everybody who is left.",
    )
    from services.lottery.solver.redraw import redraw  # OR-Tools only where it is needed

    found = redraw(Vacancy(told.pool, seats.stay, len(seats.left), frozenset(seats.gone)), told.seed, seats.call)
    if found.missed:
        say(
            f"De, der er tilbage, kan ikke holde alle kvoter: {found.missed} pladser ligger udenfor, så få som muligt.",
            f"Nobody who is left can keep every quota: {found.missed} seats are outside them, as few as can be.",
        )
    else:
        say("Alle kvoter holdes.", "Every quota is kept.")
    return Successors(found.came, "redraw", found.missed)


def _not_agreed(read: Volunteers, until: str, day: str) -> list[str]:
    """Those who have not agreed to be called on that day."""
    try:
        when = date.fromisoformat(day) if day else datetime.now(UTC).date()
    except ValueError:
        raise Refused(
            "replace.day",
            da=f"--day er «{day}». Skriv en dag som 2027-03-31.",
            en=f"--day is “{day}”. Write a day such as 2027-03-31.",
        ) from None
    agreed = read_agreed(read, until)
    return [who for who in sorted(read.people) if who not in agreed or agreed[who] < when]


def _known(told: Record, read: Volunteers) -> Volunteers:
    if missing := [person.id for person in told.pool.people if person.id not in read.people]:
        raise Refused(
            "replace.volunteers",
            da=f"{read.table.name} mangler {len(missing)} fra lodtrækningen, den første er {missing[0]}. Brug den fil, "
            "der blev trukket lod fra.",
            en=f"{read.table.name} lacks {len(missing)} of the draw, the first is {missing[0]}. Use the file that was "
            "drawn from.",
        )
    if told.pool.panels > 1:
        raise Refused(
            "replace.panels",
            da="Lodtrækningen gav flere deltagerkredse. Besæt pladser i hver for sig med draw --seated og --exclude.",
            en="The draw gave several panels. Fill seats in each by itself with draw --seated and --exclude.",
        )
    return read


def _seats(
    told: Record, read: Volunteers, left: Sequence[str], unavailable: Sequence[str], panel: Path | None
) -> Seats:
    now = ids_in([str(panel)], read, "--panel") if panel else told.members
    leaving = ids_in(left, read, "--left")
    require_leaving(now, leaving)
    before = set(told.members) - set(now)
    gone = {*leaving, *ids_in(unavailable, read, "--unavailable"), *told.pool.exclude, *before}
    return Seats(tuple(sorted(set(now) - set(leaving))), leaving, tuple(sorted(gone)), len(before))


def _replacement(told: Record, seats: Seats, found: Successors) -> dict[str, object]:
    """What is kept of a replacement: with the record of the draw, anybody can follow it again."""
    return {
        "assembly": told.pool.assembly,
        "way": found.way,
        "commitment": domain.commitment(told.seed),
        "ticket": told.ticket,
        "alternates": told.alternates,
        "left": seats.left,
        "gone": seats.gone,
        "came": found.came,
        "members": sorted((*seats.stay, *found.came)),
        "missed": found.missed,
    } | ({"call": seats.call, "redraw_rule": REDRAW_RULE} if found.way == "redraw" else {})


def _write(  # noqa: PLR0913, PLR0917 - everything that goes into the folder
    out: Path, layout: str, told: Record, read: Volunteers, seats: Seats, found: Successors
) -> None:
    quotas = Quotas(told.name, "", "sortition", told.name, told.pool.features)
    files = write_lists(out, layout, Outcome(told.pool, quotas, read, ((*seats.stay, *found.came),)))
    pairs = [(one, other or "", found.way if other else "") for one, other in zip_longest(seats.left, found.came)]
    files.append(write(out / "replacements.csv", csv_bytes([("left", "came", "way"), *pairs])))
    files.append(write(out / "replacement.json", canonical(_replacement(told, seats, found))))
    for one, other, _ in pairs:
        say(f"{one} går ud, {other or 'ingen'} kommer ind.", f"{one} leaves, {other or 'nobody'} comes.")
    names = ", ".join(path.name for path in files)
    say(f"Skrevet i {out}/: {names}", f"Written in {out}/: {names}")
