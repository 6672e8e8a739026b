"""The selector that comes with Borgerting; it enters by the same door as a partner's."""

from collections.abc import Mapping

from borgerting.adapters import Portfolio, Progress
from borgerting.errors import Refused
from borgerting.events.recruitment import PoolSnapshot
from services.lottery.domain import require_pool

OBJECTIVES = ("leximin", "maximin", "nash", "goldilocks", "random")
"""Lift the smallest chances, all or the first; the product of chances; both ends; or plain chance, nothing claimed."""


class PortfolioSelector:
    """Makes the fairest portfolio there is; the setting `objective` says what is fairest, leximin unless told.

    The setting `alternates` says how many are named for each ticket, none unless told.
    """

    def __init__(self, settings: Mapping[str, str]) -> None:
        self.settings = settings

    def select(self, pool: PoolSnapshot, tickets: int, seed: int, progress: Progress) -> Portfolio:
        """Return at least `tickets` panels; Refused when no panel can meet the quotas."""
        objective = self.settings.get("objective", "leximin")
        if objective not in OBJECTIVES:
            known = ", ".join(OBJECTIVES)
            raise Refused(
                "lottery.objective",
                da=f"Målet «{objective}» kendes ikke. Vælg et af {known}.",
                en=f"The objective “{objective}” is not known. Choose one of {known}.",
            )
        require_pool(pool)
        from services.lottery.solver.making import Wanted, make_portfolio  # noqa: PLC0415 - OR-Tools in the child only

        wanted = Wanted(tickets, seed, objective, int(self.settings.get("alternates", "0")))
        return make_portfolio(pool, wanted, progress)
