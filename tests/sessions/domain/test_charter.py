"""What a charter must hold."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from borgerting.errors import Refused
from borgerting.events.sessions import AssemblyChartered, DecisionRule, Ratio
from services.sessions.domain import charter as rules
from services.sessions.domain.wording import MAX_LINE
from tests.sessions.support import charter

TODAY = date(2026, 1, 15)


def refusal(**changed: object) -> Refused:
    with pytest.raises(Refused) as no:
        rules.charter(charter(**changed), TODAY)
    return no.value


def test_a_charter_says_on_the_bus_what_it_said_on_the_page() -> None:
    command = charter()
    fact = rules.charter(command, TODAY)
    assert all(getattr(command, name) == getattr(fact, name) for name in AssemblyChartered.model_fields)


def test_every_rule_that_is_broken_is_said_at_once() -> None:
    no = refusal(panel_size=0, title={"da": " "}, commissioner="")
    assert {r.code for r in (no, *no.also)} == {"charter.title", "charter.commissioner", "charter.panel-size"}
    assert "Deltagerkredsen er sat til 0; den skal have fra 1 til 1000 medlemmer." in no.sentences("da")


@pytest.mark.parametrize("size", [0, -1, 1001])
def test_a_panel_has_from_one_to_a_thousand_members(size: int) -> None:
    assert refusal(panel_size=size).code == "charter.panel-size"
    assert rules.charter(charter(panel_size=1), TODAY).panel_size == 1
    assert rules.charter(charter(panel_size=1000), TODAY).panel_size == 1000


def test_one_language_is_enough_but_a_third_is_not() -> None:
    assert rules.charter(charter(title={"en": "Climate"}), TODAY).title == {"en": "Climate"}
    assert refusal(title={"sv": "Klimat"}).code == "charter.title"


@pytest.mark.parametrize("field", ["core_question", "mandate", "controller"])
def test_no_part_of_the_charter_may_be_blank(field: str) -> None:
    assert "blank" in str(refusal(**{field: "  " if field == "controller" else {}}))


def test_a_title_that_is_too_long_says_how_long() -> None:
    assert f"takes {MAX_LINE + 1} characters; there is room for {MAX_LINE}" in str(
        refusal(title={"da": "x" * (MAX_LINE + 1)})
    )


def test_an_answer_cannot_be_promised_for_yesterday() -> None:
    assert str(refusal(answer_due=date(2026, 1, 14))) == (
        "The answer is promised for 2026-01-14, but today is 2026-01-15. Choose a day to come."
    )
    assert rules.charter(charter(answer_due=TODAY), TODAY).answer_due == TODAY


def test_a_rule_that_everything_meets_or_nothing_can_is_refused() -> None:
    nothing = DecisionRule(threshold=Ratio(numerator=0, denominator=1))
    beyond = DecisionRule(threshold=Ratio(numerator=2, denominator=2), more_than=True)
    assert refusal(decision_rule=nothing).code == refusal(decision_rule=beyond).code == "charter.rule"


@pytest.mark.parametrize("slug", sorted(rules.RESERVED))
def test_an_assembly_cannot_take_an_address_of_the_program(slug: str) -> None:
    assert refusal(assembly=slug).code == "charter.slug"


@given(st.text(max_size=80))
def test_every_title_gives_a_slug_that_can_stand_in_an_address(title: str) -> None:
    assert set(rules.slug(title)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert len(rules.slug(title)) <= rules.SLUG_LENGTH
    assert rules.slug(rules.slug(title)) == rules.slug(title)
