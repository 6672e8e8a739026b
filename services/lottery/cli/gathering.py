"""From the options of a command to a pool, telling on the way what was recognised."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from borgerting.cli.language import language
from borgerting.errors import Refused, Text, in_language
from borgerting.events.recruitment import PoolSnapshot
from services.lottery.files.choices import ids_in, read_inclusion, read_joint
from services.lottery.files.households import Households, find_households
from services.lottery.files.pool import Wishes, pool_of, require_accepted
from services.lottery.files.quotas import Quotas, read_quotas
from services.lottery.files.tables import read_table
from services.lottery.files.volunteers import Volunteers, read_volunteers, with_others


@dataclass(frozen=True)
class Asked:
    """What the organiser asks for, as it stands on the command line."""

    quotas: Path
    volunteers: Path
    name: str
    seats: int = 0
    panels: int = 1
    id_column: str = ""
    household: Sequence[str] = ()
    fuzzy: bool = False
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    seated: Sequence[str] = ()
    joint: Path | None = None
    inclusion: str = ""
    flex: bool = False
    skip_refused: bool = False


@dataclass(frozen=True)
class Gathered:
    """What was read; `notes` are for the organiser and belong in the report."""

    pool: PoolSnapshot
    quotas: Quotas
    volunteers: Volunteers
    notes: tuple[Text, ...]


def terminal() -> Console:
    """A terminal that takes our texts as they stand."""
    return Console(highlight=False, markup=False, soft_wrap=True)


def say(da: str, en: str) -> None:
    """One line in the language of the terminal."""
    terminal().print(da if language() == "da" else en)


def gather(asked: Asked) -> Gathered:
    """Read every file and make the pool; Refused with what is wrong with them."""
    _require_name(asked.name)
    quotas = read_quotas(asked.quotas)
    say(f"Kvoter: {_quotas_told(quotas, 'da')}", f"Quotas: {_quotas_told(quotas, 'en')}")
    volunteers = read_volunteers(read_table(asked.volunteers), quotas.features, asked.id_column or None)
    _tell_volunteers(volunteers)
    if not asked.skip_refused:
        require_accepted(volunteers)
    volunteers = _with_seated(asked, volunteers, quotas)
    homes = find_households(volunteers, asked.household, fuzzy=asked.fuzzy) if asked.household else Households({})
    if asked.household:
        say(
            f"Husstande: {homes.shared} med flere tilmeldte ({len(homes.of)} personer); højst én fra hver kommer med.",
            f"Households: {homes.shared} with several volunteers ({len(homes.of)} people); one of each at most.",
        )
    notes = (*quotas.notes, *volunteers.notes, *_added(volunteers), *homes.notes(), *_bands(quotas, asked.flex))
    for note in notes:
        terminal().print(f"- {in_language(note, language())}")
    wishes = Wishes(
        seats=_seats(asked, quotas),
        panels=asked.panels,
        joint=read_joint(asked.joint, quotas.features) if asked.joint else (),
        include=ids_in(asked.include, volunteers, "--include"),
        exclude=ids_in(asked.exclude, volunteers, "--exclude"),
        seated=ids_in(asked.seated, volunteers, "--seated"),
        household=homes.of,
        inclusion=read_inclusion(volunteers, asked.inclusion) if asked.inclusion else {},
    )
    used = quotas if asked.flex else quotas.without_bands()
    return Gathered(pool_of(asked.name, used, volunteers, wishes), used, volunteers, notes)


def _with_seated(asked: Asked, volunteers: Volunteers, quotas: Quotas) -> Volunteers:
    """Those who hold a seat need not be in the pool's file: their own file says what they count for."""
    for path in map(Path, asked.seated):
        if str(path) in volunteers.people or not path.is_file():
            continue
        table = read_table(path)
        if all(table.column(feature.feature) is not None for feature in quotas.features):
            others = read_volunteers(table, quotas.features, volunteers.id_title)
            require_accepted(others)
            volunteers = with_others(volunteers, others)
    return volunteers


def _quotas_told(quotas: Quotas, lang: str) -> str:
    number = sum(len(feature.quotas) for feature in quotas.features)
    features = ", ".join(feature.feature for feature in quotas.features)
    words = ("kvoter på", "kriterier") if lang == "da" else ("quotas on", "features")
    return f"{quotas.name} – {quotas.recognised}. {number} {words[0]} {len(quotas.features)} {words[1]}: {features}."


def _tell_volunteers(volunteers: Volunteers) -> None:
    table, rows = volunteers.table, volunteers.rows
    accepted, refused = volunteers.accepted, len(volunteers.refused)
    say(
        f"Tilmeldte: {table.name} – {table.form}. {rows} rækker = {accepted} godtaget + {refused} afvist; "
        f"id: {volunteers.id_title or 'rækkenummer'}.",
        f"Volunteers: {table.name} – {table.form}. {rows} rows = {accepted} accepted + {refused} refused; "
        f"id: {volunteers.id_title or 'row number'}.",
    )


def _added(volunteers: Volunteers) -> tuple[Text, ...]:
    if not volunteers.added:
        return ()
    return (
        {
            "da": f"{volunteers.added} med plads i forvejen står kun i --seated; de tæller med i kvoterne.",
            "en": f"{volunteers.added} who have a seat already are in --seated only; they count towards the quotas.",
        },
    )


def _bands(quotas: Quotas, flex: bool) -> tuple[Text, ...]:
    if not quotas.bands:
        return ()
    if flex:
        return (
            {
                "da": f"{quotas.bands} kvoter må give efter inden for min_flex og max_flex, hvis de skal.",
                "en": f"{quotas.bands} quotas may give way within min_flex and max_flex, if they must.",
            },
        )
    return (
        {
            "da": f"min_flex og max_flex ({quotas.bands} kvoter) bruges ikke; det gør de med --flex.",
            "en": f"min_flex and max_flex ({quotas.bands} quotas) are not used; they are with --flex.",
        },
    )


def _seats(asked: Asked, quotas: Quotas) -> int:
    if not (seats := asked.seats or quotas.seats):
        raise Refused(
            "seats.missing",
            da="Hvor mange pladser er der? Skriv det med --seats, f.eks. --seats 36.",
            en="How many seats are there? Say it with --seats, e.g. --seats 36.",
        )
    return seats


def _require_name(name: str) -> None:
    if not re.fullmatch("[a-z0-9-]{1,40}", name):
        raise Refused(
            "name.wrong",
            da=f"Navnet «{name}» kan ikke bruges. Skriv --name med højst 40 af a–z, 0–9 og -.",
            en=f"The name “{name}” cannot be used. Write --name with at most 40 of a–z, 0–9 and -.",
        )
