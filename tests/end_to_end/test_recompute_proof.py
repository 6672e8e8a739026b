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

Json = dict[str, Any]


def _draw(pool: PoolSnapshot) -> Json:
    """As draw.json tells it, with a claim of the house's own check."""
    truth = oracle.leximin(pool)
    assert truth is not None
    proof = oracle.proof(pool, truth)
    checked = check(pool, proof)
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
    return pool.model_dump(mode="json") | {"fairness": claim}


def _text(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"


def _problems(draw: Json) -> list[str]:
    quotas = {f["feature"]: {q["category"]: (q["least"], q["most"]) for q in f["quotas"]} for f in draw["features"]}
    audit = Audit()
    check_fairness(audit, draw, quotas, draw["panel_size"])
    return audit.problems


@settings(max_examples=25, deadline=None, derandomize=True)
@given(oracle.tight())
def test_it_reads_a_proof_as_the_house_does(pool: PoolSnapshot) -> None:
    assert _problems(_draw(pool)) == []


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
