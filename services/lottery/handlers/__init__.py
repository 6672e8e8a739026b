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
from services.lottery.handlers.making import STEPS, run_job
from services.lottery.handlers.opening import on_pool_frozen
from services.lottery.handlers.ports import Ports, Told

__all__ = ["COMMANDS", "DRAW_DUE", "STEPS", "Ports", "Told", "on_draw_due", "on_pool_frozen", "reactions", "run_job"]

Reaction = Callable[[Repository, Any, Envelope], Awaitable[None]]

COMMANDS: Mapping[type[Command], Handler] = {}
"""Nobody commands the lottery: a frozen pool starts it."""


def reactions(ports: Ports, settings: DrawSettings) -> Mapping[type[Event], Reaction]:
    """What the lottery does on the events of others."""
    return {PoolFrozen: partial(on_pool_frozen, ports=ports, settings=settings)}
