"""Rows from events in any order, a report published once, and a rebuild that tells the same."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterable
from random import Random

import pytest

from borgerting.errors import Broken, Refused, Transient
from borgerting.events.base import Envelope
from borgerting.store import Repository
from borgerting.store.inbox import Parked
from services.reporting.domain import figures
from services.reporting.handlers import (
    fold_batch,
    known_of,
    list_reports,
    live,
    publish_if_complete,
    read_report,
    rebuild,
)
from services.reporting.store import Pointer, Published, Row

Story = Callable[..., list[Envelope]]


async def archive(envelopes: Iterable[Envelope]) -> AsyncIterator[Envelope]:
    for envelope in sorted(envelopes, key=lambda e: (e.source, e.version)):
        yield envelope


async def parked(repo: Repository) -> list[Parked]:
    return [p async for p in repo.find(Parked)]


@pytest.mark.parametrize("seed", range(5))
async def test_any_order_and_any_batches_give_the_same_rows(repo: Repository, story: Story, seed: int) -> None:
    chance, told = Random(seed), story()  # noqa: S311 - an order of arrival, not a secret
    shuffled = told + told[: len(told) // 2]
    chance.shuffle(shuffled)
    while shuffled:
        size = chance.randint(1, 12)
        batch, shuffled = shuffled[:size], shuffled[size:]
        assert await fold_batch(repo, batch) == []
    assert await parked(repo) == []
    rows = {row.source: row.version for row in await known_of(repo, "klima")}
    assert rows == {e.source: max(o.version for o in told if o.source == e.source) for e in told}
    assert (await read_report(repo, "klima")).state == "complete"


async def test_two_batches_at_once_lose_nothing(repo: Repository, story: Story) -> None:
    told = story()
    await asyncio.gather(*(fold_batch(repo, told[i::3]) for i in range(3)))
    assert (await read_report(repo, "klima")).state == "complete"
    assert await parked(repo) == []


async def test_an_event_that_cannot_be_read_is_named_and_what_follows_waits(repo: Repository, story: Story) -> None:
    told = story()
    (at, wrong), *_ = [(i, e) for i, e in enumerate(told) if e.source == "/recruitment/pool/klima" and e.version == 2]
    bad = wrong.model_copy(update={"v": 9})
    (failed,) = await fold_batch(repo, [*told[:at], bad, *told[at + 1 :]])
    assert failed.envelope == bad
    assert isinstance(failed.why, Broken)
    assert {p.source for p in await parked(repo)} == {wrong.source}
    assert await publish_if_complete(repo, "klima") is None
    assert await fold_batch(repo, [wrong]) == []
    assert (await read_report(repo, "klima")).state == "complete"


async def test_the_report_is_published_once_and_only_when_complete(repo: Repository, story: Story) -> None:
    told = story()
    await fold_batch(repo, [told[-1], *told[:-2]])
    assert await publish_if_complete(repo, "klima") is None
    await fold_batch(repo, [told[-2]])
    first, *others = await asyncio.gather(*(publish_if_complete(repo, "klima") for _ in range(3)))
    assert first is not None
    assert {other and other.figures for other in others} == {first.figures}
    (event,) = (await repo.get(Published, "klima") or first).outbox
    report = await read_report(repo, "klima")
    digest = hashlib.sha256(figures(report)).hexdigest()
    assert event.data == {"figures": digest, "recommendations": 2, "adopted": 1}


async def test_a_rebuild_from_the_archive_tells_the_same(repo: Repository, story: Story) -> None:
    told = story()
    await fold_batch(repo, told)
    published = await publish_if_complete(repo, "klima")
    before = figures(await read_report(repo, "klima"))
    for generation in (2, 3):
        await rebuild(repo, archive([*told, *(published.outbox if published else ())]))
        assert await live(repo) == generation
        assert {row.generation async for row in repo.find(Row)} == {generation}
        assert figures(await read_report(repo, "klima")) == before
    assert await publish_if_complete(repo, "klima") == published


async def test_a_rebuilt_generation_goes_on_with_live_events(repo: Repository, story: Story) -> None:
    told = story()
    await fold_batch(repo, told[:20])
    await rebuild(repo, archive(told[:20]))
    await fold_batch(repo, told)
    assert (await read_report(repo, "klima")).state == "complete"


async def test_an_archive_that_knows_less_than_the_rows_changes_nothing(repo: Repository, story: Story) -> None:
    told = story()
    await fold_batch(repo, told)
    with pytest.raises(Transient, match="the archive has"):
        await rebuild(repo, archive(told[:-1]))
    assert await live(repo) == 1
    assert (await read_report(repo, "klima")).state == "complete"


async def test_a_rebuild_that_died_half_way_is_done_again(repo: Repository, story: Story) -> None:
    told = story()
    await fold_batch(repo, told)
    row = await repo.get(Row, f"1:{told[0].source}")
    assert row is not None
    await repo.save(row.model_copy(update={"id": f"2:{row.source}", "generation": 2, "revision": 0}))
    await rebuild(repo, archive(told))
    assert (await read_report(repo, "klima")).state == "complete"
    assert (await repo.get(Pointer, "rows") or Pointer(id="rows", assembly="all")).live == 2


async def test_an_assembly_nobody_knows_is_refused_in_a_sentence(repo: Repository) -> None:
    with pytest.raises(Refused) as why:
        await read_report(repo, "findes-ikke")
    assert why.value.code == "reporting.assembly.unknown"
    assert "findes-ikke" in why.value.text["da"]
    assert await list_reports(repo) == []
