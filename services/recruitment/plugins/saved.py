"""Population tables from saved JSON-stat files: no network, and the same bytes give the same quotas."""

import asyncio
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

from borgerting.adapters import Dimension, PopulationTable
from borgerting.canonical import sha256
from borgerting.errors import Refused
from borgerting.events.recruitment import Provenance
from services.recruitment.plugins.jsonstat import Dataset, Number, parse, read
from services.recruitment.plugins.wrong import wrong

NAME = "saved-json-stat"
EVERYTHING = "*"
MOST_CELLS = 1_000_000
MOST_BYTES = 50_000_000


class SavedJsonStat:
    """A `PopulationSource` over the files of one folder: ``file.json``, or ``file.json#name`` in a bundle."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        if "folder" not in settings:
            raise wrong("folder", da="Indstillingen «folder» mangler.", en="The setting “folder” is missing.")
        self.folder = Path(settings["folder"])

    async def describe(self, table: str) -> tuple[Dimension, ...]:
        """The dimensions of `table` with all their codes."""
        raw, _ = await self._bytes(table)
        return read(parse(raw), _part(table)).dimensions

    async def fetch(self, table: str, query: Mapping[str, Sequence[str]]) -> PopulationTable:
        """The cells of the codes in `query`; ``["*"]`` takes all codes of a dimension."""
        raw, saved_at = await self._bytes(table)
        data = read(parse(raw), _part(table))
        chosen = {d.code: _chosen(d, query) for d in data.dimensions}
        _require_known(data.dimensions, query)
        kept = tuple(Dimension(d.code, d.label, {c: d.categories[c] for c in chosen[d.code]}) for d in data.dimensions)
        return PopulationTable(kept, _cells(data, chosen), _provenance(table, raw, saved_at, data, chosen))

    async def save(self, name: str, content: bytes) -> tuple[str, tuple[Dimension, ...]]:
        """Keep an uploaded file under a name with its own hash in it, so that no upload changes another's figures."""
        dimensions = read(parse(content)).dimensions
        stem = re.sub(r"[^a-z0-9]+", "-", Path(name).stem.lower()).strip("-")[:40] or "table"
        table = f"{stem}-{sha256(content)[:12]}.json"
        await asyncio.to_thread(_write, self.folder / table, content)
        return table, dimensions

    async def _bytes(self, table: str) -> tuple[bytes, datetime]:
        file = table.partition("#")[0]
        if not re.fullmatch(r"[\w][\w .()-]*", file):
            raise wrong(
                "name",
                da=f"«{table}» er ikke et filnavn. Skriv navnet på en fil i mappen, uden sti.",
                en=f"“{table}” is no file name. Write the name of a file in the folder, without a path.",
            )
        try:
            return await asyncio.to_thread(_read, self.folder / file)
        except OSError as why:
            raise _missing(file) from why


def _read(path: Path) -> tuple[bytes, datetime]:
    if (size := path.stat().st_size) > MOST_BYTES:
        raise wrong(
            "bytes",
            da=f"{path.name} fylder {size} byte; der kan læses {MOST_BYTES}. Hent et mindre udsnit af tabellen.",
            en=f"{path.name} takes {size} bytes; {MOST_BYTES} can be read. Download a smaller part of the table.",
        )
    return path.read_bytes(), datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        partial = path.with_suffix(".part")
        partial.write_bytes(content)
        partial.rename(path)


def _part(table: str) -> str:
    return table.partition("#")[2]


def _chosen(dimension: Dimension, query: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    wish = query.get(dimension.code)
    there = ", ".join(list(dimension.categories)[:12]) + (" …" if len(dimension.categories) > 12 else "")
    if not wish:
        raise wrong(
            "query.missing",
            da=f"Forespørgslen nævner ikke dimensionen {dimension.code}. Vælg koder ({there}), eller skriv * for alle.",
            en=f"The query does not name the dimension {dimension.code}. Choose codes ({there}), or write * for all.",
        )
    if tuple(wish) == (EVERYTHING,):
        return tuple(dimension.categories)
    unknown = [code for code in wish if code not in dimension.categories]
    if unknown:
        raise wrong(
            "query.code",
            da=f"Dimensionen {dimension.code} har ikke koden {', '.join(unknown)}; den har {there}. Ret forespørgslen.",
            en=f"The dimension {dimension.code} has no code {', '.join(unknown)}; it has {there}. Correct the query.",
        )
    return tuple(dict.fromkeys(wish))


def _require_known(dimensions: Sequence[Dimension], query: Mapping[str, Sequence[str]]) -> None:
    known = [dimension.code for dimension in dimensions]
    unknown = [name for name in query if name not in known]
    if unknown:
        raise wrong(
            "query.dimension",
            da=f"Tabellen har ikke dimensionen {', '.join(unknown)}; den har {', '.join(known)}. Ret forespørgslen.",
            en=f"The table has no dimension {', '.join(unknown)}; it has {', '.join(known)}. Correct the query.",
        )


def _cells(data: Dataset, chosen: Mapping[str, tuple[str, ...]]) -> dict[tuple[str, ...], int | None]:
    wanted = math.prod(len(codes) for codes in chosen.values())
    if wanted > MOST_CELLS:
        raise wrong(
            "cells",
            da=f"Forespørgslen giver {wanted} celler; højst {MOST_CELLS} kan bruges. Vælg færre koder.",
            en=f"The query makes {wanted} cells; {MOST_CELLS} can be used at most. Choose fewer codes.",
        )
    places = [{code: place for place, code in enumerate(d.categories)} for d in data.dimensions]
    cells: dict[tuple[str, ...], int | None] = {}
    for key in product(*chosen.values()):
        at = 0
        for place, code in zip(places, key, strict=True):
            at = at * len(place) + place[code]
        cells[key] = None if at not in data.values else _count(key, data.values[at])
    return cells


def _count(key: tuple[str, ...], value: Number) -> int:
    if value < 0 or (isinstance(value, float) and not value.is_integer()):
        cell = " × ".join(key)
        raise wrong(
            "count",
            da=f"Cellen {cell} er {value}; et antal mennesker er et helt tal fra 0. Vælg en tabel med antal personer.",
            en=f"The cell {cell} is {value}; a count of people is a whole number from 0. Choose a table of persons.",
        )
    return int(value)


def _provenance(
    table: str, raw: bytes, saved_at: datetime, data: Dataset, chosen: Mapping[str, tuple[str, ...]]
) -> Provenance:
    extension = data.body.get("extension")
    told: Mapping[str, Any] = extension if isinstance(extension, dict) else {}
    notes = data.body.get("note", [])
    return Provenance(
        source=NAME,
        publisher=_text(told.get("publisher")) or _text(data.body.get("source")),
        title=data.title or {"und": table},
        table=_text(told.get("table")) or table,
        period=", ".join(code for name, codes in chosen.items() if name in data.time for code in codes),
        updated=_moment(data.body.get("updated")),
        fetched_at=saved_at,
        licence=_text(told.get("licence")) or _text(told.get("license")),
        sha256=sha256(raw),
        query=dict(chosen),
        notes=tuple(n for n in ([notes] if isinstance(notes, str) else notes) if isinstance(n, str)),
    )


def _text(found: Any) -> str:
    return found if isinstance(found, str) else ""


def _moment(found: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(found)
    except (TypeError, ValueError):
        return None  # offices write this field in many ways, and some not at all
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _missing(file: str) -> Refused:
    return wrong(
        "table.unknown",
        da=f"Der er ingen fil, der hedder «{file}». Læg tabellen op først.",
        en=f"There is no file called “{file}”. Upload the table first.",
    )
