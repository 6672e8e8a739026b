"""What a pool is refused for before any panel is looked for, with all that a pool can ask for."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings

from borgerting.errors import Refused
from borgerting.events.recruitment import JointQuota, PoolSnapshot
from services.lottery import domain
from tests.lottery import oracle
from tests.lottery.pools import fair, pool

YOUNG = {"da": "unge kvinder", "en": "young women"}


def _people(some: PoolSnapshot, facts: Mapping[int, Mapping[str, Any]]) -> PoolSnapshot:
    people = tuple(p.model_copy(update=dict(facts.get(at, {}))) for at, p in enumerate(some.people))
    return some.model_copy(update={"people": people})


def _joint(category: str, least: int, most: int) -> dict[str, Any]:
    wanted = {"sex": "f", "area": category}
    return {"joint": (JointQuota(categories=wanted, label=YOUNG, least=least, most=most),)}


ALL = {at: {"inclusion": "1/40"} for at in range(20)}
WRONG: dict[str, tuple[PoolSnapshot, str, str]] = {
    "a stranger must be on": (fair().model_copy(update={"include": ("x",)}), "pool.strangers", "not in the pool: x"),
    "a stranger must not": (fair().model_copy(update={"exclude": ("x",)}), "pool.strangers", "not in the pool: x"),
    "somebody must and must not": (
        fair().model_copy(update={"seated": ("p001",), "exclude": ("p001",)}),
        "pool.both",
        "both must and must not be on the panel: p001",
    ),
    "more fixed than seats": (
        fair().model_copy(update={"include": tuple(f"p00{n}" for n in range(6))}),
        "pool.fixed",
        "6 must be on the panel, but there are 5 seats. Remove 1",
    ),
    "two fixed of one household": (
        _people(fair(), {0: {"household": "h"}, 1: {"household": "h"}}).model_copy(
            update={"include": ("p000", "p001")}
        ),
        "pool.fixed-household",
        "several are of one household: p000, p001",
    ),
    "fixed people above a quota": (
        fair().model_copy(update={"seated": ("p000", "p002", "p004", "p006")}),
        "quota.fixed",
        "SEX, f: 4 must be on the panel, but the quota is at most 3. Raise the quota's most or remove 1",
    ),
    "a certain invitation and more": (
        _people(fair(), ALL | {3: {"inclusion": "40/1"}}),
        "pool.inclusion",
        "above 1 for p003",
    ),
    "odds for some": (_people(fair(), {0: {"inclusion": "1/40"}}), "pool.inclusion-missing", "missing for p001, p002"),
    "a joint quota of nothing": (
        fair().model_copy(update=_joint("east", 0, 1)),
        "joint.category",
        "young women: there is no quota for area.east",
    ),
    "a joint quota that nobody fills": (
        pool(1, {"sex": {"f": (0, 1)}, "area": {"north": (0, 1)}}, []).model_copy(update=_joint("north", 1, 1)),
        "quota.supply",
        "young women: the quota needs at least 1, but the pool has 0",
    ),
    "excluded people who were needed": (
        pool(2, {"sex": {"f": (1, 1), "m": (1, 1)}}, [{"sex": s} for s in "fmm"]).model_copy(
            update={"exclude": ("p000",)}
        ),
        "quota.supply",
        "SEX, f: the quota needs at least 1, but the pool has 0",
    ),
    "one household where two are needed": (
        _people(
            pool(3, {"sex": {"f": (2, 2), "m": (1, 1)}}, [{"sex": s} for s in "ffmm"]),
            {0: {"household": "h"}, 1: {"household": "h"}},
        ),
        "quota.supply",
        "needs at least 2, but the pool has 1 of different households",
    ),
    "the household of somebody fixed": (
        _people(
            pool(2, {"sex": {"f": (1, 1), "m": (1, 1)}}, [{"sex": s} for s in "fmm"]),
            {0: {"household": "h"}, 1: {"household": "h"}},
        ).model_copy(update={"seated": ("p001",)}),
        "quota.supply",
        "SEX, f: the quota needs at least 1, but the pool has 0",
    ),
    "too few for two panels": (
        pool(2, {"sex": {"f": (1, 1), "m": (1, 1)}}, [{"sex": s} for s in "fmmm"]).model_copy(update={"panels": 2}),
        "quota.supply",
        "needs at least 2, but the pool has 1. Find 1 more volunteers or lower the quota's least to 0 for each",
    ),
    "a quota that is there twice": (
        fair().model_copy(update={"features": (*fair().features, fair().features[0])}),
        "quota.twice",
        "there more than once: sex, sex.f, sex.m",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_pool_is_refused_with_its_reason(what: str) -> None:
    some, code, sentence = WRONG[what]
    with pytest.raises(Refused) as no:
        domain.require_pool(some)
    found = {refusal.code: refusal for refusal in (no.value, *no.value.also)}
    assert code in found
    assert any(sentence in said for said in no.value.sentences("en")), no.value.sentences("en")
    assert found[code].text["da"] != found[code].text["en"]


def test_a_pool_with_everything_in_order_passes() -> None:
    some = _people(
        fair(), ALL | {7: {"inclusion": "1/40", "household": "h"}, 8: {"inclusion": "1/1", "household": "h"}}
    )
    some = some.model_copy(update={"include": ("p000",), "seated": ("p000", "p001"), "exclude": ("p003",)})
    domain.require_pool(some.model_copy(update=_joint("south", 0, 2)))


@settings(max_examples=25, deadline=None, derandomize=True)
@given(oracle.tight())
def test_a_pool_that_has_a_panel_is_never_refused_and_every_panel_passes(some: PoolSnapshot) -> None:
    domain.require_pool(some)
    every = oracle.panels(some)
    domain.require_portfolio(some, every, len(every))
    kept = set(every)
    ids = sorted(person.id for person in some.people)
    for at in range(len(ids)):
        members = tuple(sorted((ids[at:] + ids[:at])[: some.panel_size]))
        if members not in kept:
            with pytest.raises(Refused):
                domain.require_panel(some, members)
