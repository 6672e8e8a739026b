"""The embedded server keeps what it acknowledged, and two never share a directory."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.js.errors import NotFoundError

from borgerting import topology
from borgerting.broker import Broker
from borgerting.errors import Transient
from borgerting.suite import apply_topology, embedded_broker
from borgerting.topology import DEAD_STREAM, STREAM

ROOT = Path(__file__).parents[2]
SUBJECT = "borgerting.sessions.assembly.seated.v1.klima"
LEAVE_A_SERVER = """
import asyncio, os, sys
from pathlib import Path
from borgerting.broker import Broker

async def main():
    broker = Broker(Path(sys.argv[1]))
    await broker.start()
    print(broker.pid, flush=True)
    os.kill(os.getpid(), 9)

asyncio.run(main())
"""


@asynccontextmanager
async def client_of(broker: Broker) -> AsyncIterator[Client]:
    client = Client()
    await client.connect(broker.url, allow_reconnect=False)
    try:
        yield client
    finally:
        await client.close()


async def test_a_server_that_is_killed_keeps_every_message_it_acknowledged(tmp_path: Path) -> None:
    broker, acknowledged, enough = Broker(tmp_path / "broker"), list[int](), asyncio.Event()
    await broker.start()
    await apply_topology(broker.url)
    first = broker.pid

    async def publish(lane: int) -> None:
        async with client_of(broker) as client:
            for n in range(10_000):
                ack = await client.jetstream().publish(SUBJECT, f"{lane}-{n}".encode())
                acknowledged.append(ack.seq)
                if len(acknowledged) > 300:
                    enough.set()

    lanes = [asyncio.create_task(publish(lane)) for lane in range(3)]
    await asyncio.wait_for(enough.wait(), 20)
    os.kill(first, signal.SIGKILL)
    for lane in lanes:
        lane.cancel()
    await asyncio.gather(*lanes, return_exceptions=True)
    await broker.stop()
    await broker.start()
    try:
        async with client_of(broker) as client:
            for sequence in acknowledged:
                assert (await client.jetstream().get_msg(STREAM, sequence)).subject == SUBJECT
    finally:
        await broker.stop()
    assert broker.pid == 0


@pytest.mark.parametrize("name", ["broker", "en mappe på øen", "it's {braces} $HOME # no comment"])
async def test_a_folder_may_have_any_ordinary_name(tmp_path: Path, name: str) -> None:
    async with embedded_broker(tmp_path / name) as broker:
        assert (tmp_path / name / "jetstream").is_dir()
        assert broker.pid > 0


@pytest.mark.parametrize("columns", ["", "20"])
async def test_a_server_left_by_a_killed_run_is_ended_before_the_next_one_starts(
    tmp_path: Path, columns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    left = subprocess.run(
        [sys.executable, "-c", LEAVE_A_SERVER, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT / "shared")},
    )
    assert left.returncode == -signal.SIGKILL
    orphan = int(left.stdout)
    async with client_of(Broker(tmp_path, port_in(tmp_path))) as client:
        assert client.is_connected
    async with asyncio.timeout(20):
        broker = Broker(tmp_path)
        await broker.start()
    try:
        assert broker.pid != orphan
        assert has_ended(orphan)
    finally:
        await broker.stop()


def has_ended(pid: int) -> bool:
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S607
    return shown.stdout.strip()[:1] in ("", "Z")


def port_in(folder: Path) -> int:
    listen = (folder / "nats-server.conf").read_text("utf-8").splitlines()[0]
    return int(listen.rpartition(":")[2].strip('"'))


@pytest.mark.parametrize("left", ["", "garbage", str(os.getpid()), "999999999", "-1"])
async def test_a_process_id_that_is_not_our_servers_any_more_is_left_alone(tmp_path: Path, left: str) -> None:
    (tmp_path / "nats-server.pid").write_text(left)
    broker = Broker(tmp_path)
    await broker.start()
    await broker.stop()


async def test_it_syncs_before_it_acknowledges_and_listens_to_this_machine_only(tmp_path: Path) -> None:
    config = Broker(tmp_path, 4999).config()
    assert "sync_interval: always" in config
    assert 'listen: "127.0.0.1:4999"' in config


async def test_a_server_that_cannot_start_says_so_and_leaves_nothing_running(tmp_path: Path) -> None:
    async with embedded_broker(tmp_path / "one") as one:
        two = Broker(tmp_path / "two", one.port)
        with pytest.raises(Transient, match=r"nats-server\.log"):  # though somebody answers on its port
            await two.start()
        assert two.pid == 0


async def test_the_topology_may_be_applied_again_and_from_several_places_and_changes_nothing(tmp_path: Path) -> None:
    async with embedded_broker(tmp_path) as broker, client_of(broker) as client:
        js = client.jetstream()
        await js.publish(SUBJECT, b"{}")
        await asyncio.gather(*(apply_topology(broker.url) for _ in range(3)))
        assert (await js.stream_info(STREAM)).state.messages == 1
        for service in topology.CONSUMES:
            info = await js.consumer_info(STREAM, service)
            assert info.config.max_deliver == topology.MAX_DELIVER
            assert sorted(info.config.filter_subjects or [info.config.filter_subject]) == sorted(
                topology.filters(service)
            )


async def test_a_new_generation_is_empty_and_takes_an_event_that_the_old_one_had(tmp_path: Path) -> None:
    async with embedded_broker(tmp_path) as broker, client_of(broker) as client:
        js = client.jetstream()
        await js.publish(SUBJECT, b"{}", headers={"Nats-Msg-Id": "1"})
        await topology.recreate(js)
        assert (await js.stream_info(STREAM)).state.messages == 0
        assert not (await js.publish(SUBJECT, b"{}", headers={"Nats-Msg-Id": "1"})).duplicate
        await js.delete_stream(STREAM)
        await topology.recreate(js)
        await js.stream_info(DEAD_STREAM)
        with pytest.raises(NotFoundError):
            await js.stream_info("OTHER")
