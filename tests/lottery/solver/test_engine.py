"""The engine where it is pressed: rounding, no work left, nobody to draw, and tickets beside the chances they round."""

from collections import Counter
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from borgerting.adapters import Portfolio
from borgerting.events.recruitment import PoolSnapshot
from services.lottery.domain.certificate import check
from services.lottery.domain.claims import require_sound
from services.lottery.plugins import PortfolioSelector
from services.lottery.solver.face import whole
from services.lottery.solver.hull import exact_leximin
from services.lottery.solver.panels import Panels
from services.lottery.solver.problem import problem_of
from services.lottery.solver.target import leximin
from tests.lottery import oracle
from tests.lottery.instances import NAMED, instance
from tests.lottery.measure import rounding_of
from tests.lottery.pools import fair

GAP = Fraction(1, 10**9)


def _silent(done: int, of: int, **_: Any) -> None:
    """Hears the progress and keeps it to itself."""


def _unheard(share: float, panels: int) -> None:
    """Hears how far the distribution is and keeps it to itself."""


def _made(pool: PoolSnapshot, tickets: int = 30, objective: str = "leximin") -> Portfolio:
    made = PortfolioSelector({"objective": objective}).select(pool, tickets, 7, _silent)
    require_sound(pool, made, tickets)
    return made


@pytest.mark.parametrize("number", [435, 1041, 1169])
def test_a_lottery_of_panels_that_agree_where_the_target_does_not_is_not_taken_for_it(number: int) -> None:
    pool = oracle.tight_pool(number)
    truth, claim = oracle.leximin(pool), _made(pool).fairness
    assert truth is not None and claim is not None and claim.certified
    assert all(abs(claim.target[who] - truth.chances[who]) <= GAP for who in oracle.free(pool))


def test_a_level_that_rounding_leaves_no_room_is_no_clash_of_quotas() -> None:
    problem = problem_of(instance(1000, 100, 8, seed=4, tight="exact"))
    seats = leximin(problem).seats
    held = problem.member @ seats
    assert seats.sum() == pytest.approx(problem.size, abs=1e-7)
    assert (held >= problem.least - 1e-7).all() and (held <= problem.most + 1e-7).all()


def test_where_panels_cannot_keep_what_fractions_promise_every_level_is_proven_to_a_billionth() -> None:
    pool = NAMED["tight 90"]()
    claim = _made(pool).fairness
    assert claim is not None and claim.certified
    proven = check(pool, claim.proof)
    assert proven.leximin and any(level.searched for level in proven.levels)


@pytest.mark.parametrize("number", oracle.LOOSE)
@pytest.mark.parametrize("searches", [0, 1, 3])
def test_out_of_work_the_last_level_says_how_far_it_may_be_from_the_truth(number: int, searches: int) -> None:
    pool = oracle.tight_pool(number)
    every, truth = oracle.panels(pool), oracle.leximin(pool)
    panels = Panels(problem_of(pool))
    known = [_seats(panels, every[0])]
    found = exact_leximin(panels, known, _unheard, searches)
    assert truth is not None
    if found.certified:
        return
    for step, (_, chance) in zip(found.target.steps[:1], truth.levels[:1], strict=False):
        assert step.chance >= chance - GAP, "a bound below the truth"
    *proven, last = found.target.steps
    settled = {at for step in proven for at in step.types.tolist()}
    smallest = min(
        found.target.seats[at] / panels.problem.demand[at]
        for at in range(len(panels.problem.people))
        if at not in settled
    )
    assert last.chance > smallest + 5e-10


def _seats(panels: Panels, members: tuple[str, ...]) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.array([sum(who in members for who in people) for people in panels.problem.people], dtype=np.int64)


@pytest.mark.parametrize("objective", ["leximin", "maximin", "nash", "goldilocks", "random"])
def test_where_all_seats_are_held_every_ticket_is_those_who_hold_them(objective: str) -> None:
    pool = fair()
    seated = ("p000", "p001", "p002", "p003", "p004")
    others = tuple(person.id for person in pool.people if person.id not in seated)
    for exclude in ((), others):
        made = _made(pool.model_copy(update={"seated": seated, "exclude": exclude}), objective=objective)
        assert set(made.tickets) == {seated}


@pytest.mark.parametrize(
    ("seed", "tight", "homes"), [(4, "rounded", 0.0), (5, "rounded", 0.0), (6, "exact", 0.0), (7, "rounded", 0.3)]
)
def test_nobody_is_a_ticket_or_more_from_their_due_and_the_worst_off_have_what_is_whole_of_theirs(
    seed: int, tight: Any, homes: float
) -> None:
    pool = instance(300, 30, 6, seed=seed, tight=tight, households=homes)
    made = _made(pool, 1000)
    assert made.fairness is not None
    rounding = rounding_of(made.tickets, made.fairness.target)
    assert rounding.off <= 1 + Fraction(1, 10**5)
    assert rounding.fewest >= rounding.due


def test_tickets_that_are_evened_keep_the_certain_and_the_barred_where_they_are() -> None:
    pool = instance(300, 30, 6, seed=6, tight="exact")
    made = _made(pool, 200)
    held = Counter(who for ticket in made.tickets for who in ticket)
    assert made.fairness is not None
    for who, chance in made.fairness.target.items():
        if chance > 1 - GAP or chance < GAP:
            assert held[who] == round(200 * chance)


def test_a_search_sees_only_panels_that_come_apart_where_several_are_drawn_at_once() -> None:
    pool = instance(24, 4, 3, seed=3, households=0.3).model_copy(update={"panels": 2})
    panels = Panels(problem_of(pool))
    found = panels.exact(whole(panels.problem), 1, 5.0)
    assert found is not None and found.sum() == panels.problem.size
    claim = _made(pool).fairness
    assert claim is not None and claim.certified
