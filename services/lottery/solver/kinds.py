"""People with the same features are one kind, and a quota is a sum over kinds: a small problem, in one order."""

from collections.abc import Sequence
from dataclasses import dataclass

from borgerting.events.recruitment import Feature, PoolSnapshot, Quota


@dataclass(frozen=True)
class Kind:
    """Everybody with the same category of every feature, by id."""

    categories: tuple[str, ...]
    people: tuple[str, ...]


@dataclass(frozen=True)
class Bounds:
    """A quota with the places of the kinds that it counts."""

    feature: Feature
    quota: Quota
    kinds: tuple[int, ...]


def kinds_of(pool: PoolSnapshot) -> Sequence[Kind]:
    """The kinds of `pool`, in order of their categories, whatever order people and features came in."""
    features = sorted(feature.feature for feature in pool.features)
    found: dict[tuple[str, ...], list[str]] = {}
    for person in sorted(pool.people, key=lambda p: p.id):
        found.setdefault(tuple(person.features[name] for name in features), []).append(person.id)
    return [Kind(categories, tuple(found[categories])) for categories in sorted(found)]


def bounds_of(pool: PoolSnapshot, kinds: Sequence[Kind]) -> Sequence[Bounds]:
    """Every quota of `pool`, by name of feature and category."""
    return [
        Bounds(feature, quota, tuple(n for n, kind in enumerate(kinds) if kind.categories[at] == quota.category))
        for at, feature in enumerate(sorted(pool.features, key=lambda f: f.feature))
        for quota in sorted(feature.quotas, key=lambda q: q.category)
    ]
