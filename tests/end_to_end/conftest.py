"""The rehearsals that the proofs look at: each is `borgerting demo` as a user starts it, all begun at once."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "assembly"
BORGERTING = Path(sys.executable).with_name("borgerting")
PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class Demo:
    """One run under way: its folder and its process."""

    folder: Path
    process: subprocess.Popen[str]

    def said(self) -> str:
        """What it printed, once it has ended well."""
        said, _ = self.process.communicate(timeout=PATIENCE_SECONDS)
        assert self.process.returncode == 0, said
        return said


def recompute(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the stand-alone script on a rehearsal's files, isolated from everything that is installed."""
    script = str(Path(__file__).with_name("recompute.py"))
    files = [str(folder), str(EXAMPLE / "population.json"), str(EXAMPLE / "features.json")]
    command = [sys.executable, "-I", "-S", script, *files]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="session")
def demos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Demo]]:
    """Start three at once: the example, its twin in four processes, and another region, size and seed."""
    asked: dict[str, tuple[str, ...]] = {
        "example": (),
        "twin": ("--processes",),
        "county": ("--county", "12", "--size", "36", "--seed", "7"),
    }
    hashes = {"example": "1", "twin": "2026", "county": "random"}
    running: dict[str, Demo] = {}
    for name, options in asked.items():
        folder = tmp_path_factory.mktemp(name)
        process = subprocess.Popen(
            [str(BORGERTING), "demo", "--data", str(folder), *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | {"PYTHONHASHSEED": hashes[name]},
        )
        running[name] = Demo(folder, process)
    yield running
    for demo in running.values():
        with demo.process:
            if demo.process.poll() is None:
                demo.process.terminate()


@pytest.fixture(scope="session")
def rehearsal(demos: dict[str, Demo]) -> Path:
    """The folder of the example, complete."""
    demos["example"].said()
    return demos["example"].folder
