"""A timer rings once it is due, once, whoever looks and however often it is set."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from borgerting.errors import Transient
from borgerting.store import Repository
from borgerting.store.timers import LEASE_SECONDS, Timer, ring_due, schedule
from borgerting.testing import FixedClock, repository

MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
async def repo(tmp_path: Path, clock: FixedClock) -> AsyncIterator[Repository]:
    async with repository("lottery", tmp_path, Timer, clock=clock) as repo:
        yield repo


class Bell:
    def __init__(self) -> None:
        self.rung: list[str] = []

    async def __call__(self, timer: Timer) -> None:
        self.rung.append(timer.id)


async def set_for(repo: Repository, due: datetime, key: str = "1") -> None:
    await schedule(repo, "klima", "draw", due, key)


async def test_a_timer_rings_when_it_is_due_and_not_before(repo: Repository, clock: FixedClock) -> None:
    bell = Bell()
    await set_for(repo, clock() + MINUTE)
    assert await ring_due(repo, "one", bell) == clock() + MINUTE
    assert bell.rung == []
    clock.forward(MINUTE)
    assert await ring_due(repo, "one", bell) is None
    assert bell.rung == ["draw/1"]


async def test_the_next_to_look_at_is_the_earliest_of_those_to_come(repo: Repository, clock: FixedClock) -> None:
    for minutes in (3, 1, 2):
        await set_for(repo, clock() + minutes * MINUTE, str(minutes))
    await set_for(repo, clock(), "now")
    assert await ring_due(repo, "one", Bell()) == clock() + MINUTE


async def test_a_timer_that_is_set_again_before_or_after_it_rang_rings_once(
    repo: Repository, clock: FixedClock
) -> None:
    bell, woken = Bell(), []
    repo.on_timer = lambda: woken.append(1)
    await set_for(repo, clock())
    await set_for(repo, clock() + MINUTE)
    await ring_due(repo, "one", bell)
    await set_for(repo, clock())
    await ring_due(repo, "one", bell)
    assert bell.rung == ["draw/1"]
    assert woken == [1]


async def test_two_who_look_at_once_ring_it_once(repo: Repository, clock: FixedClock) -> None:
    bell = Bell()
    for n in range(10):
        await set_for(repo, clock(), str(n))
    await asyncio.gather(*(ring_due(repo, holder, bell) for holder in "abc"))
    assert sorted(bell.rung) == sorted(f"draw/{n}" for n in range(10))


async def test_a_ring_that_failed_is_repeated_when_the_lease_is_over(repo: Repository, clock: FixedClock) -> None:
    async def fail(timer: Timer) -> None:
        raise Transient("nobody home")

    bell = Bell()
    await set_for(repo, clock())
    with pytest.raises(Transient):
        await ring_due(repo, "one", fail)
    assert await ring_due(repo, "two", bell) == clock() + timedelta(seconds=LEASE_SECONDS)
    assert bell.rung == []
    clock.forward(timedelta(seconds=LEASE_SECONDS))
    await ring_due(repo, "two", bell)
    assert bell.rung == ["draw/1"]


async def test_whoever_rings_past_the_lease_leaves_the_timer_to_its_new_holder(
    repo: Repository, clock: FixedClock
) -> None:
    bell = Bell()

    async def slow(timer: Timer) -> None:
        clock.forward(timedelta(seconds=LEASE_SECONDS))
        await ring_due(repo, "two", bell)

    await set_for(repo, clock())
    await ring_due(repo, "one", slow)
    assert bell.rung == ["draw/1"]
    timer = await repo.get(Timer, "draw/1")
    assert timer is not None
    assert (timer.holder, timer.rung) == ("two", 1)
