"""A table from a CSV or XLSX file: text only, rows numbered as a spreadsheet numbers them, the header first."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from borgerting.canonical import sha256
from borgerting.errors import Refused
from services.lottery.files.cells import key, listed

MAX_BYTES = 64 * 2**20
MAX_ROWS = 500_000
MAX_COLUMNS = 500
MAX_CELL = 20_000
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
ZIP_MAGIC, OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"

Cells = tuple[str, ...]
Place = tuple[int, int]
"""Row number and index of the column."""


@dataclass(frozen=True)
class Table:
    """Every row has one cell for each title of `header`; a row without any content is no row.

    `form` tells how the file was read; `formulas` and `merged` say which cells hold no value of their own, `ragged`
    which rows had more cells than the header, and how many.
    """

    name: str
    sha256: str
    form: str
    header: Cells
    rows: tuple[tuple[int, Cells], ...]
    formulas: Mapping[Place, str] = field(default_factory=dict)
    merged: Mapping[Place, str] = field(default_factory=dict)
    ragged: Mapping[int, int] = field(default_factory=dict)

    def column(self, *names: str) -> int | None:
        """The place of the first of `names` that is a title, whatever its case; Refused where two columns have it."""
        titles = [key(title) for title in self.header]
        for name in map(key, names):
            if titles.count(name) > 1:
                raise self._twice(name, [n + 1 for n, title in enumerate(titles) if title == name])
            if name in titles:
                return titles.index(name)
        return None

    def require(self, name: str) -> int:
        """The place of the column `name`, which must be there."""
        at = self.column(name)
        if at is None:
            there = listed([title for title in self.header if title], 40)
            raise wrong(
                "column-missing",
                da=f"{self.name} har ingen kolonne «{name}»; den har {there}. Tilføj kolonnen, eller ret navnet.",
                en=f"{self.name} has no column “{name}”; it has {there}. Add the column, or correct its name.",
            )
        return at

    def why_not(self, number: int, *columns: int) -> tuple[str, str] | None:
        """Why the row cannot be read, in Danish and English, seen from the columns that are needed."""
        if number in self.ragged:
            have, need = self.ragged[number], len(self.header)
            return (
                f"{have} celler, men overskriften har {need}. Ret rækken (måske et skilletegn inde i en tekst)",
                f"{have} cells, but the header has {need}. Correct the row (perhaps a separator inside a text)",
            )
        for at in columns:
            if formula := self.formulas.get((number, at)):
                return (
                    f"«{self.header[at]}» er en formel ({formula[:40]}). Kopiér kolonnen, og indsæt den som værdier",
                    f"“{self.header[at]}” is a formula ({formula[:40]}). Copy the column and paste it as values",
                )
            if area := self.merged.get((number, at)):
                return (
                    f"«{self.header[at]}» er flettet ({area}). Ophæv fletningen, og udfyld hver celle",
                    f"“{self.header[at]}” is merged ({area}). Unmerge the cells and fill in each",
                )
        return None

    def _twice(self, name: str, places: Sequence[int]) -> Refused:
        title = next(t for t in self.header if key(t) == name)
        numbers = ", ".join(map(str, places))
        return wrong(
            "column-twice",
            da=f"{self.name} har flere kolonner, der hedder «{title}» (nr. {numbers}). Giv hver sit eget navn.",
            en=f"{self.name} has several columns called “{title}” (no. {numbers}). Give each its own name.",
        )


def read_table(path: Path) -> Table:
    """Read the file at `path`, whatever its name says; Refused when it is no table, or too large."""
    content = read_bytes(path)
    if content.startswith(OLD_EXCEL):
        raise wrong(
            "old-excel",
            da=f"{path.name} er i det gamle XLS-format eller låst med kodeord. Gem den som XLSX uden kodeord.",
            en=f"{path.name} is in the old XLS format or locked by a password. Save it as XLSX without a password.",
        )
    if content.startswith(ZIP_MAGIC):
        from services.lottery.files.workbooks import read_workbook  # noqa: PLC0415 - openpyxl only where it is needed

        return read_workbook(path.name, content)
    return read_csv(path.name, content)


def read_bytes(path: Path) -> bytes:
    """The content of a file of at most MAX_BYTES; Refused when there is none to be read."""
    try:
        if (size := path.stat().st_size) > MAX_BYTES:
            raise wrong(
                "large",
                da=f"{path.name} fylder {size} bytes; grænsen er {MAX_BYTES}. Fjern kolonner, der ikke skal bruges.",
                en=f"{path.name} has {size} bytes; the limit is {MAX_BYTES}. Remove columns that are not needed.",
            )
        return path.read_bytes()
    except OSError as why:
        reason = why.strerror or str(why)
        raise wrong(
            "unreadable",
            da=f"{path} kan ikke læses ({reason}). Ret stien.",
            en=f"{path} cannot be read ({reason}). Correct the path.",
        ) from why


def read_csv(name: str, content: bytes) -> Table:
    """Comma, semicolon or tab, whichever the header has most of; UTF-8, UTF-16 with a mark, else Windows-1252."""
    text, encoding = decoded(name, content)
    delimiter, text = _delimiter(text)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        lines = [(number, tuple(cells)) for number, cells in enumerate(reader, 1) if any(c.strip() for c in cells)]
    except csv.Error as why:
        raise wrong(
            "csv",
            da=f"{name} kan ikke læses som CSV ({why}). Gem den igen som «CSV UTF-8» fra regnearket.",
            en=f"{name} cannot be read as CSV ({why}). Save it again as “CSV UTF-8” from the spreadsheet.",
        ) from why
    form = f"CSV, {DELIMITERS[delimiter]}, {encoding}"
    return table_of(name, sha256(content), form, lines)


def decoded(name: str, content: bytes) -> tuple[str, str]:
    """The text and the name of its encoding."""
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    tries = ("utf-16",) if marked else ("utf-8-sig", "cp1252")
    for encoding in tries:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, {"utf-8-sig": "UTF-8", "cp1252": "Windows-1252", "utf-16": "UTF-16"}[encoding]
    raise wrong(
        "no-text",
        da=f"{name} er hverken tekst (CSV) eller et regneark (XLSX). Gem den igen som CSV eller XLSX.",
        en=f"{name} is neither text (CSV) nor a workbook (XLSX). Save it again as CSV or XLSX.",
    )


def table_of(name: str, digest: str, form: str, lines: Sequence[tuple[int, Cells]]) -> Table:
    """A table whose first line is the header; Refused when it is empty or too large."""
    if not lines:
        raise wrong(
            "empty",
            da=f"{name} er tom. Den skal have en række med kolonnenavne og en række til hver.",
            en=f"{name} is empty. It must have a row of column names and a row for each.",
        )
    header = _trimmed(lines[0][1])
    wide = [(number, _trimmed(cells)) for number, cells in lines[1:]]
    largest = max(map(len, (cell for _, cells in lines for cell in cells)), default=0)
    if len(wide) > MAX_ROWS or len(header) > MAX_COLUMNS or largest > MAX_CELL:
        limits = f"{MAX_ROWS} × {MAX_COLUMNS}, {MAX_CELL}"
        found = f"{len(wide)} × {len(header)}, {largest}"
        raise wrong(
            "large",
            da=f"{name} er for stor (rækker × kolonner, længste celle: {found}; grænsen er {limits}). Del filen.",
            en=f"{name} is too large (rows × columns, longest cell: {found}; the limit is {limits}). Split the file.",
        )
    rows = tuple((number, (cells + ("",) * len(header))[: len(header)]) for number, cells in wide)
    ragged = {number: len(cells) for number, cells in wide if len(cells) > len(header)}
    return Table(name, digest, form, header, rows, ragged=ragged)


def wrong(rule: str, *, da: str, en: str) -> Refused:
    """A file that cannot be used as it is."""
    return Refused(f"file.{rule}", da=da, en=en)


def _delimiter(text: str) -> tuple[str, str]:
    """The delimiter of the first line, outside quotes, and the text without a spreadsheet's line ``sep=;``."""
    first, _, rest = text.lstrip("\r\n").partition("\n")
    if first.casefold().startswith("sep=") and first.strip()[4:] in DELIMITERS:
        return first.strip()[4:], "\n" + rest
    outside = "".join(first.split('"')[::2])
    return max(DELIMITERS, key=outside.count), text


def _trimmed(cells: Cells) -> Cells:
    """Without the empty cells at the end that a spreadsheet leaves behind."""
    end = len(cells)
    while end and not cells[end - 1].strip():
        end -= 1
    return cells[:end]
