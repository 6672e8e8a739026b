"""The assembly's own page, and the pages that hold a session, propose a recommendation and conclude."""

from fastapi import APIRouter, Response

from borgerting.web.answers import Shown, act
from services.sessions.domain import commands as do
from services.sessions.domain.vote import describe
from services.sessions.http import forms
from services.sessions.http.page import Here, Room, Visit
from services.sessions.store import Assembly, recommendations_of, sessions_of


def add(routes: APIRouter, room: Room) -> None:
    """``/{assembly}``, ``/hold``, ``/propose`` and ``/conclude``."""
    _overview(routes, room)
    _hold(routes, room)
    _propose(routes, room)


def _overview(routes: APIRouter, room: Room) -> None:
    async def page(visit: Visit, shown: Shown) -> Response:
        doc = await room.enter(visit)
        return room.show(
            visit,
            "assembly.html",
            shown,
            doc,
            rule=describe(doc.charter.decision_rule),
            sessions=await sessions_of(room.desk.repo, doc),
            recommendations=await recommendations_of(room.desk.repo, doc),
        )

    @routes.get("/{assembly}")
    async def show(visit: Here) -> Response:
        return await page(visit, Shown())

    @routes.post("/{assembly}/conclude")
    async def conclude(visit: Here) -> Response:
        form = await forms.fields(visit.request)

        async def work() -> str:
            await room.desk.do(visit.who, do.ConcludeAssembly(assembly=visit.assembly, key=forms.key(form)))
            return f"/sessions/{visit.assembly}"

        async def again(shown: Shown) -> Response:
            return await page(visit, shown)

        return await act(visit.request, form, work, again)


def _hold(routes: APIRouter, room: Room) -> None:
    async def page(visit: Visit, shown: Shown) -> Response:
        return room.show(visit, "hold.html", shown, await room.enter(visit))

    @routes.get("/{assembly}/hold")
    async def blank(visit: Here) -> Response:
        return await page(visit, Shown({"held_on": room.desk.repo.clock().date().isoformat()}))

    @routes.post("/{assembly}/hold")
    async def hold(visit: Here) -> Response:
        form = await forms.fields(visit.request)

        async def work() -> str:
            command = _session(form, await room.enter(visit))
            await room.desk.do(visit.who, command)
            return f"/sessions/{visit.assembly}#session-{command.number}"

        async def again(shown: Shown) -> Response:
            return await page(visit, shown)

        return await act(visit.request, form, work, again)


def _session(form: forms.Fields, doc: Assembly) -> do.HoldSession:
    return do.HoldSession(
        assembly=doc.id,
        key=forms.key(form),
        number=forms.whole(form, "number", da="Samlingens nummer", en="The session's number"),
        title=forms.text(form, "title"),
        held_on=forms.day(form, "held_on", da="Samlingens dato", en="The session's date"),
        present=doc.members if form.get("everybody") else forms.ticked(form, "present"),
        minutes=forms.text(form, "minutes"),
    )


def _propose(routes: APIRouter, room: Room) -> None:
    async def page(visit: Visit, shown: Shown) -> Response:
        return room.show(visit, "propose.html", shown, await room.enter(visit))

    @routes.get("/{assembly}/propose")
    async def blank(visit: Here) -> Response:
        return await page(visit, Shown())

    @routes.post("/{assembly}/propose")
    async def propose(visit: Here) -> Response:
        form = await forms.fields(visit.request)

        async def work() -> str:
            command = do.ProposeRecommendation(
                assembly=visit.assembly,
                key=forms.key(form),
                number=forms.whole(form, "number", da="Anbefalingens nummer", en="The recommendation's number"),
                title=forms.text(form, "title"),
                text=forms.text(form, "text"),
            )
            await room.desk.do(visit.who, command)
            return f"/sessions/{visit.assembly}/recommendations/{command.number}"

        async def again(shown: Shown) -> Response:
            return await page(visit, shown)

        return await act(visit.request, form, work, again)
