"""Services in one process: each is kept alive alone, behind one front door."""

import asyncio
import errno
import fcntl
import logging
import os
import socket
from collections.abc import AsyncIterator, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from importlib.metadata import entry_points
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from nats.aio.client import Client
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp

from borgerting import topology
from borgerting.broker import Broker
from borgerting.errors import Refused
from borgerting.front import Front
from borgerting.service import Service
from borgerting.settings import Settings
from borgerting.web.sign_in import SignIn, token_of

Build = Callable[[Settings], Service]
RESTART_SECONDS = 0.2
log = logging.getLogger("borgerting")


def services() -> tuple[str, ...]:
    """The installed services, by the names of their entry points."""
    return tuple(sorted(point.name for point in entry_points(group="borgerting.services")))


def builder(name: str) -> Build:
    """The composition root of the service `name`; Refused when there is none."""
    for point in entry_points(group="borgerting.services", name=name):
        build: Build = point.load()
        return build
    there = ", ".join(services())
    raise Refused(
        "service.missing",
        da=f"Der er ingen tjeneste «{name}». Vælg en af: {there}.",
        en=f"There is no service “{name}”. Choose one of: {there}.",
    )


class Suite:
    """Keeps the services `names` running on one bus and serves them on ``settings.host:settings.port``."""

    def __init__(self, settings: Settings, names: Sequence[str]) -> None:
        self.settings = settings
        self.names = tuple(names)
        require_usable(settings.data)
        self.token = settings.token or token_of(settings.data)
        self.rooms: dict[str, FastAPI | None] = dict.fromkeys(self.names)
        self.running: dict[str, Service] = {}
        self._lived: set[str] = set()
        self._ending = False
        self._socket = _listen(settings.host, settings.port)
        self.front: ASGIApp = PlainTextResponse("Starting.", 503)
        self._all_ready = asyncio.Event()

    @property
    def address(self) -> str:
        """Where the suite is served, with the port that was really bound."""
        host, port = self._socket.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def run(self, home: Callable[["Suite"], ASGIApp], until: asyncio.Event) -> None:
        """Serve until `until` is set; a service that fails is restarted alone, one that never started ends all."""
        self.front = SignIn(Front(self.rooms, home(self)), self.token)
        config = uvicorn.Config(self.front, log_level="warning", lifespan="off", timeout_graceful_shutdown=5)
        server = _Server(config)
        keepers = [asyncio.create_task(self._keep(name)) for name in self.names]
        serving = asyncio.create_task(server.serve(sockets=[self._socket]))
        stopping = asyncio.create_task(until.wait())
        try:
            await asyncio.wait([*keepers, serving, stopping], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._ending = server.should_exit = True
            await asyncio.gather(serving, return_exceptions=True)
            for task in (*keepers, stopping):
                task.cancel()
            await asyncio.gather(*keepers, stopping, return_exceptions=True)
            self._socket.close()
        for task in (*keepers, serving):
            if not task.cancelled() and (why := task.exception()) is not None:
                raise why

    async def ready(self) -> None:
        """Return when every service has started."""
        await self._all_ready.wait()

    async def _keep(self, name: str) -> None:
        build = builder(name)
        while True:
            why: BaseException | None
            try:
                why = await self._live(name, build)
            except Exception as failure:
                if name not in self._lived or self._ending:
                    raise
                why = failure
            log.error("%s failed and is started again: %r", name, why)
            await asyncio.sleep(RESTART_SECONDS)

    async def _live(self, name: str, build: Build) -> BaseException | None:
        """One life of the service, from its start to the failure that ends it."""
        service = build(self.settings)
        try:
            await service.start()
            self._open(service)
            return await service.failed()
        finally:
            self._shut(name)
            await service.stop()

    def _open(self, service: Service) -> None:
        self.running[service.name], self.rooms[service.name] = service, service.app
        self._lived.add(service.name)
        if len(self.running) == len(self.names):
            self._all_ready.set()

    def _shut(self, name: str) -> None:
        self.rooms[name] = None
        self.running.pop(name, None)
        self._all_ready.clear()


@asynccontextmanager
async def embedded_broker(folder: Path, port: int = 0) -> AsyncIterator[Broker]:
    """A broker of our own with its topology in place, ended with the block."""
    broker = Broker(folder, port)
    await broker.start()
    try:
        await apply_topology(broker.url)
        yield broker
    finally:
        await broker.stop()


async def apply_topology(url: str) -> None:
    """The one step that creates and updates streams and consumers."""
    client = Client()
    await client.connect(url)
    try:
        await topology.apply(client.jetstream())
    finally:
        await client.close()


def require_usable(folder: Path) -> None:
    """Make the folder, for its owner only; Refused where we cannot write."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as why:
        raise Refused(
            "suite.folder",
            da=f"Mappen {folder} kan ikke bruges ({why.strerror}). Vælg en anden med --data.",
            en=f"The folder {folder} cannot be used ({why.strerror}). Choose another with --data.",
        ) from why


@contextmanager
def alone_in(folder: Path) -> Generator[None, None, None]:
    """Hold the folder's lock; Refused when another suite already runs there."""
    require_usable(folder)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            raise Refused(
                "suite.running",
                da=f"Borgerting kører allerede i mappen {folder}. Stop det, eller vælg en anden mappe med --data.",
                en=f"Borgerting already runs in the folder {folder}. Stop it, or choose another with --data.",
            ) from held
        yield


class _Server(uvicorn.Server):
    """Leaves the signals to whoever runs the suite."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Capture none."""
        yield


def _listen(host: str, port: int) -> socket.socket:
    """Listen at once: two sockets may be bound to one port as long as neither listens."""
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen()
    except OSError as why:
        bound.close()
        raise _no_port(host, port, why) from why
    return bound


def _no_port(host: str, port: int, why: OSError) -> Refused:
    if why.errno == errno.EADDRINUSE:
        return Refused(
            "suite.port",
            da=f"Port {port} på {host} er optaget. Stop det, der bruger den, eller vælg en anden med --port.",
            en=f"Port {port} on {host} is taken. Stop what uses it, or choose another with --port.",
        )
    return Refused(
        "suite.port",
        da=f"Port {port} på {host} kan ikke bruges ({why.strerror}). Vælg en anden med --port eller BORGERTING_HOST.",
        en=f"Port {port} on {host} cannot be used ({why.strerror}). Choose another with --port or BORGERTING_HOST.",
    )
