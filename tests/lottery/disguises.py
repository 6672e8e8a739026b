"""One pool in many guises that must all draw the same: other orders, another Unicode form, by way of files."""

import csv
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TypeVar

from borgerting.events.recruitment import PoolSnapshot
from services.lottery.files.pool import Wishes, pool_of
from services.lottery.files.quotas import read_quotas
from services.lottery.files.tables import read_table
from services.lottery.files.volunteers import read_volunteers

Item = TypeVar("Item")

MARK = "å"
"""A letter with two Unicode forms."""


def marked(pool: PoolSnapshot) -> PoolSnapshot:
    """The same pool with ids and categories that have two Unicode forms."""
    features = tuple(
        feature.model_copy(
            update={"quotas": tuple(q.model_copy(update={"category": MARK + q.category}) for q in feature.quotas)}
        )
        for feature in pool.features
    )
    people = tuple(
        person.model_copy(
            update={
                "id": MARK + person.id,
                "features": {name: MARK + category for name, category in person.features.items()},
            }
        )
        for person in pool.people
    )
    return pool.model_copy(update={"features": features, "people": people})


def disguised(pool: PoolSnapshot, number: int) -> PoolSnapshot:
    """Guise `number` of `pool`: 0 as it is, odd ones in another order, even ones written to files and read again."""
    if number == 0:
        return pool
    rng = Random(number)  # noqa: S311 - an order for a test
    other = _reordered(pool, rng)
    return other if number % 2 else _through_files(other)


def _reordered(pool: PoolSnapshot, rng: Random) -> PoolSnapshot:
    features = [feature.model_copy(update={"quotas": _shuffled(feature.quotas, rng)}) for feature in pool.features]
    people = [
        person.model_copy(update={"features": dict(_shuffled(tuple(person.features.items()), rng))})
        for person in pool.people
    ]
    return pool.model_copy(update={"features": _shuffled(features, rng), "people": _shuffled(people, rng)})


def _shuffled(items: Sequence[Item], rng: Random) -> tuple[Item, ...]:
    return tuple(sorted(items, key=lambda _: rng.random()))


def _through_files(pool: PoolSnapshot) -> PoolSnapshot:
    """Write decomposed CSV files and read them as the command line does."""
    names = [feature.feature for feature in pool.features]
    quotas: list[list[str | int]] = [
        [feature.feature, quota.category, quota.least, quota.most]
        for feature in pool.features
        for quota in feature.quotas
    ]
    people: list[list[str | int]] = [[person.id, *(person.features[name] for name in names)] for person in pool.people]
    with TemporaryDirectory() as folder:
        criteria = _written(Path(folder, "features.csv"), [["feature", "value", "min", "max"], *quotas])
        volunteers = _written(Path(folder, "people.csv"), [["id", *names], *people])
        read = read_quotas(criteria)
        rows = read_volunteers(read_table(volunteers), read.features, "id")
    homes = {person.id: person.household for person in pool.people if person.household}
    odds = {person.id: person.inclusion for person in pool.people if person.inclusion}
    return pool_of(pool.assembly, read, rows, Wishes(pool.panel_size, household=homes, inclusion=odds))


def _written(path: Path, rows: Sequence[list[str | int]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [[unicodedata.normalize("NFD", cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
        )
    return path
