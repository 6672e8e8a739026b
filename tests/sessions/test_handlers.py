"""The course of an assembly, step by step, with every step repeated."""

from pathlib import Path

import pytest

from borgerting.access import Principal
from borgerting.errors import Forbidden, Refused, Transient
from borgerting.testing import repository
from services.sessions.handlers import on_panel_drawn
from services.sessions.store import KINDS, Assembly, Ballot
from tests.sessions.support import (
    KLIMA,
    MEMBERS,
    Course,
    ballot,
    charter,
    close,
    conclusion,
    dissent,
    drawn,
    proposal,
    session,
)

WHOLE_COURSE = (
    session(1),
    session(2),
    proposal(1),
    proposal(2),
    *(ballot(member, "for") for member in MEMBERS[:4]),
    *(ballot(member, "against") for member in MEMBERS[4:]),
    ballot("p01", "for", 2),
    ballot("p02", "abstain", 2),
    ballot("p03", "against", 2),
    close(1),
    close(2),
    dissent("p05", "p06"),
    conclusion(),
)


async def test_the_whole_course_from_charter_to_conclusion(course: Course) -> None:
    await (await course.seat()).do(*WHOLE_COURSE)
    kinds = [envelope.type.removeprefix("sessions.") for envelope in await course.told()]
    assert kinds.count("ballot.cast") == 9
    assert [kind for kind in kinds if kind != "ballot.cast"] == [
        "assembly.chartered",
        "assembly.seated",
        "assembly.concluded",
        "session.held",
        "session.held",
        "recommendation.proposed",
        "recommendation.adopted",
        "recommendation.dissented",
        "recommendation.proposed",
        "recommendation.rejected",
    ]
    (adopted,) = await course.heard("recommendation.adopted")
    assert adopted["tally"] == {"in_favour": 4, "against": 2, "abstained": 0, "members": 6}
    (rejected,) = await course.heard("recommendation.rejected")
    assert rejected["reason"]["en"].startswith("1 of 2 votes are in favour")


async def test_the_conclusion_lists_the_last_version_of_every_source(course: Course) -> None:
    await (await course.seat()).do(*WHOLE_COURSE)
    (concluded,) = await course.heard("assembly.concluded")
    told = {envelope.source: envelope.version for envelope in await course.told()}
    drawn_from = {"/recruitment/pool/klima": 4, "/lottery/draw/klima": 3, "/lottery/panel/klima": 1}
    assert concluded["sources"] == told | drawn_from


async def test_repeating_every_step_changes_nothing(course: Course) -> None:
    await course.do(charter(), charter())
    await on_panel_drawn(course.repo, *drawn())
    await on_panel_drawn(course.repo, *drawn())
    for command in WHOLE_COURSE:
        first = await course.do(command)
        assert await course.do(command) == first
    before = await course.told()
    await course.do(charter(), *WHOLE_COURSE)
    assert await course.told() == before


async def test_a_key_that_was_used_for_something_else_is_refused(course: Course) -> None:
    await course.do(charter())
    with pytest.raises(Refused, match="The key charter was already used"):
        await course.do(charter(panel_size=12))


async def test_a_slug_has_one_charter(course: Course) -> None:
    await course.do(charter())
    with pytest.raises(Refused, match="There is a charter for klima already"):
        await course.do(charter("another key"))


async def test_a_panel_that_comes_before_its_charter_is_tried_again(course: Course) -> None:
    with pytest.raises(Transient, match="no charter yet"):
        await on_panel_drawn(course.repo, *drawn())


async def test_the_panel_takes_its_seats_and_another_does_not(course: Course) -> None:
    await course.seat()
    doc = await course.repo.get(Assembly, KLIMA)
    assert doc is not None
    assert (doc.state, doc.members) == ("seated", MEMBERS)
    assert await course.heard("assembly.seated") == [{"members": 6}]
    with pytest.raises(Refused, match="A panel of 6 is seated already"):
        await on_panel_drawn(course.repo, *drawn(version=2))


async def test_what_nobody_chartered_or_proposed_is_unknown(course: Course) -> None:
    with pytest.raises(Refused) as no:
        await course.do(session())
    assert no.value.code == "assembly.unknown"
    await course.seat()
    for command in (ballot("p01"), close(), dissent("p01")):
        with pytest.raises(Refused, match="There is no recommendation 1: 0 have been proposed"):
            await course.do(command)


async def test_a_ballot_that_is_cast_cannot_be_changed_or_cast_twice(course: Course) -> None:
    await (await course.seat()).do(proposal(), ballot("p01", "for"), ballot("p01", "for"))
    for again in (ballot("p01", "against"), ballot("p01", "for", key="new"), ballot("p01", "against", key="new")):
        with pytest.raises(Refused, match="p01 has already voted on recommendation 1"):
            await course.do(again)
    assert await course.heard("ballot.cast") == [{"number": 1, "choice": "for"}]


async def test_a_ballot_after_the_close_is_told_that_it_came_too_late(course: Course) -> None:
    await (await course.seat()).do(proposal(), ballot("p01"), close())
    with pytest.raises(Refused, match="came too late and is not counted"):
        await course.do(ballot("p02"))
    assert await course.do(ballot("p01")) is not None


async def test_neither_the_event_nor_the_document_of_a_ballot_tells_who_voted(course: Course) -> None:
    await (await course.seat()).do(proposal(), ballot("p03", "against", key="the vote of p03"))
    (document,) = [found async for found in course.repo.find(Ballot)]
    assert "p03" not in document.model_dump_json()
    assert document.applied == {}
    assert document.outbox[0].cause is None


async def test_a_vote_is_closed_once(course: Course) -> None:
    await (await course.seat()).do(proposal(), close())
    with pytest.raises(Refused, match="already closed and counted"):
        await course.do(close(key="again"))


async def test_without_a_quorum_nothing_is_adopted(course: Course) -> None:
    await (await course.seat()).do(proposal(), ballot("p01"), ballot("p02"))
    closed = await course.do(close())
    assert closed.adopted is False
    assert closed.reason["en"] == "There are 2 ballots from 6 members; it takes at least 3."


async def test_nobody_who_voted_for_can_dissent(course: Course) -> None:
    await (await course.seat()).do(proposal(), ballot("p01", "for"), ballot("p02", "against"), close())
    with pytest.raises(Refused, match="1 of the 2 behind the dissent voted for"):
        await course.do(dissent("p01", "p02"))
    done = await course.do(dissent("p02", "p03"))
    assert [statement.supporters for statement in done.dissents] == [2]


async def test_a_dissent_comes_after_the_count_and_before_the_conclusion(course: Course) -> None:
    await (await course.seat()).do(session(), proposal())
    with pytest.raises(Refused, match="dissents are written afterwards"):
        await course.do(dissent("p01"))
    await course.do(close(), conclusion())
    with pytest.raises(Refused, match="nothing can be added"):
        await course.do(dissent("p01"))


async def test_an_assembly_is_concluded_once_and_takes_nothing_more(course: Course) -> None:
    await (await course.seat()).do(session(), conclusion())
    for command in (conclusion("again"), session(2), proposal()):
        with pytest.raises(Refused) as no:
            await course.do(command)
        assert no.value.code == "assembly.concluded"


async def test_an_open_vote_keeps_the_assembly_open(course: Course) -> None:
    await (await course.seat()).do(session(), proposal())
    with pytest.raises(Refused, match="The vote on recommendation 1 is not closed"):
        await course.do(conclusion())
    assert await course.heard("assembly.concluded") == []


async def test_a_host_runs_sessions_but_does_not_conclude(course: Course) -> None:
    host = Principal("a host", frozenset({"host"}))
    await (await course.seat()).do(session(), proposal(), ballot("p01"), close(), who=host)
    with pytest.raises(Forbidden):
        await course.do(conclusion(), who=host)


async def test_a_course_survives_a_restart_between_its_steps(tmp_path: Path) -> None:
    async with repository("sessions", tmp_path, *KINDS) as repo:
        await (await Course(repo).seat()).do(*WHOLE_COURSE[:7])
    async with repository("sessions", tmp_path, *KINDS) as repo:
        course = Course(repo)
        await course.do(*WHOLE_COURSE)
        assert len(await course.heard("assembly.concluded")) == 1
        assert len(await course.heard("ballot.cast")) == 9
