"""Files to begin with: quotas for a panel of any size, and invented volunteers who fit the pool's own features."""

from collections.abc import Mapping, Sequence

from borgerting.events.recruitment import Feature, Quota
from services.recruitment.domain.quotas import apportion
from services.recruitment.domain.sheet import sheet_text

PER_SEAT = 5
WEIGHTS: Mapping[str, Mapping[str, Mapping[str, int]]] = {
    "da": {
        "køn": {"kvinde": 50, "mand": 50},
        "alder": {"16-29": 22, "30-59": 45, "60 og ældre": 33},
        "område": {"byen": 60, "landet": 40},
    },
    "en": {
        "gender": {"woman": 50, "man": 50},
        "age": {"16-29": 22, "30-59": 45, "60 and over": 33},
        "area": {"town": 60, "country": 40},
    },
}
"""Language -> feature -> category -> invented share."""


def quotas(panel_size: int, language: str) -> tuple[Feature, ...]:
    """Quotas that a panel of `panel_size` can keep, one seat to either side of the share."""
    return tuple(
        Feature(
            feature=feature,
            label={"und": feature},
            quotas=tuple(
                Quota(
                    category=category,
                    label={"und": category},
                    least=max(0, seats - 1),
                    most=min(panel_size, seats + 1),
                )
                for category, seats in apportion(shares, panel_size).items()
            ),
        )
        for feature, shares in WEIGHTS[language].items()
    )


def volunteers(features: Sequence[Feature], panel_size: int, separator: str) -> str:
    """Invented volunteers, PER_SEAT for each seat; every combination of categories comes about equally often."""
    rows = ((f"p{number + 1:03}", *_traits(features, number)) for number in range(panel_size * PER_SEAT))
    return sheet_text([("id", *(feature.feature for feature in features)), *rows], separator)


def _traits(features: Sequence[Feature], number: int) -> list[str]:
    """The digits of `number` in the mixed base of the features' sizes."""
    traits = []
    for feature in features:
        number, digit = divmod(number, len(feature.quotas))
        traits.append(feature.quotas[digit].category)
    return traits
