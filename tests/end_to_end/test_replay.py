"""`borgerting replay`: the archives alone give back the stream, the projections and the same report."""

import hashlib
import json
import shutil
import sqlite3
import subprocess
from pathlib import Path

import httpx

from borgerting.demo.running import start_process
from borgerting.demo.watch import Watch
from borgerting.settings import read
from borgerting.suite import alone_in, embedded_broker
from borgerting.web.sign_in import token_of
from tests.end_to_end.conftest import BORGERTING


async def test_with_the_broker_wiped_the_report_is_the_same_to_the_byte(rehearsal: Path, tmp_path: Path) -> None:
    data = tmp_path / "run"
    shutil.copytree(rehearsal / "run", data)
    shutil.rmtree(data / "broker")
    _forget_the_projections(data)

    command = [str(BORGERTING), "replay", "--data", str(data)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

    told = [json.loads(line) for line in (rehearsal / "events.jsonl").read_text("utf-8").splitlines()]
    figures, report, again = await _served(data, len(told))
    assert report == (rehearsal / "report.html").read_bytes()
    assert hashlib.sha256(figures).hexdigest() == told[-1]["data"]["figures"]
    assert again == sorted(event["id"] for event in told)


def _forget_the_projections(data: Path) -> None:
    """Delete reporting's rows, so that what is served can only come from the archives."""
    store = sqlite3.connect(data / "reporting.sqlite")
    with store:
        assert store.execute("DELETE FROM row").rowcount > 0
    store.close()


async def _served(data: Path, events: int) -> tuple[bytes, bytes, list[str]]:
    """The figures and the report that the restarted service serves, and the ids on the refilled stream."""
    with alone_in(data):
        async with embedded_broker(data / "broker") as broker, Watch(broker.url, "demo") as watch:
            process, address = await start_process(read(data=data, port=0, nats_url=broker.url), "reporting")
            try:
                headers = {"Authorization": f"Bearer {token_of(data)}"}
                async with httpx.AsyncClient(base_url=address, headers=headers, trust_env=False) as client:
                    figures = (await client.get("/reporting/api/demo")).raise_for_status().content
                    report = (await client.get("/reporting/api/demo/report.html?lang=da")).raise_for_status().content
                await watch.wait_for("reporting.report.published")
            finally:
                process.terminate()
                await process.wait()
            while len(watch.envelopes) < events:
                await watch.wait_for("sessions.ballot.cast", len(watch.of("sessions.ballot.cast")) + 1)
            return figures, report, sorted(envelope.id for envelope in watch.envelopes)
