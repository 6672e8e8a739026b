"""A reader of JSON-stat 1.x and 2.0 (json-stat.org/full) that refuses what contradicts itself."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from borgerting.adapters import Dimension
from borgerting.errors import Refused
from services.recruitment.plugins.wrong import shape, wrong

Number = int | float
UNSAID = "und"
"""ISO 639 for a label whose language the file does not tell."""


TIME = frozenset({"time", "tid", "time_period"})
"""What offices that give no roles call the dimension of time."""


@dataclass(frozen=True)
class Dataset:
    """One table: `values` by position in row-major order, a missing one is absent; `time` names time dimensions."""

    dimensions: tuple[Dimension, ...]
    values: Mapping[int, Number]
    time: frozenset[str]
    title: Mapping[str, str]
    body: Mapping[str, Any]


def parse(raw: bytes) -> Mapping[str, Any]:
    """The JSON object in `raw`; a name that comes twice in one object is refused, for only one would be kept."""
    try:
        content = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as why:
        raise wrong(
            "json",
            da=f"Filen er ikke JSON ({why}). Gem tabellen som JSON-stat 2.0, og læg den op igen.",
            en=f"The file is not JSON ({why}). Save the table as JSON-stat 2.0 and upload it again.",
        ) from why
    if not isinstance(content, dict):
        raise shape("{…}")
    return content


def read(content: Mapping[str, Any], name: str = "") -> Dataset:
    """Read the one table in `content`, or the one called `name` in a bundle of several.

    >>> dimension = {"sex": {"category": {"index": ["f", "m"]}}}
    >>> table = read({"id": ["sex"], "size": [2], "dimension": dimension, "value": [3, 2]})
    >>> table.dimensions[0].code, dict(table.values)
    ('sex', {0: 3, 1: 2})
    """
    body = _unwrap(content, name)
    described = body.get("dimension")
    if not isinstance(described, dict):
        raise shape("«dimension»")
    language = _language(body)
    ids = _strings(body.get("id", described.get("id")), "«id»")
    sizes = _sizes(body.get("size", described.get("size")), ids)
    dimensions = tuple(
        _dimension(code, described.get(code), size, language) for code, size in zip(ids, sizes, strict=True)
    )
    roles = body.get("role", described.get("role"))
    time = _strings(roles.get("time", []), "«role.time»") if isinstance(roles, dict) else []
    time += [code for code in ids if code.casefold() in TIME]
    label = body.get("label")
    title = {language: label} if isinstance(label, str) and label else {}
    return Dataset(dimensions, _values(body.get("value"), math.prod(sizes)), frozenset(time), title, body)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _duplicate(twice)
    return found


def _no_number(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


def _unwrap(content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    kind = content.get("class", "dataset")
    if kind != "dataset":
        raise wrong(
            "class",
            da=f"Filen er af slagsen «{kind}», ikke en tabel. Hent selve tabellen («dataset»).",
            en=f"The file is of class “{kind}”, not a table. Download the table itself (“dataset”).",
        )
    if isinstance(content.get("dimension"), dict):
        return content
    bundle = {key: part for key, part in content.items() if isinstance(part, dict) and "dimension" in part}
    if name in bundle:
        return bundle[name]
    if len(bundle) == 1 and not name:
        return next(iter(bundle.values()))
    if not bundle:
        raise shape("«dimension»")
    names = ", ".join(bundle)
    raise wrong(
        "bundle",
        da=f"Filen rummer {len(bundle)} tabeller: {names}. Skriv tabellen som filnavn#navn.",
        en=f"The file holds {len(bundle)} tables: {names}. Write the table as file name#name.",
    )


def _language(body: Mapping[str, Any]) -> str:
    extension = body.get("extension")
    if not isinstance(extension, dict):
        return UNSAID
    found = extension.get("language", extension.get("lang"))
    px = extension.get("px")
    if found is None and isinstance(px, dict):
        found = px.get("language")
    return found if isinstance(found, str) and found else UNSAID


def _strings(found: Any, what: str) -> list[str]:
    if not isinstance(found, list) or not all(isinstance(part, str) for part in found):
        raise shape(what)
    return found


def _sizes(found: Any, ids: list[str]) -> list[int]:
    if not isinstance(found, list) or not ids:
        raise shape("«id», «size»")
    if len(set(ids)) < len(ids):
        raise _duplicate(next(code for code in ids if ids.count(code) > 1))
    if len(found) != len(ids):
        raise wrong(
            "sizes",
            da=f"Tabellen har {len(ids)} dimensioner ({', '.join(ids)}), men {len(found)} størrelser. Hent den igen.",
            en=f"The table has {len(ids)} dimensions ({', '.join(ids)}) but {len(found)} sizes. Download it again.",
        )
    sizes = [_whole(size) for size in found]
    for code, size, raw in zip(ids, sizes, found, strict=True):
        if size is None or size < 1:
            raise wrong(
                "size",
                da=f"Dimensionen {code} har størrelsen {raw!r}; den skal være et helt tal fra 1. Hent tabellen igen.",
                en=f"The dimension {code} has the size {raw!r}; it must be a whole number from 1. Download it again.",
            )
    return [size for size in sizes if size is not None]


def _whole(found: Any) -> int | None:
    """Some offices write their sizes and positions as text."""
    if isinstance(found, int) and not isinstance(found, bool):
        return found
    return int(found) if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) < 10 else None


def _dimension(code: str, described: Any, size: int, language: str) -> Dimension:
    category = described.get("category") if isinstance(described, dict) else None
    if not isinstance(category, dict):
        raise shape(f"«dimension.{code}.category»")
    labels = category.get("label", {})
    if not isinstance(labels, dict) or not all(isinstance(label, str) for label in labels.values()):
        raise shape(f"«dimension.{code}.category.label»")
    codes = _codes(code, category.get("index"), list(labels))
    if len(codes) != size:
        raise wrong(
            "categories",
            da=f"Dimensionen {code} skal have {size} kategorier, men filen nævner {len(codes)}. Hent tabellen igen.",
            en=f"The dimension {code} must have {size} categories, but the file names {len(codes)}. Download it again.",
        )
    label = described.get("label")
    said = {language: label if isinstance(label, str) and label else code}
    return Dimension(code, said, {each: {language: labels.get(each, each)} for each in codes})


def _codes(dimension: str, index: Any, labelled: list[str]) -> list[str]:
    if index is None:  # allowed where there is one category only
        return labelled
    if isinstance(index, dict):
        places = {code: _whole(place) for code, place in index.items()}
        if sorted(-1 if place is None else place for place in places.values()) != list(range(len(places))):
            raise wrong(
                "index",
                da=f"Dimensionen {dimension} skal nummerere sine kategorier 0 til {len(places) - 1}, hver én gang; "
                f"det gør «category.index» ikke. Hent tabellen igen.",
                en=f"The dimension {dimension} must number its categories 0 to {len(places) - 1}, each once; "
                f"“category.index” does not. Download the table again.",
            )
        return sorted(places, key=lambda code: places[code] or 0)
    codes = _strings(index, f"«dimension.{dimension}.category.index»")
    if len(set(codes)) < len(codes):
        raise _duplicate(f"{dimension}: {next(code for code in codes if codes.count(code) > 1)}")
    return codes


def _values(found: Any, cells: int) -> Mapping[int, Number]:
    if isinstance(found, dict):
        pairs = [(_whole(place), value, place) for place, value in found.items()]
        outside = next((raw for place, _, raw in pairs if place is None or place >= cells), None)
        if outside is not None:
            raise _places(cells, f"{outside!r}")
        return _numbers((place or 0, value) for place, value, _ in pairs)
    if not isinstance(found, list):
        raise shape("«value»")
    if len(found) != cells:
        raise wrong(
            "values",
            da=f"Dimensionerne giver {cells} celler, men filen har {len(found)} tal. Hent tabellen igen.",
            en=f"The dimensions make {cells} cells, but the file has {len(found)} values. Download the table again.",
        )
    return _numbers(enumerate(found))


def _numbers(pairs: Iterable[tuple[int, Any]]) -> Mapping[int, Number]:
    numbers: dict[int, Number] = {}
    for place, value in pairs:
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong(
                "number",
                da=f"Celle nummer {place} er {value!r}, ikke et tal. Ret filen, eller hent tabellen igen.",
                en=f"Cell number {place} is {value!r}, not a number. Correct the file or download the table again.",
            )
        numbers[place] = value
    return numbers


def _places(cells: int, outside: str) -> Refused:
    return wrong(
        "places",
        da=f"Tabellen har {cells} celler (0 til {cells - 1}), men et tal på plads {outside}. Hent filen igen.",
        en=f"The table has {cells} cells (0 to {cells - 1}), but a figure at {outside}. Download it again.",
    )


def _duplicate(name: str) -> Refused:
    return wrong(
        "twice",
        da=f"«{name}» står to gange i tabellen, så man kan ikke vide, hvilket tal der gælder. Hent tabellen igen.",
        en=f"“{name}” comes twice in the table, so nobody can know which figure counts. Download the table again.",
    )
