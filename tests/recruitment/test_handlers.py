"""From charter to frozen pool, with every repeat and every power cut."""

import json

import pytest

from borgerting.errors import Broken, Refused
from borgerting.events.base import Envelope
from borgerting.events.lottery import DrawRefused
from borgerting.events.recruitment import PoolSnapshot
from borgerting.snapshots import keyed_digest, unseal
from services.recruitment.handlers import counts_of, intake_id, on_draw_refused, pool_key, reconcile
from services.recruitment.store import Pool, VolunteerRow, rows_of
from tests.recruitment.support import (
    KLIMA,
    QUOTAS,
    PowerCut,
    World,
    chartered,
    envelope_of,
    fragile,
    freeze,
    quotas,
    volunteers,
    volunteers_csv,
)


async def test_a_charter_prepares_the_pool_once(world: World) -> None:
    await world.charter()
    await world.charter()
    pool = await world.pool()
    assert (pool.state, pool.panel_size, pool.version) == ("prepared", 4, 1)
    assert [e.type for e in pool.outbox] == ["recruitment.pool.prepared"]
    assert pool.seen == {"/sessions/assembly/klima": 1}


async def test_nothing_goes_before_the_charter(world: World) -> None:
    for command in (quotas(), volunteers(volunteers_csv(3)), freeze()):
        with pytest.raises(Refused) as refused:
            await world.do(command)
        assert refused.value.code == "recruitment.pool.unknown"


async def test_volunteers_and_freezing_wait_for_quotas(world: World) -> None:
    await world.charter()
    for command in (volunteers(volunteers_csv(3)), freeze()):
        with pytest.raises(Refused) as refused:
            await world.do(command)
        assert refused.value.code == "recruitment.pool.no-quotas"


async def test_the_whole_way_tells_one_event_a_step(world: World) -> None:
    await open_pool(world, people=12)
    await world.do(freeze())
    pool = await world.pool()
    told = ["prepared", "opened", "received", "frozen"]
    assert [e.type for e in pool.outbox] == [f"recruitment.pool.{verb}" for verb in told]
    assert pool.outbox[-1].data["volunteers"] == 12
    assert pool.outbox[-1].data["counts"] == {"sex": {"women": 6, "men": 6}, "area": {"north": None, "south": None}}


async def test_the_snapshot_opens_with_the_key_and_holds_people_in_order(world: World) -> None:
    await open_pool(world, people=12)
    pool = await world.do(freeze())
    key = await pool_key(world.repo, KLIMA)
    [(assembly, name, sealed)] = world.shelf.put
    content = unseal(key, sealed, KLIMA)
    snapshot = PoolSnapshot.model_validate_json(content)
    assert (assembly, name) == (KLIMA, pool.snapshot.name)
    assert pool.snapshot.digest == keyed_digest(key, content)
    assert world.snapshots.get(name) == sealed
    assert [p.id for p in snapshot.people] == sorted(f"r{n}" for n in range(1, 13))
    assert [f.feature for f in snapshot.features] == ["sex", "area"]
    assert b"Person" not in content


async def test_the_snapshot_tells_when_nobody_in_it_is_real(world: World) -> None:
    await world.charter(synthetic=True)
    await world.do(quotas())
    await world.do(volunteers(volunteers_csv(9)))
    await world.do(freeze())
    content = unseal(await pool_key(world.repo, KLIMA), world.shelf.put[0][2], KLIMA)
    assert json.loads(content)["synthetic"] is True


async def test_events_carry_no_row_of_anybody(world: World) -> None:
    await open_pool(world, people=12)
    pool = await world.do(freeze())
    told = "".join(e.model_dump_json() for e in pool.outbox)
    assert "r1" not in told and "Person" not in told


async def test_repeating_every_command_changes_nothing(world: World) -> None:
    await world.charter()
    for command in (quotas(), volunteers(volunteers_csv(12)), freeze()):
        once = await world.do(command)
        assert await world.do(command) == once
    assert await world.do(quotas()) == await world.pool()


async def test_a_second_freeze_under_another_key_is_refused(world: World) -> None:
    await open_pool(world, people=12)
    await world.do(freeze())
    with pytest.raises(Refused) as refused:
        await world.do(freeze("again"))
    assert refused.value.code == "recruitment.pool.frozen"


async def test_quotas_can_be_replaced_until_the_pool_closes_if_the_categories_stay(world: World) -> None:
    await world.charter()
    await world.do(quotas())
    await world.do(quotas("second", QUOTAS.replace("north,1,3", "north,2,3")))
    assert (await world.pool()).version == 3
    await world.do(volunteers(volunteers_csv(12)))
    await world.do(quotas("third"))
    with pytest.raises(Refused) as other:
        await world.do(quotas("fourth", QUOTAS.replace("north", "west")))
    assert other.value.code == "recruitment.quotas.other"
    await world.do(freeze())
    with pytest.raises(Refused) as shut:
        await world.do(quotas("fifth"))
    assert shut.value.code == "recruitment.pool.frozen"


async def test_a_pool_smaller_than_its_panel_or_a_quota_is_refused_with_every_reason(world: World) -> None:
    await world.charter()
    await world.do(quotas())
    await world.do(volunteers("id,sex,area\nr1,women,north\nr2,women,north\nr3,women,north\n"))
    with pytest.raises(Refused) as refused:
        await world.do(freeze())
    assert refused.value.sentences("en") == [
        "There are 3 volunteers, but 4 are to be drawn. Find 1 more first.",
        "sex, men has 0 volunteers, but the quota needs 2. Find more first.",
        "area, south has 0 volunteers, but the quota needs 1. Find more first.",
    ]
    assert (await world.pool()).state == "open"


async def test_a_volunteer_in_two_files_counts_once(world: World) -> None:
    await open_pool(world, people=8)
    command = volunteers(volunteers_csv(10), key="more")
    pool = await world.do(command)
    assert [i.accepted for i in pool.intakes.values()] == [8, 10]
    assert (await counts_of(world.repo, pool))[0] == 10


async def test_somebody_known_with_other_features_is_refused_by_row(world: World) -> None:
    await open_pool(world, people=8)
    command = volunteers("id,sex,area\nr1,men,north\nr9,men,south\n", key="more")
    await world.do(command)
    reading = await reconcile(world.repo, command)
    assert reading.intake.model_dump() == {"rows": 2, "accepted": 1, "refused": 1, "dropped_columns": ()}
    assert reading.refused[0].reason["en"].startswith("Row 2 has the id r1, registered before with other sex.")


async def test_what_became_of_a_file_is_told_the_same_after_the_pool_is_frozen(world: World) -> None:
    content = volunteers_csv(12) + "r1,men,north,twice\n,men,north,nobody\n"
    await world.charter()
    await world.do(quotas())
    await world.do(volunteers(content))
    before = await reconcile(world.repo, volunteers(content))
    await world.do(freeze())
    assert await reconcile(world.repo, volunteers(content)) == before
    assert before.intake == (await world.pool()).intakes[intake_id(volunteers(content))]


@pytest.mark.parametrize("writes", [0, 1, 2, 11, 12])
async def test_an_intake_cut_off_anywhere_completes_when_it_is_repeated(world: World, writes: int) -> None:
    await world.charter()
    await world.do(quotas())
    broken = World(fragile(world.repo, writes), world.folder)
    with pytest.raises(PowerCut):
        await broken.do(volunteers(volunteers_csv(12)))
    assert (await counts_of(world.repo, await world.pool()))[0] == 0
    pool = await world.do(volunteers(volunteers_csv(12)))
    assert (await counts_of(world.repo, pool))[0] == 12
    assert [e.type for e in pool.outbox].count("recruitment.pool.received") == 1


async def test_a_file_cut_off_and_mended_brings_nobody_who_is_not_in_it(world: World) -> None:
    await world.charter()
    await world.do(quotas())
    broken = World(fragile(world.repo, 8), world.folder)
    with pytest.raises(PowerCut):
        await broken.do(volunteers(volunteers_csv(12)))
    pool = await world.do(volunteers(volunteers_csv(4)))
    assert (await counts_of(world.repo, pool))[0] == 4


async def test_a_file_cut_off_is_read_again_by_the_quotas_that_were_put_in_place_meanwhile(world: World) -> None:
    await world.charter()
    await world.do(quotas())
    command = volunteers(volunteers_csv(12), values={"sex": {}})
    with pytest.raises(PowerCut):
        await World(fragile(world.repo, 12), world.folder).do(command)
    await world.do(quotas("second", "feature,value,min,max\nsex,women,4,4\narea,north,0,4\narea,South,0,4\n"))
    pool = await world.do(command)
    assert pool.intakes[intake_id(command)].accepted == 6
    assert (await counts_of(world.repo, pool))[0] == 6
    rows = await rows_of(world.repo, KLIMA)
    assert {row.features["area"] for row in rows.values()} == {"north", "South"}


async def test_a_file_cut_off_and_never_repeated_is_not_in_the_pool(world: World) -> None:
    await open_pool(world, people=8)
    broken = World(fragile(world.repo, 4), world.folder)
    with pytest.raises(PowerCut):
        await broken.do(volunteers(volunteers_csv(6, start=20), key="lost"))
    pool = await world.do(freeze())
    assert pool.outbox[-1].data["volunteers"] == 8
    assert set(await rows_of(world.repo, KLIMA)) == {f"r{n}" for n in range(1, 9)}


@pytest.mark.parametrize("writes", range(4))
async def test_a_freeze_cut_off_anywhere_completes_with_one_ciphertext(world: World, writes: int) -> None:
    await open_pool(world, people=12)
    broken = World(fragile(world.repo, writes), world.folder, world.shelf)
    with pytest.raises(PowerCut):
        await broken.do(freeze())
    pool = await world.do(freeze("by another hand"))
    assert pool.state == "frozen"
    assert {name for _, name, _ in world.shelf.put} == {pool.snapshot.name}
    assert [e.type for e in pool.outbox].count("recruitment.pool.frozen") == 1


async def test_nothing_is_handed_over_before_it_is_kept(world: World) -> None:
    await open_pool(world, people=12)
    kept: list[bytes | None] = []

    async def look(assembly: str, name: str, sealed: bytes) -> str:
        kept.append(world.snapshots.get(name))
        assert (await world.pool()).state == "closing"
        return "bucket"

    looking = World(world.repo, world.folder, look)  # type: ignore[arg-type]
    await looking.do(freeze())
    assert kept[0] is not None


async def test_a_kept_snapshot_that_is_gone_is_said_out_loud(world: World) -> None:
    await open_pool(world, people=12)
    broken = World(fragile(world.repo, 3), world.folder, world.shelf)
    with pytest.raises(PowerCut):
        await broken.do(freeze())
    for name in world.snapshots.names():
        (world.snapshots.folder / name).unlink()
    with pytest.raises(Broken, match="is gone"):
        await world.do(freeze())


async def test_there_is_no_key_before_there_is_a_snapshot(world: World) -> None:
    await open_pool(world, people=12)
    with pytest.raises(Refused) as refused:
        await pool_key(world.repo, KLIMA)
    assert refused.value.code == "recruitment.pool.unknown"


async def test_a_key_is_never_shown_with_its_document(world: World) -> None:
    await open_pool(world, people=12)
    await world.do(freeze())
    key = await pool_key(world.repo, KLIMA)
    rows = [repr(doc) async for doc in world.repo.find(VolunteerRow)]
    assert key.hex() not in repr(await world.repo.get(Pool, KLIMA)) + "".join(rows)


async def open_pool(world: World, people: int) -> None:
    event = chartered()
    assert envelope_of(event).version == 1
    await world.charter()
    await world.do(quotas())
    await world.do(volunteers(volunteers_csv(people)))


REASONS = ({"da": "Kvoterne modsiger hinanden.", "en": "The quotas contradict one another."},)


def refusal(version: int = 1) -> tuple[DrawRefused, Envelope]:
    event = DrawRefused(assembly=KLIMA, reasons=REASONS)
    return event, envelope_of(event, f"/lottery/draw/{KLIMA}", version)


async def refused_pool(world: World) -> Pool:
    await open_pool(world, people=12)
    await world.do(freeze())
    await on_draw_refused(world.repo, *refusal())
    return await world.pool()


async def test_a_refused_draw_opens_the_pool_again_and_tells_why(world: World) -> None:
    pool = await refused_pool(world)
    assert (pool.state, pool.sealed, pool.snapshot, pool.refused) == ("open", None, None, REASONS)
    assert (await counts_of(world.repo, pool))[0] == 12
    await on_draw_refused(world.repo, *refusal())
    assert await world.pool() == pool


async def test_a_pool_that_is_opened_again_takes_more_volunteers_and_freezes_as_a_new_one(world: World) -> None:
    first = await refused_pool(world)
    await world.do(volunteers(volunteers_csv(4, start=20), key="more"))
    second = await world.do(freeze("again"))
    frozen = [e for e in second.outbox if e.type == "recruitment.pool.frozen"]
    assert [e.data["volunteers"] for e in frozen] == [12, 16]
    assert frozen[0].data["snapshot"]["name"] != frozen[1].data["snapshot"]["name"]
    assert (second.state, second.refused) == ("frozen", ())
    assert second.version == first.version + 2


async def test_a_refusal_that_comes_late_does_not_open_the_next_pool(world: World) -> None:
    await refused_pool(world)
    pool = await world.do(freeze("again"))
    await on_draw_refused(world.repo, *refusal())
    assert await world.pool() == pool
    await on_draw_refused(world.repo, *refusal(version=4))
    assert (await world.pool()).state == "open"


async def test_after_a_refused_draw_the_seats_may_change_but_not_the_categories(world: World) -> None:
    await refused_pool(world)
    wider = QUOTAS.replace("women,2,2", "women,0,4").replace("men,2,2", "men,0,4")
    pool = await world.do(quotas("wider", wider))
    assert [(q.least, q.most) for f in pool.features for q in f.quotas] == [(0, 4), (0, 4), (1, 3), (1, 3)]
    others = {
        "lack area, south": QUOTAS.replace("area,south,1,3\n", "").replace("north,1,3", "north,1,4"),
        "have, beside the old ones, area, west": QUOTAS + "area,west,0,1\n",
        "lack sex, men": QUOTAS.replace("sex,women,2,2\nsex,men,2,2\n", ""),
    }
    for key, (words, content) in enumerate(others.items()):
        with pytest.raises(Refused, match=words) as refused:
            await world.do(quotas(f"other {key}", content))
        assert refused.value.code == "recruitment.quotas.other"


async def test_a_file_of_which_nobody_was_accepted_fixes_no_quotas(world: World) -> None:
    await world.charter()
    await world.do(quotas())
    await world.do(volunteers("id,sex,area\n1,?,north\n"))
    pool = await world.do(quotas("second", "feature,value,min,max\nage,young,4,4\n"))
    assert [f.feature for f in pool.features] == ["age"]
