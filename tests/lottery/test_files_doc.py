"""docs/lottery-files.md is run as it stands: its files are written, its commands given, its answers compared."""

import doctest
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

DOC = Path(__file__).parents[2] / "docs" / "lottery-files.md"
FENCE = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SCRIPT = Path(sys.executable).with_name("borgerting")


def told(command: str, folder: Path) -> str:
    """What the terminal shows."""
    words = shlex.split(command)
    assert words[0] == "borgerting"
    env = {**os.environ, "LC_ALL": "C.UTF-8", "COLUMNS": "200", "NO_COLOR": "1"}
    done = subprocess.run([SCRIPT, *words[1:]], cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 2)
    return done.stdout + done.stderr


def test_every_example_of_the_page_answers_what_the_page_says(tmp_path: Path) -> None:
    checker, asked = doctest.OutputChecker(), 0
    for kind, name, content in FENCE.findall(DOC.read_text("utf-8")):
        if kind == "csv":
            (tmp_path / name).write_text(content, "utf-8")
        elif kind == "console":
            command, _, expected = content.removeprefix("$ ").partition("\n")
            answer = told(command, tmp_path)
            asked += 1
            if not checker.check_output(expected, answer, doctest.ELLIPSIS):
                pytest.fail(f"{command}\nthe page says:\n{expected}\nthe answer is:\n{answer}")
    assert asked >= 4
