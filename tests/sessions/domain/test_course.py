"""The rules of seating, sessions, proposals and the conclusion."""

from dataclasses import replace
from datetime import date

import pytest

from borgerting.errors import Refused
from services.sessions.domain import course
from services.sessions.domain.charter import charter as sign
from tests.sessions.support import MEMBERS, charter, proposal, session

TODAY = date(2026, 1, 15)
CHARTERED = course.Standing("chartered", sign(charter(), TODAY), (), 0, 0)
SEATED = replace(CHARTERED, state="seated", members=MEMBERS)


def codes(no: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [refused.code for refused in (no.value, *no.value.also)]


def test_the_panel_is_seated_in_sorted_order() -> None:
    assert course.seat(CHARTERED, MEMBERS[::-1]) == MEMBERS


@pytest.mark.parametrize("members", [MEMBERS[:-1], (*MEMBERS[:-1], MEMBERS[0])])
def test_a_panel_of_the_wrong_size_is_refused(members: tuple[str, ...]) -> None:
    with pytest.raises(Refused, match="the charter says 6"):
        course.seat(CHARTERED, members)


def test_a_seated_panel_keeps_its_seats() -> None:
    with pytest.raises(Refused, match="A panel of 6 is seated already"):
        course.seat(SEATED, MEMBERS)


def test_a_session_is_told_as_it_was_held() -> None:
    held = course.hold(session(present=("p03", "p01")), SEATED, TODAY)
    assert held.present == ("p01", "p03")
    assert held.members == 6


@pytest.mark.parametrize("number", [0, 2, 5])
def test_sessions_are_numbered_without_gaps(number: int) -> None:
    with pytest.raises(Refused) as no:
        course.hold(session(number), SEATED, TODAY)
    assert str(no.value) == f"Session {number} cannot come now: there are 0, so the next is number 1."


def test_everything_wrong_with_a_session_is_said_at_once() -> None:
    wrong = session(2, title={}, minutes={}, present=("p01", "p01", "stranger"), held_on=date(2026, 1, 16))
    with pytest.raises(Refused) as no:
        course.hold(wrong, SEATED, TODAY)
    present = ["session.present", "session.present"]
    assert codes(no) == ["session.number", "session.title", "session.minutes", *present, "session.held-on"]
    assert "stranger is not a member of the panel of 6. Correct the name." in no.value.sentences("en")
    assert "p01 er nævnt mere end én gang." in no.value.sentences("da")


def test_an_empty_room_is_no_session() -> None:
    with pytest.raises(Refused, match="0 of 6 members are marked as present"):
        course.hold(session(present=()), SEATED, TODAY)


def test_only_a_rehearsal_may_hold_its_sessions_ahead_of_time() -> None:
    later = session(held_on=date(2026, 3, 1))
    with pytest.raises(Refused, match="but today is 2026-01-15"):
        course.hold(later, SEATED, TODAY)
    rehearsal = replace(SEATED, charter=sign(charter(synthetic=True), TODAY))
    assert course.hold(later, rehearsal, TODAY).held_on == date(2026, 3, 1)


def test_nothing_happens_before_the_panel_is_drawn() -> None:
    with pytest.raises(Refused, match="The panel has not been drawn yet"):
        course.hold(session(), CHARTERED, TODAY)
    with pytest.raises(Refused, match="The panel has not been drawn yet"):
        course.propose(proposal(), CHARTERED)
    with pytest.raises(Refused, match="The panel has not been drawn yet"):
        course.require_concludable(CHARTERED, [])


@pytest.mark.parametrize("state", ["concluding", "concluded"])
def test_nothing_is_added_once_the_assembly_is_concluded(state: course.State) -> None:
    over = replace(SEATED, state=state)
    with pytest.raises(Refused) as no:
        course.hold(session(), over, TODAY)
    assert no.value.text["da"] == "Borgersamlingen er afsluttet, så der kan ikke føjes mere til."
    with pytest.raises(Refused, match="nothing can be added"):
        course.propose(proposal(), over)


def test_a_proposal_has_a_title_and_a_text_and_the_next_number() -> None:
    with pytest.raises(Refused) as no:
        course.propose(proposal(3, title={}, text={"da": ""}), SEATED)
    assert codes(no) == ["recommendation.number", "recommendation.title", "recommendation.text"]
    assert course.propose(proposal(3), replace(SEATED, recommendations=2)).number == 3


def test_an_assembly_without_a_session_cannot_be_concluded() -> None:
    with pytest.raises(Refused, match="has held 0 sessions; it takes at least 1"):
        course.require_concludable(SEATED, [])


def test_an_open_vote_stands_in_the_way_of_the_conclusion() -> None:
    with pytest.raises(Refused, match="The vote on recommendation 2, 4 is not closed"):
        course.require_concludable(replace(SEATED, sessions=1, recommendations=4), [2, 4])
    course.require_concludable(replace(SEATED, sessions=1), [])
