"""The sequences of the lottery: a frozen pool becomes a job, the job a sealed portfolio, the portfolio a panel."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from borgerting.desk import Handler
from borgerting.events.base import Envelope, Event
from borgerting.events.recruitment import PoolFrozen
from borgerting.store import Command, Repository
from services.lottery.domain import DrawSettings
from services.lottery.handlers.drawing import DRAW_DUE, on_draw_due
from services.lottery.handlers.importing import ImportPanel, import_panel
from services.lottery.handlers.making import STEPS, run_job
from services.lottery.handlers.opening import on_pool_frozen
from services.lottery.handlers.ports import Ports, Told
from services.lottery.handlers.refilling import FillSeats, fill_seats
from services.lottery.handlers.stopping import CancelDraw, LetPartnerDraw, cancel_draw, let_partner_draw
from services.lottery.handlers.uploading import StartDraw, UploadPool, start_draw, upload_pool

__all__ = [
    "DRAW_DUE",
    "STEPS",
    "CancelDraw",
    "FillSeats",
    "ImportPanel",
    "LetPartnerDraw",
    "Ports",
    "StartDraw",
    "Told",
    "UploadPool",
    "commands",
    "on_draw_due",
    "on_pool_frozen",
    "reactions",
    "run_job",
]

Reaction = Callable[[Repository, Any, Envelope], Awaitable[None]]


def commands(ports: Ports, settings: DrawSettings) -> Mapping[type[Command], Handler]:
    """What an organiser may want of the lottery; a frozen pool starts it without being told."""
    return {
        CancelDraw: cancel_draw,
        LetPartnerDraw: let_partner_draw,
        ImportPanel: partial(import_panel, ports),
        UploadPool: partial(upload_pool, ports),
        StartDraw: partial(start_draw, ports, settings),
        FillSeats: partial(fill_seats, ports),
    }


def reactions(ports: Ports, settings: DrawSettings) -> Mapping[type[Event], Reaction]:
    """What the lottery does on the events of others."""
    return {PoolFrozen: partial(on_pool_frozen, ports=ports, settings=settings)}
