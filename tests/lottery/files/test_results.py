"""The lists that come back."""

import csv
import io
from pathlib import Path

import pytest

from borgerting.errors import Refused
from services.lottery.files.pool import Wishes, pool_of
from services.lottery.files.quotas import quotas_in
from services.lottery.files.results import Outcome, csv_bytes, open_folder, write, write_lists
from services.lottery.files.tables import read_csv, read_table
from services.lottery.files.volunteers import read_volunteers
from tests.lottery.files.papers import HEADER, QUOTAS, ROWS, text

FOUND = quotas_in(read_csv("q.csv", QUOTAS.encode()))
DRAWN = ("p00", "p01", "p02", "p03", "p05")


def outcome(*panels: tuple[str, ...], alternates: tuple[str, ...] = ()) -> Outcome:
    rows = [*ROWS[:11], ("p11", "=HYPERLINK(1)", *ROWS[11][2:])]
    volunteers = read_volunteers(read_csv("v.csv", text([HEADER, *rows]).encode()), FOUND.features)
    wishes = Wishes(seats=5, panels=len(panels), household={"p00": "home-1", "p07": "home-1"})
    return Outcome(pool_of("x", FOUND, volunteers, wishes), FOUND, volunteers, panels, alternates)


def lines(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))


def test_selected_and_remaining_keep_every_column_and_share_the_pool(tmp_path: Path) -> None:
    files = write_lists(tmp_path, "csv", outcome(DRAWN, alternates=("p08", "p04")))
    assert [path.name for path in files] == ["selected.csv", "remaining.csv", "alternates.csv"]
    selected, remaining, alternates = map(lines, files)
    assert selected[0] == remaining[0] == list(HEADER)
    assert [row[0] for row in selected[1:]] == list(DRAWN)
    assert [row[0] for row in remaining[1:]] == ["p04", "p06", "p07", "p08", "p09", "p10", "p11"]
    assert [row[:2] for row in alternates] == [["order", "id"], ["1", "p08"], ["2", "p04"]]
    assert remaining[-1][1] == "'=HYPERLINK(1)"
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_a_workbook_has_the_same_rows_and_its_texts_are_no_formulas(tmp_path: Path) -> None:
    files = write_lists(tmp_path, "xlsx", outcome(DRAWN))
    table = read_table(files[1])
    assert files[1].name == "remaining.xlsx"
    assert table.rows[-1][1][:2] == ("p11", "=HYPERLINK(1)")
    assert not table.formulas


def test_several_panels_get_a_file_each(tmp_path: Path) -> None:
    files = write_lists(tmp_path, "csv", outcome(DRAWN, ("p04", "p06", "p07", "p09", "p11")))
    assert [path.name for path in files] == ["selected-1.csv", "selected-2.csv", "remaining.csv"]
    assert [row[0] for row in lines(files[2])[1:]] == ["p08", "p10"]


def test_the_foundations_layout_has_id_first_features_last_and_no_one_from_a_members_home(tmp_path: Path) -> None:
    selected, remaining = write_lists(tmp_path, "sortition", outcome(DRAWN))
    assert selected.read_bytes().startswith("id,navn,vej,post,Køn,Område\r\n".encode())
    assert "p07" not in [row[0] for row in lines(remaining)]


def test_the_layout_of_analyse_og_tal_has_its_sheets_and_reserves(tmp_path: Path) -> None:
    (path,) = write_lists(tmp_path, "ogtal", outcome(DRAWN))
    from openpyxl import load_workbook

    made = load_workbook(path)
    assert made.sheetnames == ["lotting", "Køn", "Område"]
    rows = list(made["lotting"].values)
    assert rows[0] == (*HEADER, "Reserves")
    assert rows[1][0] == "p00"
    assert rows[1][-1] == 1  # p06 is the only other woman from the north
    assert list(made["Køn"].values) == [("group", "have", "want", "diff"), ("Kvinde", 2, 2, 0), ("Mand", 3, 3, 0)]


def test_our_tables_are_read_back_by_our_own_reader() -> None:
    rows = [("id", "note"), ("1", 'æ; , "x"\nz'), ("2", "'=1")]
    assert [cells for _, cells in read_csv("x.csv", csv_bytes(rows)).rows] == rows[1:]


def test_a_draw_is_never_written_over_anything(tmp_path: Path) -> None:
    open_folder(tmp_path / "new" / "draw")
    assert (tmp_path / "new" / "draw").stat().st_mode & 0o777 == 0o700
    write(tmp_path / "new" / "draw" / "x", b"")
    with pytest.raises(Refused, match=r"is not empty \(x\)"):
        open_folder(tmp_path / "new" / "draw")
    with pytest.raises(Refused, match="cannot be made"):
        open_folder(tmp_path / "new" / "draw" / "x" / "y")
    with pytest.raises(FileExistsError):
        write(tmp_path / "new" / "draw" / "x", b"")
