"""What may be told of a pool, and its canonical bytes."""

import json

from hypothesis import given
from hypothesis import strategies as st

from borgerting.events.recruitment import Feature, Quota
from services.recruitment.domain.pool import FEW, count, snapshot, suppressed, with_seats

cells = st.dictionaries(st.text("abcdef", min_size=1, max_size=2), st.integers(0, 30), min_size=1)


@given(cells)
def test_no_count_below_five_is_told_or_can_be_subtracted(numbers: dict[str, int]) -> None:
    told = suppressed({"f": numbers})["f"]
    hidden = [category for category, number in told.items() if number is None]
    assert list(told) == list(numbers)
    assert all(number is None or number == numbers[category] >= FEW for category, number in told.items())
    if hidden and len(hidden) < len(numbers):
        # everybody minus what is told is the sum of what is hidden: it must be neither one cell nor a few people
        rest = sum(numbers.values()) - sum(n for n in told.values() if n is not None)
        assert len(hidden) > 1
        assert rest == 0 or rest >= FEW


@given(cells)
def test_nothing_is_hidden_where_every_group_is_large(numbers: dict[str, int]) -> None:
    large = {category: number + FEW for category, number in numbers.items()}
    assert suppressed({"f": large}) == {"f": large}


@given(cells)
def test_what_is_hidden_is_the_smallest(numbers: dict[str, int]) -> None:
    told = suppressed({"f": numbers})["f"]
    order = sorted(numbers, key=lambda c: (numbers[c], c))
    visible = [category for category in order if told[category] is not None]
    assert visible == order[len(order) - len(visible) :]


FEATURE = Feature(
    feature="sex",
    label={"en": "Sex"},
    quotas=(
        Quota(category="w", label={"en": "W"}, least=1, most=1),
        Quota(category="m", label={"en": "M"}, least=1, most=1),
    ),
)


def test_categories_without_volunteers_are_counted_as_none() -> None:
    assert count([FEATURE], [{"sex": "w"}, {"sex": "w"}]) == {"sex": {"w": 2, "m": 0}}


@given(st.permutations([("b", {"sex": "m"}), ("a", {"sex": "w"}), ("c", {"sex": "w"})]))
def test_the_same_people_give_the_same_bytes_in_whatever_order_they_came(
    people: list[tuple[str, dict[str, str]]],
) -> None:
    content = snapshot("klima", 2, (FEATURE,), people, False)
    assert content == snapshot("klima", 2, (FEATURE,), sorted(people), False)
    told = json.loads(content)
    assert [p["id"] for p in told["people"]] == ["a", "b", "c"]
    assert [q["category"] for q in told["features"][0]["quotas"]] == ["w", "m"]


def test_changed_seats_keep_the_label_and_the_population_they_were_built_on() -> None:
    quota = Quota(category="n", label={"da": "Nord"}, population=1200, least=2, most=3)
    built = Feature(feature="area", label={"da": "Område"}, quotas=(quota,))
    written = Feature(feature="area", label={"und": "area"}, quotas=(Quota(category="n", label={}, least=1, most=4),))
    (kept,) = with_seats([built], [written])
    assert kept == Feature(**{**dict(built), "quotas": (Quota(**{**dict(quota), "least": 1, "most": 4}),)})
