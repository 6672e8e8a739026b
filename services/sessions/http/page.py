"""What the pages of this service share: a refusal is a page too, and a form that is refused comes back filled in."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from pydantic import ValidationError
from starlette.responses import RedirectResponse

from borgerting.access import authorise
from borgerting.desk import Desk
from borgerting.errors import Refused
from borgerting.events.base import AssemblyId
from borgerting.web import Pages, language
from borgerting.web.api import Who, status_of
from services.sessions.domain.charter import unknown
from services.sessions.domain.vote import Blind
from services.sessions.store import Assembly


@dataclass(frozen=True)
class Shown:
    """How a form comes up: filled with `values`, under the `sentences` that refused it."""

    values: Mapping[str, str] = field(default_factory=dict)
    sentences: tuple[str, ...] = ()
    status: int = 200


class Visit:
    """Who asks for which assembly's page."""

    def __init__(self, request: Request, who: Who, assembly: AssemblyId) -> None:
        self.request = request
        self.who = who
        self.assembly = assembly


Here = Annotated[Visit, Depends()]


@dataclass(frozen=True)
class Room:
    """What a page needs to do its work."""

    desk: Desk
    pages: Pages
    templates: Mapping[str, Mapping[str, Any]]
    blind: Blind

    async def enter(self, visit: Visit) -> Assembly:
        """The assembly, if its visitor may read it and it exists."""
        authorise(visit.who, "sessions.read", visit.assembly)
        found = await self.desk.repo.get(Assembly, visit.assembly)
        if found is None:
            raise unknown(visit.assembly)
        return found

    def show(self, visit: Visit, template: str, shown: Shown, doc: Assembly, **context: Any) -> Response:
        """A page of one assembly."""
        return self.pages.render(
            visit.request,
            template,
            status=shown.status,
            assembly=doc.id,
            synthetic=doc.charter.synthetic,
            doc=doc,
            values=shown.values,
            sentences=shown.sentences,
            **context,
        )


def page_route(pages: Pages) -> type[APIRoute]:
    """A route whose refusals are pages instead of problem+json."""

    class PageRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            answer = super().get_route_handler()

            async def answer_or_explain(request: Request) -> Response:
                try:
                    return await answer(request)
                except Refused as why:
                    sentences = why.sentences(language(request))
                    return pages.render(request, "refused.html", status=status_of(why), sentences=sentences)

            return answer_or_explain

    return PageRoute


Again = Callable[[Shown], Awaitable[Response]]
"""Shows the form again, filled in and with the reasons."""


async def act(request: Request, form: Mapping[str, str], work: Callable[[], Awaitable[str]], again: Again) -> Response:
    """Do `work` and go to the address it returns; show the `form` again when it is refused."""
    try:
        return RedirectResponse(await work(), status_code=303)
    except Refused as why:
        return await again(Shown(form, tuple(why.sentences(language(request))), status_of(why)))
    except ValidationError as wrong:
        sentences = tuple(f"{' › '.join(map(str, e['loc']))}: {e['msg']}" for e in wrong.errors())
        return await again(Shown(form, sentences, 422))
