"""Services in one process: one that fails is started again alone, and nothing is shared that must not be."""

import asyncio
import logging
import os
import signal
import socket
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from borgerting.broker import Broker
from borgerting.errors import Refused
from borgerting.home import bare_home
from borgerting.settings import Settings, read
from borgerting.store.protocol import Record
from borgerting.suite import Suite, alone_in, builder, services

PATIENCE = 20.0
PAIR = ("reporting", "sessions")


class Failures(logging.Handler):
    """Hears the suite say that a service has failed."""

    def __init__(self) -> None:
        super().__init__()
        self.said: asyncio.Queue[str] = asyncio.Queue()

    def emit(self, record: logging.LogRecord) -> None:
        self.said.put_nowait(record.getMessage())

    async def next(self) -> str:
        return await asyncio.wait_for(self.said.get(), PATIENCE)


def settings_for(broker: Broker, folder: Path) -> Settings:
    return read(data=folder / "data", nats_url=broker.url, port=0)


@asynccontextmanager
async def serving(settings: Settings, names: Sequence[str] = PAIR) -> AsyncIterator[tuple[Suite, httpx.AsyncClient]]:
    suite, stop = Suite(settings, names), asyncio.Event()
    running = asyncio.create_task(suite.run(bare_home, stop))
    headers = {"Authorization": f"Bearer {suite.token}"}
    try:
        await asyncio.wait_for(suite.ready(), PATIENCE)
        async with httpx.AsyncClient(base_url=suite.address, headers=headers) as client:
            yield suite, client
    finally:
        stop.set()
        await asyncio.wait_for(running, PATIENCE)


@asynccontextmanager
async def listening() -> AsyncIterator[Failures]:
    handler, log = Failures(), logging.getLogger("borgerting")
    log.addHandler(handler)
    try:
        yield handler
    finally:
        log.removeHandler(handler)


async def break_outbox(suite: Suite, name: str) -> None:
    """A document that says it has events to send and that nobody can read."""
    service = suite.running[name]
    await service.store.insert("assembly", Record("torn", 1, {"pending": 1}))
    assert service.repo.on_outbox is not None
    service.repo.on_outbox()


def mend(settings: Settings, name: str) -> None:
    with sqlite3.connect(settings.data / f"{name}.sqlite") as file:
        file.execute("DELETE FROM assembly WHERE id = 'torn'")
    file.close()


async def test_a_suite_serves_its_services_behind_one_door_and_says_that_it_is_ready(
    broker: Broker, tmp_path: Path
) -> None:
    async with serving(settings_for(broker, tmp_path)) as (_, client):
        assert (await client.get("/ready")).json() == dict.fromkeys(PAIR, True)
        assert (await client.get("/health")).json() == {"alive": True}
        assert (await client.get("/reporting/api")).json() == []
        assert (await client.get("/lottery/api")).status_code == 404


async def test_a_service_whose_background_work_fails_is_started_again_alone_and_the_others_go_on(
    broker: Broker, tmp_path: Path
) -> None:
    settings = settings_for(broker, tmp_path)
    async with listening() as failures, serving(settings) as (suite, client):
        first, other = suite.running["sessions"], suite.running["reporting"]
        await break_outbox(suite, "sessions")
        assert (await failures.next()).startswith("sessions failed and is started again")
        mend(settings, "sessions")
        away = await client.get("/sessions/klima")
        assert (away.status_code, away.headers["retry-after"]) == (503, "1")
        assert (await client.get("/reporting/api")).status_code == 200
        ready = await client.get("/ready")
        assert (ready.status_code, ready.json()) == (503, {"reporting": True, "sessions": False})
        await asyncio.wait_for(suite.ready(), PATIENCE)
        assert suite.running["sessions"] is not first
        assert suite.running["reporting"] is other
        assert (await client.get("/ready")).status_code == 200


async def test_a_service_that_fails_to_come_back_is_tried_again_and_the_others_go_on(
    broker: Broker, tmp_path: Path
) -> None:
    settings = settings_for(broker, tmp_path)
    file, kept = settings.data / "sessions.sqlite", tmp_path / "kept"
    async with listening() as failures, serving(settings) as (suite, client):
        await break_outbox(suite, "sessions")
        await failures.next()
        mend(settings, "sessions")
        file.rename(kept)
        file.write_bytes(b"no database" * 1000)
        assert "sessions failed and is started again" in await failures.next()
        assert (await client.get("/reporting/api")).status_code == 200
        kept.rename(file)
        await asyncio.wait_for(suite.ready(), PATIENCE)
        assert (await client.get("/ready")).status_code == 200


async def test_a_suite_ends_when_one_of_its_services_cannot_even_start(broker: Broker, tmp_path: Path) -> None:
    settings = settings_for(broker, tmp_path)
    suite = Suite(settings, PAIR)
    (settings.data / "sessions.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(sqlite3.DatabaseError):
        await asyncio.wait_for(suite.run(bare_home, asyncio.Event()), PATIENCE)


async def test_a_suite_that_waits_for_its_broker_can_be_stopped(tmp_path: Path) -> None:
    suite, stop = Suite(read(data=tmp_path / "data", nats_url="nats://127.0.0.1:1", port=0), PAIR), asyncio.Event()
    running = asyncio.create_task(suite.run(bare_home, stop))
    async with httpx.AsyncClient(base_url=suite.address) as client:
        assert (await client.get("/ready")).status_code == 503
        assert (await client.get("/health")).status_code == 200
    stop.set()
    await asyncio.wait_for(running, PATIENCE)


async def test_a_suite_whose_broker_was_killed_says_so_serves_on_and_can_be_stopped(
    broker: Broker, tmp_path: Path
) -> None:
    async with serving(settings_for(broker, tmp_path)) as (suite, client):
        before = dict(suite.running)
        os.kill(broker.pid, signal.SIGKILL)
        await broker.stop()
        assert (await client.get("/ready")).status_code == 503
        assert (await client.get("/reporting/api")).status_code == 200
        assert suite.running == before


def test_two_suites_do_not_share_a_folder(tmp_path: Path) -> None:
    with alone_in(tmp_path / "one"):
        with pytest.raises(Refused, match="already runs in the folder") as no, alone_in(tmp_path / "one"):
            pass
        assert len(no.value.sentences("da")) == 1
        with alone_in(tmp_path / "two"):
            pass
    with alone_in(tmp_path / "one"):  # free again
        pass


def test_a_folder_of_ours_is_for_its_owner_only(tmp_path: Path) -> None:
    with alone_in(tmp_path / "new"):
        assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(Refused, match=r"cannot be used \(.+\)\. Choose another with --data\."),
        alone_in(tmp_path / place),
    ):
        pass


def test_a_port_that_is_taken_is_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Refused, match=f"Port {port} on 127.0.0.1 is taken"):
            Suite(read(data=tmp_path, port=port), [])


def test_a_port_belongs_to_the_first_suite_before_it_serves(tmp_path: Path) -> None:
    first = Suite(read(data=tmp_path, port=0), [])
    port = int(first.address.rpartition(":")[2])
    with pytest.raises(Refused, match="is taken"):
        Suite(read(data=tmp_path, port=port), [])
    asyncio.run(_run_and_stop(first))
    asyncio.run(_run_and_stop(Suite(read(data=tmp_path, port=port), [])))


async def _run_and_stop(suite: Suite) -> None:
    stop = asyncio.Event()
    stop.set()
    await asyncio.wait_for(suite.run(bare_home, stop), PATIENCE)


def test_an_address_this_machine_does_not_have_is_not_called_taken(tmp_path: Path) -> None:
    settings = read(data=tmp_path, port=0).model_copy(update={"host": "192.0.2.1"})
    with pytest.raises(Refused, match="cannot be used") as no:
        Suite(settings, [])
    assert "taken" not in str(no.value)


def test_a_service_that_is_not_installed_is_refused_with_those_that_are() -> None:
    with pytest.raises(Refused, match=r"“nosuch”.*lottery, recruitment, reporting, sessions"):
        builder("nosuch")
    assert services() == ("lottery", "recruitment", "reporting", "sessions")
