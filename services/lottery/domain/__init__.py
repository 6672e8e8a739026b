"""The rules of a draw, in whole numbers: who can be drawn, what a panel must keep, and which ticket is drawn."""

from services.lottery.domain.rules import (
    Rows,
    named,
    raise_all,
    require_panel,
    require_portfolio,
    rows_of,
    seats,
)
from services.lottery.domain.supply import require_pool
from services.lottery.domain.tickets import (
    TICKET_RULE,
    DrawSettings,
    chances,
    commitment,
    digest,
    shares,
    solver_seed,
    ticket_index,
)

__all__ = [
    "TICKET_RULE",
    "DrawSettings",
    "Rows",
    "chances",
    "commitment",
    "digest",
    "named",
    "raise_all",
    "require_panel",
    "require_pool",
    "require_portfolio",
    "rows_of",
    "seats",
    "shares",
    "solver_seed",
    "ticket_index",
]
