"""One service on a real bus: from a command to the effect in another, and what its readiness knows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from borgerting.broker import Broker
from borgerting.errors import Broken, Conflict
from borgerting.events.base import Envelope
from borgerting.events.sessions import AssemblySeated
from borgerting.service import Service
from borgerting.settings import read
from borgerting.store import Repository
from borgerting.store.archive import archived
from borgerting.store.timers import Timer, schedule
from borgerting.suite import apply_topology
from borgerting.topology import STREAM
from tests.shared.support import Diary, Note, Write, lines, write_down

PATIENCE = 15.0


class Reader:
    """Recruitment as a test needs it: it writes down what the assemblies tell."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._read = asyncio.Condition()
        service.react({AssemblySeated: self._on_seated})

    async def _on_seated(self, repo: Repository, event: AssemblySeated, envelope: Envelope) -> None:
        await write_down(repo, envelope)
        async with self._read:
            self._read.notify_all()

    async def until(self, version: str) -> None:
        async with asyncio.timeout(PATIENCE), self._read:
            while version not in await lines(self.service.repo):
                await self._read.wait()


@asynccontextmanager
async def running(service: Service) -> AsyncIterator[Service]:
    await service.start()
    try:
        yield service
    finally:
        await service.stop()


def service_of(name: str, broker: Broker, folder: Path, *kinds: type) -> Service:
    return Service(name, read(data=folder, nats_url=broker.url), kinds)


async def tell(service: Service, version: int) -> None:
    note = await service.repo.get(Note, "klima") or Note(id="klima", assembly="klima")
    while True:
        command = Write(assembly="klima", key=str(version))
        try:
            await service.repo.save(note, [AssemblySeated(assembly="klima", members=version)], cause=command)
        except Conflict:  # the relay cleared the outbox since
            note = await service.repo.get(Note, "klima") or note
        else:
            return


async def test_what_one_service_saves_is_an_effect_in_another(broker: Broker, tmp_path: Path) -> None:
    reader = Reader(service_of("recruitment", broker, tmp_path, Diary))
    async with running(service_of("sessions", broker, tmp_path, Note)) as writer, running(reader.service):
        for version in range(1, 4):
            await tell(writer, version)
        await reader.until("3")
        assert await lines(reader.service.repo) == ["1", "2", "3"]
        assert [e.version async for e in archived(writer.store)] == [1, 2, 3]


async def test_what_was_saved_while_a_service_was_down_arrives_when_it_is_back(broker: Broker, tmp_path: Path) -> None:
    silent = service_of("sessions", broker, tmp_path, Note)
    await tell(silent, 1)
    await silent.store.close()
    reader = Reader(service_of("recruitment", broker, tmp_path, Diary))
    async with running(reader.service), running(service_of("sessions", broker, tmp_path, Note)):
        await reader.until("1")


async def test_a_consumer_that_is_deleted_makes_its_service_not_ready_until_it_is_back_and_read(
    broker: Broker, tmp_path: Path
) -> None:
    reader = Reader(service_of("recruitment", broker, tmp_path, Diary))
    async with running(reader.service), running(service_of("sessions", broker, tmp_path, Note)) as writer:
        assert await reader.service.fetching()
        await writer.bus.js.delete_consumer(STREAM, "recruitment")
        assert not await reader.service.fetching()
        await apply_topology(broker.url)
        assert await reader.service.fetching()
        await tell(writer, 1)
        await reader.until("1")


async def test_a_broker_that_is_gone_makes_its_services_not_ready_and_is_waited_for(
    broker: Broker, tmp_path: Path
) -> None:
    reader = Reader(service_of("recruitment", broker, tmp_path, Diary))
    async with running(reader.service), running(service_of("sessions", broker, tmp_path, Note)) as writer:
        await broker.stop()
        assert not await asyncio.wait_for(reader.service.fetching(), PATIENCE)
        await tell(writer, 1)
        await broker.start()
        await reader.until("1")
        assert await reader.service.fetching()
        assert await writer.fetching()


async def test_background_work_that_breaks_is_the_services_failure(broker: Broker, tmp_path: Path) -> None:
    service = service_of("sessions", broker, tmp_path, Note)

    async def look() -> None:
        raise Broken("torn")

    service.sweep(look)
    async with running(service):
        assert isinstance(await asyncio.wait_for(service.failed(), PATIENCE), Broken)
        assert not await service.fetching()


async def test_a_timer_that_is_set_while_the_service_sleeps_rings_when_it_is_due(
    broker: Broker, tmp_path: Path
) -> None:
    service, rung = service_of("sessions", broker, tmp_path, Note), asyncio.get_running_loop().create_future()

    async def ring(timer: Timer) -> None:
        rung.set_result(timer.id)

    service.ring(ring)
    async with running(service):
        await schedule(service.repo, "klima", "draw", service.repo.clock(), "1")
        assert await asyncio.wait_for(rung, PATIENCE) == "draw/1"


async def test_a_service_that_was_never_started_can_be_stopped(broker: Broker, tmp_path: Path) -> None:
    service = service_of("sessions", broker, tmp_path, Note)
    assert not await service.fetching()
    await service.stop()
    await service.stop()


async def test_a_store_that_is_closed_is_a_503_and_no_traceback(broker: Broker, tmp_path: Path) -> None:
    service = service_of("sessions", broker, tmp_path, Note)

    @service.app.get("/note")
    async def note() -> str:
        await service.repo.get(Note, "klima")
        return "there"

    await service.store.close()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(service.app), base_url="http://127.0.0.1") as client:
        answer = await client.get("/note")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["code"] == "busy"
