"""Tables from CSV and XLSX files."""

import io
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest

from borgerting.errors import Refused
from services.lottery.files import tables
from services.lottery.files.tables import Table, read_csv, read_table
from services.lottery.files.workbooks import write_workbook
from tests.lottery.files.papers import book, written


def body(table: Table) -> list[tuple[str, ...]]:
    return [cells for _, cells in table.rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_any_usual_encoding_and_delimiter_gives_the_same_table(encoding: str, separator: str) -> None:
    content = f'id{separator}Køn\r\n7{separator}"kvinde, gift; ja"\r\n'.encode(encoding)
    table = read_csv("x.csv", content)
    assert table.header == ("id", "Køn")
    assert table.rows == ((2, ("7", "kvinde, gift; ja")),)
    assert table.form.startswith("CSV, ")


def test_rows_are_numbered_as_a_spreadsheet_does_blank_ones_and_the_separator_line_included() -> None:
    assert read_csv("x.csv", b"sep=;\r\na;b\r\n\r\n;\r\n1;2\r\n").rows == ((5, ("1", "2")),)


def test_the_delimiter_is_not_sought_inside_quotes() -> None:
    assert read_csv("x.csv", b'"a;b;c",d\n1,2\n').header == ("a;b;c", "d")


def test_a_row_with_more_cells_than_the_header_is_told_of_and_a_short_one_is_filled() -> None:
    table = read_csv("x.csv", b"a,b\n1\n1,2,3\n1,2,,\n")
    assert body(table) == [("1", ""), ("1", "2"), ("1", "2")]
    assert table.ragged == {3: 3}
    said = table.why_not(3)
    assert said
    assert "3 cells, but the header has 2" in said[1]


@pytest.mark.parametrize("content", [b"", b"\n\n", b" , \n"])
def test_an_empty_file_is_refused(content: bytes) -> None:
    with pytest.raises(Refused, match="is empty") as no:
        read_csv("x.csv", content)
    assert "er tom" in no.value.text["da"]


def test_a_quote_that_never_ends_is_refused() -> None:
    with pytest.raises(Refused, match="cannot be read as CSV"):
        read_csv("x.csv", b'a,b\n"1,2\n')


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(Refused, match="neither text"):
        read_csv("x.csv", b"a,b\n\x00\x81\x8d")


def test_an_old_or_locked_workbook_is_named_as_such(tmp_path: Path) -> None:
    (tmp_path / "x.xls").write_bytes(b"\xd0\xcf\x11\xe0" + b"\0" * 600)
    with pytest.raises(Refused, match="old XLS format or locked"):
        read_table(tmp_path / "x.xls")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="cannot be read"):
        read_table(tmp_path / "nowhere.csv")


def test_a_file_over_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_BYTES", 3)
    with pytest.raises(Refused, match="the limit is 3"):
        read_table(written(tmp_path, "x.csv", "a,b\n"))


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_ROWS", 1)
    with pytest.raises(Refused, match="too large"):
        read_csv("x.csv", b"a\n1\n2\n")


def test_two_columns_of_one_name_are_refused_only_when_they_are_needed() -> None:
    table = read_csv("x.csv", b"id,note,Note\n1,2,3\n")
    assert table.require("ID") == 0
    with pytest.raises(Refused, match=r"several columns called “note” \(no. 2, 3\)"):
        table.require("note")


def test_a_missing_column_is_named_with_those_that_are_there() -> None:
    with pytest.raises(Refused, match="no column “Køn”; it has id, navn"):
        read_csv("x.csv", b"id,navn\n1,2\n").require("Køn")


def test_a_workbooks_values_are_text_as_a_person_reads_them(tmp_path: Path) -> None:
    cells = ["007", 7, 7.0, 0.025, True, date(2026, 3, 1), datetime(2026, 3, 1, 9, 30), None]  # noqa: DTZ001
    table = read_table(book(tmp_path / "x.xlsx", [list("abcdefgh"), cells]))
    assert body(table) == [("007", "7", "7", "0.025", "TRUE", "2026-03-01", "2026-03-01T09:30:00", "")]
    assert table.form == "XLSX, “Sheet”"


def test_a_workbook_is_known_by_its_content_not_by_its_name(tmp_path: Path) -> None:
    path = book(tmp_path / "x.csv", [["a"], ["1"]])
    assert read_table(path).header == ("a",)


def test_formulas_are_never_run_and_told_of(tmp_path: Path) -> None:
    table = read_table(book(tmp_path / "x.xlsx", [["id", "alder"], [1, "=2026-1980"], [2, "46"]]))
    said = table.why_not(2, 0, 1)
    assert said
    assert said[1] == "“alder” is a formula (=2026-1980). Copy the column and paste it as values"
    assert table.why_not(2, 0) is None
    assert table.why_not(3, 0, 1) is None


def test_merged_cells_are_told_of(tmp_path: Path) -> None:
    table = read_table(book(tmp_path / "x.xlsx", [["id", "sex"], [1, "f"], [2, None]], merge="B2:B3"))
    assert table.why_not(2, 1) is None
    said = table.why_not(3, 1)
    assert said
    assert "merged (B2:B3)" in said[1]


@pytest.mark.parametrize("content", [b"PK\x03\x04", b"PK\x03\x04" + b"x" * 90])
def test_a_damaged_workbook_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.xlsx").write_bytes(content)
    with pytest.raises(Refused, match="no workbook that can be read"):
        read_table(tmp_path / "x.xlsx")


def test_a_workbook_that_swells_or_defines_entities_is_refused(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/workbook.xml", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')
    (tmp_path / "entity.xlsx").write_bytes(packed.getvalue())
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/workbook.xml", b" " * (130 * 2**20))
    (tmp_path / "bomb.xlsx").write_bytes(packed.getvalue())
    with pytest.raises(Refused, match="no workbook"):
        read_table(tmp_path / "entity.xlsx")
    with pytest.raises(Refused, match="when unpacked"):
        read_table(tmp_path / "bomb.xlsx")


def test_what_is_written_as_text_comes_back_as_text_and_is_no_formula(tmp_path: Path) -> None:
    rows = [["id", "note"], ["007", "=1+1"], ["+45 20", "a\x07b"]]
    write_workbook(tmp_path / "x.xlsx", {"a/b": rows, "A?B": [], "x" * 40: []})
    table = read_table(tmp_path / "x.xlsx")
    assert body(table) == [("007", "=1+1"), ("+45 20", "ab")]
    assert not table.formulas
