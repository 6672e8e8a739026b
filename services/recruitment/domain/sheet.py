"""A table in a CSV file: comma, semicolon or tab; rows are numbered as in a spreadsheet, the header is row 1."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from borgerting.errors import Refused
from services.recruitment.domain.refusals import listed, raise_all

DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True)
class Sheet:
    """The names of the columns, and the rows that hold anything, each with its number."""

    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]

    def column(self, *names: str) -> int | None:
        """The place of the first of `names` that is a column, without regard to case."""
        folded = [title.casefold() for title in self.header]
        return next((folded.index(name.casefold()) for name in names if name.casefold() in folded), None)


def read_sheet(content: str) -> Sheet:
    """Read `content`; Refused when it has no header, a column without a name, or a quote that never ends.

    >>> read_sheet('id;Køn\\n7;"kvinde"\\n').rows
    ((2, ('7', 'kvinde')),)
    """
    lines = _lines(content.removeprefix("\ufeff"))
    filled = [(number, cells) for number, cells in enumerate(lines, 1) if any(cells)]
    if not filled:
        raise _wrong(
            "empty",
            da="Filen er tom. Den skal have en række med kolonnenavne.",
            en="The file is empty. It must have a row of column names.",
        )
    header = filled[0][1]
    raise_all(
        _wrong(
            "column-twice",
            da=f"Kolonnen «{name}» står {times} gange i filens overskrift. Giv hver kolonne sit eget navn.",
            en=f"The column “{name}” is {times} times in the file's header. Give each column its own name.",
        )
        for name, times in Counter(title.casefold() for title in header if title).items()
        if times > 1
    )
    return Sheet(header, tuple(filled[1:]))


def missing_column(wanted: str, sheet: Sheet) -> Refused:
    """The sheet has no column for what is needed."""
    there = listed([title for title in sheet.header if title])
    return _wrong(
        "column-missing",
        da=f"Filen har ingen kolonne for {wanted}; den har {there}. Tilføj den, eller vælg en anden kolonne.",
        en=f"The file has no column for {wanted}; it has {there}. Add it, or choose another column.",
    )


def _lines(content: str) -> list[tuple[str, ...]]:
    first = content.lstrip("\r\n").partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    try:
        reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
        return [tuple(cell.strip() for cell in cells) for cells in reader]
    except csv.Error as why:
        raise _wrong(
            "csv",
            da=f"Filen kan ikke læses som CSV ({why}). Gem den igen som «CSV UTF-8» fra regnearket.",
            en=f"The file cannot be read as CSV ({why}). Save it again as “CSV UTF-8” from the spreadsheet.",
        ) from why


def _wrong(rule: str, *, da: str, en: str) -> Refused:
    return Refused(f"file.{rule}", da=da, en=en)


def width_wrong(number: int, have: int, sheet: Sheet) -> Refused | None:
    """A row with another number of cells than the header: nobody can know which cell is which."""
    need = len(sheet.header)
    if have == need:
        return None
    return _wrong(
        "width",
        da=f"Række {number} har {have} celler, men overskriften har {need}. Ret den (måske et skilletegn i en tekst).",
        en=f"Row {number} has {have} cells, but the header has {need}. Correct it (perhaps a separator in a text).",
    )


def sheet_text(rows: Iterable[Sequence[object]], separator: str) -> str:
    """A CSV text that `read_sheet` reads and a spreadsheet opens."""
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows(rows)
    return text.getvalue()
