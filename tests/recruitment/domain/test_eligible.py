"""The codes kept must be the people whom the charter lets in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from borgerting.errors import Refused
from borgerting.events.sessions import Eligibility
from services.recruitment.domain.eligible import ages
from services.recruitment.domain.quotas import build
from services.recruitment.domain.spec import FeatureSpec
from tests.recruitment.domain.test_quotas import spec
from tests.recruitment.support import table


def who(least: int, most: int | None = None, *areas: str) -> Eligibility:
    return Eligibility(min_age=least, max_age=most, areas=areas, wording={"en": "-"})


def refused(codes: list[str], feature: FeatureSpec, eligibility: Eligibility, name: str = "age") -> list[str]:
    try:
        build(table({name: codes}, [10] * len(codes)), [feature], 5, eligibility)
    except Refused as why:
        return [r.code for r in (why, *why.also)]
    return []


@given(st.integers(0, 120), st.integers(0, 80))
def test_every_band_is_read_with_both_its_ends(low: int, more: int) -> None:
    assert ages(f"{low}-{low + more}") == ages(f"Y{low}-{low + more}") == (low, low + more)
    assert ages(str(low)) == (low, low)


def test_a_band_that_straddles_the_age_limit_is_refused_by_name() -> None:
    with pytest.raises(Refused) as found:
        build(table({"age": ["10-19", "20-29"]}, [1, 1]), [spec("age", young="10-19", old="20-29")], 5, who(16))
    assert found.value.sentences("en") == [
        "The age band 10-19 of age straddles the charter's age limit (16+). "
        "Choose a table with finer ages, or change the limit in the charter."
    ]


@pytest.mark.parametrize(
    ("feature", "eligibility", "expected"),
    [
        (spec("age", exclude=("0-19",), a="20-39", b="40+"), who(20), []),
        (spec("age", a="0-19 20-39", b="40+"), who(20), ["quotas.age-outside"]),
        (spec("age", exclude=("0-19", "20-39"), b="40+"), who(20), ["quotas.age-inside"]),
        (spec("age", exclude=("0-19",), a="20-39", b="40+"), who(18), ["quotas.age-straddles"]),
        (spec("age", exclude=("0-19", "40+"), a="20-39"), who(20, 39), []),
        (spec("age", exclude=("0-19",), a="20-39", b="40+"), who(20, 39), ["quotas.age-outside"]),
        (spec("age", exclude=("0-19",), a="20-39", b="40+"), who(20, 60), ["quotas.age-straddles"]),
    ],
)
def test_age_bands_are_kept_as_the_charter_says(
    feature: FeatureSpec, eligibility: Eligibility, expected: list[str]
) -> None:
    assert refused(["0-19", "20-39", "40+"], feature, eligibility) == expected


def test_a_total_among_the_ages_is_left_out_without_complaint() -> None:
    assert refused(["TOT", "20-39", "40+"], spec("age", exclude=("TOT",), a="20-39", b="40+"), who(20)) == []


def test_numbers_that_are_no_ages_are_not_taken_for_ages() -> None:
    assert refused(["1", "2"], spec("sex", men="1", women="2"), who(20), name="sex") == []
    assert refused(["17", "18"], spec("alder", a="17", b="18"), who(18), name="alder") == ["quotas.age-outside"]


@pytest.mark.parametrize(
    ("eligibility", "expected"),
    [
        (who(0, None, "01", "03"), []),
        (who(0, None, "01"), ["quotas.area-outside"]),
        (who(0, None, "01", "03", "99"), ["quotas.area-missing"]),
    ],
)
def test_the_charters_areas_are_the_ones_counted(eligibility: Eligibility, expected: list[str]) -> None:
    assert refused(["01", "03"], spec("region", a="01", b="03"), eligibility, name="region") == expected
