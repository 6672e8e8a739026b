"""The desk asks the table first, and runs a lost race again."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from borgerting.access import Principal
from borgerting.desk import ATTEMPTS, Desk
from borgerting.errors import Conflict, Forbidden
from borgerting.store import Repository
from borgerting.testing import ORGANISER, repository
from tests.shared.support import Diary, Write


@pytest.fixture
async def repo(tmp_path: Path) -> AsyncIterator[Repository]:
    async with repository("sessions", tmp_path, Diary) as repo:
        yield repo


async def append(repo: Repository, command: Write) -> Diary:
    diary = await repo.get(Diary, "klima") or Diary(id="klima", assembly="klima")
    if repo.already(diary, command):
        return diary
    return await repo.save(diary.change(lines=(*diary.lines, command.text)), cause=command)


def write(n: int) -> Write:
    return Write(assembly="klima", key=f"key-{n}", text=str(n))


async def test_ten_at_the_same_desk_are_all_served_and_a_repeat_changes_nothing(repo: Repository) -> None:
    desk = Desk(repo, {Write: append})
    for _ in range(2):
        await asyncio.gather(*(desk.do(ORGANISER, write(n)) for n in range(10)))
    diary = await repo.get(Diary, "klima")
    assert diary is not None
    assert sorted(diary.lines, key=int) == [str(n) for n in range(10)]


async def test_whoever_may_not_reaches_no_handler(repo: Repository) -> None:
    desk = Desk(repo, {})
    for stranger in (Principal("ane", frozenset({"observer"})), Principal("bo", frozenset())):
        with pytest.raises(Forbidden):
            await desk.do(stranger, write(1))
    elsewhere = Principal("ib", frozenset({"organiser"}), frozenset({"skole"}))
    with pytest.raises(Forbidden, match="only in skole"):
        await desk.do(elsewhere, write(1))


async def test_a_race_that_is_always_lost_ends_in_the_conflict(repo: Repository) -> None:
    tries = []

    async def unlucky(repo: Repository, command: Write) -> Diary:
        tries.append(1)
        raise Conflict("again")

    with pytest.raises(Conflict):
        await Desk(repo, {Write: unlucky}).do(ORGANISER, write(1))
    assert len(tries) == ATTEMPTS
