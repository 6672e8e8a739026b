"""The lottery's addresses: the state of a draw, its files, what an organiser may do, and the pages that show it."""

from fastapi import APIRouter

from borgerting.desk import Desk
from borgerting.web import Pages
from services.lottery.handlers import Ports
from services.lottery.http import api, page, sheet, start
from services.lottery.http.room import Room


def router(desk: Desk, pages: Pages, ports: Ports) -> APIRouter:
    """Everything under ``/lottery``."""
    together, room = APIRouter(prefix="/lottery"), Room(desk, pages, ports)
    together.include_router(api.router(room))
    together.include_router(start.router(room))
    together.include_router(sheet.router(room))
    together.include_router(page.router(room))
    return together
