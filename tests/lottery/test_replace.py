"""``borgerting lottery replace``: alternates in their order while they keep the quotas, else a redraw."""

import csv
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from borgerting.adapters import Portfolio
from services.lottery import domain
from services.lottery.domain.record import Drawn, record
from services.lottery.domain.redraws import REDRAW_RULE, Lots, Vacancy
from services.lottery.domain.refill import loss
from services.lottery.files.pool import Wishes, pool_of
from services.lottery.files.quotas import quotas_in
from services.lottery.files.records import read_record
from services.lottery.files.tables import read_csv
from services.lottery.files.volunteers import read_volunteers
from services.lottery.store import PORTFOLIO_RULE, portfolio_bytes, sealed_parts
from tests.lottery.files.papers import HEADER, QUOTAS, ROWS, text, written

SCRIPT = Path(sys.executable).with_name("borgerting")
PANEL = ("p00", "p01", "p02", "p03", "p05")  # three men, two women; north p00 and p03
ALTERNATES = ("p07", "p06", "p04")  # a man and two women


@dataclass(frozen=True)
class Office:
    """A folder with a draw that was held."""

    folder: Path

    def replace(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [str(SCRIPT), "lottery", "replace", "--draw", "draw.json", "--volunteers", "v.csv"]
        env = {**os.environ, "LC_ALL": "C.UTF-8", "COLUMNS": "200"}
        return subprocess.run([*command, *words], cwd=self.folder, env=env, capture_output=True, text=True, check=False)

    def rows(self, name: str) -> list[list[str]]:
        return list(csv.reader(io.StringIO((self.folder / name).read_text("utf-8-sig"))))


@pytest.fixture
def office(tmp_path: Path) -> Office:
    content = text([HEADER, *ROWS])
    quotas = quotas_in(read_csv("q.csv", QUOTAS.encode()))
    volunteers = read_volunteers(read_csv("v.csv", content.encode()), quotas.features)
    pool = pool_of("klima", quotas, volunteers, Wishes(seats=5))
    sealed = portfolio_bytes("klima", Portfolio((PANEL,), "by hand", alternates=(ALTERNATES,)))
    drawn = Drawn(
        sealed_parts(sealed), domain.digest(sealed), PORTFOLIO_RULE, "2026", domain.commitment("2026"), 0, PANEL,
        "by hand", {},
    )  # fmt: skip
    (tmp_path / "draw.json").write_bytes(record(pool, drawn))
    written(tmp_path, "v.csv", content)
    (tmp_path / "full").mkdir()
    written(tmp_path / "full", "old.txt", "x")
    return Office(tmp_path)


def test_the_first_alternate_who_keeps_the_quotas_takes_the_seat(office: Office) -> None:
    said = office.replace("--left", "p02", "--out", "new")  # a woman: p07 would leave one woman only
    assert (said.returncode, said.stderr) == (0, "")
    assert "p02 leaves, p06 comes." in said.stdout
    assert office.rows("new/replacements.csv") == [["left", "came", "way"], ["p02", "p06", "alternate"]]
    assert [row[0] for row in office.rows("new/selected.csv")[1:]] == ["p00", "p01", "p03", "p05", "p06"]
    told = json.loads((office.folder / "new" / "replacement.json").read_bytes())
    assert told["members"] == ["p00", "p01", "p03", "p05", "p06"]


def test_an_alternate_who_said_no_is_passed_over_and_earlier_changes_stand(office: Office) -> None:
    said = office.replace("--left", "p02", "--unavailable", "p06", "--out", "one")
    assert "p02 leaves, p04 comes." in said.stdout
    said = office.replace("--panel", "one/selected.csv", "--left", "p03", "--unavailable", "p06", "--out", "two")
    assert "p03 leaves, p07 comes." in said.stdout
    assert [row[0] for row in office.rows("two/selected.csv")[1:]] == ["p00", "p01", "p04", "p05", "p07"]


def test_beyond_the_alternates_the_seats_are_drawn_among_the_rest_the_same_way_every_time(office: Office) -> None:
    words = ("--left", "p02", "--left", "p00", "--unavailable", "p04", "--unavailable", "p06")
    said = office.replace(*words, "--out", "one")
    assert (said.returncode, said.stderr) == (0, "")
    assert "drawn among everybody who is left" in said.stdout
    office.replace(*reversed_pairs(words), "--out", "two")
    first, second = [(office.folder / out / "replacement.json").read_bytes() for out in ("one", "two")]
    assert first == second
    assert "Every quota is kept." in said.stdout
    told = json.loads(first)
    assert set(told["members"]) >= {"p01", "p03", "p05"}
    assert not set(told["members"]) & {"p00", "p02", "p04", "p06"}
    assert (told["missed"], told["call"]) == (0, 0)
    assert [way for _, _, way in office.rows("one/replacements.csv")[1:]] == ["redraw", "redraw"]


def test_the_redraw_is_the_one_of_the_service(office: Office) -> None:
    words = ("--left", "p02", "--unavailable", "p04", "--unavailable", "p06")
    office.replace(*words, "--out", "one")
    told = json.loads((office.folder / "one" / "replacement.json").read_bytes())
    pool = read_record(office.folder / "draw.json").pool
    vacancy = Vacancy(pool, ("p00", "p01", "p03", "p05"), 1, frozenset(("p02", "p04", "p06")))
    keeping = [p.id for p in vacancy.candidates() if loss(pool, [*vacancy.staying, p.id]) == 0]
    assert told["redraw_rule"] == REDRAW_RULE
    assert told["came"] == [min(keeping, key=Lots("2026", 0).of)]


def test_where_no_redraw_can_keep_the_quotas_it_misses_the_fewest_seats_and_says_so(office: Office) -> None:
    others = [word for n in (4, 6, 8, 10) for word in ("--unavailable", f"p{n:02}")]
    said = office.replace("--left", "p02", *others, "--out", "new")  # every other woman has said no
    assert (said.returncode, said.stderr) == (0, "")
    assert "Nobody who is left can keep every quota: 2 seats are outside them, as few as can be." in said.stdout
    assert json.loads((office.folder / "new" / "replacement.json").read_bytes())["missed"] == 2


def test_where_nobody_is_left_the_seat_stays_empty(office: Office) -> None:
    others = [word for row in ROWS if row[0] not in PANEL for word in ("--unavailable", row[0])]
    said = office.replace("--left", "p02", *others, "--out", "new")
    assert (said.returncode, said.stderr) == (0, "")
    assert "p02 leaves, nobody comes." in said.stdout
    assert office.rows("new/replacements.csv")[1:] == [["p02", "", ""]]


def reversed_pairs(words: tuple[str, ...]) -> tuple[str, ...]:
    """The same options, the last one first."""
    pairs = list(zip(words[::2], words[1::2], strict=True))
    return tuple(word for pair in reversed(pairs) for word in pair)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--left", "p09"), "p09 is no member and cannot give up a seat."),
        (("--left", "p99"), "--left: p99 is neither a volunteer's id nor a file."),
        (("--left", "p00", "--out", "full"), "is not empty"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(words: tuple[str, ...], told: str, office: Office) -> None:
    said = office.replace(*words)
    assert said.returncode == 2
    assert told in said.stderr
    assert said.stderr.count("\n") == 1


def test_another_file_of_volunteers_is_refused(office: Office) -> None:
    written(office.folder, "v.csv", text([HEADER, *ROWS[1:]]))
    said = office.replace("--left", "p05")
    assert said.returncode == 2
    assert "v.csv lacks 1 of the draw, the first is p00." in said.stderr


def test_only_those_who_agreed_to_be_called_until_then_can_come(office: Office) -> None:
    agreed = {row[0]: "2027-03-31" for row in ROWS} | {"p07": "2027-02-28", "p06": ""}
    written(office.folder, "v.csv", text([[*HEADER, "until"], *([*row, agreed[row[0]]] for row in ROWS)]))
    said = office.replace("--left", "p01", "--until", "until", "--day", "2027-03-01", "--out", "one")
    assert said.returncode == 0, said.stderr
    gone = json.loads((office.folder / "one" / "replacement.json").read_bytes())["gone"]
    assert {"p06", "p07"} <= set(gone)
    wrong = office.replace("--left", "p01", "--until", "until", "--day", "March", "--out", "two")
    assert (wrong.returncode, "Write a day such as" in wrong.stderr) == (2, True)
