"""XLSX files: values as text, formulas never run, merged cells told; and the same guarded on the way out."""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils.exceptions import InvalidFileException

from borgerting.canonical import sha256
from borgerting.errors import Refused
from services.lottery.files.tables import Place, Table, table_of, wrong

MAX_UNPACKED = 128 * 2**20
CONTROL = {n: None for n in range(32) if chr(n) not in "\t\n\r"}
"""Characters that no workbook can hold."""


def read_workbook(name: str, content: bytes) -> Table:
    """The first sheet that holds anything; Refused when the file is damaged, or swells when it is unpacked."""
    _require_harmless(name, content)
    try:
        book = load_workbook(io.BytesIO(content), data_only=False, keep_links=False)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError, SyntaxError, OSError) as why:
        raise _damaged(name) from why  # what openpyxl raises depends on which part is damaged
    filled = [sheet for sheet in book.worksheets if _filled(sheet)]
    if not filled:
        return table_of(name, sha256(content), "XLSX", [])
    sheet = next((s for s in filled if s.sheet_state == "visible"), filled[0])
    formulas: dict[Place, str] = {}
    lines = []
    for number, row in enumerate(sheet.iter_rows(min_row=1, min_col=1), 1):
        for at, cell in enumerate(row):
            if cell.data_type == "f":
                formulas[number, at] = text_of(cell.value)
        cells = tuple(text_of(cell.value) for cell in row)
        if any(cell.strip() for cell in cells):
            lines.append((number, cells))
    form = f"XLSX, “{sheet.title}”" + (f" (1/{len(filled)})" if len(filled) > 1 else "")
    return replace(table_of(name, sha256(content), form, lines), formulas=formulas, merged=_merged(sheet))


def text_of(value: Any) -> str:
    """A cell's value as text: whole numbers without a point, dates as 2026-03-01, nothing as "".

    >>> [text_of(value) for value in (None, 7.0, 0.025, True, "007")]
    ['', '7', '0.025', 'TRUE', '007']
    """
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return (value.date() if value.time() == time() else value).isoformat()
    return (
        value.isoformat() if isinstance(value, date | time) else str(getattr(value, "text", value))
    )  # an array formula has its text inside


def write_workbook(path: Path, sheets: Mapping[str, Iterable[Sequence[str | int]]]) -> None:
    """Write each sheet; a text stays a text, whatever it begins with."""
    book = Workbook(write_only=True)
    for title, rows in sheets.items():
        sheet = book.create_sheet(_title(title, book.sheetnames))
        for row in rows:
            sheet.append([_cell(sheet, value) for value in row])
    book.save(path)


def _cell(sheet: Any, value: str | int) -> Any:
    if isinstance(value, int):
        return value
    cell = WriteOnlyCell(sheet, value=value.translate(CONTROL))
    cell.data_type = "s"  # openpyxl makes a formula of whatever begins with =
    return cell


def _title(wanted: str, taken: Sequence[str]) -> str:
    """A name that a workbook allows: at most 31 characters, none of its own signs, no two the same."""
    name = wanted.translate(CONTROL | dict.fromkeys(map(ord, "[]:*?/\\"), "-"))[:31].strip("' ") or "-"
    used, number, tried = {title.casefold() for title in taken}, 2, name
    while tried.casefold() in used:
        tried, number = f"{name[:27]} {number}", number + 1
    return tried


def _filled(sheet: Any) -> bool:
    return any(cell is not None and text_of(cell).strip() for row in sheet.iter_rows(values_only=True) for cell in row)


def _merged(sheet: Any) -> dict[Place, str]:
    """Every cell that shows another's value."""
    return {
        (row, column - 1): str(area)
        for area in sheet.merged_cells.ranges
        for row in range(area.min_row, min(area.max_row, sheet.max_row) + 1)
        for column in range(area.min_col, min(area.max_col, sheet.max_column) + 1)
        if (row, column) != (area.min_row, area.min_col)
    }


def _require_harmless(name: str, content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if (size := sum(part.file_size for part in packed.infolist())) > MAX_UNPACKED:
                raise wrong(
                    "large",
                    da=f"{name} fylder {size} bytes pakket ud; grænsen er {MAX_UNPACKED}. Gem arket som CSV.",
                    en=f"{name} has {size} bytes when unpacked; the limit is {MAX_UNPACKED}. Save the sheet as CSV.",
                )
            parts = {part.filename for part in packed.infolist()}
            if "xl/workbook.xml" not in parts or any(b"<!DOCTYPE" in packed.read(part) for part in sorted(parts)):
                raise _damaged(name)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError) as why:
        raise _damaged(name) from why


def _damaged(name: str) -> Refused:
    return wrong(
        "workbook",
        da=f"{name} er ikke et regneark, der kan læses. Gem det igen som XLSX (Excel-projektmappe) eller som CSV.",
        en=f"{name} is no workbook that can be read. Save it again as XLSX (Excel workbook) or as CSV.",
    )
