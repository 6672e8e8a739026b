"""Quotas that need every volunteer they have, found by counting before anything is drawn."""

from collections.abc import Iterable, Mapping

from borgerting.errors import Text, in_language
from borgerting.events.recruitment import Feature, PoolSnapshot, Volunteer
from services.lottery.domain.advice import Thin


def thin_spots(pool: PoolSnapshot) -> tuple[Thin, ...]:
    """Every quota whose least, or what the other categories leave to it, takes all who can be seated.

    A household counts as one who can be seated; those fixed on the panel count as seated.
    """
    seated = _seatable(pool)
    spots = []
    for quota, label, categories, need in _needs(pool):
        have = _seats(seated, categories)
        if 0 < need == have:
            spots.append(Thin(quota=quota, label=label, need=need, have=have))
    return tuple(spots)


def _needs(pool: PoolSnapshot) -> Iterable[tuple[str, Text, Mapping[str, str], int]]:
    for feature in pool.features:
        room = sum(quota.most for quota in feature.quotas)
        for quota in feature.quotas:
            left = pool.panel_size - (room - quota.most)
            label = both(feature, quota.label)
            name = f"quota|{feature.feature}|{quota.category}"
            yield name, label, {feature.feature: quota.category}, pool.panels * max(quota.least, left)
    for at, joint in enumerate(pool.joint):
        yield f"joint|{at}", joint.label, joint.categories, pool.panels * joint.least


def both(feature: Feature, label: Text) -> Text:
    """ "Alder, 18–29" in each language."""
    return {language: f"{in_language(feature.label, language)}, {in_language(label, language)}" for language in _BOTH}


_BOTH = ("da", "en")


def _seatable(pool: PoolSnapshot) -> list[Volunteer]:
    fixed = {*pool.include, *pool.seated}
    taken = {person.household for person in pool.people if person.id in fixed} - {None}
    barred = set(pool.exclude)
    return [p for p in pool.people if p.id in fixed or (p.id not in barred and p.household not in taken)]


def _seats(people: Iterable[Volunteer], categories: Mapping[str, str]) -> int:
    inside = [p for p in people if all(p.features.get(name) == category for name, category in categories.items())]
    return len({("home", p.household) if p.household is not None else ("person", p.id) for p in inside})
