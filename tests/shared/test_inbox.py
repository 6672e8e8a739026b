"""Any order of arrival, any repeat, any crash, two replicas: each event is handled once, in order of its source."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from borgerting.errors import Broken, Conflict, Transient
from borgerting.events.base import Envelope
from borgerting.store import Repository
from borgerting.store.inbox import Inbox, Parked, ParkedFailed, receive
from borgerting.testing import repository
from tests.shared.support import Breaking, Diary, Interrupted, beside, envelope, lines, write_down

KINDS = (Diary, Inbox, Parked)
ASSEMBLIES = ("klima", "skole")


@pytest.fixture
async def repo(tmp_path: Path) -> AsyncIterator[Repository]:
    async with repository("sessions", tmp_path, *KINDS) as repo:
        yield repo


async def take(repo: Repository, arrived: Envelope) -> None:
    """Receive as the bus does: a lost race is delivered again."""

    async def handle(one: Envelope) -> None:
        await write_down(repo, one)

    while True:
        try:
            return await receive(repo, arrived, handle)
        except Conflict:
            continue
        except ParkedFailed as failed:
            if not isinstance(failed.why, Conflict):
                raise


async def parked(repo: Repository) -> list[str]:
    return [one.id async for one in repo.find(Parked)]


def arrivals(counts: dict[str, int]) -> st.SearchStrategy[list[Envelope]]:
    """Every event at least once, some twice or thrice, in any order."""
    every = [envelope(n, assembly) for assembly, last in counts.items() for n in range(1, last + 1)]
    repeats = st.lists(st.sampled_from(every), max_size=8)
    return repeats.flatmap(lambda again: st.permutations([*every, *again]))


@settings(max_examples=40, deadline=None)
@given(arriving=arrivals({"klima": 6, "skole": 4}), shares=st.lists(st.booleans(), min_size=18, max_size=18))
async def test_two_replicas_handle_every_event_once_and_in_order_however_they_arrive(
    arriving: list[Envelope], shares: list[bool]
) -> None:
    with TemporaryDirectory() as folder:
        async with repository("sessions", Path(folder), *KINDS) as one:
            two = beside(one)

            async def replica(repo: Repository, mine: list[Envelope]) -> None:
                for each in mine:
                    await take(repo, each)

            split = list(zip(arriving, shares, strict=False))
            await asyncio.gather(
                replica(one, [each for each, first in split if first]),
                replica(two, [each for each, first in split if not first]),
            )
            assert await lines(one, "klima") == list("123456")
            assert await lines(one, "skole") == list("1234")
            assert await parked(one) == []


@pytest.mark.parametrize("order", list(itertools.permutations((1, 2, 3))))
@pytest.mark.parametrize("nth", range(12))
async def test_a_crash_before_any_write_is_made_good_by_the_redelivery(
    repo: Repository, order: tuple[int, ...], nth: int
) -> None:
    broken = beside(repo, Breaking(repo.store, nth))
    unacknowledged = []
    for version in order:
        try:
            await take(broken, envelope(version))
        except (Interrupted, ParkedFailed):
            unacknowledged.append(version)
    for version in unacknowledged:
        await take(repo, envelope(version))
    assert await lines(repo) == ["1", "2", "3"]
    assert await parked(repo) == []


async def test_an_early_event_waits_and_is_handled_when_its_gap_closes(repo: Repository) -> None:
    for version in (3, 2, 5):
        await take(repo, envelope(version))
    assert await lines(repo) == []
    await take(repo, envelope(1))
    assert await lines(repo) == ["1", "2", "3"]
    assert len(await parked(repo)) == 1
    await take(repo, envelope(4))
    assert await lines(repo) == list("12345")


async def test_thousands_may_wait_for_one(repo: Repository) -> None:
    waiting = 1500
    await asyncio.gather(*(take(repo, envelope(version)) for version in range(2, waiting + 1)))
    handled = []

    async def handle(one: Envelope) -> None:
        handled.append(one.version)

    await receive(repo, envelope(1), handle)
    assert handled == list(range(1, waiting + 1))
    assert await parked(repo) == []


async def test_a_parked_event_that_fails_for_now_is_tried_again_when_its_predecessor_is_redelivered(
    repo: Repository,
) -> None:
    ready = False

    async def handle(one: Envelope) -> None:
        if one.version == 2 and not ready:
            raise Transient("the dentist is out")
        await write_down(repo, one)

    await receive(repo, envelope(2), handle)
    with pytest.raises(ParkedFailed, match="dentist") as failed:
        await receive(repo, envelope(1), handle)
    assert failed.value.envelope == envelope(2)
    ready = True
    await receive(repo, envelope(1), handle)
    assert await lines(repo) == ["1", "2"]


async def test_a_failure_names_the_event_that_failed_and_not_the_one_that_woke_it(repo: Repository) -> None:
    async def handle(one: Envelope) -> None:
        if one.version == 2:
            raise Broken("torn")
        await write_down(repo, one)

    await receive(repo, envelope(2), handle)
    with pytest.raises(ParkedFailed) as failed:
        await receive(repo, envelope(1), handle)
    assert failed.value.envelope.version == 2
    assert isinstance(failed.value.why, Broken)
    with pytest.raises(Broken):
        await receive(repo, envelope(2), handle)
    assert await lines(repo) == ["1"]


async def test_what_was_parked_and_then_delivered_again_leaves_nothing_behind(repo: Repository) -> None:
    await take(repo, envelope(2))
    crashing = beside(repo, Breaking(repo.store, 2))  # handles 1 and moves on, then dies
    with pytest.raises((Interrupted, ParkedFailed)):
        await take(crashing, envelope(1))
    await take(repo, envelope(2))
    await take(repo, envelope(1))
    assert await lines(repo) == ["1", "2"]
    assert await parked(repo) == []
