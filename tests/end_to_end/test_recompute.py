"""The script that checks us: that it stands alone, agrees with a true run, and bites on every kind of untruth."""

import ast
import json
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.conftest import recompute


def test_it_imports_nothing_but_the_standard_library() -> None:
    tree = ast.parse(Path(__file__).with_name("recompute.py").read_text("utf-8"))
    direct = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    sources = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    called = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert {name.partition(".")[0] for name in direct | sources} <= sys.stdlib_module_names
    assert not called & {"__import__", "exec", "eval"} and "importlib" not in direct | sources


def test_it_agrees_with_the_report_of_a_true_run(rehearsal: Path) -> None:
    done = recompute(rehearsal)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.match(r"\d{3} figures recomputed", done.stdout)


def _replace(name: str, old: str, new: str) -> Callable[[Path], None]:
    def alter(folder: Path) -> None:
        file = folder / name
        text = file.read_text("utf-8")
        assert re.search(old, text), f"{old} is not in {name}: the test would alter nothing"
        file.write_text(re.sub(old, new, text, count=1), "utf-8")

    return alter


def _drop(kind: str) -> Callable[[Path], None]:
    def alter(folder: Path) -> None:
        file = folder / "events.jsonl"
        lines = file.read_text("utf-8").splitlines(keepends=True)
        gone = next(line for line in lines if json.loads(line)["type"] == f"dk.borgerting.{kind}.v1")
        lines.remove(gone)
        file.write_text("".join(lines), "utf-8")

    return alter


def _draw(change: Callable[[dict], None]) -> Callable[[Path], None]:  # type: ignore[type-arg]  # any JSON
    def alter(folder: Path) -> None:
        file = folder / "draw.json"
        content = json.loads(file.read_text("utf-8"))
        change(content)
        file.write_text(json.dumps(content), "utf-8")

    return alter


def _another_quota(draw: dict) -> None:  # type: ignore[type-arg]  # any JSON
    draw["features"][0]["quotas"][0]["least"] -= 1


def _another_ticket(draw: dict) -> None:  # type: ignore[type-arg]  # any JSON
    ticket = draw["tickets"][3]
    stranger = next(p["id"] for p in draw["people"] if p["id"] not in ticket)
    draw["tickets"][3] = sorted([*ticket[1:], stranger])


def _another_chance(draw: dict) -> None:  # type: ignore[type-arg]  # any JSON
    draw["chances"][draw["members"][0]] += 1


def _another_person(draw: dict) -> None:  # type: ignore[type-arg]  # any JSON
    traits = draw["people"][0]["features"]
    traits["sex"] = "men" if traits["sex"] == "women" else "women"


def _another_seed(draw: dict) -> None:  # type: ignore[type-arg]  # any JSON
    draw["seed"] += "0"


UNTRUTHS: dict[str, tuple[Callable[[Path], None], str]] = {
    "one vote": (_replace("events.jsonl", '"choice": "for"', '"choice": "against"'), "recommendation.1, tally"),
    "one tally": (_replace("events.jsonl", r'"in_favour": \d+', '"in_favour": 1'), "recommendation.1, tally"),
    "one quota in the event": (_replace("events.jsonl", '"least": 13', '"least": 12'), "quota area.stockholm"),
    "one quota in the draw": (_draw(_another_quota), "quota area.stockholm in draw.json"),
    "one ticket": (_draw(_another_ticket), "portfolio in draw.json"),
    "one chance": (_draw(_another_chance), "chances in draw.json"),
    "one volunteer": (_draw(_another_person), "counts in the frozen pool"),
    "the seed": (_draw(_another_seed), "commitment in draw.json"),
    "one member in panel.csv": (_replace("panel.csv", "(?m)^r", "q"), "members in panel.csv"),
    "one member present": (_replace("events.jsonl", r'"present": \["r', '"present": ["q'), "session.1"),
    "a figure's value": (
        _replace("report.html", 'figure="draw.ticket" value="', 'figure="draw.ticket" value="9'),
        "draw.ticket (da) in report.html",
    ),
    "a figure's text": (
        _replace("report.html", r'(figure="recommendation.1.for" value="\d+">)', r"\g<1>9"),
        "recommendation.1.for (da): the text",
    ),
    "an outcome's word": (_replace("report.html", ">Not adopted<", ">Adopted<"), "recommendation.5.outcome (en)"),
    "a figure that nothing gives": (
        _replace("report.html", 'figure="total.adopted"', 'figure="total.applause"'),
        "total.applause (da): stands in report.html",
    ),
    "a figure that is missing": (
        _replace("report.html", 'data-figure="session.2.present"', 'class="gone"'),
        "session.2.present (da): should stand once in report.html, stands 0 times",
    ),
    "a ballot gone": (_drop("sessions.ballot.cast"), "last version of /sessions/ballot/"),
    "a step gone": (_drop("lottery.draw.progressed"), "sequence of /lottery/draw/demo"),
    "the seal gone": (_drop("lottery.draw.sealed"), "lottery.draw.sealed should be there once"),
    "the report's own event gone": (_drop("reporting.report.published"), "reporting.report.published should be"),
}


@pytest.mark.parametrize("untruth", UNTRUTHS)
def test_it_names_what_is_untrue(untruth: str, rehearsal: Path, tmp_path: Path) -> None:
    alter, named = UNTRUTHS[untruth]
    for name in ("report.html", "panel.csv", "draw.json", "events.jsonl"):
        shutil.copy(rehearsal / name, tmp_path)
    alter(tmp_path)
    done = recompute(tmp_path)
    assert done.returncode == 1
    assert named in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_ticket_that_breaks_a_quota_is_named(rehearsal: Path, tmp_path: Path) -> None:
    def all_men(draw: dict) -> None:  # type: ignore[type-arg]  # any JSON
        men = [p["id"] for p in draw["people"] if p["features"]["sex"] == "men"]
        draw["tickets"][5] = men[: draw["panel_size"]]

    for name in ("report.html", "panel.csv", "draw.json", "events.jsonl"):
        shutil.copy(rehearsal / name, tmp_path)
    _draw(all_men)(tmp_path)
    assert "ticket 5: sex.men has 60 seats, quota 30-30" in recompute(tmp_path).stdout
