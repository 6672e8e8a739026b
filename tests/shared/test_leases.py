"""One holder at a time; whoever comes late finds out before a result is saved."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest

from borgerting.errors import Conflict
from borgerting.store import Repository
from borgerting.store.leases import Leased, claim, release, renew
from borgerting.testing import FixedClock, repository

TTL = 30.0


class Job(Leased):
    collection: ClassVar[str] = "job"
    result: str = ""


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
async def repo(tmp_path: Path, clock: FixedClock) -> AsyncIterator[Repository]:
    async with repository("lottery", tmp_path, Job, clock=clock) as repo:
        await repo.save(Job(id="klima", assembly="klima"))
        yield repo


async def the_job(repo: Repository) -> Job:
    job = await repo.get(Job, "klima")
    assert job is not None
    return job


async def claimed(repo: Repository, holder: str) -> Job:
    mine = await claim(repo, await the_job(repo), holder, TTL)
    assert mine is not None
    return mine


async def test_of_many_who_claim_at_once_one_gets_it(repo: Repository) -> None:
    job = await the_job(repo)
    won = await asyncio.gather(*(claim(repo, job, str(n), TTL) for n in range(50)))
    assert len([mine for mine in won if mine]) == 1
    assert (await the_job(repo)).fence == 1


async def test_a_held_lease_is_free_exactly_when_its_time_is_over(repo: Repository, clock: FixedClock) -> None:
    await claimed(repo, "one")
    clock.forward(timedelta(seconds=TTL - 0.001))
    assert await claim(repo, await the_job(repo), "two", TTL) is None
    clock.forward(timedelta(seconds=0.001))
    assert (await claimed(repo, "two")).fence == 2


async def test_a_renewed_lease_is_held_from_the_renewal_on(repo: Repository, clock: FixedClock) -> None:
    mine = await claimed(repo, "one")
    clock.forward(timedelta(seconds=TTL - 1))
    mine = await renew(repo, mine, TTL)
    clock.forward(timedelta(seconds=TTL - 1))
    assert await claim(repo, await the_job(repo), "two", TTL) is None
    assert mine.fence == 1


async def test_whoever_slept_through_the_lease_can_neither_renew_nor_release_nor_save(
    repo: Repository, clock: FixedClock
) -> None:
    late = await claimed(repo, "one")
    clock.forward(timedelta(seconds=TTL))
    present = await claimed(repo, "two")
    for attempt in (renew(repo, late, TTL), release(repo, late), repo.save(late.change(result="old"))):
        with pytest.raises(Conflict):
            await attempt
    done = await repo.save(present.change(result="new"))
    assert (await the_job(repo)).result == done.result == "new"


async def test_an_overdue_lease_that_nobody_took_may_still_be_renewed(repo: Repository, clock: FixedClock) -> None:
    mine = await claimed(repo, "one")
    clock.forward(timedelta(seconds=10 * TTL))
    assert (await renew(repo, mine, TTL)).until == clock() + timedelta(seconds=TTL)


async def test_a_released_lease_is_free_at_once_and_what_was_written_meanwhile_stands(repo: Repository) -> None:
    mine = await claimed(repo, "one")
    await repo.save(mine.change(result="half"))
    await release(repo, mine)
    assert (await claimed(repo, "two")).result == "half"


async def test_the_fence_tells_the_same_holder_before_and_after_apart(repo: Repository, clock: FixedClock) -> None:
    before = await claimed(repo, "one")
    clock.forward(timedelta(seconds=TTL))
    await claimed(repo, "one")
    with pytest.raises(Conflict, match="lost"):
        await renew(repo, before, TTL)
