"""The selector at work in a process of its own, watched from the terminal."""

import asyncio
import contextlib
from collections.abc import Mapping
from fractions import Fraction

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

from borgerting.adapters import Portfolio
from borgerting.cli.language import language
from borgerting.errors import Refused
from borgerting.events.recruitment import PoolSnapshot
from services.lottery.domain.progress import percent
from services.lottery.solver.parent import SolverProcess

PATIENCE = 1.0
"""Seconds without a bar: most draws are over by then."""
PHASES = {
    "distribution": {"da": "Finder de mest lige chancer", "en": "Finding the fairest chances"},
    "tickets": {"da": "Laver lodderne", "en": "Making the tickets"},
    "alternates": {"da": "Finder suppleanter", "en": "Naming alternates"},
    "": {"da": "Laver lodderne", "en": "Making the tickets"},
}


def solve(process: SolverProcess, pool: PoolSnapshot, tickets: int, seed: int, options: Mapping[str, str]) -> Portfolio:
    """The portfolio; Refused when it cannot be made, or when the organiser interrupts it."""
    try:
        return asyncio.run(_watched(process, pool, tickets, seed, options))
    except KeyboardInterrupt as stop:
        raise Refused(
            "draw.cancelled",
            da="Lodtrækningen er afbrudt. Intet er trukket, og ingen filer er skrevet.",
            en="The draw was interrupted. Nothing was drawn and no file was written.",
        ) from stop


async def _watched(
    process: SolverProcess, pool: PoolSnapshot, tickets: int, seed: int, options: Mapping[str, str]
) -> Portfolio:
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    watch = _Watch(bar)
    solving = asyncio.create_task(process.solve(pool, tickets, seed, watch, options))
    try:
        await asyncio.wait({solving}, timeout=PATIENCE)
        with bar if not solving.done() else contextlib.nullcontext():
            return await solving
    finally:
        solving.cancel()
        await asyncio.gather(solving, return_exceptions=True)  # the child is gone before we are


class _Watch:
    """Shows the last that the selector told."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task: TaskID = bar.add_task(PHASES[""][language()], total=100)

    async def __call__(
        self, done: int, of: int, *, phase: str = "", gap: Fraction | None = None, panels: int | None = None
    ) -> None:
        words = PHASES.get(phase, PHASES[""])[language()]
        found = f" ({panels})" if panels else ""
        self._bar.update(self._task, completed=percent(phase, done, of), description=words + found)
