"""Members give up their seats."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from borgerting.errors import Refused
from borgerting.events import decode
from borgerting.events.lottery import SeatRefilled
from services.lottery import domain
from services.lottery.domain.redraws import Lots
from services.lottery.domain.refill import best_alternates, loss, remaining
from services.lottery.handlers import FillSeats
from services.lottery.handlers.refilling import fill_seats
from services.lottery.store import Panel
from tests.lottery.pools import fair
from tests.lottery.worlds import World, world


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, fair()) as made:
        await made.whole()
        yield made


async def name_alternates(here: World) -> Panel:
    """The drawn panel with everybody else as alternates, in order of id."""
    panel = await here.panel()
    others = tuple(p.id for p in here.pool.people if p.id not in panel.members)
    return await here.repo.save(panel.change(alternates=others))


async def test_an_alternate_who_keeps_the_quotas_takes_the_seat(here: World) -> None:
    panel = await name_alternates(here)
    leaving = panel.members[0]
    seats = await fill_seats(here, here.repo, FillSeats(assembly="klima", key="k1", left=(leaving,)))
    (refill,) = seats.refills
    assert (refill.left, refill.way) == (leaving, "alternate")
    assert refill.came in panel.alternates
    domain.require_panel(here.pool, seats.members)
    (told,) = [decode(envelope) for envelope in seats.outbox]
    assert isinstance(told, SeatRefilled)
    assert told.counts == domain.seats(here.pool.features, domain.rows_of(here.pool), seats.members)
    assert (told.panel.source, told.panel.version) == ("/lottery/panel/klima", 1)


async def test_the_same_vacancy_under_the_same_key_is_filled_once(here: World) -> None:
    panel = await name_alternates(here)
    command = FillSeats(assembly="klima", key="k1", left=panel.members[:2])
    assert await fill_seats(here, here.repo, command) == await fill_seats(here, here.repo, command)


async def test_who_has_left_or_cannot_be_called_never_comes_back(here: World) -> None:
    panel = await name_alternates(here)
    first = await fill_seats(here, here.repo, FillSeats(assembly="klima", key="k1", left=(panel.members[0],)))
    came = first.refills[0].came
    assert came
    absent = tuple(p for p in panel.alternates if p != came)[:3]
    second = FillSeats(assembly="klima", key="k2", left=(came,), unavailable=absent)
    seats = await fill_seats(here, here.repo, second)
    assert seats.refills[1].came not in (panel.members[0], came, *absent)
    assert len(set(seats.members)) == 5


async def test_somebody_without_a_seat_cannot_give_one_up(here: World) -> None:
    with pytest.raises(Refused, match="nobody is no member"):
        await fill_seats(here, here.repo, FillSeats(assembly="klima", key="k1", left=("nobody",)))


async def test_there_is_no_seat_to_fill_before_the_draw(tmp_path: Path) -> None:
    async with world(tmp_path, fair()) as empty:
        with pytest.raises(Refused, match="No panel has been drawn"):
            await fill_seats(empty, empty.repo, FillSeats(assembly="klima", key="k1", left=("p000",)))


async def test_where_no_alternate_can_come_the_seat_is_drawn_from_all_who_remain(here: World) -> None:
    panel = await here.panel()
    leaving, rows = panel.members[0], domain.rows_of(here.pool)
    command = FillSeats(assembly="klima", key="k1", left=(leaving,), unavailable=panel.alternates)
    (refill,) = (await fill_seats(here, here.repo, command)).refills
    assert refill.way == "redraw" and refill.came
    assert refill.came not in (*panel.members, *panel.alternates)
    seated = [*panel.members[1:], refill.came]
    assert loss(here.pool, seated) == 0
    barred = {*panel.members, *panel.alternates}
    free = [p.id for p in here.pool.people if p.id not in barred and loss(here.pool, [*panel.members[1:], p.id]) == 0]
    assert refill.came == min(free, key=Lots(panel.seed, 0).of)
    assert rows[refill.came]


@given(st.permutations([f"p{n:03}" for n in range(5, 14)]), st.integers(1, 3))
@settings(max_examples=30, deadline=None)
def test_no_other_choice_of_alternates_loses_less(called: list[str], vacant: int) -> None:
    pool = fair()
    staying = [f"p{n:03}" for n in range(5 - vacant)]
    chosen, lost = best_alternates(pool, staying, called, vacant)
    assert lost == loss(pool, [*staying, *chosen])
    assert list(chosen) == [person for person in called if person in chosen]
    assert all(loss(pool, [*staying, *chosen[:-1], other]) >= lost for other in called if other not in chosen)


def test_a_household_with_a_seat_is_passed_over() -> None:
    pool = fair()
    people = tuple(p.model_copy(update={"household": "h" if p.id in ("p000", "p006") else None}) for p in pool.people)
    chosen, _ = best_alternates(pool.model_copy(update={"people": people}), ["p000", "p001"], ["p006", "p007"], 1)
    assert chosen == ("p007",)


def test_the_pool_of_a_redraw_seats_those_who_stay_and_bars_those_who_left() -> None:
    again = remaining(fair(), ["p001", "p000"], {"p004"})
    assert (again.seated, again.exclude, again.include) == (("p000", "p001"), ("p004",), ())


async def test_nobody_is_called_after_the_day_until_which_they_agreed(here: World) -> None:
    panel = await here.panel()
    past = here.clock.now.date() - timedelta(days=1)
    late = panel.alternates[0]
    people = tuple(p.model_copy(update={"call_until": past}) if p.id == late else p for p in here.pool.people)
    here.pool = here.pool.model_copy(update={"people": people})
    seats = await fill_seats(here, here.repo, FillSeats(assembly="klima", key="k1", left=panel.members[:1]))
    assert seats.refills[0].came not in (None, late)
