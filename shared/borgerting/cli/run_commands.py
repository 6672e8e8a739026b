"""``borgerting up`` and ``borgerting run``: the suite in one process, or one service in a process of its own."""

import asyncio
import logging
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.panel import Panel

from borgerting.settings import Settings, read

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from borgerting.suite import Suite

Data = Annotated[Path, typer.Option(help="Folder for stores, keys and the broker's files.")]
Port = Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 picks a free one.", min=0, max=65535)]

WELCOME = """[bold]{address}/?token={token}[/bold]

Kun til øvelse: navne er endnu ikke beskyttet. Stop med Ctrl-C.
Practice only: names are not yet protected. Stop with Ctrl-C."""


def up(data: Data = Path(".borgerting"), port: Port = 8400) -> None:
    """Serve the whole suite on this machine, with a broker of its own."""
    settings = read(data=data, port=port)
    asyncio.run(_up(settings))


def run(
    service: Annotated[str, typer.Argument(help="recruitment, lottery, sessions or reporting")],
    data: Data = Path(".borgerting"),
    port: Port = 0,
) -> None:
    """Serve one service against the broker that BORGERTING_NATS_URL names."""
    asyncio.run(_run(read(data=data, port=port), service))


async def _up(settings: Settings) -> None:
    from borgerting.demo.suite import rehearse_in
    from borgerting.home import home
    from borgerting.suite import Suite, alone_in, embedded_broker, services

    with alone_in(settings.data):
        async with embedded_broker(settings.data / "broker") as broker:
            suite = Suite(settings.model_copy(update={"nats_url": broker.url}), services())
            await _serve(suite, lambda s: home(s, rehearse_in), WELCOME)


async def _run(settings: Settings, name: str) -> None:
    from borgerting.home import bare_home
    from borgerting.suite import Suite

    await _serve(Suite(settings, [name]), bare_home, name + " {address}")


async def _serve(suite: "Suite", home: "Callable[[Suite], ASGIApp]", welcome: str) -> None:
    """Serve until SIGINT or SIGTERM; say where once everything is ready."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    greeting = asyncio.create_task(_greet(suite, welcome))
    try:
        await suite.run(home, stop)
    finally:
        greeting.cancel()


async def _greet(suite: "Suite", welcome: str) -> None:
    await suite.ready()
    text = welcome.format(address=suite.address, token=suite.token)
    console = Console()
    if "\n" in text:
        console.print(Panel(text, title="Borgerting", expand=False))
    else:
        print(text, flush=True)  # noqa: T201 - one plain line that another program may read
