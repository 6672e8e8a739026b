"""The service's addresses: a JSON API and the pages of those who run an assembly."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter

from borgerting.desk import Desk
from borgerting.web import Pages
from services.sessions.domain.vote import Blind
from services.sessions.http import api, charter, course, votes
from services.sessions.http.page import Room


def router(desk: Desk, pages: Pages, templates: Mapping[str, Mapping[str, Any]], blind: Blind) -> APIRouter:
    """Everything under ``/sessions``; `templates` are charters to start from, `blind` tells who has voted already."""
    room = Room(desk, pages, templates, blind)
    screens = APIRouter(include_in_schema=False)
    for part in (charter, course, votes):
        part.add(screens, room)
    together = APIRouter(prefix="/sessions")
    together.include_router(api.router(desk))
    together.include_router(screens)
    return together
