"""The service's addresses: a JSON API and the page of those who recruit."""

from fastapi import APIRouter

from borgerting.desk import Desk
from borgerting.web import Pages
from services.recruitment.http import api, page
from services.recruitment.plugins import SavedJsonStat


def router(desk: Desk, pages: Pages, tables: SavedJsonStat) -> APIRouter:
    """Everything under ``/recruitment``; uploaded population files go to `tables`."""
    together = APIRouter(prefix="/recruitment")
    together.include_router(api.router(desk, tables))
    together.include_router(page.router(desk, pages, tables))
    return together
