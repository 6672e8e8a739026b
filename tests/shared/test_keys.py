"""A key is made once, kept for ever, and read by its owner alone."""

import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from borgerting.errors import Broken
from borgerting.keys import KEY_BYTES, kept_key

CALLER = """
import sys
from pathlib import Path
from borgerting.keys import kept_key

print("ready", flush=True)
sys.stdin.readline()
for n in range(30):
    print(kept_key(Path(sys.argv[1]), str(n)).hex())
"""


def test_a_key_is_the_same_at_every_call_and_another_under_every_name_and_in_every_folder(tmp_path: Path) -> None:
    key = kept_key(tmp_path / "one", "ballots")
    assert len(key) == KEY_BYTES
    assert kept_key(tmp_path / "one", "ballots") == key
    assert len({key, kept_key(tmp_path / "one", "master"), kept_key(tmp_path / "two", "ballots")}) == 3


def test_only_the_owner_reads_it_and_nothing_lies_beside_it(tmp_path: Path) -> None:
    kept_key(tmp_path / "keys", "ballots")
    (file,) = (tmp_path / "keys").iterdir()
    assert file.name == "ballots"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


def test_processes_that_ask_at_once_get_one_key(tmp_path: Path) -> None:
    command = [sys.executable, "-c", CALLER, str(tmp_path / "keys")]
    callers = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    for caller in callers:
        assert caller.stdout is not None
        assert caller.stdout.readline() == "ready\n"
    for caller in callers:  # everybody stands at the line: go
        assert caller.stdin is not None
        caller.stdin.write("go\n")
        caller.stdin.flush()
    told = [caller.communicate()[0].split() for caller in callers]
    assert [caller.returncode for caller in callers] == [0, 0, 0]
    assert told[0] == told[1] == told[2] == [kept_key(tmp_path / "keys", str(n)).hex() for n in range(30)]
    assert len(set(told[0])) == 30
    assert len(list((tmp_path / "keys").iterdir())) == 30


def test_threads_that_ask_at_once_get_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        for n in range(20):
            name = str(n)
            assert len(set(threads.map(lambda _, name=name: kept_key(tmp_path, name), range(8)))) == 1


@pytest.mark.parametrize("left", [b"", b"half a key", bytes(KEY_BYTES + 1)])
def test_a_file_that_is_no_key_is_broken_and_stays_as_it_is(tmp_path: Path, left: bytes) -> None:
    (tmp_path / "ballots").write_bytes(left)
    with pytest.raises(Broken, match=f"ballots holds {len(left)} bytes"):
        kept_key(tmp_path, "ballots")
    assert (tmp_path / "ballots").read_bytes() == left


def test_what_a_crash_left_half_made_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "ballots.0123456789abcdef").write_bytes(b"half")
    assert len(kept_key(tmp_path, "ballots")) == KEY_BYTES
