"""The four services, in one process or in four; the rehearsal cannot tell which."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from borgerting.errors import Broken
from borgerting.home import bare_home
from borgerting.settings import Settings
from borgerting.suite import Suite, services
from borgerting.web.sign_in import token_of

START_SECONDS = 60.0
STOP_SECONDS = 10.0


@dataclass(frozen=True)
class Running:
    """Where each service is served, with which token; `processes` by name where each has its own."""

    addresses: Mapping[str, str]
    token: str
    processes: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)


@asynccontextmanager
async def one_process(settings: Settings) -> AsyncIterator[Running]:
    """Everything in this process, ended with the block."""
    suite, stop = Suite(settings, services()), asyncio.Event()
    serving = asyncio.create_task(suite.run(bare_home, stop))
    ready = asyncio.create_task(suite.ready())
    try:
        await asyncio.wait([serving, ready], return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            await serving
        yield Running(dict.fromkeys(suite.names, suite.address), suite.token)
    finally:
        ready.cancel()
        stop.set()
        await serving


@asynccontextmanager
async def four_processes(settings: Settings) -> AsyncIterator[Running]:
    """Each service in a process of its own, ended with the block."""
    token = settings.token or token_of(settings.data)
    running = Running({}, token)
    try:
        started = await asyncio.gather(*(start_process(settings, name) for name in services()))
        addresses = {}
        for name, (process, address) in zip(services(), started, strict=True):
            running.processes[name] = process
            addresses[name] = address
        yield Running(addresses, token, running.processes)
    finally:
        for process in running.processes.values():
            if process.returncode is None:
                process.terminate()
        await asyncio.gather(*(asyncio.wait_for(p.wait(), STOP_SECONDS) for p in running.processes.values()))


async def start_process(settings: Settings, name: str, port: int = 0) -> tuple[asyncio.subprocess.Process, str]:
    """Start ``borgerting run <name>`` and return it with its address, once it says that it is ready."""
    script = Path(sys.executable).with_name("borgerting")
    own = {f"BORGERTING_{key.upper()}": str(value) for key, value in settings.model_dump(exclude={"plugins"}).items()}
    process = await asyncio.create_subprocess_exec(
        *(str(script), "run", name, "--data", str(settings.data), "--port", str(port)),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | own,
    )
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    try:
        line = (await asyncio.wait_for(process.stdout.readline(), START_SECONDS)).decode().split()
    except TimeoutError as silence:
        process.kill()
        raise Broken(f"{name} was not ready within {START_SECONDS:.0f} s") from silence
    if len(line) != 2:
        raise Broken(f"{name} ended with exit code {await process.wait()} before it was ready")
    return process, line[1]
