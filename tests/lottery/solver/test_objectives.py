"""The other objectives, against every lottery over every panel of a tiny pool."""

from collections.abc import Sequence
from fractions import Fraction
from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from borgerting.events.recruitment import PoolSnapshot
from services.lottery.solver.objectives import LEAST_KEPT, MOST_ALLOWED, goldilocks, minimax, nash
from services.lottery.solver.problem import Floats, Problem, problem_of
from tests.lottery import oracle
from tests.lottery.instances import instance
from tests.lottery.pools import pool
from tests.lottery.simplex import maximise

SURE = 1e-7


def _chances(problem: Problem, seats: Floats) -> dict[str, float]:
    """Everybody's probability of being drawn."""
    each = seats / problem.count
    return {who: chance for people, chance in zip(problem.people, each.tolist(), strict=True) for who in people}


def _assert_inside(problem: Problem, seats: Floats, by: float) -> None:
    held = problem.member @ seats
    assert abs(seats.sum() - problem.size) < by
    assert np.all(held > problem.least - by) and np.all(held < problem.most + by)
    assert np.all(seats > -by) and np.all(seats < problem.count + by)
    assert np.all(problem.in_homes(seats) < problem.room + by)


def test_where_nothing_binds_all_objectives_are_the_same_for_all() -> None:
    problem = problem_of(pool(2, {"sex": {"f": (0, 2), "m": (0, 2)}}, [{"sex": s} for s in "ffmmm"]))
    assert nash(problem).seats == pytest.approx([0.8, 1.2])
    middle = goldilocks(problem)
    assert middle.seats == pytest.approx([0.8, 1.2])
    assert (middle.strain, middle.smallest, middle.largest) == pytest.approx((0, 0.4, 0.4))


def test_the_product_weighs_what_the_leximin_does_not() -> None:
    # the first and the fourth sit together or not at all, and so do the second and the third
    rows = [{"a": "x", "b": "x"}, {"a": "x", "b": "y"}, {"a": "y", "b": "x"}, {"a": "y", "b": "y"}]
    features = {"a": {"x": (1, 1), "y": (0, 2)}, "b": {"x": (1, 1), "y": (0, 2)}}
    problem = problem_of(pool(2, features, rows))
    assert nash(problem).seats == pytest.approx([0.5, 0.5, 0.5, 0.5])
    more = problem_of(pool(2, features, [*rows, {"a": "x", "b": "y"}]))
    # with t for the first two, t t (1 - t) ((1 - t) / 2)^2 is largest at t = 2/5
    assert _chances(more, nash(more).seats) == pytest.approx(
        {"p000": 0.4, "p001": 0.3, "p002": 0.6, "p003": 0.4, "p004": 0.3}
    )


def test_where_somebody_is_certain_the_largest_is_one_and_the_leximin_stands() -> None:
    problem = problem_of(pool(2, {"sex": {"f": (1, 1), "m": (1, 1)}}, [{"sex": s} for s in "fmmmm"]))
    middle = goldilocks(problem)
    assert (middle.minimax, middle.maximin, middle.strain) == pytest.approx((1, 0.25, 0))
    assert nash(problem).gap < 1e-12


def test_those_who_can_be_on_no_panel_do_not_pull_the_others_down() -> None:
    rows = [{"a": "x", "b": "y"}, {"a": "x", "b": "x"}, {"a": "y", "b": "x"}, {"a": "x", "b": "x"}]
    problem = problem_of(pool(1, {"a": {"x": (1, 1), "y": (0, 1)}, "b": {"x": (1, 1), "y": (0, 1)}}, rows))
    assert _chances(problem, nash(problem).seats) == pytest.approx({"p000": 0, "p001": 0.5, "p002": 0, "p003": 0.5})
    assert goldilocks(problem).smallest == pytest.approx(0.5)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(oracle.tight(), st.data())
def test_no_lottery_over_panels_has_a_larger_product(some: PoolSnapshot, data: st.DataObject) -> None:
    problem = problem_of(some)
    found = nash(problem)
    _assert_inside(problem, found.seats, 1e-9)
    assert found.gap < 1e-9
    chances, every = _chances(problem, found.seats), oracle.panels(some)
    able = sorted({who for panel in every for who in panel})
    polytope_able = [who for who, chance in chances.items() if chance > SURE]
    assert set(able) <= set(polytope_able)
    # the gradient says it of all lotteries at once: the mean of 1/chance over a panel's people is at most that of all
    assert all(sum(1 / chances[who] for who in panel) <= len(polytope_able) * (1 + SURE) for panel in every)
    weights = data.draw(st.lists(st.integers(0, 5), min_size=len(every), max_size=len(every)).filter(any))
    other = {
        who: sum(w for w, panel in zip(weights, every, strict=True) if who in panel) / sum(weights) for who in able
    }
    if all(other[who] for who in polytope_able if who in other) and len(able) == len(polytope_able):
        assert sum(log(other[who]) for who in able) <= sum(log(chances[who]) for who in able) + SURE


@settings(max_examples=30, deadline=None, derandomize=True)
@given(oracle.tight())
def test_no_lottery_over_panels_is_better_at_both_ends(some: PoolSnapshot) -> None:
    problem, every = problem_of(some), oracle.panels(some)
    assert minimax(problem) <= float(oracle.minimax(some, every)) + SURE
    middle = goldilocks(problem)
    _assert_inside(problem, middle.seats, 1e-8)
    assert middle.smallest >= middle.maximin * LEAST_KEPT**middle.strain * (1 - 1e-3)
    assert middle.largest <= middle.minimax * MOST_ALLOWED**middle.strain * (1 + 1e-3)
    able = {who for who, chance in _chances(problem, middle.seats).items() if chance > SURE}
    if middle.strain > 0.01 and able <= {who for panel in every for who in panel}:
        less = middle.strain - 0.01
        held = _smallest_below(some, every, able, middle.minimax * MOST_ALLOWED**less)
        assert held is None or held < middle.maximin * LEAST_KEPT**less


def _smallest_below(some: PoolSnapshot, every: Sequence[oracle.Panel], able: set[str], cap: float) -> Fraction | None:
    """By an exact linear program over the panels: the largest smallest chance with nobody above `cap`."""
    stake, who = oracle.stakes(some), sorted(able)
    n, m = len(every), len(who)
    nil, one, most = Fraction(0), Fraction(1), Fraction(cap).limit_denominator(10**6)
    table, right = [[one] * n + [nil] * (1 + 2 * m)], [one]
    for at, person in enumerate(who):
        chance = [stake[person] * (person in panel) for panel in every]
        spare = [[one if j == at else nil for j in range(m)], [nil] * m]
        table.append([*chance, -one, *(-s for s in spare[0]), *spare[1]])
        table.append([*chance, nil, *spare[1], *spare[0]])
        right += [nil, most]
    solved = maximise([nil] * n + [one] + [nil] * (2 * m), table, right)
    return None if solved is None else solved.value


def test_a_pool_like_a_real_one_is_good_at_both_ends_as_asked() -> None:
    problem = problem_of(instance(360, 30, 7))
    middle = goldilocks(problem)
    _assert_inside(problem, middle.seats, 1e-8)
    assert middle.strain <= 1
    assert middle.smallest >= LEAST_KEPT * middle.maximin and middle.largest <= MOST_ALLOWED * middle.minimax
    found = nash(problem)
    _assert_inside(problem, found.seats, 1e-9)
    assert found.gap < 1e-9
