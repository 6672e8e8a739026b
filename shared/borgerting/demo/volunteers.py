"""Synthetic volunteers: drawn from a population table by a fixed seed, with self-selection by category."""

import csv
import io
from collections.abc import Mapping, Sequence
from itertools import accumulate
from random import Random
from typing import Any

from borgerting.adapters import PopulationTable

SPOILT = 3
"""Rows that are wrong on purpose, one of each kind, so that a rehearsal shows how wrong rows are told."""


def volunteers_csv(
    table: PopulationTable, features: Sequence[Mapping[str, Any]], recipe: Mapping[str, Any], seats: int, seed: int
) -> str:
    """Write ``per_seat`` rows a seat: id, one column a feature, and one column that nobody asked for.

    Cells weigh population x the recipe's weights, in whole numbers; the same arguments give the same text.
    """
    rng = Random(seed)  # noqa: S311 - a rehearsal that must repeat, not a draw
    cells = [(key, weight) for key, count in table.cells.items() if (weight := _weight(table, key, count, recipe))]
    codes = [_codes(table, key) for key, _ in cells]
    bounds = list(accumulate(weight for _, weight in cells))
    rows: list[dict[str, str]] = []
    while len(rows) < seats * int(recipe["per_seat"]):
        at = rng.randrange(bounds[-1])
        person = _categories(codes[_place(bounds, at)], features)
        if person is not None:
            rows.append({"id": f"r{len(rows) + 1:04d}", **person, "note": "synthetic"})
    return _write(_spoil(rows, features), [f["feature"] for f in features])


def _weight(table: PopulationTable, key: tuple[str, ...], count: int | None, recipe: Mapping[str, Any]) -> int:
    weight = count or 0
    for dimension, code in zip(table.dimensions, key, strict=True):
        weight *= recipe["weights"].get(dimension.code, {}).get(code, recipe["default_weight"])
    return weight


def _codes(table: PopulationTable, key: tuple[str, ...]) -> Mapping[str, str]:
    return {dimension.code: code for dimension, code in zip(table.dimensions, key, strict=True)}


def _place(bounds: Sequence[int], at: int) -> int:
    low, high = 0, len(bounds) - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if at < bounds[middle] else (middle + 1, high)
    return low


def _categories(codes: Mapping[str, str], features: Sequence[Mapping[str, Any]]) -> dict[str, str] | None:
    """The category of every feature; None for a cell that is not eligible."""
    found = {
        f["feature"]: c["category"] for f in features for c in f["categories"] if codes[f["dimension"]] in c["codes"]
    }
    return found if len(found) == len(features) else None


def _spoil(rows: list[dict[str, str]], features: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    feature = features[0]["feature"]
    blank, strange, twice = rows[0] | {"id": "x1", feature: ""}, rows[1] | {"id": "x2", feature: "?"}, rows[2]
    return [*rows, blank, strange, twice]


def _write(rows: Sequence[Mapping[str, str]], features: Sequence[str]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, ["id", *features, "note"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
