"""The charters that come with the program can be signed as they stand."""

from datetime import date

import pytest

from borgerting.adapters import CharterTemplates
from services.sessions.domain.charter import charter as sign
from services.sessions.domain.commands import CharterAssembly
from services.sessions.plugins import StandardTemplates

TEMPLATES = StandardTemplates({}).templates()
TODAY = date(2026, 1, 15)


def test_the_standard_templates_are_a_plug_in_like_any_other() -> None:
    assert isinstance(StandardTemplates({}), CharterTemplates)
    assert set(TEMPLATES) == {"municipal-climate", "national", "practice"}


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_only_lacks_the_day_of_the_answer(name: str) -> None:
    command = CharterAssembly(assembly=name, key="k", answer_due=date(2027, 1, 1), **TEMPLATES[name])
    fact = sign(command, TODAY)
    texts = (fact.title, fact.core_question, fact.mandate, fact.eligibility.wording)
    assert all(set(text) == {"da", "en"} for text in texts)


def test_only_the_practice_template_is_marked_as_a_rehearsal() -> None:
    assert [name for name, template in TEMPLATES.items() if template.get("synthetic")] == ["practice"]
