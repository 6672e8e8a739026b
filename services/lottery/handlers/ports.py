"""What the sequences need of the world outside; the composition root provides it."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from borgerting.adapters import Portfolio
from borgerting.events.recruitment import PoolSnapshot, SnapshotRef

Told = Callable[[int, int], Awaitable[None]]
"""Awaited with tickets done and tickets in all."""


class Ports(Protocol):
    """What the sequences need of the world outside."""

    async def fetch_pool(self, assembly: str, snapshot: SnapshotRef) -> PoolSnapshot:
        """Open the frozen pool."""
        ...

    async def solve(self, pool: PoolSnapshot, tickets: int, seed: int, told: Told) -> Portfolio:
        """Make the portfolio elsewhere; being cancelled ends it."""
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
