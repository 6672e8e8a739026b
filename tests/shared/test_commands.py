"""Commands that services and partners bring to the console script."""

import sys
from pathlib import Path

import pytest

from borgerting.cli import main


def install(folder: Path, name: str, code: str) -> None:
    """A distribution with one command, as a package manager would lay it down."""
    (folder / f"{name}_commands.py").write_text(code, "utf-8")
    metadata = folder / f"{name}-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n", "utf-8")
    (metadata / "entry_points.txt").write_text(f"[borgerting.commands]\n{name} = {name}_commands:app\n", "utf-8")


def called(monkeypatch: pytest.MonkeyPatch, *words: str) -> object:
    monkeypatch.setattr(sys, "argv", ["borgerting", *words])
    with pytest.raises(SystemExit) as end:
        main()
    return end.value.code


WORKING = """
import typer
app = typer.Typer()
@app.command()
def greet(name: str) -> None:
    typer.echo(f"hello {name}")
@app.callback()
def group() -> None: ...
"""


@pytest.fixture(autouse=True)
def plain_english(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.syspath_prepend(tmp_path)


def test_an_installed_command_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install(tmp_path, "greeter", WORKING)
    assert called(monkeypatch, "greeter", "greet", "Ane") == 0
    assert capsys.readouterr().out == "hello Ane\n"


def test_a_broken_command_says_so_and_takes_no_other_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install(tmp_path, "broken", "import nothing_of_that_name")
    assert called(monkeypatch, "broken", "--any", "thing") == 2
    said = capsys.readouterr().err
    assert said.startswith("borgerting: The command “broken” cannot be loaded: ModuleNotFoundError")
    assert called(monkeypatch, "dead-letters", "--help") == 0


def test_the_lottery_brings_its_commands(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert called(monkeypatch, "lottery", "--help") == 0
    assert "draw" in capsys.readouterr().out
