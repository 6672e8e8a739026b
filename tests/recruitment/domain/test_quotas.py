"""Quotas from a population."""

from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from borgerting.errors import Refused
from borgerting.events.sessions import Eligibility
from services.recruitment.domain.quotas import apportion, build
from services.recruitment.domain.spec import Band, CategorySpec, Exact, FeatureSpec, FloorCeil, PlusMinus
from tests.recruitment.support import EVERYBODY, table

PEOPLE = {"sex": ["f", "m"], "area": ["n", "s"]}
populations = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=3), st.integers(0, 10**7), min_size=1).filter(
    lambda found: sum(found.values()) > 0
)
sizes = st.integers(0, 400)
EXACT = Exact()


def spec(feature: str, exclude: tuple[str, ...] = (), band: Band = EXACT, **codes: str) -> FeatureSpec:
    categories = tuple(
        CategorySpec(category=name, label={"en": name}, codes=tuple(said.split())) for name, said in codes.items()
    )
    return FeatureSpec(
        feature=feature, label={"en": feature}, dimension=feature, categories=categories, exclude=exclude, band=band
    )


SEX, AREA = spec("sex", women="f", men="m"), spec("area", north="n", south="s")


def sentences(counts: list[int | None], *specs: FeatureSpec, who: Eligibility = EVERYBODY) -> list[str]:
    with pytest.raises(Refused) as refused:
        build(table(PEOPLE, counts), specs, 10, who)
    return refused.value.sentences("en")


@given(populations, sizes)
def test_the_seats_sum_to_the_panel_and_each_is_within_one_of_its_exact_share(
    population: dict[str, int], size: int
) -> None:
    seats = apportion(population, size)
    total = sum(population.values())
    assert sum(seats.values()) == size
    for category, count in population.items():
        assert abs(seats[category] - Fraction(count * size, total)) < 1


@given(populations, sizes, st.randoms(use_true_random=False))
def test_the_order_of_the_categories_does_not_matter(population: dict[str, int], size: int, chance: object) -> None:
    shuffled = list(population.items())
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert apportion(dict(shuffled), size) == apportion(population, size)


@given(populations, sizes)
def test_a_category_without_people_gets_no_seat(population: dict[str, int], size: int) -> None:
    seats = apportion(population, size)
    assert all(seats[category] == 0 for category, count in population.items() if count == 0)


@pytest.mark.parametrize(
    ("population", "seats", "expected"),
    [
        ({"b": 1, "a": 1}, 1, {"a": 1, "b": 0}),
        ({"a": 25, "b": 75}, 2, {"a": 0, "b": 2}),
        ({"a": 10, "b": 30, "c": 40}, 2, {"a": 0, "b": 1, "c": 1}),
    ],
)
def test_ties_go_to_the_larger_population_and_then_to_the_first_code(
    population: dict[str, int], seats: int, expected: dict[str, int]
) -> None:
    assert apportion(population, seats) == expected


@given(st.lists(st.integers(0, 5000), min_size=4, max_size=4).filter(any), st.integers(1, 150), st.integers(0, 3))
def test_bands_stand_around_the_seats_and_a_panel_can_always_meet_them(
    counts: list[int], size: int, width: int
) -> None:
    for band in (Exact(), PlusMinus(seats=width), FloorCeil()):
        [feature] = build(
            table({"sex": ["f"], "area": ["n", "s", "e", "w"]}, counts),
            [spec("area", band=band, n="n", s="s", e="e", w="w")],
            size,
            EVERYBODY,
        )
        seats = apportion({q.category: q.population or 0 for q in feature.quotas}, size)
        total = sum(counts)
        assert sum(q.least for q in feature.quotas) <= size <= sum(q.most for q in feature.quotas)
        for q in feature.quotas:
            assert 0 <= q.least <= seats[q.category] <= q.most <= size
            if isinstance(band, PlusMinus):
                assert q.least == max(0, seats[q.category] - width)
            if isinstance(band, FloorCeil):
                exact = Fraction((q.population or 0) * size, total)
                assert (q.least, q.most) == (floor(exact), ceil(exact))


def test_who_is_left_out_by_one_feature_is_counted_by_none() -> None:
    north_only = spec("area", exclude=("s",), north="n")
    sex, area = build(table(PEOPLE, [30, 1000, 70, 2000]), [SEX, north_only], 10, EVERYBODY)
    assert {q.category: (q.population, q.least) for q in sex.quotas} == {"women": (30, 3), "men": (70, 7)}
    assert [q.population for q in area.quotas] == [100]


def test_codes_of_one_category_are_added_up() -> None:
    [area] = build(
        table({"area": ["01", "03", "04"]}, [5, 6, 9]), [spec("area", east="01 04", west="03")], 10, EVERYBODY
    )
    assert {q.category: q.population for q in area.quotas} == {"east": 14, "west": 6}


def test_a_code_without_a_category_is_named() -> None:
    assert sentences([1, 2, 3, 4], SEX, spec("area", north="n")) == [
        "The code s of area belongs to no category of area. Give it a category, or put it in exclude."
    ]


def test_a_code_in_two_places_is_named_with_both() -> None:
    assert sentences([1, 2, 3, 4], SEX, spec("area", exclude=("s",), north="n", south="s")) == [
        "The code s of area belongs in 2 places of area: south, exclude. Choose one."
    ]


def test_a_code_that_the_query_did_not_select_is_named() -> None:
    assert sentences([1, 2, 3, 4], SEX, spec("area", north="n", south="s x")) == [
        "The feature area uses the code x (south), but the query has not selected it in area. "
        "Correct the code or the query."
    ]


def test_a_dimension_that_is_no_feature_must_have_one_code() -> None:
    assert sentences([1, 2, 3, 4], SEX) == [
        "The dimension area is no feature, but 2 codes are chosen (n, s), so people would be counted more than once. "
        "Choose one code."
    ]


def test_a_feature_over_a_dimension_that_is_not_there_is_named() -> None:
    [first, *_] = sentences([1, 2, 3, 4], SEX, AREA, spec("age", young="0-9"))
    assert first == "The feature age builds on the dimension age, but the table has sex, area. Correct the feature."


def test_a_cell_without_a_figure_is_named_unless_nobody_in_it_is_eligible() -> None:
    assert sentences([1, None, 3, 4], SEX, AREA)[0].startswith("1 cells of the population table have no figure: f × s.")
    north_only = spec("area", exclude=("s",), north="n")
    assert build(table(PEOPLE, [1, None, 3, None]), [SEX, north_only], 10, EVERYBODY)


def test_a_population_of_nobody_is_refused() -> None:
    assert sentences([0, 0, 0, 0], SEX, AREA)[0].startswith("The population table's selection counts nobody.")


def test_features_and_categories_have_names_of_their_own() -> None:
    assert sentences([1, 2, 3, 4], SEX, AREA, SEX) == [
        "There are 2 of the feature sex; there may be one. Give each its own name."
    ]
    assert sentences([1, 2, 3, 4]) == ["There are no features. Give one or more."]


def test_a_misspelt_field_of_a_specification_is_a_mistake_and_not_ignored() -> None:
    with pytest.raises(ValidationError, match="exlude"):
        FeatureSpec.model_validate({**SEX.model_dump(), "exlude": ["m"]})
