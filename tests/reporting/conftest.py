"""A whole small assembly as the events that reporting hears, in the order of its story."""

import hashlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from borgerting.events.base import Envelope, Event, SourceRef
from borgerting.events.lottery import DrawProgressed, DrawSealed, DrawStarted, PanelDrawn
from borgerting.events.recruitment import (
    Feature,
    Intake,
    PoolFrozen,
    PoolOpened,
    PoolPrepared,
    Provenance,
    Quota,
    SnapshotRef,
    VolunteersReceived,
)
from borgerting.events.sessions import (
    AssemblyChartered,
    AssemblyConcluded,
    AssemblySeated,
    BallotCast,
    DecisionRule,
    Dissent,
    DissentRecorded,
    Eligibility,
    Ratio,
    RecommendationAdopted,
    RecommendationProposed,
    RecommendationRejected,
    SessionHeld,
    Tally,
)
from borgerting.store import Repository
from borgerting.store.inbox import Parked
from borgerting.testing import repository
from services.reporting.store import Pointer, Published, Row

A = "klima"
START = datetime(2026, 5, 1, 9, tzinfo=UTC)
SEED = "7f3a9c"
VOTES = {
    1: ("for", "for", "for", "for", "against", "abstain"),
    2: ("for", "against", "against", "for", "against", "for"),
}


class Telling:
    """Collects envelopes and numbers them as their sources would."""

    def __init__(self) -> None:
        self.told: list[Envelope] = []
        self.versions: dict[str, int] = {}

    def tell(self, event: Event, id: str = "") -> SourceRef:
        """The next event of its source, `id` being the tail of the source's name."""
        service, noun, _ = event.type.split(".")
        source = f"/{service}/{noun}/{event.assembly}" + (f"/{id}" if id else "")
        version = self.versions[source] = self.versions.get(source, 0) + 1
        self.told.append(
            Envelope(
                id=f"{source}@{version}",
                source=source,
                version=version,
                type=event.type,
                v=1,
                time=START + timedelta(minutes=len(self.told)),
                assembly=event.assembly,
                data=event.model_dump(mode="json", exclude={"assembly"}),
            )
        )
        return SourceRef(source=source, version=version)


def _features() -> tuple[Feature, ...]:
    def quota(category: str, label: tuple[str, str], population: int, least: int, most: int) -> Quota:
        words = dict(zip(("da", "en"), label, strict=True))
        return Quota(category=category, label=words, population=population, least=least, most=most)

    return (
        Feature(
            feature="sex",
            label={"da": "Køn", "en": "Sex"},
            quotas=(quota("1", ("Mænd", "Men"), 49, 3, 3), quota("2", ("Kvinder", "Women"), 51, 3, 3)),
        ),
        Feature(
            feature="age",
            label={"da": "Alder", "en": "Age"},
            quotas=(
                quota("20-49", ("20–49 år", "20–49"), 55, 2, 4),
                quota("50+", ("50 år og over", "50 and over"), 45, 2, 4),
            ),
        ),
    )


def _charter(synthetic: bool) -> AssemblyChartered:
    return AssemblyChartered(
        assembly=A,
        title={"da": "Borgersamling om klima", "en": "Assembly on climate"},
        label="borgersamling",
        core_question={"da": "Hvordan når vi målet?", "en": "How do we reach the goal?"},
        mandate={"da": "Anbefalinger til rådet.", "en": "Recommendations to the council."},
        commissioner="Byrådet <i Prøvekøbing>",
        controller="Prøvekøbing",
        panel_size=6,
        eligibility=Eligibility(min_age=20, wording={"da": "Alle fra 20 år", "en": "Everybody from 20"}),
        decision_rule=DecisionRule(threshold=Ratio(numerator=2, denominator=3)),
        answer_due=date(2026, 12, 1),
        synthetic=synthetic,
    )


def _provenance() -> Provenance:
    return Provenance(
        source="saved-json-stat",
        publisher="Statistikkontoret",
        title={"da": "Befolkning", "en": "Population"},
        table="T1",
        period="2026",
        updated=START,
        fetched_at=START,
        licence="CC0",
        sha256="ab" * 32,
        query={"age": ("20-49", "50+")},
    )


def _recruit_and_draw(telling: Telling) -> None:
    tell = telling.tell
    tell(PoolPrepared(assembly=A, panel_size=6))
    tell(PoolOpened(assembly=A, panel_size=6, features=_features(), provenance=_provenance()))
    for rows, refused in ((30, 1), (12, 1)):
        intake = Intake(rows=rows, accepted=rows - refused, refused=refused, dropped_columns=("navn",))
        tell(VolunteersReceived(assembly=A, intake=intake))
    counts: dict[str, dict[str, int | None]] = {"sex": {"1": 15, "2": 25}, "age": {"20-49": None, "50+": None}}
    snapshot = SnapshotRef(bucket="b", name="cd" * 32, size=9, digest="ef" * 32)
    pool = tell(PoolFrozen(assembly=A, panel_size=6, volunteers=40, counts=counts, snapshot=snapshot))
    tell(DrawStarted(assembly=A, pool=pool, volunteers=40, tickets=100))
    tell(DrawProgressed(assembly=A, done=50, tickets=100))
    sealed = DrawSealed(
        assembly=A,
        tickets=100,
        panels=97,
        portfolio="12" * 32,
        commitment=hashlib.sha256(SEED.encode()).hexdigest(),
        smallest=14,
        largest=16,
        volunteers=40,
        draw_at=START,
        solver="portfolio",
    )
    draw = tell(sealed)
    members = tuple(f"p{n}" for n in range(6))
    seats = {"sex": {"1": 3, "2": 3}, "age": {"20-49": 4, "50+": 2}}
    tell(PanelDrawn(assembly=A, pool=pool, draw=draw, seed=SEED, ticket=41, tickets=100, members=members, counts=seats))


def _deliberate(telling: Telling) -> None:
    tell = telling.tell
    tell(AssemblySeated(assembly=A, members=6))
    session = SessionHeld(
        assembly=A,
        number=1,
        title={"da": "Første samling", "en": "First session"},
        held_on=date(2026, 6, 6),
        present=("p0", "p1", "p2", "p3", "p4"),
        members=6,
        minutes={"da": "Vi mødtes.\n\nVi talte.", "en": "We met.\n\nWe talked."},
    )
    tell(session, "1")
    for number, votes in VOTES.items():
        title = {"da": f"Forslag {number}", "en": f"Proposal {number}"}
        tell(RecommendationProposed(assembly=A, number=number, title=title, text=title), str(number))
        for voter, choice in enumerate(votes):
            tell(BallotCast.model_validate({"assembly": A, "number": number, "choice": choice}), f"b{number}{voter}")
        tally = Tally(
            in_favour=votes.count("for"), against=votes.count("against"), abstained=votes.count("abstain"), members=6
        )
        if number == 1:
            tell(RecommendationAdopted(assembly=A, number=1, tally=tally), "1")
        else:
            reason = {"da": "Det kræver to tredjedele.", "en": "It takes two thirds."}
            tell(RecommendationRejected(assembly=A, number=number, tally=tally, reason=reason), str(number))
    dissent = Dissent(text={"da": "Vi er uenige.", "en": "We disagree."}, supporters=1)
    tell(DissentRecorded(assembly=A, number=1, dissent=dissent), "1")
    assembly = f"/sessions/assembly/{A}"
    tell(AssemblyConcluded(assembly=A, sources={**telling.versions, assembly: telling.versions[assembly] + 1}))


@pytest.fixture
def story() -> Callable[..., list[Envelope]]:
    """Tells the whole assembly; ``story(synthetic=False)`` as a real one."""

    def told(synthetic: bool = True) -> list[Envelope]:
        telling = Telling()
        telling.tell(_charter(synthetic))
        _recruit_and_draw(telling)
        _deliberate(telling)
        return telling.told

    return told


@pytest.fixture
async def repo(tmp_path: Path) -> AsyncIterator[Repository]:
    """Reporting's documents on a real store."""
    async with repository("reporting", tmp_path, Row, Pointer, Published, Parked) as found:
        yield found


@pytest.fixture(scope="session")
def story_told() -> list[Envelope]:
    """The story, told once for the rules that hypothesis tries."""
    telling = Telling()
    telling.tell(_charter(True))
    _recruit_and_draw(telling)
    _deliberate(telling)
    return telling.told
