"""A file that comes in while the pool is being frozen is in it whole or not at all, and is told which."""

import asyncio
from contextlib import suppress

import pytest

from borgerting.errors import Refused
from borgerting.events.recruitment import PoolSnapshot
from borgerting.snapshots import unseal
from services.recruitment.handlers import counts_of, pool_key
from services.recruitment.store import rows_of
from tests.recruitment.support import KLIMA, World, freeze, interrupted, quotas, volunteers, volunteers_csv


async def later(steps: int, world: World, command: object) -> object:
    """Do `command` after `steps` turns of the loop."""
    for _ in range(steps):
        await asyncio.sleep(0)
    return await world.do(command)


@pytest.mark.parametrize("steps", [0, 200, 400])
async def test_a_file_that_races_the_freeze_is_whole_or_told_it_is_late(world: World, steps: int) -> None:
    await world.charter()
    await world.do(quotas())
    await world.do(volunteers(volunteers_csv(8)))
    late = volunteers(volunteers_csv(6, start=20), key="late")
    outcome, _ = await asyncio.gather(world.do(late), later(steps, world, freeze()), return_exceptions=True)
    told_late = isinstance(outcome, Refused) and outcome.code == "recruitment.pool.late"
    people = await in_snapshot(world)
    assert len(people) == (8 if told_late else 14), outcome
    assert set(await rows_of(world.repo, KLIMA)) == people
    assert (await world.pool()).outbox[-1].type == "recruitment.pool.frozen"


@pytest.mark.parametrize("writes", range(7))
async def test_a_freeze_before_any_write_of_a_file_leaves_the_whole_file_out(world: World, writes: int) -> None:
    await world.charter()
    await world.do(quotas())
    await world.do(volunteers(volunteers_csv(8)))
    slow = World(interrupted(world.repo, writes, lambda: world.do(freeze())), world.folder)
    with pytest.raises(Refused) as refused:
        await slow.do(volunteers(volunteers_csv(6, start=20), key="late"))
    assert refused.value.code == "recruitment.pool.late"
    assert await in_snapshot(world) == set(await rows_of(world.repo, KLIMA)) == {f"r{n}" for n in range(1, 9)}


@pytest.mark.parametrize(("writes", "people"), [(0, 14), (1, 8), (2, 8), (3, 8)])
async def test_a_file_before_any_write_of_the_freeze_is_in_only_while_the_gate_is_open(
    world: World, writes: int, people: int
) -> None:
    await world.charter()
    await world.do(quotas())
    await world.do(volunteers(volunteers_csv(8)))
    late = volunteers(volunteers_csv(6, start=20), key="late")

    async def come_in() -> None:
        with suppress(Refused):
            await world.do(late)

    slow = World(interrupted(world.repo, writes, come_in), world.folder)
    await slow.do(freeze())
    assert len(await in_snapshot(world)) == people
    assert ("late" in (await world.pool()).applied) == (people == 14)


async def test_two_files_with_the_same_person_at_once_keep_the_person_once(world: World) -> None:
    await world.charter()
    await world.do(quotas())
    one, two = volunteers(volunteers_csv(9), key="one"), volunteers(volunteers_csv(12), key="two")
    await asyncio.gather(world.do(one), world.do(two))
    assert (await counts_of(world.repo, await world.pool()))[0] == 12


async def test_two_files_under_one_key_at_once_bring_one_of_them(world: World) -> None:
    await world.charter()
    await world.do(quotas())
    one, two = volunteers(volunteers_csv(6)), volunteers(volunteers_csv(3, start=20))
    slow = World(interrupted(world.repo, 6, lambda: world.do(two)), world.folder)
    with pytest.raises(Refused) as refused:
        await slow.do(one)
    assert refused.value.code == "idempotency.reused"
    assert (await counts_of(world.repo, await world.pool()))[0] == 3


async def test_two_organisers_who_freeze_at_once_freeze_once(world: World) -> None:
    await world.charter()
    await world.do(quotas())
    await world.do(volunteers(volunteers_csv(8)))
    outcomes = await asyncio.gather(world.do(freeze("ane")), world.do(freeze("bo")), return_exceptions=True)
    refused = [o for o in outcomes if isinstance(o, Refused)]
    assert len(refused) == 1 and refused[0].code == "recruitment.pool.frozen"
    assert [e.type for e in (await world.pool()).outbox].count("recruitment.pool.frozen") == 1


async def in_snapshot(world: World) -> set[str]:
    snapshot = (await world.pool()).snapshot
    assert snapshot is not None
    sealed = world.snapshots.get(snapshot.name)
    assert sealed is not None
    content = unseal(await pool_key(world.repo, KLIMA), sealed, KLIMA)
    return {person.id for person in PoolSnapshot.model_validate_json(content).people}
