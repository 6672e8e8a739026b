"""``borgerting lottery``: what an organiser types, what is told, and which files there are afterwards."""

import csv
import io
import json
import os
import random
import signal
import subprocess
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from borgerting.cli import main
from services.lottery import domain
from tests.conftest import CORPUS
from tests.lottery.files.papers import HEADER, QUOTAS, ROWS, book, text, written

SCRIPT = Path(sys.executable).with_name("borgerting")
FEW = ("--tickets", 12, "--seed", "2026")


@dataclass(frozen=True)
class Said:
    code: object
    out: str
    err: str


Call = Callable[..., Said]


@pytest.fixture
def lottery(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """``borgerting lottery`` in this process, on an English terminal."""
    for name in [name for name in os.environ if name.startswith("BORGERTING_")]:
        monkeypatch.delenv(name)
    for name, value in {"LC_ALL": "C.UTF-8", "COLUMNS": "200", "NO_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)

    def run(*words: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["borgerting", "lottery", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            main()
        return Said(end.value.code, *capsys.readouterr())

    return run


@pytest.fixture
def papers(tmp_path: Path) -> tuple[object, ...]:
    """The options that name the two small files."""
    quotas = written(tmp_path, "quotas.csv", QUOTAS)
    volunteers = written(tmp_path, "volunteers.csv", text([HEADER, *ROWS]))
    return ("--quotas", quotas, "--volunteers", volunteers, "--seats", 5)


def ids(path: Path) -> list[str]:
    return [row[0] for row in csv.reader(io.StringIO(path.read_text("utf-8-sig")))][1:]


def test_a_draw_writes_the_panel_the_rest_a_report_and_a_record(
    lottery: Call, papers: tuple[object, ...], tmp_path: Path
) -> None:
    said = lottery("draw", *papers, *FEW, "--out", tmp_path / "out")
    assert (said.code, said.err) == (0, "")
    assert "12 rows = 12 accepted + 0 refused; id: id." in said.out
    assert "4 of 4 quotas kept" in said.out
    assert "Fairness: the smallest chance is 41.67" in said.out
    out = tmp_path / "out"
    assert sorted(path.name for path in out.iterdir()) == [
        "alternates.csv", "draw.json", "remaining.csv", "report.html", "report.txt", "selected.csv",
    ]  # fmt: skip
    told = json.loads((out / "draw.json").read_bytes())
    selected, remaining = ids(out / "selected.csv"), ids(out / "remaining.csv")
    assert sorted(selected) == told["members"]
    assert sorted(selected + remaining) == sorted(row[0] for row in ROWS)
    traits = {row[0]: row[2] for row in ROWS}
    assert set(Counter(traits[who] for who in selected).values()) == {2, 3}


def test_the_record_can_be_checked_from_the_seed(lottery: Call, papers: tuple[object, ...], tmp_path: Path) -> None:
    lottery("draw", *papers, *FEW, "--out", tmp_path / "out")
    told = json.loads((tmp_path / "out" / "draw.json").read_bytes())
    parts = {part: told[part] for part in ("assembly", "tickets", "alternates", "fairness") if part in told}
    content = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    assert domain.digest(content) == told["portfolio"]
    assert domain.commitment("2026") == told["commitment"]
    assert domain.ticket_index("2026", told["portfolio"], 12) == told["ticket"]
    assert told["tickets"][told["ticket"]] == told["members"]
    assert "Åvej" not in json.dumps(told, ensure_ascii=False)
    assert "Navn" not in json.dumps(told, ensure_ascii=False)


def test_neither_order_of_rows_and_columns_nor_encoding_nor_form_of_file_changes_a_byte(
    lottery: Call, papers: tuple[object, ...], tmp_path: Path
) -> None:
    order = random.Random(7)  # noqa: S311
    rows = [HEADER, *order.sample(ROWS, len(ROWS))]
    columns = order.sample(range(len(HEADER)), len(HEADER))
    turned = [tuple(row[at] for at in columns) for row in rows]
    lines = QUOTAS.splitlines()
    backwards = "\n".join([lines[0], *reversed(lines[1:])])
    written(tmp_path, "q2.csv", unicodedata.normalize("NFD", backwards.replace(",", ";")), "utf-8-sig")
    written(tmp_path, "v2.csv", unicodedata.normalize("NFD", text(turned, "\t")), "utf-16")
    book(tmp_path / "v3.xlsx", turned)
    homes = ("--household", "vej", "--household", "post", "--exclude", "p03", "--include", "p04")
    lottery("draw", *papers, *FEW, *homes, "--out", tmp_path / "1")
    for out, quotas, volunteers in (("2", "q2.csv", "v2.csv"), ("3", "q2.csv", "v3.xlsx")):
        files = ("--quotas", tmp_path / quotas, "--volunteers", tmp_path / volunteers, "--seats", 5)
        said = lottery("draw", *files, *FEW, *homes, "--out", tmp_path / out)
        assert said.code == 0, said.err
    first, *others = [(tmp_path / out / "draw.json").read_bytes() for out in "123"]
    assert others == [first, first]


def test_a_seed_is_made_and_told_after_its_commitment(
    lottery: Call, papers: tuple[object, ...], tmp_path: Path
) -> None:
    said = lottery("draw", *papers, "--tickets", 12, "--out", tmp_path / "out")
    commitment = next(line for line in said.out.splitlines() if line.startswith("Commitment")).split()[-1]
    seed = next(line for line in said.out.splitlines() if line.startswith("Seed")).split()[-1]
    assert said.out.index(commitment) < said.out.index(seed)
    assert domain.commitment(seed) == commitment
    assert len(seed) == 64


def test_a_refused_row_stops_the_draw_until_the_organiser_goes_on_without_it(
    lottery: Call, papers: tuple[object, ...], tmp_path: Path
) -> None:
    written(tmp_path, "volunteers.csv", text([HEADER, *ROWS, ("p12", "x", "Hund", "Syd", "", "")]))
    said = lottery("draw", *papers, *FEW, "--out", tmp_path / "out")
    assert said.code == 2
    assert said.err.splitlines() == [
        "borgerting: volunteers.csv: 1 of 13 rows cannot be used. Correct them, or draw from the other 12 with "
        "--skip-refused.",
        "borgerting: volunteers.csv, row 14: “Køn” is “Hund”, which no quota has. Write one of Kvinde, Mand, or add a "
        "quota.",
    ]
    assert not (tmp_path / "out").exists()
    said = lottery("draw", *papers, *FEW, "--skip-refused", "--out", tmp_path / "out")
    assert said.code == 0
    assert "13 rows = 12 accepted + 1 refused" in said.out
    assert "row 14" in (tmp_path / "out" / "report.txt").read_text("utf-8")


def test_a_draw_is_never_written_over_another(lottery: Call, papers: tuple[object, ...], tmp_path: Path) -> None:
    written(tmp_path, "draw.json", "{}")
    said = lottery("draw", *papers, *FEW, "--out", tmp_path)
    assert (said.code, len(said.err.splitlines())) == (2, 1)
    assert "is never written over anything" in said.err
    assert (tmp_path / "draw.json").read_text() == "{}"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--seats", 0), "How many seats are there?"),
        (("--objective", "luck"), "--objective luck is not known. Choose one of leximin, maximin"),
        (("--format", "pdf"), "--format pdf is not known."),
        (("--name", "Å"), "The name “Å” cannot be used."),
        (("--id", "cpr"), "no column “cpr”"),
        (("--household", "by"), "no column “by”"),
        (("--seats", 9), "allow at most 6 seats in all, but there are 9"),
        (("--include", "nobody"), "--include: nobody is neither a volunteer's id nor a file."),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_two(
    options: tuple[object, ...], told: str, lottery: Call, papers: tuple[object, ...], tmp_path: Path
) -> None:
    said = lottery("draw", *papers, *FEW, *options, "--out", tmp_path / "out")
    assert said.code == 2
    assert told in said.err
    assert "Traceback" not in said.err
    assert not (tmp_path / "out").exists()


def test_a_danish_terminal_is_answered_in_danish(
    lottery: Call, papers: tuple[object, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "da_DK.UTF-8")
    said = lottery("draw", *papers, *FEW, "--out", tmp_path / "out")
    assert "12 rækker = 12 godtaget + 0 afvist" in said.out
    assert "4 af 4 kvoter holdt" in said.out
    assert "Hvad en lodtrækning ikke kan rette" in (tmp_path / "out" / "report.txt").read_text("utf-8")
    assert '<html lang="da">' in (tmp_path / "out" / "report.html").read_text("utf-8")


def test_the_certificate_is_told_in_words_and_those_who_fit_no_panel_are_named(
    lottery: Call, papers: tuple[object, ...], tmp_path: Path
) -> None:
    both = written(tmp_path, "joint.csv", "feature,value,feature2,value2,min,max\nKøn,Kvinde,Område,Nord,0,0\n")
    said = lottery("draw", *papers, *FEW, "--joint", both, "--out", tmp_path / "out")
    assert said.code == 0, said.err
    shut = [row[0] for row in ROWS if row[2:4] == ("Kvinde", "Nord")]
    told = " ".join((tmp_path / "out" / "report.txt").read_text("utf-8").split())
    assert f"On no ticket: {len(shut)} volunteers." in said.out
    assert f"{len(shut)} volunteers can be on no panel that keeps the quotas" in told
    assert f"On no ticket ({len(shut)}): {', '.join(shut)}." in told
    assert "No lottery with these quotas and volunteers can make it larger than" in told


FULL = QUOTAS.replace("Område,Nord,1,3", "Område,Nord,4,5")
BANDS = """feature,value,min,max,min_flex,max_flex
Køn,Kvinde,2,3,2,3
Køn,Mand,2,3,2,3
Område,Nord,4,5,3,5
Område,Syd,2,4,2,4
"""


def test_explain_says_that_all_is_well_and_draws_nothing(
    lottery: Call, papers: tuple[object, ...], tmp_path: Path
) -> None:
    said = lottery("explain", *papers)
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[-1] == "A panel can be drawn: all quotas can be kept."
    assert sorted(path.name for path in tmp_path.iterdir()) == ["quotas.csv", "volunteers.csv"]


def test_explain_says_which_quotas_clash_and_what_would_help(
    lottery: Call, papers: tuple[object, ...], tmp_path: Path
) -> None:
    written(tmp_path, "quotas.csv", FULL)
    said = lottery("explain", *papers, "--priority", "KØN=1", "--priority", "Område=2")
    assert said.code == 0
    assert "No panel can be drawn with these quotas." in said.out
    assert "Område, Nord: at least 4" in said.out
    helping = said.out.partition("Any one of these would help:")[2]
    assert "(now 4)" in helping
    assert "Køn" not in helping.partition("By your priorities")[2].partition(".")[0]
    assert "Thin spots:" in said.out
    wrong = lottery("explain", *papers, "--priority", "Alder=1")
    assert (wrong.code, wrong.err.count("\n")) == (2, 1)
    assert "write FEATURE=NUMBER with one of Køn, Område" in wrong.err


def test_explain_asks_whether_the_number_of_seats_is_right_when_no_feature_adds_up_to_it(
    lottery: Call, papers: tuple[object, ...]
) -> None:
    said = lottery("explain", *papers[:4], "--seats", 9)
    assert "Køn: the quotas allow at most 6 seats in all, but there are 9." in said.out
    assert said.out.splitlines()[-1] == "Is --seats 9 right?"


def test_bands_are_used_only_when_asked_for_and_no_more_than_needed(
    lottery: Call, papers: tuple[object, ...], tmp_path: Path
) -> None:
    written(tmp_path, "quotas.csv", BANDS)
    said = lottery("draw", *papers, *FEW, "--flex", "--out", tmp_path / "out")
    assert said.code == 0, said.err
    assert "- Gave way: Område, Nord: at least 3 (now 4)." in said.out
    assert "Gave way: Område, Nord" in (tmp_path / "out" / "report.txt").read_text("utf-8")
    said = lottery("draw", *papers, *FEW, "--out", tmp_path / "stiff")
    assert said.code == 2
    assert list((tmp_path / "stiff").iterdir() if (tmp_path / "stiff").exists() else []) == []


def test_those_who_hold_a_seat_may_come_from_a_file_of_their_own(
    lottery: Call, papers: tuple[object, ...], tmp_path: Path
) -> None:
    seated = written(tmp_path, "seated.csv", "id,Køn,Område\nm1,Kvinde,Nord\n")
    said = lottery("draw", *papers, *FEW, "--seated", seated, "--seated", "p05", "--out", tmp_path / "out")
    assert said.code == 0, said.err
    assert "12 rows = 12 accepted + 0 refused" in said.out
    assert "1 who have a seat already are in --seated only" in said.out
    told = json.loads((tmp_path / "out" / "draw.json").read_bytes())
    assert told["seated"] == ["m1", "p05"]
    assert len(told["people"]) == 13


def test_a_workbook_comes_back_as_a_workbook(lottery: Call, papers: tuple[object, ...], tmp_path: Path) -> None:
    book(tmp_path / "v.xlsx", [HEADER, *ROWS])
    said = lottery(
        "draw", *papers[:2], "--volunteers", tmp_path / "v.xlsx", "--seats", 5, *FEW, "--out", tmp_path / "o"
    )
    assert said.code == 0, said.err
    assert "selected.xlsx, remaining.xlsx" in said.out


def test_interrupting_a_draw_leaves_no_process_and_no_file(papers: tuple[object, ...], tmp_path: Path) -> None:
    many = [(f"p{n}", "x", *ROWS[n % 12][2:]) for n in range(3000)]
    written(tmp_path, "volunteers.csv", text([HEADER, *many]))
    words = ["lottery", "draw", *papers, "--tickets", 100_000, "--out", tmp_path / "out"]
    with subprocess.Popen(
        [SCRIPT, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as running:
        assert running.stdout
        assert running.stderr
        for line in running.stdout:
            if line.startswith(("Commitment", "Frøets")):
                break
        child = _child_of(running.pid)
        running.send_signal(signal.SIGINT)
        assert running.wait(30) == 2
        assert "interrupted" in running.stderr.read()
    assert not Path(f"/proc/{child}").exists()
    assert list((tmp_path / "out").iterdir()) == []


def _child_of(parent: int) -> int:
    """The solver's process, as soon as it is there."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if found := Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
            return int(found[0])
    raise TimeoutError


@pytest.mark.needs("corpus")
@pytest.mark.parametrize(
    ("quotas", "volunteers", "seats"),
    [
        ("lottery/sf_fixture_22/features.csv", "lottery/sf_fixture_22/candidates.csv", 22),
        ("practice/Categories_csv_example.csv", "practice/Respondents_csv_example.csv", 20),
    ],
)
def test_the_tools_own_examples_are_drawn_and_come_back_in_their_layout(
    quotas: str, volunteers: str, seats: int, lottery: Call, tmp_path: Path
) -> None:
    files = ("--quotas", CORPUS / quotas, "--volunteers", CORPUS / volunteers, "--seats", seats)
    said = lottery("draw", *files, "--tickets", 40, "--seed", 1, "--format", "sortition", "--out", tmp_path / "out")
    assert said.code == 0, said.err
    assert len(ids(tmp_path / "out" / "selected.csv")) == seats
