"""The script's own reading of a proof: that it agrees with the house's, and names what is untrue."""

import copy
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings

from borgerting.events.recruitment import PoolSnapshot
from services.lottery.domain.certificate import check
from tests.end_to_end.recompute import Audit, check_fairness
from tests.lottery import oracle
from tests.lottery.pools import pool

Json = dict[str, Any]


def _draw(some: PoolSnapshot) -> Json:
    """As draw.json tells it, with a claim of the house's own check."""
    truth = oracle.leximin(some)
    assert truth is not None
    proof = oracle.proof(some, truth)
    checked = check(some, proof)
    claim = {
        "objective": "leximin",
        "target": {who: _text(chance) for who, chance in checked.chances.items()},
        "levels": [
            {"people": level.people, "chance": _text(level.chance), "bound": _text(level.bound)}
            for level in checked.levels
        ],
        "certified": checked.leximin,
        "proof": proof,
    }
    return some.model_dump(mode="json") | {"fairness": claim}


def _text(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"


def _problems(draw: Json) -> list[str]:
    quotas = {f["feature"]: {q["category"]: (q["least"], q["most"]) for q in f["quotas"]} for f in draw["features"]}
    audit = Audit()
    check_fairness(audit, draw, quotas, draw["panel_size"])
    return audit.problems


@settings(max_examples=25, deadline=None, derandomize=True)
@given(oracle.tight())
def test_it_reads_a_proof_as_the_house_does(some: PoolSnapshot) -> None:
    assert _problems(_draw(some)) == []


def _by_lot(homes: dict[int, str], panel: dict[str, int]) -> Json:
    """Two women for one seat and three men for another, the groups by sex, one panel told in seats."""
    some = pool(2, {"sex": {"f": (1, 1), "m": (1, 1)}}, [{"sex": s} for s in "ffmmm"])
    people = tuple(p.model_copy(update={"household": homes.get(at)}) for at, p in enumerate(some.people))
    target = {"p000": "1/2", "p001": "1/2", "p002": "1/3", "p003": "1/3", "p004": "1/3"}
    proof = {"groups": [["p000", "p001"], ["p002", "p003", "p004"]], "cuts": [], "panels": [panel], "weights": [7]}
    first = {"groups": [1], "scale": 1, "weights": {"1": 1}, "rows": {"quota|sex|m": 1}}
    second = {"groups": [0], "scale": 1, "weights": {"0": 1}, "rows": {"quota|sex|f": 1}}
    levels = [{"people": 3, "chance": "1/3", "bound": "1/3"}, {"people": 2, "chance": "1/2", "bound": "1/2"}]
    claim = {"objective": "leximin", "target": target, "levels": levels, "certified": True}
    whole = some.model_copy(update={"people": people}).model_dump(mode="json")
    return whole | {"fairness": claim | {"proof": proof | {"levels": [first, second]}}}


def test_seats_shared_by_lot_are_read_as_well() -> None:
    assert _problems(_by_lot({}, {"0": 1, "1": 1})) == []
    assert any("people of group 0 are not alike" in p for p in _problems(_by_lot({0: "h", 2: "h"}, {"0": 1, "1": 1})))
    assert any("group 0 cannot have -1 seats" in p for p in _problems(_by_lot({}, {"0": -1, "1": 3})))
    assert any("group 0 cannot have 2 seats" in p for p in _problems(_by_lot({0: "h", 1: "h"}, {"0": 2})))
    assert any("sex.f has 2 seats, quota 1-1" in p for p in _problems(_by_lot({}, {"0": 2})))


@pytest.mark.parametrize("number", oracle.LOOSE[:3])
def test_an_open_gap_must_not_be_called_certified(number: int) -> None:
    draw = _draw(oracle.tight_pool(number))
    assert _problems(draw) == []
    draw["fairness"]["certified"] = True
    assert any("certified, and a level's gap is above" in problem for problem in _problems(draw))


def _claim(change: Callable[[Json], None]) -> Json:
    draw = copy.deepcopy(_draw(oracle.tight_pool(1)))
    change(draw["fairness"])
    return draw


def _lift(claim: Json) -> None:
    claim["levels"][0]["chance"] = "1/1"


def _lower(claim: Json) -> None:
    claim["levels"][0]["bound"] = "1/97"


def _another_target(claim: Json) -> None:
    who = min(claim["target"])
    claim["target"][who] = "1/97"


def _one_gone(claim: Json) -> None:
    del claim["target"][min(claim["target"])]


def _another_weight(claim: Json) -> None:
    claim["proof"]["weights"][0] += 1


def _another_panel(claim: Json) -> None:
    panel, everybody = claim["proof"]["panels"][0], sorted(claim["target"])
    panel[:] = [who for who in everybody if who not in panel][: len(panel)]


def _another_multiplier(claim: Json) -> None:
    level = claim["proof"]["levels"][0]
    level["rows"]["size"] = level["rows"].get("size", 0) + level["scale"]


def _negative(claim: Json) -> None:
    weights = claim["proof"]["levels"][0]["weights"]
    weights[min(weights)] = -1


def _a_row_of_its_own(claim: Json) -> None:
    claim["proof"]["levels"][0]["rows"]["quota|f9|c9"] = 1


def _a_group_gone(claim: Json) -> None:
    claim["proof"]["groups"][0] = []


def _a_level_gone(claim: Json) -> None:
    del claim["proof"]["levels"][-1], claim["levels"][-1]


def _a_false_cut(claim: Json) -> None:
    seat = claim["proof"]["panels"][0][0]
    group = next(at for at, people in enumerate(claim["proof"]["groups"]) if seat in people)
    claim["proof"]["cuts"] = [{"weights": {str(group): 1}, "most": 0}]


UNTRUTHS = {
    "levels of the fairness": (_lift, _lower, _another_weight, _another_multiplier),
    "target of the fairness": (_another_target, _another_weight),
    "the target leaves somebody out": (_one_gone,),
    "panel 0 of the proof": (_another_panel,),
    "level 0 of the proof: multipliers": (_negative, _a_row_of_its_own),
    "people in the groups of the proof": (_a_group_gone,),
    "a leximin settles everybody": (_a_level_gone,),
    "a panel breaks cut 0": (_a_false_cut,),
}


@pytest.mark.parametrize(("named", "change"), [(n, change) for n, changes in UNTRUTHS.items() for change in changes])
def test_it_names_what_is_untrue_in_a_proof(named: str, change: Callable[[Json], None]) -> None:
    assert any(named in problem for problem in _problems(_claim(change)))


def test_the_proof_that_the_untruths_start_from_is_certified() -> None:
    draw = _claim(lambda _: None)
    assert draw["fairness"]["certified"] and len(draw["fairness"]["levels"]) > 1 and _problems(draw) == []
