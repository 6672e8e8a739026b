"""Small files of an organiser, written as text or as a workbook."""

from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook

QUOTAS = """feature,value,min,max
Køn,Kvinde,2,3
Køn,Mand,2,3
Område,Nord,1,3
Område,Syd,2,4
"""
HEADER = ("id", "navn", "Køn", "Område", "vej", "post")
ROWS = [
    (f"p{n:02}", f"Navn {n}", ("Kvinde", "Mand")[n % 2], ("Nord", "Syd", "Syd")[n % 3], f"Åvej {n}", "2200")
    for n in range(12)
]

Row = Sequence[object]


def text(rows: Sequence[Row], separator: str = ",") -> str:
    """A CSV text without quotes."""
    return "".join(separator.join(map(str, row)) + "\n" for row in rows)


def written(folder: Path, name: str, content: str, encoding: str = "utf-8") -> Path:
    """A file with that content."""
    path = folder / name
    path.write_bytes(content.encode(encoding))
    return path


def book(path: Path, rows: Sequence[Row], merge: str = "") -> Path:
    """A workbook with one sheet, as a spreadsheet writes it: numbers as numbers, formulas as formulas."""
    made = Workbook()
    sheet = made.active
    for row in rows:
        sheet.append(list(row))
    if merge:
        sheet.merge_cells(merge)
    made.save(path)
    return path
