"""The selector against the truth: every level of its lottery, on tiny pools whose panels can all be listed."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings

from borgerting.adapters import Fairness
from borgerting.events.recruitment import JointQuota, PoolSnapshot
from services.lottery.domain import require_portfolio
from services.lottery.domain.certificate import check
from services.lottery.plugins import PortfolioSelector
from tests.lottery import oracle
from tests.lottery.pools import pool

NEAR = Fraction(1, 10**9)
TICKETS = 60


def _silent(done: int, of: int, **_: Any) -> None:
    """Hears the progress and keeps it to itself."""


def _claim(some: PoolSnapshot, **settings_: str) -> Fairness:
    made = PortfolioSelector(settings_).select(some, TICKETS, 7, _silent)
    assert len(made.tickets) >= TICKETS, "there may be more, so that everybody is on one"
    require_portfolio(some, made.tickets, len(made.tickets))
    assert made.fairness is not None
    return made.fairness


def _assert_true(some: PoolSnapshot) -> None:
    """The target is the oracle's leximin, and the proof says so to whoever reads it."""
    truth, claim = oracle.leximin(some), _claim(some)
    assert truth is not None
    assert claim.certified
    for who in oracle.free(some):
        assert abs(claim.target[who] - truth.chances[who]) <= NEAR, (who, claim.target, truth.chances)
    checked = check(some, claim.proof)
    assert checked.certified and checked.open == 0
    assert all(checked.chances[who] == claim.target[who] for who in oracle.free(some))
    assert [(level.people, level.chance, level.bound) for level in claim.levels] == [
        (level.people, level.chance, level.bound) for level in checked.levels
    ]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(oracle.tight())
def test_everybodys_chance_is_the_exact_leximin(some: PoolSnapshot) -> None:
    _assert_true(some)


@pytest.mark.parametrize("number", oracle.LOOSE)
def test_where_no_lottery_attains_what_fractions_promise_the_target_is_what_panels_can_keep(number: int) -> None:
    _assert_true(oracle.tight_pool(number))


def test_fixed_and_excluded_people_joint_quotas_homes_and_odds_together() -> None:
    rows = [{"sex": "fm"[n % 2], "age": "yo"[n // 2 % 2]} for n in range(10)]
    some = pool(4, {"sex": {"f": (2, 2), "m": (2, 2)}, "age": {"y": (1, 3), "o": (1, 3)}}, rows)
    people = [
        person.model_copy(
            update={"household": {1: "h", 4: "h", 2: "i", 7: "i"}.get(at), "inclusion": "1/4" if at % 3 else "1/3"}
        )
        for at, person in enumerate(some.people)
    ]
    joint = (JointQuota(categories={"sex": "f", "age": "y"}, label={"da": "a", "en": "a"}, least=1, most=1),)
    _assert_true(
        some.model_copy(
            update={
                "people": tuple(people),
                "joint": joint,
                "include": ("p000",),
                "seated": ("p003",),
                "exclude": ("p009",),
            }
        )
    )


def test_two_panels_at_once_share_the_pool() -> None:
    rows = [{"sex": "fm"[n % 2], "age": "yoo"[n % 3]} for n in range(9)]
    some = pool(2, {"sex": {"f": (1, 1), "m": (1, 1)}, "age": {"y": (0, 1), "o": (1, 2)}}, rows)
    _assert_true(some.model_copy(update={"panels": 2}))


def test_a_maximin_promises_the_worst_off_the_same_and_no_more() -> None:
    some = oracle.tight_pool(2)
    truth, claim = oracle.leximin(some), _claim(some, objective="maximin")
    assert truth is not None and claim.objective == "maximin"
    stake = oracle.stakes(some)
    assert abs(min(stake[who] * claim.target[who] for who in stake) - truth.levels[0][1]) <= NEAR
