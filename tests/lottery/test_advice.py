"""The words of the advice, and the quotas that need everybody they have."""

import pytest

from borgerting.events.recruitment import JointQuota
from services.lottery.domain.advice import Advice, Change, Repair, chance_words, in_order, repair_words, unfit_words
from services.lottery.domain.thin import thin_spots
from tests.lottery.pools import pool

AGE = {"da": "Alder, 18–29", "en": "Age, 18–29"}
LOWER = Change(quota="quota|age|18–29", label=AGE, side="least", now=4, then=2)


def _repair(**parts: object) -> Repair:
    return Repair.model_validate(
        {"ways": ("seats",), "changes": (LOWER,), "seats": 2, "chance": 41, "one_in": 25} | parts
    )


def test_a_repair_says_what_changes_and_what_it_leaves_to_the_least_lucky() -> None:
    assert repair_words(_repair()) == {
        "da": "Færrest pladser: Alder, 18–29: mindst 2 (nu 4). "
        "I alt 2 pladser; den mindste chance kan blive op til 4,1 % (1 ud af 25).",
        "en": "Fewest seats: Age, 18–29: at least 2 (now 4). "
        "In all 2 seats; the smallest chance can be up to 4.1 % (1 in 25).",
    }


def test_one_feature_is_named_and_an_open_search_is_admitted() -> None:
    words = repair_words(_repair(ways=("feature",), feature={"da": "Alder", "en": "Age"}, seats=1, proven=False))
    assert words["en"].startswith("Only one feature (Age): ")
    assert "In all 1 seat (there may be a smaller one; the limit of work came first)" in words["en"]
    assert words["da"].startswith("Kun ét kriterium (Alder): ")


def test_no_chance_is_not_called_small() -> None:
    assert chance_words(_repair(chance=0, one_in=None))["da"] == "nogle tilmeldte får ingen chance"


def test_the_same_changes_for_two_reasons_are_one_repair() -> None:
    (one,) = in_order([_repair(), _repair(ways=("quotas",))])
    assert one.ways == ("seats", "quotas")
    assert repair_words(one)["da"].startswith("Færrest pladser, Færrest kvoter: ")


@pytest.mark.parametrize(("people", "words"), [(1, "1 volunteer fits no panel"), (3, "3 volunteers fit no panel")])
def test_those_who_fit_no_panel_are_counted(people: int, words: str) -> None:
    assert words in unfit_words(people, AGE)["en"]


def test_advice_without_a_clash_says_nothing() -> None:
    assert Advice(possible=True).sentences() == ()


def test_a_quota_that_needs_all_it_has_is_pointed_out() -> None:
    some = pool(3, {"sex": {"f": (2, 3), "m": (0, 3)}}, [{"sex": "f"}] * 2 + [{"sex": "m"}] * 4)
    (spot,) = thin_spots(some)
    assert (spot.quota, spot.need, spot.have) == ("quota|sex|f", 2, 2)
    (words,) = Advice(possible=True, thin=(spot,)).sentences()
    assert words["en"].startswith("SEX, f: the quota needs all of the 2 who can be seated")


def test_what_the_other_categories_cannot_take_is_a_need_as_well() -> None:
    some = pool(3, {"sex": {"f": (0, 3), "m": (0, 1)}}, [{"sex": "f"}] * 2 + [{"sex": "m"}] * 4)
    assert [(spot.quota, spot.need) for spot in thin_spots(some)] == [("quota|sex|f", 2)]


def test_households_exclusions_and_joint_quotas_count_in_thin_spots() -> None:
    some = pool(3, {"sex": {"f": (2, 3), "m": (0, 3)}}, [{"sex": "f"}] * 5 + [{"sex": "m"}] * 4)
    assert thin_spots(some) == ()
    shared = tuple(p.model_copy(update={"household": "h"}) if p.id < "p004" else p for p in some.people)
    assert [spot.have for spot in thin_spots(some.model_copy(update={"people": shared}))] == [2]
    assert [spot.have for spot in thin_spots(some.model_copy(update={"exclude": ("p000", "p001", "p002")}))] == [2]
    joint = JointQuota(categories={"sex": "m"}, label={"en": "men"}, least=4, most=4)
    assert [spot.quota for spot in thin_spots(some.model_copy(update={"joint": (joint,)}))] == ["joint|0"]
