"""From a frozen pool to a panel, with every step repeated and broken."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from borgerting.adapters import Portfolio
from borgerting.errors import Broken, Conflict, Transient
from borgerting.events import decode
from borgerting.events.lottery import DrawProgressed, DrawRefused, DrawSealed, DrawStarted, PanelDrawn
from borgerting.events.recruitment import PoolSnapshot
from borgerting.store import Record
from borgerting.store.leases import claim
from borgerting.store.timers import Timer, schedule
from services.lottery import domain
from services.lottery.domain import DrawSettings
from services.lottery.handlers import DRAW_DUE, STEPS, Told, on_draw_due, on_pool_frozen, reactions
from services.lottery.store import Draw, Panel, portfolio_in
from tests.lottery.pools import fair, pool
from tests.lottery.worlds import SETTINGS, World, world

IMPOSSIBLE = pool(2, {"sex": {"f": (2, 2), "m": (0, 0)}}, [{"sex": "f"}, {"sex": "m"}])


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, fair()) as made:
        yield made


class Relaying(World):
    """The outbox is relayed between every reading of the draw and the next write to it."""

    async def solve(
        self, pool: PoolSnapshot, tickets: int, seed: int, told: Told, options: Mapping[str, str]
    ) -> Portfolio:
        replace, relayed = self.repo.store.replace, set[int]()

        async def after_the_relay(collection: str, record: Record) -> None:
            if collection == Draw.collection and record.revision not in relayed:
                relayed.update((record.revision, record.revision + 1))
                await replace(collection, Record(record.id, record.revision, (await self.stored()).body))
            await replace(collection, record)

        self.repo.store.replace = after_the_relay  # type: ignore[method-assign]
        return await super().solve(pool, tickets, seed, told, options)

    async def stored(self) -> Record:
        found = await self.repo.store.get(Draw.collection, "klima")
        assert found
        return found


async def test_the_relay_writing_in_between_does_not_cost_the_lease(here: World, tmp_path: Path) -> None:
    world = Relaying(here.repo, here.clock, here.pool, tmp_path)
    await world.run(await world.freeze())
    draw = await world.draw()
    assert (draw.state, draw.done, (await world.job()).state) == ("sealed", 8, "done")


async def test_a_frozen_pool_opens_the_draw_and_queues_the_job(here: World) -> None:
    job = await here.freeze()
    assert (job.state, job.seed, job.tickets) == ("queued", "seed 1", 8)
    (started,) = await here.told()
    assert isinstance(started, DrawStarted)
    assert (started.volunteers, started.tickets, started.pool.version) == (20, 8, 4)


async def test_the_same_frozen_pool_twice_changes_nothing(here: World) -> None:
    await here.freeze()
    before = await here.draw()
    job = await here.freeze()
    assert await here.draw() == before
    assert job.seed == "seed 1"


async def test_a_crash_after_the_job_keeps_its_seed(here: World) -> None:
    await here.freeze()
    await here.repo.delete(await here.draw())
    assert (await here.freeze()).seed == "seed 1"
    assert (await here.draw()).state == "started"


async def test_a_second_pool_is_refused_loudly_while_the_first_is_drawn(here: World) -> None:
    await here.freeze()
    event, envelope = here.frozen(7)
    with pytest.raises(Broken, match="a second pool cannot be drawn"):
        await on_pool_frozen(here.repo, event, envelope, ports=here, settings=SETTINGS)


async def test_a_seed_from_the_settings_is_used_as_it_is(here: World) -> None:
    job = await here.freeze(settings=DrawSettings(tickets=8, seed="aftalt"))
    assert (job.seed, here.seeds) == ("aftalt", 0)


async def test_the_panel_is_the_sealed_ticket_that_the_seed_points_at(here: World) -> None:
    panel = await here.whole()
    sealed = (await here.draw()).sealed
    assert sealed
    content = await here.open("klima", sealed.name)
    assert domain.digest(content) == sealed.portfolio
    assert (
        panel.members
        == portfolio_in(content, sealed.solver).tickets[domain.ticket_index("seed 1", sealed.portfolio, 8)]
    )
    domain.require_panel(here.pool, panel.members)
    (told,) = [decode(envelope) for envelope in panel.outbox]
    assert isinstance(told, PanelDrawn)
    assert (told.seed, told.ticket, told.members) == ("seed 1", panel.ticket, panel.members)
    assert told.draw.source == "/lottery/draw/klima"
    assert told.draw.version == (await here.draw()).version
    assert {sum(categories.values()) for categories in told.counts.values()} == {5}


async def test_the_seal_tells_the_commitment_and_not_the_seed(here: World) -> None:
    await here.run(await here.freeze())
    (sealed,) = await here.told(DrawSealed)
    assert isinstance(sealed, DrawSealed)
    assert sealed.commitment == domain.commitment("seed 1")
    draw = await here.draw()
    assert draw.sealed
    tickets = portfolio_in(await here.open("klima", draw.sealed.name), "x").tickets
    held = domain.chances(here.pool, tickets).values()
    assert (sealed.smallest, sealed.largest, sealed.volunteers) == (min(held), max(held), 20)
    assert (sealed.tickets, sealed.panels) == (8, len(set(tickets)))
    assert "seed 1" not in draw.model_dump_json()


async def test_progress_is_told_at_most_twenty_times(here: World) -> None:
    many = DrawSettings(tickets=3 * STEPS)
    await here.run(await here.freeze(settings=many), settings=many)
    told = await here.told(DrawProgressed)
    assert 2 <= len(told) <= STEPS
    percents = [progress.percent for progress in told]
    assert percents == sorted(set(percents))
    assert (told[-1].done, told[-1].tickets) == (60, 60)


async def test_a_draw_that_cannot_be_held_is_refused_with_its_sentences(tmp_path: Path) -> None:
    async with world(tmp_path, IMPOSSIBLE) as here:
        done = await here.run(await here.freeze())
        assert done and done.state == "done"
        (refused,) = await here.told(DrawRefused)
        assert isinstance(refused, DrawRefused)
        assert "needs at least 2, but the pool has 1" in refused.reasons[0]["en"]
        await here.ring()
        assert await here.repo.get(Panel, "klima") is None


async def test_a_refused_draw_starts_again_with_the_next_frozen_pool(tmp_path: Path) -> None:
    async with world(tmp_path, IMPOSSIBLE) as here:
        await here.run(await here.freeze())
        here.pool = fair()
        await here.run(await here.freeze(version=6))
        await here.ring()
        domain.require_panel(here.pool, (await here.panel()).members)
        told = [type(event) for event in await here.told(DrawStarted, DrawRefused, DrawSealed)]
        assert told == [DrawStarted, DrawRefused, DrawStarted, DrawSealed]


async def test_a_job_whose_pool_was_replaced_is_closed_without_a_draw(tmp_path: Path) -> None:
    async with world(tmp_path, IMPOSSIBLE) as here:
        done = await here.run(await here.freeze())
        assert done
        crashed = await here.repo.save(done.change(state="queued"))  # before it could close its job
        here.pool = fair()
        await here.freeze(version=6)
        closed = await here.run(crashed)
        assert closed and closed.state == "done"
        assert (await here.draw()).state == "started"


async def test_a_job_that_runs_before_its_draw_is_written_waits(here: World) -> None:
    job = await here.freeze()
    await here.repo.delete(await here.draw())
    with pytest.raises(Transient, match="not written yet"):
        await here.run(job)
    assert (await here.job()).state == "queued"


async def test_a_selector_that_breaks_a_quota_is_refused(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def unfair(pool: PoolSnapshot, tickets: int, seed: int, told: Told, options: Mapping[str, str]) -> Portfolio:
        return Portfolio((("p000", "p002", "p004", "p006", "p008"),) * tickets, "a partner's")

    monkeypatch.setattr(here, "solve", unfair)
    await here.run(await here.freeze())
    assert "the quota is 2 to 3" in (await here.draw()).reasons[0]["en"]


async def test_running_a_job_again_changes_nothing(here: World) -> None:
    job = await here.freeze()
    done = await here.run(job)
    before = await here.draw()
    assert done
    assert await here.run(done) is None
    assert await here.run(job) is None  # an old copy of it
    assert await here.draw() == before


async def test_a_crash_between_seal_and_timer_is_made_good_by_the_next_holder(here: World) -> None:
    job = await here.freeze()
    await here.run(job)
    sealed = await here.draw()
    timers = [timer async for timer in here.repo.find(Timer)]
    await here.repo.delete(timers[0])
    now = await here.job()
    crashed = await here.repo.save(now.change(state="queued"))
    await here.run(crashed, "two")
    assert [timer.id async for timer in here.repo.find(Timer)] == [timers[0].id]
    assert (await here.draw()).sealed == sealed.sealed


async def test_a_crashed_holders_job_goes_to_another_when_its_lease_has_expired(here: World) -> None:
    job = await here.freeze()
    assert await claim(here.repo, job, "one", 30)
    assert await here.run(await here.job(), "two") is None
    here.clock.forward(timedelta(seconds=31))
    done = await here.run(await here.job(), "two")
    assert done and (done.holder, done.fence) == ("two", 2)
    await here.ring()
    domain.require_panel(here.pool, (await here.panel()).members)


async def test_a_job_that_failed_for_now_is_queued_again(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(pool: PoolSnapshot, tickets: int, seed: int, told: Told, options: Mapping[str, str]) -> Portfolio:
        raise Transient("killed", 5)

    with monkeypatch.context() as broken:
        broken.setattr(here, "solve", fail)
        with pytest.raises(Transient, match="killed"):
            await here.run(await here.freeze())
    assert await here.run(await here.job(), "two") is None
    here.clock.forward(timedelta(seconds=6))
    assert await here.run(await here.job(), "two")


async def test_a_lost_lease_stops_the_solve_and_the_late_holder_writes_nothing(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = asyncio.Event()
    started = asyncio.Event()

    async def endless(pool: PoolSnapshot, tickets: int, seed: int, told: Told, options: Mapping[str, str]) -> Portfolio:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()
        raise AssertionError

    short = DrawSettings(tickets=8, lease_seconds=0.06)
    job = await here.freeze()
    with monkeypatch.context() as slow:
        slow.setattr(here, "solve", endless)
        late = asyncio.create_task(here.run(job, "late", short))
        await started.wait()
    here.clock.forward(timedelta(seconds=60))
    taken = None
    while taken is None:  # the late holder may renew once more before it is overtaken
        here.clock.forward(timedelta(seconds=60))
        taken = await claim(here.repo, await here.job(), "two", 30)
    with pytest.raises(Conflict, match="lease of late is lost"):
        await late
    assert stopped.is_set()
    assert [type(event) for event in await here.told()] == [DrawStarted]


async def test_a_late_progress_report_is_refused_by_the_fence(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def overtaken(
        pool: PoolSnapshot, tickets: int, seed: int, told: Told, options: Mapping[str, str]
    ) -> Portfolio:
        draw = await here.draw()
        await here.repo.save(draw.change(fence=draw.fence + 1))
        await told(tickets, tickets)
        raise AssertionError

    monkeypatch.setattr(here, "solve", overtaken)
    with pytest.raises(Conflict, match="belongs to another job or holder"):
        await here.run(await here.freeze())
    assert await here.told(DrawProgressed) == []


async def test_two_replicas_racing_for_a_job_make_one_portfolio(here: World) -> None:
    job = await here.freeze()
    done = await asyncio.gather(here.run(job, "one"), here.run(job, "two"))
    assert sum(result is not None for result in done) == 1
    assert len(await here.told(DrawSealed)) == 1


async def test_two_replicas_racing_to_draw_tell_one_panel(here: World) -> None:
    await here.run(await here.freeze())
    (timer,) = [timer async for timer in here.repo.find(Timer)]
    first, second = await asyncio.gather(*(on_draw_due(here.repo, timer, here) for _ in range(2)))
    assert first == second == await here.panel()
    assert len((await here.panel()).outbox) == 1


async def test_drawing_again_gives_the_same_panel(here: World) -> None:
    panel = await here.whole()
    await schedule(here.repo, "klima", DRAW_DUE, here.clock.now, "again")
    await here.ring()
    assert await here.panel() == panel


async def test_the_panel_follows_from_pool_and_seed_alone(tmp_path: Path) -> None:
    members = set()
    for name in ("one", "two"):
        async with world(tmp_path / name, fair()) as here:
            members.add((await here.whole()).members)
    assert len(members) == 1


async def test_nothing_is_drawn_before_the_time_told(here: World) -> None:
    later = DrawSettings(tickets=8, draw_delay_seconds=3600)
    await here.run(await here.freeze(settings=later), settings=later)
    await here.ring()
    assert await here.repo.get(Panel, "klima") is None
    here.clock.forward(timedelta(hours=1))
    await here.ring()
    assert await here.panel()


async def test_a_changed_portfolio_is_never_drawn_from(here: World) -> None:
    await here.run(await here.freeze())
    draw = await here.draw()
    assert draw.sealed
    forged = await here.keep("klima", b'{"assembly":"klima","tickets":[["p000"]]}')
    await here.repo.save(draw.change(sealed=draw.sealed.model_copy(update={"name": forged})))
    (timer,) = [timer async for timer in here.repo.find(Timer)]
    with pytest.raises(Broken, match="not the one that was sealed"):
        await on_draw_due(here.repo, timer, here)


async def test_the_frozen_pool_is_all_that_the_lottery_reacts_to(here: World) -> None:
    ((kind, react),) = reactions(here, SETTINGS).items()
    event, envelope = here.frozen(4)
    assert kind is type(event)
    await react(here.repo, event, envelope)
    assert (await here.draw()).state == "started"
