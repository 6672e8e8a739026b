"""``borgerting lottery replace``: who takes the seats of those who left, by the alternates or by a redraw."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Annotated

import typer

from borgerting.canonical import canonical, sha256
from borgerting.errors import Refused
from services.lottery import domain
from services.lottery.cli import options as the
from services.lottery.cli.draw import MEMORY_MB, drawn_from, layout_of
from services.lottery.cli.gathering import Gathered, say
from services.lottery.cli.solving import solve
from services.lottery.domain.claims import require_sound
from services.lottery.domain.record import record
from services.lottery.domain.refill import best_alternates, remaining, require_leaving
from services.lottery.files.choices import ids_in
from services.lottery.files.quotas import Quotas
from services.lottery.files.records import Record, read_record
from services.lottery.files.results import LAYOUTS, RECORD, Outcome, csv_bytes, open_folder, write, write_lists
from services.lottery.files.tables import read_table
from services.lottery.files.volunteers import Volunteers, read_volunteers
from services.lottery.solver.parent import SolverProcess

NO_ANSWER = ("draw.", "fairness.", "plugin.", "portfolio.", "replace.", "solver.", "tickets.")
"""Refusals that do not say that the quotas cannot be kept: interrupted, out of memory, a selector that is broken."""


@dataclass(frozen=True)
class Vacancy:
    """Those who keep their seats, those who left them, and everybody who cannot take one; sorted."""

    stay: tuple[str, ...]
    left: tuple[str, ...]
    gone: tuple[str, ...]


def replace(  # noqa: PLR0913, PLR0917 - one parameter is one option of the command line
    draw: Annotated[Path, typer.Option(help="The draw.json of the draw.")],
    volunteers: the.VolunteerFile,
    left: Annotated[list[str], typer.Option(help="Id, or a file of ids, whose seat is free.")],
    unavailable: Annotated[list[str], typer.Option(help="Id, or a file of ids, who have said no.")] = [],  # noqa: B006
    panel: Annotated[Path | None, typer.Option(help="The panel as it is now, after earlier replacements.")] = None,
    tickets: the.Tickets = 1000,
    id_column: the.IdColumn = "",
    out: Annotated[Path, typer.Option(help="A new or empty folder for the files.")] = Path("replaced"),
    layout: Annotated[str, typer.Option("--format", help=f"{', '.join(LAYOUTS)}; else as the volunteers' file.")] = "",
    selector: Annotated[str, typer.Option(help="The plug-in that makes the tickets of a redraw.")] = "portfolio",
) -> None:
    """Fill free seats: alternates in their order, else a redraw among the rest. / Besæt ledige pladser."""
    told = read_record(draw)
    read = _known(told, read_volunteers(read_table(volunteers), told.pool.features, id_column or None))
    vacancy = _vacancy(told, read, left, unavailable, panel)
    open_folder(out)
    came, way, content = _successors(told, vacancy, read, selector, tickets)
    _write(out, layout or layout_of(volunteers), told, read, vacancy, came, way, content)


def _successors(
    told: Record, vacancy: Vacancy, read: Volunteers, selector: str, tickets: int
) -> tuple[tuple[str, ...], str, bytes]:
    """Who comes, how, and the record of it, by the same rule as in the service.

    The alternates that keep every quota, in their order; else a redraw; where that cannot be, those that lose least.
    """
    free = [who for who in told.alternates if who not in {*vacancy.stay, *vacancy.gone}]
    called, lost = best_alternates(told.pool, vacancy.stay, free, len(vacancy.left))
    if lost == 0 and len(called) == len(vacancy.left):
        say(
            "Suppleanterne kan tage pladserne, så alle kvoter holdes.",
            "The alternates can take the seats and every quota is kept.",
        )
        return called, "alternate", canonical(_by_hand(told, vacancy, called))
    say(
        "Suppleanterne kan ikke holde alle kvoter: der trækkes lod om pladserne blandt alle, der er tilbage.",
        "The alternates cannot keep every quota: the seats are drawn among everybody who is left.",
    )
    try:
        came, content = _redrawn(told, vacancy, read, selector, tickets)
    except Refused as no:
        if not called or no.code.startswith(NO_ANSWER):
            raise
        say(
            f"Det kan ikke lade sig gøre: suppleanterne kommer ind, og {lost} pladser ligger uden for kvoterne.",
            f"That cannot be done: the alternates come, and {lost} seats are outside the quotas.",
        )
        return called, "alternate", canonical(_by_hand(told, vacancy, called))
    return came, "redraw", content


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


def _vacancy(
    told: Record, read: Volunteers, left: Sequence[str], unavailable: Sequence[str], panel: Path | None
) -> Vacancy:
    now = ids_in([str(panel)], read, "--panel") if panel else told.members
    leaving = ids_in(left, read, "--left")
    require_leaving(now, leaving)
    gone = {*leaving, *ids_in(unavailable, read, "--unavailable"), *told.pool.exclude, *(set(told.members) - set(now))}
    return Vacancy(tuple(sorted(set(now) - set(leaving))), leaving, tuple(sorted(gone)))


def _redrawn(
    told: Record, vacancy: Vacancy, read: Volunteers, selector: str, tickets: int
) -> tuple[tuple[str, ...], bytes]:
    """Those who come and the record; the seed follows from the draw's own, so that nobody can choose it."""
    pool = remaining(told.pool, vacancy.stay, vacancy.gone)
    seed = sha256(canonical({"seed": told.seed, "stay": vacancy.stay, "gone": vacancy.gone}))
    wanted = {"objective": told.made.fairness.objective if told.made.fairness else "leximin", "alternates": "0"}
    made = solve(SolverProcess(selector, MEMORY_MB), pool, tickets, domain.solver_seed(seed), wanted)
    require_sound(pool, made, tickets)
    drawn = drawn_from(Gathered(pool, _quotas(told), read, ()), made, seed)
    came = sorted(set(drawn.members) - set(vacancy.stay))
    if len(came) != len(vacancy.left) or set(came) & set(vacancy.gone):
        raise Refused(
            "replace.seated",
            da="Lodtrækningsmotoren lod ikke de siddende medlemmer sidde. Vælg en anden med --selector.",
            en="The selector did not let the seated members sit. Choose another with --selector.",
        )
    return tuple(came), record(pool, drawn)


def _by_hand(told: Record, vacancy: Vacancy, came: Sequence[str]) -> dict[str, object]:
    """What is kept of a replacement by alternates: the record of the draw proves their order."""
    return {
        "assembly": told.pool.assembly,
        "way": "alternate",
        "commitment": domain.commitment(told.seed),
        "ticket": told.ticket,
        "alternates": told.alternates,
        "left": vacancy.left,
        "gone": vacancy.gone,
        "came": came,
        "members": sorted((*vacancy.stay, *came)),
    }


def _quotas(told: Record) -> Quotas:
    return Quotas(told.name, "", "sortition", told.name, told.pool.features)


def _write(  # noqa: PLR0913, PLR0917 - everything that goes into the folder
    out: Path,
    layout: str,
    told: Record,
    read: Volunteers,
    vacancy: Vacancy,
    came: Sequence[str],
    way: str,
    content: bytes,
) -> None:
    outcome = Outcome(told.pool, _quotas(told), read, ((*vacancy.stay, *came),))
    files = write_lists(out, layout, outcome)
    changes = [("left", "came", "way"), *((one, other or "", way) for one, other in zip_longest(vacancy.left, came))]
    files.append(write(out / "replacements.csv", csv_bytes(changes)))
    files.append(write(out / (RECORD if way == "redraw" else "replacement.json"), content))
    for one, other, _ in changes[1:]:
        say(f"{one} går ud, {other or 'ingen'} kommer ind.", f"{one} leaves, {other or 'nobody'} comes.")
    names = ", ".join(path.name for path in files)
    say(f"Skrevet i {out}/: {names}", f"Written in {out}/: {names}")
