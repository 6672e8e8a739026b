"""With the lottery's process killed nothing is drawn; started again it completes the run: nobody else can draw."""

import asyncio
import os
import select
import signal
import sqlite3
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from nats.aio.client import Client as Nats

from borgerting.demo.client import Client
from borgerting.demo.driver import Rehearsal, write_files
from borgerting.demo.example import read_example
from borgerting.demo.plan import Plan
from borgerting.demo.running import four_processes, start_process
from borgerting.demo.watch import Watch
from borgerting.errors import Refused
from borgerting.events.lottery import DrawStarted
from borgerting.settings import read
from borgerting.suite import alone_in, embedded_broker
from borgerting.topology import STREAM
from tests.end_to_end.conftest import recompute


async def test_killed_after_the_freeze_nothing_is_drawn_and_started_again_it_completes(tmp_path: Path) -> None:
    data = tmp_path / "run"
    plan = Plan(read_example(), "demo", datetime.now(UTC).date(), county="12", size=36, seed=7)
    with alone_in(data):
        async with embedded_broker(data / "broker") as broker:
            settings = read(data=data, port=0, seed="rehearsal-7", nats_url=broker.url)
            async with (
                four_processes(settings) as running,
                Watch(broker.url, "demo") as watch,
                Client(running.addresses, running.token, "killed") as client,
            ):
                going = asyncio.create_task(Rehearsal(plan, client, watch, lambda _: None).run())
                started = asyncio.create_task(watch.wait_for(DrawStarted.type))
                await asyncio.wait([going, started], return_when=asyncio.FIRST_COMPLETED)
                lottery = running.processes["lottery"]
                await _kill_with_its_solver(lottery)

                assert await _told_by_the_lottery(broker.url) <= {"started", "progressed"}
                assert _kept_by_the_lottery(data) == {"draw": ["started"], "panel": []}
                with pytest.raises(Refused, match="panel"):
                    await client.post("sessions", "demo/sessions", next(plan.sessions(["r0001"] * 36)))
                assert not going.done()

                port = urlsplit(running.addresses["lottery"]).port or 0
                running.processes["lottery"], _ = await start_process(settings, "lottery", port)
                await going
                await write_files(plan, client, watch, tmp_path)
    done = recompute(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


async def _kill_with_its_solver(process: asyncio.subprocess.Process) -> None:
    """Kill -9 the lottery alone; return when its solver, which ends by itself, has ended too."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("ascii").split()
    watched = [os.pidfd_open(int(child)) for child in children]
    process.send_signal(signal.SIGKILL)
    assert await process.wait() == -signal.SIGKILL
    for child in watched:
        ended, _, _ = await asyncio.to_thread(select.select, [child], [], [], 20)
        os.close(child)
        assert ended, "the solver outlives the lottery"


async def _told_by_the_lottery(url: str) -> set[str]:
    """The verbs of its events on the stream: final, since only the dead process could add one."""
    nats = Nats()
    await nats.connect(url)
    try:
        info = await nats.jetstream().stream_info(STREAM, subjects_filter="borgerting.lottery.>")
        return {subject.split(".")[3] for subject in Counter(info.state.subjects or {})}
    finally:
        await nats.close()


def _kept_by_the_lottery(data: Path) -> dict[str, list[str]]:
    with sqlite3.connect(f"file:{data / 'lottery.sqlite'}?mode=ro", uri=True) as store:
        states = [row[0] for row in store.execute("SELECT json_extract(body, '$.state') FROM draw")]
        panels = [row[0] for row in store.execute("SELECT id FROM panel")]
    store.close()
    return {"draw": states, "panel": panels}
