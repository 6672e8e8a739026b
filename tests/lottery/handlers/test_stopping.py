"""A draw that the organiser stops, or leaves to a partner, while its portfolio is being made."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from borgerting.adapters import Portfolio
from borgerting.errors import Conflict, Refused
from borgerting.events.lottery import DrawDelegated, DrawRefused, DrawSealed, DrawStarted, PanelDrawn
from borgerting.events.recruitment import PoolSnapshot
from services.lottery.domain import DrawSettings
from services.lottery.handlers import CancelDraw, LetPartnerDraw, Told
from services.lottery.handlers.stopping import cancel_draw, let_partner_draw
from services.lottery.store import Panel
from tests.lottery.pools import fair
from tests.lottery.worlds import World, world

CANCEL = CancelDraw(assembly="klima", key="k1")
PARTNER = LetPartnerDraw(assembly="klima", key="k2", partner=" Statistikkontoret ")
SHORT = DrawSettings(tickets=8, lease_seconds=0.06)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, fair()) as made:
        yield made


class Endless:
    """A solve that ends only when it is cancelled."""

    def __init__(self) -> None:
        self.started, self.stopped = asyncio.Event(), asyncio.Event()

    async def __call__(
        self, pool: PoolSnapshot, tickets: int, seed: int, told: Told, options: Mapping[str, str]
    ) -> Portfolio:
        self.started.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.stopped.set()
        raise AssertionError


async def test_the_holder_of_a_cancelled_job_stops_at_its_next_renewal(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    solve = Endless()
    monkeypatch.setattr(here, "solve", solve)
    running = asyncio.create_task(here.run(await here.freeze(), "another replica", SHORT))
    await solve.started.wait()
    await cancel_draw(here.repo, CANCEL)
    with pytest.raises(Conflict):
        await running
    assert solve.stopped.is_set()
    assert ((await here.draw()).state, (await here.job()).state) == ("refused", "done")
    (refused,) = await here.told(DrawRefused)
    assert isinstance(refused, DrawRefused)
    assert refused.cancelled
    assert "cancelled the draw" in refused.reasons[0]["en"]


async def test_cancelling_twice_with_one_key_tells_it_once(here: World) -> None:
    await here.freeze()
    assert await cancel_draw(here.repo, CANCEL) == await cancel_draw(here.repo, CANCEL)
    assert len(await here.told(DrawRefused)) == 1
    with pytest.raises(Refused, match="has stopped already"):
        await cancel_draw(here.repo, CANCEL.model_copy(update={"key": "k9"}))


async def test_a_cancelled_draw_starts_again_with_the_next_frozen_pool(here: World) -> None:
    await here.freeze()
    await cancel_draw(here.repo, CANCEL)
    await here.run(await here.freeze(version=6))
    told = [type(event) for event in await here.told(DrawStarted, DrawRefused, DrawSealed)]
    assert told == [DrawStarted, DrawRefused, DrawStarted, DrawSealed]


async def test_a_job_left_queued_by_a_crash_in_the_cancelling_is_closed_without_a_portfolio(here: World) -> None:
    queued = await here.freeze()
    await cancel_draw(here.repo, CANCEL)
    now = await here.job()
    left = await here.repo.save(now.change(state="queued", fence=queued.fence))
    closed = await here.run(left)
    assert closed and closed.state == "done"
    assert (await here.draw()).state == "refused"
    assert await here.told(DrawSealed) == []


async def test_what_is_sealed_can_neither_be_cancelled_nor_left_to_a_partner(here: World) -> None:
    await here.run(await here.freeze())
    with pytest.raises(Refused, match="sealed or drawn"):
        await cancel_draw(here.repo, CANCEL)
    with pytest.raises(Refused, match="sealed or drawn"):
        await let_partner_draw(here.repo, PARTNER)


async def test_nothing_can_be_cancelled_before_there_is_a_draw(here: World) -> None:
    with pytest.raises(Refused, match="No draw is under way"):
        await cancel_draw(here.repo, CANCEL)


async def test_a_wish_from_before_the_pool_leaves_the_draw_to_the_partner(here: World) -> None:
    await let_partner_draw(here.repo, PARTNER)
    event, envelope = here.frozen(4)
    await here.react(event, envelope)
    draw = await here.draw()
    assert (draw.state, draw.partner) == ("partner", "Statistikkontoret")
    assert [type(told) for told in await here.told()] == [DrawDelegated]


async def test_the_setting_partner_leaves_every_draw_to_a_partner(here: World) -> None:
    event, envelope = here.frozen(4)
    await here.react(event, envelope, DrawSettings(selector="partner"))
    assert (await here.draw()).state == "partner"


async def test_a_draw_under_way_can_be_left_to_a_partner(here: World) -> None:
    await here.freeze()
    await let_partner_draw(here.repo, PARTNER)
    assert (await here.draw()).state == "partner"
    assert (await here.job()).state == "done"
    assert await here.run(await here.job(), "late") is None
    assert await here.told(DrawSealed, PanelDrawn) == []


async def test_a_draw_left_to_a_partner_can_be_cancelled_until_the_panel_is_there(here: World) -> None:
    await here.freeze()
    await let_partner_draw(here.repo, PARTNER)
    assert (await cancel_draw(here.repo, CANCEL)).state == "refused"
    assert await here.repo.get(Panel, "klima") is None
