"""How far a draw's preparation has come, as one number for the whole of it."""

from fractions import Fraction
from typing import Protocol

from borgerting.adapters import PHASES

SHARES = dict(zip(PHASES, ((0, 60), (60, 90), (90, 100)), strict=True))
"""From which percent to which each phase runs; a phase that is not named is the whole."""


class Told(Protocol):
    """Awaited with every progress that the selector tells; see `borgerting.adapters.Progress`."""

    async def __call__(
        self, done: int, of: int, *, phase: str = "", gap: Fraction | None = None, panels: int | None = None
    ) -> None:
        """Hear it."""
        ...


def percent(phase: str, done: int, of: int) -> int:
    """Whole percent of the preparation, rounded down.

    >>> [percent("", 1, 2), percent("distribution", 1, 2), percent("tickets", 1, 2), percent("alternates", 5, 5)]
    [50, 30, 75, 100]
    """
    start, end = SHARES.get(phase, (0, 100))
    return start + max(0, min(done, of)) * (end - start) // max(1, of)


def tickets_done(phase: str, done: int, of: int, tickets: int) -> int:
    """How many of all `tickets` stand.

    >>> [tickets_done(phase, 1, 2, 10) for phase in ("distribution", "tickets", "alternates", "")]
    [0, 5, 10, 5]
    """
    if phase in ("", "tickets"):
        return max(0, min(done, of)) * tickets // max(1, of)
    return tickets if phase == "alternates" else 0
