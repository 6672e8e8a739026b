"""Texts and lists of ids from forms and uploaded files."""

import csv
import io

from fastapi import UploadFile

from borgerting.errors import Refused

MOST_BYTES = 20_000_000
TITLES = ("id", "unique_id", "nationbuilder_id", "row_id", "medlem", "member")
"""Names of a column of ids; without one of them the first column is taken, from its first line on."""


async def bytes_of(file: UploadFile) -> bytes:
    """The bytes of an upload, up to MOST_BYTES."""
    content = await file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise Refused(
            "file.large",
            da=f"{file.filename} er større end {MOST_BYTES} byte. Læg et mindre udsnit op.",
            en=f"{file.filename} is larger than {MOST_BYTES} bytes. Upload a smaller part.",
        )
    return content


async def text_of(file: UploadFile | None) -> str:
    """The text of an upload, empty where nothing was chosen."""
    if file is None or not file.filename:
        return ""
    try:
        return (await bytes_of(file)).decode("utf-8-sig")
    except UnicodeDecodeError as why:
        raise Refused(
            "file.encoding",
            da=f"{file.filename} er ikke tekst i UTF-8 ({why.reason}). Gem den som «CSV UTF-8».",
            en=f"{file.filename} is no text in UTF-8 ({why.reason}). Save it as “CSV UTF-8”.",
        ) from why


def ids_in(text: str) -> tuple[str, ...]:
    """The ids in a list or in the id column of a table, in their order.

    >>> ids_in("p1\\np2, p3"), ids_in("alder;id\\n18-29;p1\\n30-39;p2")
    (('p1', 'p2', 'p3'), ('p1', 'p2'))
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return ()
    separator = max(";\t,", key=lines[0].count)
    rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=separator))
    header = [cell.strip().casefold() for cell in rows[0]]
    for title in TITLES:
        if title in header:
            at = header.index(title)
            return tuple(row[at].strip() for row in rows[1:] if len(row) > at and row[at].strip())
    return tuple(cell.strip() for row in rows for part in row for cell in part.split(",") if cell.strip())
