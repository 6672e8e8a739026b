"""``borgerting lottery explain``: can a panel be drawn, and if not, why and what would help; nothing is drawn."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from borgerting.cli.language import language
from borgerting.errors import Refused, in_language
from borgerting.events.recruitment import PoolSnapshot
from services.lottery.cli import options as the
from services.lottery.cli.gathering import Asked, gather, say, terminal
from services.lottery.domain.advice import Advice, thin_words
from services.lottery.domain.supply import require_pool
from services.lottery.files.cells import clean, key
from services.lottery.files.quotas import Quotas


def explain(  # noqa: PLR0913, PLR0917 - one parameter is one option of the command line
    quotas: the.QuotaFile,
    volunteers: the.VolunteerFile,
    seats: the.Seats = 0,
    panels: the.Panels = 1,
    priority: Annotated[
        list[str], typer.Option(help="FEATURE=N, 1 the most important: the others give way first.")
    ] = [],  # noqa: B006 - typer reads it and nobody writes it
    household: the.Household = [],  # noqa: B006
    fuzzy: the.Fuzzy = False,
    include: the.Include = [],  # noqa: B006
    exclude: the.Exclude = [],  # noqa: B006
    seated: the.Seated = [],  # noqa: B006
    joint: the.Joint = None,
    inclusion: the.Inclusion = "",
    id_column: the.IdColumn = "",
    skip_refused: the.SkipRefused = False,
    name: the.Name = "draw",
) -> None:
    """Say whether a panel can be drawn, why not, and what would help. / Kan der trækkes lod, og hvis ikke, hvorfor?"""
    from services.lottery.solver import explain as solver  # OR-Tools only where it is needed

    asked = Asked(
        quotas, volunteers, name, seats, panels, id_column, household, fuzzy, include, exclude, seated, joint,
        inclusion, flex=True, skip_refused=skip_refused,
    )  # fmt: skip
    gathered = gather(asked)
    ranks = give_way_first({**gathered.quotas.priorities, **_priorities(priority, gathered.quotas)})
    if _sums_fit(gathered.pool):
        _tell(solver.explain(gathered.pool, ranks))


def give_way_first(priorities: Mapping[str, int]) -> dict[str, int]:
    """Organisers rank from 1, the most important; the solver asks who gives way first, from 0.

    >>> give_way_first({"sex": 1, "age": 2, "area": 4})
    {'sex': 3, 'age': 2, 'area': 0}
    """
    last = max(priorities.values(), default=0)
    return {feature: last - rank for feature, rank in priorities.items()}


def _priorities(said: Sequence[str], quotas: Quotas) -> dict[str, int]:
    names = {key(feature.feature): feature.feature for feature in quotas.features}
    ranks = {}
    for word in said:
        feature, _, rank = word.rpartition("=")
        if key(feature) not in names or not clean(rank).isdecimal():
            there = ", ".join(names.values())
            raise Refused(
                "option.priority",
                da=f"--priority {word}: skriv KRITERIUM=TAL med et af {there}, f.eks. {next(iter(names.values()))}=1.",
                en=f"--priority {word}: write FEATURE=NUMBER with one of {there}, e.g. {next(iter(names.values()))}=1.",
            )
        ranks[names[key(feature)]] = int(rank)
    return ranks


def _sums_fit(pool: PoolSnapshot) -> bool:
    """Tell of features whose quotas cannot add up to the panel; False where none can: the number of seats is wrong."""
    try:
        require_pool(pool)
    except Refused as no:
        sums = [one for one in (no, *no.also) if one.code in {"quota.least-sum", "quota.most-sum"}]
        for one in sums:
            terminal().print(in_language(one.text, language()))
        if len(sums) == len(pool.features):
            say(f"Er --seats {pool.panel_size} rigtigt?", f"Is --seats {pool.panel_size} right?")
            return False
    return True


def _tell(advice: Advice) -> None:
    def lines(sentences: Sequence[Mapping[str, str]], mark: str) -> None:
        for number, text in enumerate(sentences, 1):
            terminal().print(mark.format(number) + in_language(text, language()))

    if advice.possible:
        say("Der kan trækkes lod: alle kvoter kan holdes på én gang.", "A panel can be drawn: all quotas can be kept.")
    else:
        say("Der kan ikke trækkes lod med disse kvoter.", "No panel can be drawn with these quotas.")
        lines((*advice.wrong, *advice.clashing()), "")
    if repairs := advice.helping():
        say("Det ville hjælpe (hver for sig):", "Any one of these would help:")
        lines(repairs, "{}. ")
    if advice.thin:
        say("Tynde steder:", "Thin spots:")
        lines([thin_words(spot) for spot in advice.thin], "! ")
