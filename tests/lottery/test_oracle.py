"""That the oracle itself is right: by cases that can be told by hand, and by duality."""

from fractions import Fraction

import pytest
from hypothesis import given, settings

from borgerting.events.recruitment import PoolSnapshot
from tests.lottery import oracle
from tests.lottery.pools import pool
from tests.lottery.simplex import Unbounded, maximise

F = Fraction


def _with(some: PoolSnapshot, at: int, **facts: str | None) -> PoolSnapshot:
    people = list(some.people)
    people[at] = people[at].model_copy(update=facts)
    return some.model_copy(update={"people": tuple(people)})


def test_the_simplex_finds_the_corner_and_its_multipliers() -> None:
    # 3a + 2b with a + b <= 4, a + 3b <= 6, a <= 3: a = 3, b = 1
    rows = [[1, 1, 1, 0, 0], [1, 3, 0, 1, 0], [1, 0, 0, 0, 1]]
    solved = maximise([F(c) for c in (3, 2, 0, 0, 0)], [[F(a) for a in row] for row in rows], [F(4), F(6), F(3)])
    assert solved is not None
    assert (solved.value, solved.x[:2], solved.y) == (11, [3, 1], [2, 0, 1])


def test_the_simplex_says_when_there_is_nothing_and_when_there_is_no_end() -> None:
    assert maximise([F(1)], [[F(1)], [F(1)]], [F(1), F(2)]) is None
    with pytest.raises(Unbounded):
        maximise([F(1), F(0)], [[F(1), F(-1)]], [F(1)])


def test_the_simplex_lives_with_a_row_said_twice_and_a_negative_right_hand_side() -> None:
    solved = maximise([F(1), F(1, 3)], [[F(-1), F(-1)], [F(1), F(1)]], [F(-1, 2), F(1, 2)])
    assert solved is not None and solved.value == F(1, 2)


def test_two_women_for_one_seat_and_three_men_for_one() -> None:
    few = pool(2, {"sex": {"f": (1, 1), "m": (1, 1)}}, [{"sex": s} for s in "ffmmm"])
    truth = oracle.leximin(few)
    assert truth is not None
    assert truth.levels == [(("p002", "p003", "p004"), F(1, 3)), (("p000", "p001"), F(1, 2))]
    assert oracle.minimax(few) == F(1, 2)


def test_one_household_shares_a_seat() -> None:
    some = pool(2, {"sex": {"f": (1, 1), "m": (1, 1)}}, [{"sex": s} for s in "ffmm"])
    some = _with(_with(some, 0, household="h"), 2, household="h")
    assert len(oracle.panels(some)) == 3
    truth = oracle.leximin(some)
    assert truth is not None and set(truth.chances.values()) == {F(1, 2)}


def test_whoever_was_less_likely_to_be_invited_is_more_likely_to_be_drawn() -> None:
    some = pool(1, {"sex": {"f": (0, 1)}}, [{"sex": "f"}] * 2)
    some = _with(_with(some, 0, inclusion="1/40"), 1, inclusion="1/10")
    truth = oracle.leximin(some)
    assert truth is not None and truth.chances == {"p000": F(4, 5), "p001": F(1, 5)}


def test_the_fixed_sit_on_all_panels_and_the_excluded_on_none() -> None:
    some = pool(2, {"sex": {"f": (0, 2)}}, [{"sex": "f"}] * 4)
    some = some.model_copy(update={"include": ("p000",), "exclude": ("p001",)})
    truth = oracle.leximin(some)
    assert truth is not None
    assert truth.chances == {"p000": 1, "p001": 0, "p002": F(1, 2), "p003": F(1, 2)}


def test_two_panels_at_once_each_keep_the_quotas() -> None:
    some = pool(2, {"sex": {"f": (1, 1), "m": (1, 1)}}, [{"sex": s} for s in "ffmmm"]).model_copy(update={"panels": 2})
    truth = oracle.leximin(some)
    assert truth is not None and truth.chances == {"p000": 1, "p001": 1} | dict.fromkeys(
        ("p002", "p003", "p004"), F(2, 3)
    )


@settings(max_examples=25, deadline=None, derandomize=True)
@given(oracle.tight())
def test_the_levels_rise_and_the_lottery_gives_the_chances(some: PoolSnapshot) -> None:
    truth = oracle.leximin(some)
    assert truth is not None, "the quotas were built around a panel"
    heights = [chance for _, chance in truth.levels]
    assert heights == sorted(heights)
    assert sum(weight for _, weight in truth.lottery) == 1
    assert sum(truth.chances.values()) == some.panel_size
    assert min(oracle.stakes(some)[who] * truth.chances[who] for who in oracle.free(some)) == heights[0]
    assert oracle.minimax(some) <= max(oracle.stakes(some)[who] * truth.chances[who] for who in oracle.free(some))
