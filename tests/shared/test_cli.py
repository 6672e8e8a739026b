"""The command line: what it refuses is one sentence and exit code 2, never a traceback."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from borgerting.broker import Broker
from borgerting.cli import main
from borgerting.suite import alone_in

SCRIPT = Path(sys.executable).with_name("borgerting")


@dataclass(frozen=True)
class Said:
    code: object
    out: str
    err: str


Call = Callable[..., Said]


@pytest.fixture
def borgerting(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """The console script in this process, on an English terminal without settings."""
    for name in [name for name in os.environ if name.startswith("BORGERTING_")]:
        monkeypatch.delenv(name)
    for name, value in {"LC_ALL": "C.UTF-8", "COLUMNS": "200", "NO_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)

    def run(*words: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["borgerting", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            main()
        return Said(end.value.code, *capsys.readouterr())

    return run


@pytest.fixture
def port_in_use() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


@pytest.fixture
def dead_url() -> str:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return f"nats://127.0.0.1:{found.getsockname()[1]}"


def one_sentence(said: Said, *parts: str) -> None:
    assert said.code == 2, said
    assert said.out == ""
    lines = said.err.splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("borgerting: ")
    assert all(part in lines[0] for part in parts), lines[0]


def test_the_console_script_ends_in_one_danish_sentence_and_exit_code_2(tmp_path: Path) -> None:
    said = subprocess.run(
        [SCRIPT, "run", "nosuch", "--data", tmp_path],
        env={**os.environ, "LC_ALL": "da_DK.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    one_sentence(
        Said(said.returncode, said.stdout, said.stderr), "Der er ingen tjeneste «nosuch».", "lottery, recruitment"
    )


def test_a_county_that_is_not_in_the_table_is_refused_with_those_that_are(borgerting: Call, tmp_path: Path) -> None:
    one_sentence(borgerting("demo", "--county", "99", "--data", tmp_path / "demo"), "99", "12 Skåne län")


def test_a_rehearsal_empties_no_folder_that_holds_something_else(borgerting: Call, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    (tmp_path / "report.html").write_text("of another")
    one_sentence(borgerting("demo", "--data", tmp_path), "thesis.txt", "--data")
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
    assert (tmp_path / "report.html").read_text() == "of another"


@pytest.mark.parametrize("command", [("demo",), ("up", "--port", "0"), ("replay",)], ids=lambda c: c[0])
def test_a_folder_in_which_a_suite_runs_is_refused(borgerting: Call, tmp_path: Path, command: tuple[str, ...]) -> None:
    with alone_in(tmp_path):
        one_sentence(borgerting(*command, "--data", tmp_path), "already runs", "--data")


@pytest.mark.parametrize(
    "command", [("demo",), ("up", "--port", "0"), ("replay",), ("run", "sessions")], ids=lambda c: c[0]
)
def test_a_folder_that_is_a_file_is_refused(borgerting: Call, tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "file").touch()
    one_sentence(borgerting(*command, "--data", tmp_path / "file"), str(tmp_path / "file"), "cannot be used")


@pytest.mark.parametrize("command", [("up",), ("run", "sessions")], ids=lambda c: c[0])
def test_a_port_that_is_taken_is_refused(
    borgerting: Call, tmp_path: Path, port_in_use: int, command: tuple[str, ...]
) -> None:
    said = borgerting(*command, "--data", tmp_path, "--port", port_in_use)
    one_sentence(said, f"Port {port_in_use}", "taken", "--port")


@pytest.mark.parametrize("command", [("topology",), ("dead-letters", "list")], ids=lambda c: c[0])
def test_a_broker_that_does_not_answer_is_said_at_once(
    borgerting: Call, monkeypatch: pytest.MonkeyPatch, dead_url: str, command: tuple[str, ...]
) -> None:
    for url in (dead_url, "nowhere.invalid", "nats://127.0.0.1:99999"):
        monkeypatch.setenv("BORGERTING_NATS_URL", url)
        one_sentence(borgerting(*command), url, "does not answer", "BORGERTING_NATS_URL")


def test_a_broker_without_our_streams_is_said_until_the_topology_is_there(
    borgerting: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broker = Broker(tmp_path)
    asyncio.run(broker.start())
    monkeypatch.setenv("BORGERTING_NATS_URL", broker.url)
    try:
        one_sentence(borgerting("dead-letters", "list"), "borgerting topology")
        assert borgerting("topology").code == 0
        listed = borgerting("dead-letters", "list")
        assert (listed.code, listed.err) == (0, "")
        assert "reason" in listed.out
    finally:
        asyncio.run(broker.stop())


def test_wrong_settings_are_a_sentence_each_and_nothing_is_made(
    borgerting: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BORGERTING_HOST", "192.0.2.1")
    monkeypatch.setenv("BORGERTING_TICKETS", "0")
    said = borgerting("up", "--data", tmp_path / "new")
    assert said.code == 2
    host, tickets = said.err.splitlines()
    assert host.startswith("borgerting: The setting BORGERTING_HOST: without sign-in (OIDC)")
    assert tickets.startswith("borgerting: The setting BORGERTING_TICKETS: ")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [(("demo", "--size", "0"), "--size"), (("up", "--port", "70000"), "--port"), (("nosuch",), "nosuch")],
)
def test_an_option_out_of_its_range_is_named_with_exit_code_2(
    borgerting: Call, words: tuple[str, ...], told: str
) -> None:
    said = borgerting(*words)
    assert said.code == 2
    assert told in said.err
