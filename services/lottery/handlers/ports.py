"""What the sequences need of the world outside; the composition root provides it."""

from collections.abc import Mapping
from typing import Protocol

from borgerting.adapters import Portfolio
from borgerting.events.recruitment import PoolSnapshot, SnapshotRef
from services.lottery.domain.advice import Advice
from services.lottery.domain.progress import Told
from services.lottery.domain.redraws import Vacancy

__all__ = ["Ports", "Told"]


class Ports(Protocol):
    """What the sequences need of the world outside."""

    async def fetch_pool(self, assembly: str, snapshot: SnapshotRef) -> PoolSnapshot:
        """Open the frozen pool."""
        ...

    async def solve(
        self, pool: PoolSnapshot, tickets: int, seed: int, told: Told, options: Mapping[str, str]
    ) -> Portfolio:
        """Make the portfolio elsewhere, with `options` over the selector's own settings; being cancelled ends it."""
        ...

    async def redraw(self, vacancy: Vacancy, seed: str, call: int) -> tuple[str, ...]:
        """Who takes the free seats, by REDRAW_RULE."""
        ...

    async def explain(self, pool: PoolSnapshot) -> Advice:
        """What to say about a pool before its draw."""
        ...

    def new_key(self) -> bytes:
        """A key for one lottery of its own."""
        ...

    async def keep(self, assembly: str, content: bytes) -> str:
        """Seal `content`, durable on return, and name it."""
        ...

    async def open(self, assembly: str, name: str) -> bytes:
        """The content kept under `name`."""
        ...

    def new_seed(self) -> str:
        """At least 128 bits of chance, as text."""
        ...
