"""What the pages of this service share: who visits which assembly, and how its pages are shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from borgerting.access import authorise
from borgerting.desk import Desk
from borgerting.events.base import AssemblyId
from borgerting.web import Pages
from borgerting.web.answers import Shown
from borgerting.web.api import Who
from services.sessions.domain.charter import unknown
from services.sessions.domain.vote import Blind
from services.sessions.store import Assembly


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
