"""The selector that comes with Borgerting; it enters by the same door as a partner's."""

from collections.abc import Mapping

from borgerting.adapters import Portfolio, Progress
from borgerting.events.recruitment import PoolSnapshot
from services.lottery.domain import require_pool


class PortfolioSelector:
    """Makes each ticket the panel that gives most to those on the fewest tickets so far, those on none first."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self.settings = settings

    def select(self, pool: PoolSnapshot, tickets: int, seed: int, progress: Progress) -> Portfolio:
        """Return `tickets` panels; Refused when no panel can meet the quotas."""
        require_pool(pool)
        from services.lottery.solver.model import make_portfolio  # noqa: PLC0415 - OR-Tools loads in the child only

        return make_portfolio(pool, tickets, seed, progress)
