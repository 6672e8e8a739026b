"""What happens when two come at once, or a process dies between two writes: counted or refused, never lost."""

import asyncio
from functools import partial
from random import Random

import pytest

from borgerting.errors import Conflict, Refused
from services.sessions.store import Ballot, Recommendation
from tests.sessions.support import (
    KLIMA,
    MEMBERS,
    Course,
    Crash,
    ballot,
    close,
    conclusion,
    crash,
    dissent,
    meddled,
    proposal,
    session,
)


async def voted(course: Course) -> Recommendation:
    doc = await course.repo.get(Recommendation, f"{KLIMA}/1")
    assert doc is not None
    return doc


async def test_a_ballot_written_before_the_gate_shuts_is_counted_whoever_tells_it(course: Course) -> None:
    await (await course.seat()).do(proposal())
    # the vote is closed after the ballot's first write and before it looks at the gate again
    late = meddled(course, "replace", "ballot", partial(course.do, close()))
    assert (await late.do(ballot("p01"))).version == 1
    assert (await voted(course)).tally.in_favour == 1
    assert await course.heard("ballot.cast") == [{"number": 1, "choice": "for"}]


async def test_a_ballot_written_after_the_gate_shut_is_refused_and_leaves_nothing(course: Course) -> None:
    await (await course.seat()).do(proposal(), ballot("p02"))
    late = meddled(course, "insert", "ballot", partial(course.do, close()))
    with pytest.raises(Refused, match="came too late and is not counted"):
        await late.do(ballot("p01"))
    assert (await voted(course)).tally.in_favour == 1
    assert len([found async for found in course.repo.find(Ballot)]) == 1
    assert len(await course.heard("ballot.cast")) == 1


async def test_a_ballot_that_meets_a_half_closed_vote_waits_and_is_then_counted(course: Course) -> None:
    await (await course.seat()).do(proposal())

    async def close_halfway() -> None:
        with pytest.raises(Crash):
            await meddled(course, "replace", "recommendation", crash, nth=2).do(close())

    late = meddled(course, "insert", "ballot", close_halfway)
    with pytest.raises(Conflict, match="whether the ballot counts is not decided"):
        await late.do(ballot("p01"))
    await course.do(close())
    assert (await course.do(ballot("p01"))).version == 1
    assert (await voted(course)).tally.in_favour == 1


@pytest.mark.parametrize("nth", [1, 2, 3])
async def test_a_close_that_was_cut_short_is_finished_by_a_repeat_or_by_somebody_else(course: Course, nth: int) -> None:
    await (await course.seat()).do(proposal(), ballot("p01"), ballot("p02", "against"))
    with pytest.raises(Crash):
        await meddled(course, "replace", "recommendation", crash, nth=nth).do(close())
    closed = await course.do(close(key="somebody else"))
    assert (closed.tally.in_favour, closed.tally.against) == (1, 1)
    assert len(await course.heard("recommendation.rejected")) == 1


@pytest.mark.parametrize("seed", range(12))
async def test_the_tally_is_exactly_the_ballots_that_were_told_yes(course: Course, seed: int) -> None:
    await (await course.seat()).do(proposal())
    orders = [*(ballot(member) for member in MEMBERS), close(), close(key="another host"), ballot("p01", key="twice")]
    Random(seed).shuffle(orders)  # noqa: S311 - an order to try, not a secret
    answers = await asyncio.gather(*(course.do(order) for order in orders), return_exceptions=True)
    accepted = [answer for answer in answers if isinstance(answer, Ballot)]
    # what lost every attempt is neither yes nor no: the sender repeats it, as the answer tells them to
    again = [order for order, answer in zip(orders, answers, strict=True) if isinstance(answer, Conflict)]
    for order in again:
        try:
            repeated = await course.do(order)
        except Refused:
            continue
        accepted += [repeated] if isinstance(repeated, Ballot) else []
    assert all(isinstance(answer, Ballot | Recommendation | Refused | Conflict) for answer in answers)
    doc = await voted(course)
    assert {found.id for found in accepted} == set(doc.counted)
    assert doc.tally.in_favour == len(doc.counted) == len(await course.heard("ballot.cast"))


async def test_two_hosts_with_one_number_get_one_session_and_one_refusal(course: Course) -> None:
    await course.seat()
    orders = [session(1, key=f"host {n}", minutes={"da": f"Vært {n}"}) for n in range(4)]
    answers = await asyncio.gather(*(course.do(order) for order in orders), return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    held = [answer for answer in answers if not isinstance(answer, BaseException)]
    assert (len(held), len(refused)) == (1, 3)
    assert [told["minutes"] for told in await course.heard("session.held")] == [held[0].fact.minutes]


@pytest.mark.parametrize(("write", "collection"), [("replace", "assembly"), ("replace", "session")])
async def test_a_session_cut_short_by_a_crash_is_finished_by_its_repeat(
    course: Course, write: str, collection: str
) -> None:
    await course.seat()
    with pytest.raises(Crash):
        await meddled(course, write, collection, crash).do(session())
    await course.do(session(), session(2))
    assert [told["number"] for told in await course.heard("session.held")] == [1, 2]


async def test_a_draft_that_a_crash_left_does_not_block_the_next_host(course: Course) -> None:
    await course.seat()
    with pytest.raises(Crash):
        await meddled(course, "replace", "assembly", crash).do(session(minutes={"da": "Den første."}))
    await course.do(session(key="another host", minutes={"da": "Den anden."}))
    assert [told["minutes"]["da"] for told in await course.heard("session.held")] == ["Den anden."]


@pytest.mark.parametrize(
    ("operation", "collection"),
    [("get", "session"), ("get", "assembly"), ("insert", "session")],
)
async def test_a_host_who_read_too_early_never_writes_over_a_session_that_was_held(
    course: Course, operation: str, collection: str
) -> None:
    await course.seat()
    slow = meddled(course, operation, collection, partial(course.do, session()))
    with pytest.raises(Refused, match="there are 1, so the next is number 2"):
        await slow.do(session(key="slow", minutes={"da": "For sent."}))
    assert [told["minutes"]["da"] for told in await course.heard("session.held")] == ["Vi talte sammen."]


async def sources(course: Course) -> dict[str, int]:
    (concluded,) = await course.heard("assembly.concluded")
    return {source: version for source, version in concluded["sources"].items() if source.startswith("/sessions/")}


async def told(course: Course) -> dict[str, int]:
    return {envelope.source: envelope.version for envelope in await course.told()}


@pytest.mark.parametrize(("operation", "collection"), [("insert", "session"), ("replace", "assembly")])
async def test_a_session_that_meets_the_conclusion_is_refused(course: Course, operation: str, collection: str) -> None:
    await (await course.seat()).do(session())
    late = meddled(course, operation, collection, partial(course.do, conclusion()))
    with pytest.raises(Refused, match="nothing can be added"):
        await late.do(session(2))
    assert await sources(course) == await told(course)


async def test_a_dissent_that_meets_the_conclusion_is_in_it_or_refused(course: Course) -> None:
    await (await course.seat()).do(session(), proposal(), close())
    late = meddled(course, "replace", "recommendation", partial(course.do, conclusion()))
    with pytest.raises(Refused, match="nothing can be added"):
        await late.do(dissent("p01"))
    assert await sources(course) == await told(course)


async def test_a_dissent_that_comes_while_concluding_is_in_the_conclusion(course: Course) -> None:
    await (await course.seat()).do(session(), proposal(), close())
    dissenting = meddled(course, "replace", "assembly", partial(course.do, dissent("p01")))
    await dissenting.do(conclusion())
    assert (await voted(course)).dissents
    assert await sources(course) == await told(course)


async def test_a_proposal_that_comes_first_stops_the_conclusion(course: Course) -> None:
    await (await course.seat()).do(session())
    hasty = meddled(course, "replace", "assembly", partial(course.do, proposal()))
    with pytest.raises(Refused, match="The vote on recommendation 1 is not closed"):
        await hasty.do(conclusion())
    await course.do(close(), conclusion())
    assert await sources(course) == await told(course)


@pytest.mark.parametrize(("collection", "nth"), [("assembly", 1), ("assembly", 2), ("recommendation", 1)])
async def test_a_conclusion_cut_short_is_finished_by_its_repeat(course: Course, collection: str, nth: int) -> None:
    await (await course.seat()).do(session(), proposal(), ballot("p01"), close())
    with pytest.raises(Crash):
        await meddled(course, "replace", collection, crash, nth=nth).do(conclusion())
    await course.do(conclusion())
    assert await sources(course) == await told(course)


async def test_what_was_admitted_but_not_told_before_a_crash_is_told_by_the_conclusion(course: Course) -> None:
    await (await course.seat()).do(session())
    with pytest.raises(Crash):
        await meddled(course, "replace", "session", crash).do(session(2))
    await course.do(conclusion())
    assert [held["number"] for held in await course.heard("session.held")] == [1, 2]
    assert await sources(course) == await told(course)
