"""An assembly to test with: its charter, its panel, and its commands with as little said as possible."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from borgerting.access import Principal
from borgerting.desk import Desk
from borgerting.events.base import Envelope, SourceRef
from borgerting.events.lottery import PanelDrawn
from borgerting.events.sessions import Choice, DecisionRule, Eligibility, Ratio
from borgerting.store import Record, Repository, Store
from borgerting.testing import ORGANISER
from services.sessions.domain import commands as do
from services.sessions.domain.vote import blind_with
from services.sessions.handlers import commands, on_panel_drawn
from services.sessions.store import KINDS

KLIMA = "klima"
MEMBERS = tuple(f"p{n:02}" for n in range(1, 7))
BLIND = blind_with(b"a key for tests only")
TWO_THIRDS = DecisionRule(threshold=Ratio(numerator=2, denominator=3))

CHARTER: Mapping[str, Any] = {
    "title": {"da": "Klima i kommunen", "en": "Climate in the municipality"},
    "label": "borgersamling",
    "core_question": {"da": "Hvordan når vi målet?"},
    "mandate": {"en": "Advise the council."},
    "commissioner": "Byrådet",
    "controller": "Kommunen",
    "panel_size": len(MEMBERS),
    "eligibility": Eligibility(min_age=16, wording={"da": "Alle fra 16 år."}),
    "decision_rule": TWO_THIRDS,
    "answer_due": date(2026, 6, 1),
}


def charter(key: str = "charter", **changed: Any) -> do.CharterAssembly:
    return do.CharterAssembly(**{"assembly": KLIMA, "key": key, **CHARTER, **changed})


def session(number: int = 1, key: str = "", **changed: Any) -> do.HoldSession:
    fields: dict[str, Any] = {
        "title": {"da": f"Samling {number}"},
        "held_on": date(2026, 1, 10),
        "present": MEMBERS[:-1],
        "minutes": {"da": "Vi talte sammen."},
    }
    return do.HoldSession(**{"assembly": KLIMA, "key": key or f"hold-{number}", "number": number, **fields, **changed})


def proposal(number: int = 1, key: str = "", **changed: Any) -> do.ProposeRecommendation:
    fields: dict[str, Any] = {"title": {"da": f"Nummer {number}"}, "text": {"da": "Plant træer."}}
    known = {"assembly": KLIMA, "key": key or f"propose-{number}", "number": number}
    return do.ProposeRecommendation(**{**known, **fields, **changed})


def ballot(member: str, choice: Choice = "for", number: int = 1, key: str = "") -> do.CastBallot:
    known = key or f"ballot-{number}-{member}"
    return do.CastBallot(assembly=KLIMA, key=known, number=number, member=member, choice=choice)


def dissent(*members: str, number: int = 1, key: str = "dissent") -> do.RecordDissent:
    text = {"da": "Vi vil noget andet."}
    return do.RecordDissent(assembly=KLIMA, key=key, number=number, text=text, members=members)


def close(number: int = 1, key: str = "") -> do.CloseVote:
    return do.CloseVote(assembly=KLIMA, key=key or f"close-{number}", number=number)


def conclusion(key: str = "conclude") -> do.ConcludeAssembly:
    return do.ConcludeAssembly(assembly=KLIMA, key=key)


def drawn(members: tuple[str, ...] = MEMBERS, version: int = 1) -> tuple[PanelDrawn, Envelope]:
    """The lottery's event and its envelope."""
    event = PanelDrawn(
        assembly=KLIMA,
        pool=SourceRef(source="/recruitment/pool/klima", version=4),
        draw=SourceRef(source="/lottery/draw/klima", version=3),
        seed="00",
        ticket=1,
        tickets=10,
        members=members,
        counts={},
    )
    source = "/lottery/panel/klima"
    envelope = Envelope(
        id=f"{source}@{version}",
        source=source,
        version=version,
        type=event.type,
        v=1,
        time=datetime(2026, 1, 9, tzinfo=UTC),
        assembly=KLIMA,
        data=event.model_dump(mode="json", exclude={"assembly"}),
    )
    return event, envelope


class Course:
    """An assembly that is chartered and seated, and whose commands need no ceremony."""

    def __init__(self, repo: Repository) -> None:
        self.repo = repo
        self.desk = Desk(repo, commands(BLIND))

    async def do(self, *orders: Any, who: Principal = ORGANISER) -> Any:
        """Carry out `orders` and return the document of the last."""
        for order in orders:
            done = await self.desk.do(who, order)
        return done

    async def seat(self, **changed: Any) -> "Course":
        """Charter the assembly and seat its panel."""
        await self.do(charter(**changed))
        await on_panel_drawn(self.repo, *drawn())
        return self

    async def vote(self, *choices: Choice, number: int = 1) -> None:
        """Members cast these ballots in order of their names."""
        for member, choice in zip(MEMBERS, choices, strict=False):
            await self.do(ballot(member, choice, number))

    async def told(self) -> list[Envelope]:
        """Every event so far: no relay runs here, so they all wait in their outboxes."""
        return [envelope for kind in KINDS async for doc in self.repo.find(kind) for envelope in doc.outbox]

    async def heard(self, kind: str) -> list[Mapping[str, Any]]:
        """What the events of one type say."""
        return [envelope.data for envelope in await self.told() if envelope.type == f"sessions.{kind}"]


class Meddling:
    """The real store, where `act` runs just before the `nth` operation of that kind on that collection."""

    def __init__(self, store: Store, operation: str, collection: str, act: Callable[[], Awaitable[Any]], nth: int = 1):
        self._store = store
        self._at = (operation, collection)
        self._act = act
        self._left = nth

    async def insert(self, collection: str, record: Record) -> None:
        await self._meddle("insert", collection)
        await self._store.insert(collection, record)

    async def replace(self, collection: str, record: Record) -> None:
        await self._meddle("replace", collection)
        await self._store.replace(collection, record)

    async def get(self, collection: str, id: str) -> Record | None:
        await self._meddle("get", collection)
        return await self._store.get(collection, id)

    async def delete(self, collection: str, id: str) -> None:
        await self._store.delete(collection, id)

    async def find(
        self, collection: str, where: Mapping[str, str | int] | None = None, *, after: str = "", limit: int = 1000
    ) -> Sequence[Record]:
        return await self._store.find(collection, where, after=after, limit=limit)

    async def close(self) -> None:
        await self._store.close()

    async def _meddle(self, operation: str, collection: str) -> None:
        if (operation, collection) == self._at:
            self._left -= 1
            if self._left == 0:
                await self._act()


class Crash(Exception):
    """The process dies here."""


async def crash() -> None:
    raise Crash


def meddled(course: Course, operation: str, collection: str, act: Callable[[], Awaitable[Any]], nth: int = 1) -> Course:
    """Somebody else at the same store, into whose work `act` comes at an inconvenient moment."""
    repo = course.repo
    return Course(Repository(repo.service, Meddling(repo.store, operation, collection, act, nth), repo.clock))
