"""The report sheet of a draw on files: what came in, everybody's chance, the quotas, and what a lottery cannot mend."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from borgerting.adapters import Fairness
from borgerting.errors import Text, in_language
from services.lottery.domain import rows_of, seats
from services.lottery.domain.record import Drawn
from services.lottery.files.cells import listed
from services.lottery.files.figures import percent, permille, rounded, skew
from services.lottery.files.proven import proven
from services.lottery.files.results import Outcome
from services.lottery.files.spans import spans

BARS, STEPS, IDS = 12, 12, 40
"""So many are shown at most."""
Cell = str | int


@dataclass(frozen=True)
class Bar:
    """A cell that is shown as a bar, `part` thousandths of the longest."""

    part: int


@dataclass(frozen=True)
class Section:
    """Text, then a table; the first row of `rows` is its header."""

    title: str
    text: tuple[str, ...] = ()
    rows: tuple[tuple[Cell | Bar, ...], ...] = ()


@dataclass(frozen=True)
class Facts:
    """What the report is about; `chances` maps an id to its tickets, `thin` are sentences on categories."""

    outcome: Outcome
    drawn: Drawn
    chances: Mapping[str, int]
    fairness: Fairness | None = None
    notes: tuple[Text, ...] = ()
    thin: tuple[Text, ...] = field(default_factory=tuple)


Say = Callable[[str, str], str]
"""Chooses between Danish and English."""
POINT = (",", ".")
"""Of a decimal number, in Danish and in English."""


def sections(facts: Facts, language: str) -> list[Section]:
    """The whole sheet in one language."""

    def say(da: str, en: str) -> str:
        return da if language == "da" else en

    return [
        _files(facts, say, language),
        _the_draw(facts, say),
        _chances(facts, say),
        *_levels(facts, say),
        _quotas(facts, say),
        _thin(facts, say, language),
        _mend(facts, say),
        *_alternates(facts, say),
        _again(say),
    ]


def _files(facts: Facts, say: Say, language: str) -> Section:
    quotas, volunteers = facts.outcome.quotas, facts.outcome.volunteers
    header = (say("Fil", "File"), say("Læst som", "Read as"), say("Rækker", "Rows"), say("Godtaget", "Accepted"))
    rows = (
        (*header, say("Afvist", "Refused"), "SHA-256"),
        (quotas.name, quotas.recognised, sum(len(f.quotas) for f in quotas.features), "", "", quotas.sha256),
        (
            volunteers.table.name,
            volunteers.table.form,
            volunteers.rows,
            volunteers.accepted,
            len(volunteers.refused),
            volunteers.table.sha256,
        ),
    )
    notes = [*facts.notes, *(refused.reason for refused in volunteers.refused)]
    return Section(say("Filerne", "The files"), tuple(in_language(note, language) for note in notes), rows)


def _the_draw(facts: Facts, say: Say) -> Section:
    drawn, pool = facts.drawn, facts.outcome.pool
    tickets = drawn.sealed["tickets"]
    rows: list[tuple[Cell, ...]] = [
        (say("Lodtrækning", "Draw"), pool.assembly),
        (say("Pladser", "Seats"), str(pool.panel_size)),
        (say("Deltagerkredse", "Panels"), str(pool.panels)),
        (say("Tilmeldte i puljen", "Volunteers in the pool"), str(len(pool.people))),
        (
            say("Lodder, heraf forskellige", "Tickets, of them different"),
            f"{len(tickets)}, {len(set(map(tuple, tickets)))}",
        ),
        (say("Trukket lod (fra 0)", "Ticket drawn (from 0)"), str(drawn.ticket)),
        (say("Lodtrækningens frø", "Seed"), drawn.seed),
        (say("Frøets forpligtelse", "Commitment"), drawn.commitment),
        (say("Porteføljens aftryk", "Digest of the portfolio"), drawn.portfolio),
        (say("Motor", "Solver"), drawn.solver),
        (say("Versioner", "Versions"), ", ".join(f"{name} {v}" for name, v in sorted(drawn.versions.items()))),
    ]
    told = {
        say("Altid med", "Always on"): pool.include,
        say("Sidder allerede", "Seated already"): pool.seated,
        say("Udelukket", "Excluded"): pool.exclude,
    }
    rows += [(name, ", ".join(ids)) for name, ids in told.items() if ids]
    return Section(say("Lodtrækningen", "The draw"), (), (("", ""), *rows))


def _chances(facts: Facts, say: Say) -> Section:
    of = len(facts.drawn.sealed["tickets"])
    fixed = {*facts.outcome.pool.include, *facts.outcome.pool.seated, *facts.outcome.pool.exclude}
    held = {who: n for who, n in facts.chances.items() if who not in fixed}
    if not held:
        return Section(say("Chancer", "Chances"), (say("Ingen pladser er til lodtrækning.", "No seat is drawn."),))
    low, high, point = min(held.values()), max(held.values()), say(*POINT)
    text = [
        say(
            f"Den enkeltes chance er antallet af lodder, vedkommende er med på, ud af {of}: "
            f"mindst {percent(low, of, point)} og højst {percent(high, of, point)}.",
            f"Everybody's chance is the number of tickets they are on, of {of}: "
            f"at least {percent(low, of, point)} and at most {percent(high, of, point)}.",
        ),
        *(say(words["da"], words["en"]) for words in proven(facts.fairness, facts.outcome.pool, facts.chances, of)),
    ]
    if never := facts.outcome.in_order(who for who, n in held.items() if n == 0):
        text.append(say(f"Ikke med på noget lod ({len(never)}): ", f"On no ticket ({len(never)}): ") + _ids(never))
    if always := facts.outcome.in_order(who for who, n in held.items() if n == of):
        text.append(
            say(f"Med på hvert lod, altså sikre ({len(always)}): ", f"On every ticket, so certain ({len(always)}): ")
            + _ids(always)
        )
    header = (say("Chance", "Chance"), say("Tilmeldte", "Volunteers"), "")
    return Section(say("Chancer", "Chances"), tuple(text), (header, *_bars(list(held.values()), of, point)))


def _ids(people: Sequence[str]) -> str:
    return f"{listed(people, IDS)}."


def _levels(facts: Facts, say: Say) -> Iterable[Section]:
    """The steps of the proof, the last of many as one row; nothing where one sentence has told it all."""
    levels, point = facts.fairness.levels if facts.fairness else (), say(*POINT)
    if len(levels) < 2:
        return
    header = (say("Trin", "Step"), say("Tilmeldte", "Volunteers"), say("Chance", "Chance"), say("Højst", "At most"))
    rows: list[tuple[Cell, ...]] = [header]
    shown = levels if len(levels) <= STEPS else levels[: STEPS - 1]
    for at, level in enumerate(shown, 1):
        rows.append((str(at), level.people, permille(level.chance, point, 2), permille(level.bound, point, 2)))
    if rest := levels[len(shown) :]:
        span = f"{permille(rest[0].chance, point, 2)} – {permille(rest[-1].chance, point, 2)}"
        rows.append((f"{len(shown) + 1}–{len(levels)}", sum(level.people for level in rest), span, ""))
    text = say(
        "Hvert trin er de tilmeldte, hvis chance ikke kan blive større, når alle på trinene før beholder deres. Ingen "
        "lodtrækning, der lader dem beholde den, giver alle de øvrige mere end «Højst».",
        "Each step is the volunteers whose chance cannot be larger while everybody on the steps before keeps theirs. "
        "No lottery that lets them keep it gives all the others more than “At most”.",
    )
    yield Section(say("Chancerne trin for trin", "The chances step by step"), (text,), tuple(rows))


def _bars(held: Sequence[int], of: int, point: str) -> Iterable[tuple[Cell | Bar, ...]]:
    found = spans(held, BARS)
    people = [sum(low <= n <= high for n in held) for low, high in found]
    for (low, high), number in zip(found, people, strict=True):
        span = percent(low, of, point) if low == high else f"{percent(low, of, point)} – {percent(high, of, point)}"
        yield span, number, Bar(number * 1000 // max(people))


def _quotas(facts: Facts, say: Say) -> Section:
    pool, traits, point = facts.outcome.pool, rows_of(facts.outcome.pool), say(*POINT)
    features = facts.outcome.quotas.features
    supply, panels = seats(features, traits, traits), [seats(features, traits, ids) for ids in facts.outcome.panels]
    names = [say("I deltagerkredsen", "On the panel")]
    if pool.panels > 1:
        names = [say(f"Kreds {n}", f"Panel {n}") for n in range(1, pool.panels + 1)]
    header = (say("Kriterium", "Feature"), say("Kategori", "Category"), say("Mindst", "Least"), say("Højst", "Most"))
    rows: list[tuple[Cell, ...]] = [(*header, say("I puljen", "In the pool"), "%", *names)]
    for f in features:
        for q in f.quotas:
            have = supply[f.feature][q.category]
            share = percent(have, len(pool.people), point)
            taken = [counts[f.feature][q.category] for counts in panels]
            rows.append((f.feature, q.category, q.least, q.most, have, share, *taken))
    for joint in pool.joint:

        def holders(ids: Iterable[str], wanted: Mapping[str, str] = joint.categories) -> int:
            return sum(all(traits[who][name] == c for name, c in wanted.items()) for who in ids)

        pair = " × ".join(joint.categories), " × ".join(joint.categories.values())
        taken = [holders(ids) for ids in facts.outcome.panels]
        rows.append(
            (*pair, joint.least, joint.most, holders(traits), percent(holders(traits), len(traits), point), *taken)
        )
    return Section(say("Kvoterne", "The quotas"), (), tuple(rows))


def _thin(facts: Facts, say: Say, language: str) -> Section:
    title = say("Tynde steder", "Thin spots")
    if facts.thin:
        return Section(title, tuple(in_language(spot, language) for spot in facts.thin))
    return Section(
        title,
        (
            say(
                "Ingen kategori har så få tilmeldte, at de alle er sikre på at blive trukket.",
                "No category has so few volunteers that all of them are certain to be drawn.",
            ),
        ),
    )


def _mend(facts: Facts, say: Say) -> Section:
    text = (
        say(
            "Kvoterne retter skævheder mellem kategorierne, ikke inden i dem. De, der har meldt sig, kan tænke andet "
            "end de, der ikke har, selv om de har samme køn og alder. Det kan ingen lodtrækning rette.",
            "The quotas mend what is skewed between the categories, not within them. Those who volunteered may "
            "think otherwise than those who did not, though of the same sex and age. No lottery can mend that.",
        ),
        say(
            "Tabellen viser, hvor mange af 100 tilmeldte der skulle være andre, for at puljen selv holdt kvoterne.",
            "The table shows how many of 100 volunteers would have to be others for the pool to keep the quotas.",
        ),
    )
    rows: list[tuple[Cell, ...]] = [
        (say("Kriterium", "Feature"), say("Puljen", "The pool"), say("Deltagerkredsen", "The panel"))
    ]
    traits = rows_of(facts.outcome.pool)
    size, point = facts.outcome.pool.panel_size, say(*POINT)
    for f in facts.outcome.quotas.features:
        panel = max(skew(f, traits, ids, size) for ids in facts.outcome.panels)
        rows.append((f.feature, rounded(100 * skew(f, traits, traits, size), point), rounded(100 * panel, point)))
    return Section(say("Hvad en lodtrækning ikke kan rette", "What a lottery cannot mend"), text, tuple(rows))


def _alternates(facts: Facts, say: Say) -> Iterable[Section]:
    if called := facts.outcome.alternates:
        text = say("De kaldes ind i denne rækkefølge.", "They are called in this order.")
        rows: list[tuple[Cell, ...]] = [("", "Id"), *enumerate(called, 1)]
        yield Section(say("Suppleanter", "Alternates"), (text,), tuple(rows))


def _again(say: Say) -> Section:
    return Section(
        say("Efterprøv", "Check it again"),
        (
            say(
                "Samme filer, samme frø og samme versioner giver samme draw.json, byte for byte. Hvordan loddet følger "
                "af frøet, står i draw.json (ticket_rule).",
                "The same files, seed and versions give the same draw.json, byte for byte. How the ticket follows from "
                "the seed is told in draw.json (ticket_rule).",
            ),
            say(
                "Personoplysninger: listerne og draw.json hører til på arrangørens egen disk, ikke hos offentligheden.",
                "Personal data: the lists and draw.json belong on the organiser's own disk, not in public.",
            ),
            say("Sted, dato, underskrift: ", "Place, date, signature: ") + "_" * 40,
        ),
    )
