"""``borgerting topology``, ``replay`` and ``dead-letters``: what an operator does to the bus."""

import asyncio
import socket
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.table import Table

from borgerting.errors import Refused
from borgerting.settings import read

NATS_PORT = 4222
CONNECT_SECONDS = 3.0

dead_letters = typer.Typer(no_args_is_help=True, help="Messages that no service could handle.")


def topology() -> None:
    """Create or update streams and consumers on the broker that BORGERTING_NATS_URL names."""
    from borgerting.suite import apply_topology

    url = read().nats_url
    _require_broker(url)
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
    from nats.js.errors import NotFoundError

    from borgerting.deadletters import read_all

    _require_broker(url)
    try:
        letters = asyncio.run(read_all(url))
    except NotFoundError as missing:
        raise Refused(
            "bus.empty",
            da=f"NATS-serveren {url} har ingen af vores strømme. Kør først: borgerting topology",
            en=f"The NATS server {url} has none of our streams. Run first: borgerting topology",
        ) from missing
    table = Table("no.", "service", "event", "kind", "reason")
    for letter in letters:
        table.add_row(str(letter.number), letter.consumer, letter.event, letter.kind, letter.reason)
    Console().print(table)


def _require_broker(url: str) -> None:
    """Ask once: the client itself would try for minutes and tell every attempt."""
    try:
        where = urlsplit(url)
        socket.create_connection((where.hostname or url, where.port or NATS_PORT), CONNECT_SECONDS).close()
    except (OSError, ValueError) as why:
        reason = getattr(why, "strerror", None) or str(why)
        raise Refused(
            "bus.away",
            da=f"NATS-serveren {url} svarer ikke ({reason}). Start den, eller ret BORGERTING_NATS_URL.",
            en=f"The NATS server {url} does not answer ({reason}). Start it, or correct BORGERTING_NATS_URL.",
        ) from why
