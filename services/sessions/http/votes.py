"""One recommendation's page: its show of votes, the close, and the minority's statements."""

import asyncio
from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Response

from borgerting.errors import Refused
from borgerting.web.answers import Shown, act
from services.sessions.domain import commands as do
from services.sessions.domain import vote
from services.sessions.domain.wording import raise_all
from services.sessions.http import forms
from services.sessions.http.page import Here, Room, Visit
from services.sessions.store import Recommendation, ballots_of, numbered

HERE = "/{assembly}/recommendations/{number}"


def add(routes: APIRouter, room: Room) -> None:
    """``/{assembly}/recommendations/{number}`` and below."""

    @routes.get(HERE)
    async def show(visit: Here, number: int) -> Response:
        return await _page(room, visit, number, Shown())

    @routes.post(HERE + "/ballots")
    async def ballots(visit: Here, number: int) -> Response:
        async def work(form: forms.Fields) -> None:
            await _show_of_votes(room, visit, number, form)

        return await _submit(room, visit, number, work)

    @routes.post(HERE + "/close")
    async def close(visit: Here, number: int) -> Response:
        async def work(form: forms.Fields) -> None:
            command = do.CloseVote(assembly=visit.assembly, key=forms.key(form), number=number)
            await room.desk.do(visit.who, command)

        return await _submit(room, visit, number, work)

    @routes.post(HERE + "/dissents")
    async def dissent(visit: Here, number: int) -> Response:
        async def work(form: forms.Fields) -> None:
            command = do.RecordDissent(
                assembly=visit.assembly,
                key=forms.key(form),
                number=number,
                text=forms.text(form, "dissent"),
                members=forms.ticked(form, "behind"),
            )
            await room.desk.do(visit.who, command)

        return await _submit(room, visit, number, work)


Work = Callable[[forms.Fields], Awaitable[None]]


async def _submit(room: Room, visit: Visit, number: int, work: Work) -> Response:
    form = await forms.fields(visit.request)

    async def done() -> str:
        await work(form)
        return f"/sessions/{visit.assembly}/recommendations/{number}"

    async def again(shown: Shown) -> Response:
        return await _page(room, visit, number, shown)

    return await act(visit.request, form, done, again)


async def _show_of_votes(room: Room, visit: Visit, number: int, form: forms.Fields) -> None:
    """Record every vote on the page; those that are refused are told together, the others stand."""
    doc, key = await room.enter(visit), forms.key(form)
    rest = form.get("rest", "")
    choices = {member: form.get(f"choice-{member}", "") or rest for member in doc.members if f"choice-{member}" in form}
    given = {member: choice for member, choice in choices.items() if choice}
    if not given:
        raise Refused(
            "vote.none",
            da="Der er ikke markeret nogen stemmer. Markér mindst én, eller lad resten stemme for.",
            en="No votes are marked. Mark at least one, or let the rest vote in favour.",
        )
    cast = [
        do.CastBallot.model_validate(
            {"assembly": doc.id, "key": f"{key}/{member}", "number": number, "member": member, "choice": choice}
        )
        for member, choice in given.items()
    ]
    answers = await asyncio.gather(*(room.desk.do(visit.who, ballot) for ballot in cast), return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException) and not isinstance(answer, Refused):
            raise answer
    raise_all(answer for answer in answers if isinstance(answer, Refused))


async def _page(room: Room, visit: Visit, number: int, shown: Shown) -> Response:
    doc = await room.enter(visit)
    recommendation = await room.desk.repo.get(Recommendation, numbered(doc.id, number))
    if recommendation is None or number > doc.recommendations:
        raise vote.unknown(number, doc.recommendations)
    cast = {ballot.id for ballot in await ballots_of(room.desk.repo, recommendation)}
    return room.show(
        visit,
        "recommendation.html",
        shown,
        doc,
        recommendation=recommendation,
        rule=vote.describe(doc.charter.decision_rule),
        waiting=[m for m in doc.members if vote.ballot_id(room.blind, doc.id, number, m) not in cast],
    )
