"""``borgerting lottery draw``: from two files to a panel, with a record that anybody who has the files can check."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Annotated

import typer

from borgerting.adapters import Portfolio
from borgerting.cli.language import language
from borgerting.errors import Refused, Text, in_language
from borgerting.events.recruitment import PoolSnapshot
from services.lottery import domain
from services.lottery.cli import options as the
from services.lottery.cli.gathering import Asked, Gathered, gather, say, terminal
from services.lottery.cli.solving import solve
from services.lottery.domain.advice import change_words, thin_words
from services.lottery.domain.claims import require_sound
from services.lottery.domain.record import Drawn, record
from services.lottery.domain.thin import thin_spots
from services.lottery.files.figures import certain, percent
from services.lottery.files.proven import summary
from services.lottery.files.report import Facts, sections
from services.lottery.files.results import LAYOUTS, RECORD, Outcome, open_folder, write, write_lists
from services.lottery.files.sheets import as_html, as_text
from services.lottery.solver.parent import SolverProcess
from services.lottery.store import PORTFOLIO_RULE, portfolio_bytes, sealed_parts

OBJECTIVES = ("leximin", "maximin", "nash", "goldilocks", "random")
MEMORY_MB = 4096
TITLE = {"da": "Rapport om lodtrækningen", "en": "Report on the draw"}


def draw(  # noqa: PLR0913, PLR0917 - one parameter is one option of the command line
    quotas: the.QuotaFile,
    volunteers: the.VolunteerFile,
    seats: the.Seats = 0,
    panels: the.Panels = 1,
    seed: Annotated[str, typer.Option(help="Any text; the same one draws the same panel. Made where absent.")] = "",
    tickets: the.Tickets = 1000,
    objective: Annotated[str, typer.Option(help=f"What to make fair: {', '.join(OBJECTIVES)}.")] = "leximin",
    alternates: Annotated[int, typer.Option(min=0, max=100, help="Alternates named for every ticket.")] = 6,
    household: the.Household = [],  # noqa: B006 - typer reads it and nobody writes it
    fuzzy: the.Fuzzy = False,
    include: the.Include = [],  # noqa: B006
    exclude: the.Exclude = [],  # noqa: B006
    seated: the.Seated = [],  # noqa: B006
    joint: the.Joint = None,
    inclusion: the.Inclusion = "",
    flex: the.Flex = False,
    id_column: the.IdColumn = "",
    skip_refused: the.SkipRefused = False,
    out: Annotated[Path, typer.Option(help="A new or empty folder for the files.")] = Path("draw"),
    layout: Annotated[str, typer.Option("--format", help=f"{', '.join(LAYOUTS)}; else as the volunteers' file.")] = "",
    name: the.Name = "draw",
    selector: Annotated[str, typer.Option(help="The plug-in that makes the tickets.")] = "portfolio",
) -> None:
    """Draw a panel and write it, the rest, a record and a report. / Træk lod og skriv filerne."""
    _require_one_of("--objective", objective, OBJECTIVES)
    _require_one_of("--format", layout, ("", *LAYOUTS))
    asked = Asked(
        quotas, volunteers, name, seats, panels, id_column, household, fuzzy, include, exclude, seated, joint,
        inclusion, flex, skip_refused,
    )  # fmt: skip
    gathered = _flexed(gather(asked)) if flex else gather(asked)
    domain.require_pool(gathered.pool)
    for spot in thin_spots(gathered.pool):
        terminal().print(f"! {in_language(thin_words(spot), language())}")
    open_folder(out)
    seed = seed or secrets.token_hex(32)
    say(f"Frøets forpligtelse: {domain.commitment(seed)}", f"Commitment of the seed: {domain.commitment(seed)}")
    wanted = {"objective": objective, "alternates": str(alternates)}
    try:
        made = solve(SolverProcess(selector, MEMORY_MB), gathered.pool, tickets, domain.solver_seed(seed), wanted)
    except Refused as no:
        raise _with_a_way_out(no) from no
    require_sound(gathered.pool, made, tickets)
    drawn = drawn_from(gathered, made, seed)
    outcome = outcome_of(gathered, made, drawn)
    _tell(gathered, drawn, made)
    files = write_all(out, layout or layout_of(volunteers), gathered, outcome, drawn, made)
    _tell_files(out, files)


def _with_a_way_out(no: Refused) -> Refused:
    """The same, and what to do with the repairs that it lists."""
    if not any(one.code == "quota.repair" for one in no.also):
        return no
    last = Refused(
        "quota.ways",
        da="Ét af disse ville hjælpe. Ret kvoterne, eller brug --flex, hvis de har min_flex og max_flex. "
        "«borgerting lottery explain» siger det samme uden at trække lod.",
        en="Any one of these would help. Change the quotas, or use --flex where they have min_flex and max_flex. "
        "“borgerting lottery explain” says the same without a draw.",
    )
    return Refused(no.code, da=no.text["da"], en=no.text["en"], also=(*no.also, last))


def _flexed(gathered: Gathered) -> Gathered:
    """The same with as little of the bands as is needed for a panel; what gave way is told and noted."""
    from services.lottery.solver.explain import flexed  # OR-Tools only where it is needed

    pool, changes = flexed(gathered.pool)
    notes: list[Text] = []
    for change in changes:
        words = change_words(change)
        notes.append({"da": f"Gav efter: {words['da']}.", "en": f"Gave way: {words['en']}."})
        terminal().print(f"- {in_language(notes[-1], language())}")
    wider = {(f.feature, q.category): q for f in pool.features for q in f.quotas}
    features = tuple(
        f.model_copy(update={"quotas": tuple(wider[f.feature, q.category] for q in f.quotas)})
        for f in gathered.quotas.features
    )
    quotas = replace(gathered.quotas, features=features)
    return replace(gathered, pool=pool, quotas=quotas, notes=(*gathered.notes, *notes))


def drawn_from(gathered: Gathered, made: Portfolio, seed: str) -> Drawn:
    """Draw the ticket by the published rule, and check it again without the solver."""
    content = portfolio_bytes(gathered.pool.assembly, made)
    portfolio = domain.digest(content)
    ticket = domain.ticket_index(seed, portfolio, len(made.tickets))
    domain.require_panel(gathered.pool, made.tickets[ticket])
    return Drawn(
        sealed=sealed_parts(content),
        portfolio=portfolio,
        portfolio_rule=PORTFOLIO_RULE,
        seed=seed,
        commitment=domain.commitment(seed),
        ticket=ticket,
        members=made.tickets[ticket],
        solver=made.solver,
        versions={"borgerting": version("borgerting"), "ortools": version("ortools"), "python": python_version()},
    )


def outcome_of(gathered: Gathered, made: Portfolio, drawn: Drawn) -> Outcome:
    """The panels of the ticket and the alternates that were named for it."""
    size, members = gathered.pool.panel_size, drawn.members
    panels = tuple(tuple(members[start : start + size]) for start in range(0, len(members), size))
    alternates = made.alternates[drawn.ticket] if made.alternates else ()
    return Outcome(gathered.pool, gathered.quotas, gathered.volunteers, panels, alternates)


def write_all(  # noqa: PLR0913, PLR0917 - everything that goes into the folder
    out: Path, layout: str, gathered: Gathered, outcome: Outcome, drawn: Drawn, made: Portfolio
) -> list[Path]:
    """Write every file, the record last: a folder with a record is whole."""
    chances = domain.chances(gathered.pool, made.tickets)
    spots = thin_spots(gathered.pool)
    known = {spot.quota for spot in spots}
    thin = (*map(thin_words, spots), *certain(outcome, chances, len(made.tickets), known))
    parts = sections(Facts(outcome, drawn, chances, made.fairness, gathered.notes, thin), language())
    title = f"{in_language(TITLE, language())}: {gathered.pool.assembly}"
    files = write_lists(out, layout, outcome)
    files.append(write(out / "report.txt", as_text(title, parts).encode()))
    files.append(write(out / "report.html", as_html(title, parts, language()).encode()))
    return [*files, write(out / RECORD, record(gathered.pool, drawn))]


def _tell(gathered: Gathered, drawn: Drawn, made: Portfolio) -> None:
    held = domain.chances(gathered.pool, made.tickets)
    fixed = {*gathered.pool.include, *gathered.pool.seated, *gathered.pool.exclude}
    free = [n for who, n in held.items() if who not in fixed] or [0]
    low, high, of = min(free), max(free), len(made.tickets)
    kept, number = _kept(gathered.pool, drawn.members)
    say(
        f"Lod {drawn.ticket} af {of} er trukket: {len(drawn.members)} medlemmer, {kept} af {number} kvoter holdt. "
        f"Den enkeltes chance: {percent(low, of, ',')} til {percent(high, of, ',')}.",
        f"Ticket {drawn.ticket} of {of} is drawn: {len(drawn.members)} members, {kept} of {number} quotas kept. "
        f"Everybody's chance: {percent(low, of)} to {percent(high, of)}.",
    )
    if fair := summary(made.fairness, gathered.pool):
        say(fair["da"], fair["en"])
    never, always = free.count(0), free.count(of)
    if never or always:
        say(
            f"På intet lod: {never} tilmeldte. På hvert lod, altså sikre: {always}. De er nævnt i rapporten.",
            f"On no ticket: {never} volunteers. On every ticket, so certain: {always}. The report names them.",
        )
    say(f"Frø: {drawn.seed}", f"Seed: {drawn.seed}")


def _kept(pool: PoolSnapshot, members: Sequence[str]) -> tuple[int, int]:
    """How many of all quotas the panels keep, counted anew."""
    rows, size = domain.rows_of(pool), pool.panel_size
    panels = [members[start : start + size] for start in range(0, len(members), size)]
    quotas = [({f.feature: q.category}, q.least, q.most) for f in pool.features for q in f.quotas]
    quotas += [(joint.categories, joint.least, joint.most) for joint in pool.joint]

    def taken(panel: Sequence[str], wanted: Mapping[str, str]) -> int:
        return sum(all(rows[who][name] == category for name, category in wanted.items()) for who in panel)

    kept = [all(least <= taken(panel, wanted) <= most for panel in panels) for wanted, least, most in quotas]
    return sum(kept), len(kept)


def _tell_files(out: Path, files: list[Path]) -> None:
    names = ", ".join(path.name for path in files)
    say(f"Skrevet i {out}/: {names}", f"Written in {out}/: {names}")
    say(
        "Personoplysninger: filerne er på din egen disk og kun til dig; motoren så kun id'er og kriterier.",
        "Personal data: the files are on your own disk, for you alone; the solver saw ids and features only.",
    )


def layout_of(volunteers: Path) -> str:
    """A workbook comes back as a workbook."""
    return "xlsx" if volunteers.suffix.casefold() == ".xlsx" else "csv"


def _require_one_of(option: str, said: str, known: tuple[str, ...]) -> None:
    if said not in known:
        there = ", ".join(filter(None, known))
        raise Refused(
            "option.unknown",
            da=f"{option} {said} findes ikke. Vælg en af {there}.",
            en=f"{option} {said} is not known. Choose one of {there}.",
        )
