"""The example's charter and programme obey the rules they are played by, at every size a rehearsal may have."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from borgerting.events.sessions import Tally
from services.sessions.domain.charter import charter as sign
from services.sessions.domain.commands import CharterAssembly
from services.sessions.domain.vote import shortfall

EXAMPLE = Path(__file__).parents[2] / "examples" / "assembly"
TODAY = date(2026, 1, 15)


def read(name: str) -> Any:
    return json.loads((EXAMPLE / name).read_text("utf-8"))


CHARTER, PROGRAMME = read("charter.json"), read("programme.json")


def signed() -> Any:
    due = TODAY + timedelta(days=PROGRAMME["answer_after_days"])
    return sign(CharterAssembly(assembly="example", key="k", answer_due=due, **CHARTER), TODAY)


def test_the_charter_only_lacks_the_day_of_the_answer_and_says_that_it_is_a_rehearsal() -> None:
    fact = signed()
    assert fact.synthetic
    assert fact.panel_size == 60
    assert all(
        "øvelse" in text["da"].lower() and "rehearsal" in text["en"].lower() for text in (fact.title, fact.mandate)
    )


def test_sessions_and_recommendations_are_numbered_and_in_order() -> None:
    days = [held["after_days"] for held in PROGRAMME["sessions"]]
    assert [held["number"] for held in PROGRAMME["sessions"]] == [1, 2, 3, 4]
    assert [found["number"] for found in PROGRAMME["recommendations"]] == [1, 2, 3, 4, 5, 6]
    assert days == sorted(days)
    assert days[-1] < PROGRAMME["answer_after_days"]


@pytest.mark.parametrize("members", [20, 36, 60, 150])
def test_the_halt_to_new_use_fails_and_the_rest_is_adopted(members: int) -> None:
    adopted = []
    for found in PROGRAMME["recommendations"]:
        votes = [round(members * found[choice] / 100) for choice in ("for", "against", "abstain")]
        assert sum(votes) <= members
        tally = Tally(in_favour=votes[0], against=votes[1], abstained=votes[2], members=members)
        if shortfall(signed().decision_rule, tally) is None:
            adopted.append(found["number"])
    assert adopted == [1, 2, 3, 4, 6]


def test_every_text_of_the_programme_is_in_both_languages() -> None:
    def texts(node: Any) -> list[dict[str, str]]:
        if isinstance(node, dict) and "da" in node:
            return [node]
        children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        return [text for child in children for text in texts(child)]

    found = texts(PROGRAMME)
    assert len(found) == 1 + 2 * 4 + 2 * 6 + sum(len(r["dissents"]) for r in PROGRAMME["recommendations"])
    assert all(set(text) == {"da", "en"} and all(text.values()) for text in found)
