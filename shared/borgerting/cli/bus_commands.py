"""``borgerting topology``, ``replay`` and ``dead-letters``: what an operator does to the bus."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from borgerting.settings import read

dead_letters = typer.Typer(no_args_is_help=True, help="Messages that no service could handle.")


def topology() -> None:
    """Create or update streams and consumers on the broker that BORGERTING_NATS_URL names."""
    from borgerting.suite import apply_topology

    url = read().nats_url
    asyncio.run(apply_topology(url))
    Console().print(f"streams and consumers are in place on {url}")


def replay(
    data: Annotated[Path, typer.Option(help="Folder of the stores.")] = Path(".borgerting"),
) -> None:
    """Rebuild the event stream and every projection from the archives in the stores; nothing else may be running."""
    from borgerting.replay import replay as rebuild

    counts = asyncio.run(rebuild(read(data=data)))
    for name, count in counts.items():
        Console().print(f"{name}: {count} events")


@dead_letters.command("list")
def list_dead_letters(
    url: Annotated[str, typer.Option(help="The broker.", envvar="BORGERTING_NATS_URL")] = "nats://127.0.0.1:4222",
) -> None:
    """Show every dead letter: who gave up on it, which event, and why."""
    from borgerting.deadletters import read_all

    table = Table("no.", "service", "event", "kind", "reason")
    for letter in asyncio.run(read_all(url)):
        table.add_row(str(letter.number), letter.consumer, letter.event, letter.kind, letter.reason)
    Console().print(table)
