"""The JSON API: every command as a POST with an Idempotency-Key, and one GET that shows it all."""

from typing import Any

from fastapi import APIRouter

from borgerting.access import authorise
from borgerting.desk import Desk
from borgerting.events.base import AssemblyId
from borgerting.web.api import Key, Who
from services.sessions.domain import commands as do
from services.sessions.domain.charter import unknown
from services.sessions.domain.vote import describe
from services.sessions.store import Assembly, Recommendation, Session, ballots_of, recommendations_of, sessions_of

View = dict[str, Any]


def router(desk: Desk) -> APIRouter:
    """``/api/{assembly}`` and below."""
    routes = APIRouter(prefix="/api/{assembly}")
    _course(routes, desk)
    _votes(routes, desk)

    @routes.get("")
    async def show(assembly: AssemblyId, who: Who) -> View:
        authorise(who, "sessions.read", assembly)
        return await _overview(desk, assembly)

    return routes


def _course(routes: APIRouter, desk: Desk) -> None:
    @routes.post("/charter", status_code=201)
    async def charter(assembly: AssemblyId, body: do.CharterForm, key: Key, who: Who) -> View:
        await desk.do(who, do.CharterAssembly(assembly=assembly, key=key, **dict(body)))
        return await _overview(desk, assembly)

    @routes.post("/sessions", status_code=201)
    async def hold(assembly: AssemblyId, body: do.SessionForm, key: Key, who: Who) -> View:
        doc = await desk.do(who, do.HoldSession(assembly=assembly, key=key, **dict(body)))
        assert isinstance(doc, Session)  # noqa: S101 - the handler's own type
        return _session(doc)

    @routes.post("/recommendations", status_code=201)
    async def propose(assembly: AssemblyId, body: do.RecommendationForm, key: Key, who: Who) -> View:
        doc = await desk.do(who, do.ProposeRecommendation(assembly=assembly, key=key, **dict(body)))
        return await _told(desk, doc)

    @routes.post("/conclude")
    async def conclude(assembly: AssemblyId, key: Key, who: Who) -> View:
        await desk.do(who, do.ConcludeAssembly(assembly=assembly, key=key))
        return await _overview(desk, assembly)


def _votes(routes: APIRouter, desk: Desk) -> None:
    @routes.post("/recommendations/{number}/ballots", status_code=201)
    async def cast(assembly: AssemblyId, number: int, body: do.BallotForm, key: Key, who: Who) -> View:
        ballot = await desk.do(who, do.CastBallot(assembly=assembly, key=key, number=number, **dict(body)))
        return {"ballot": ballot.id, "number": number}

    @routes.post("/recommendations/{number}/dissents", status_code=201)
    async def dissent(assembly: AssemblyId, number: int, body: do.DissentForm, key: Key, who: Who) -> View:
        doc = await desk.do(who, do.RecordDissent(assembly=assembly, key=key, number=number, **dict(body)))
        return await _told(desk, doc)

    @routes.post("/recommendations/{number}/close")
    async def close(assembly: AssemblyId, number: int, key: Key, who: Who) -> View:
        doc = await desk.do(who, do.CloseVote(assembly=assembly, key=key, number=number))
        return await _told(desk, doc)


async def _overview(desk: Desk, assembly: str) -> View:
    doc = await desk.repo.get(Assembly, assembly)
    if doc is None:
        raise unknown(assembly)
    return {
        "assembly": doc.id,
        "state": doc.state,
        "charter": doc.charter.model_dump(mode="json", exclude={"assembly"}),
        "decision_rule_in_words": describe(doc.charter.decision_rule),
        "members": list(doc.members),
        "sessions": [_session(session) for session in await sessions_of(desk.repo, doc)],
        "recommendations": [await _told(desk, found) for found in await recommendations_of(desk.repo, doc)],
    }


def _session(doc: Session) -> View:
    return doc.fact.model_dump(mode="json", exclude={"assembly"})


async def _told(desk: Desk, doc: object) -> View:
    """A recommendation; how an open vote stands is nobody's business until it is closed, only how many are in."""
    assert isinstance(doc, Recommendation)  # noqa: S101 - the handler's own type
    shown = doc.model_dump(mode="json", include={"state", "tally", "adopted", "reason", "dissents"})
    ballots = len(doc.counted) if doc.state == "closed" else len(await ballots_of(desk.repo, doc))
    return doc.fact.model_dump(mode="json", exclude={"assembly"}) | shown | {"ballots": ballots}
