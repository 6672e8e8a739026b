"""From the fields of a submitted page to the values of a command; what cannot be read is refused by name."""

from collections.abc import Mapping
from datetime import date

from fastapi import Request

from borgerting.errors import Refused, Text
from borgerting.events.sessions import DecisionRule, Ratio

Fields = Mapping[str, str]
LONGEST_KEY = 120
"""Leaves room for a member's name behind the key of a form."""

RULES: Mapping[str, DecisionRule] = {
    "majority": DecisionRule(threshold=Ratio(numerator=1, denominator=2), more_than=True),
    "two-thirds": DecisionRule(threshold=Ratio(numerator=2, denominator=3)),
    "three-quarters-of-members": DecisionRule(threshold=Ratio(numerator=3, denominator=4), of="members"),
}
"""The rules offered on the page; the API takes any."""


async def fields(request: Request) -> dict[str, str]:
    """Every field with text in it; the last one wins where a name comes twice."""
    form = await request.form()
    return {name: value.strip() for name, value in form.multi_items() if isinstance(value, str)}


def key(form: Fields) -> str:
    """The form's own Idempotency-Key."""
    found = form.get("idempotency_key", "")
    if not 0 < len(found) <= LONGEST_KEY:
        raise Refused(
            "form.key",
            da="Formularen mangler sin nøgle. Hent siden igen, og send den derfra.",
            en="The form lacks its key. Load the page again and send it from there.",
        )
    return found


def text(form: Fields, name: str) -> Text:
    """What is written in ``name_da`` and ``name_en``, without what is left blank."""
    written = {language: form.get(f"{name}_{language}", "") for language in ("da", "en")}
    return {language: words for language, words in written.items() if words}


def whole(form: Fields, name: str, *, da: str, en: str) -> int:
    """A whole number.

    >>> whole({"panel_size": "36"}, "panel_size", da="Antal pladser", en="Seats")
    36
    >>> whole({"panel_size": "many"}, "panel_size", da="Antal pladser", en="Seats")
    Traceback (most recent call last):
    borgerting.errors.Refused: Seats is “many”; write a whole number.
    """
    found = form.get(name, "")
    try:
        return int(found)
    except ValueError as why:
        raise Refused(
            "form.number", da=f"{da} er «{found}»; skriv et helt tal.", en=f"{en} is “{found}”; write a whole number."
        ) from why


def day(form: Fields, name: str, *, da: str, en: str) -> date:
    """A date as the browser's date field writes it."""
    found = form.get(name, "")
    try:
        return date.fromisoformat(found)
    except ValueError as why:
        raise Refused(
            "form.date",
            da=f"{da} er «{found}»; skriv en dato som 2027-03-14.",
            en=f"{en} is “{found}”; write a date like 2027-03-14.",
        ) from why


def rule(form: Fields) -> DecisionRule:
    """The decision rule that was chosen."""
    chosen = form.get("rule", "")
    if chosen not in RULES:
        raise Refused(
            "form.rule",
            da="Vælg en af beslutningsreglerne.",
            en="Choose one of the decision rules.",
        )
    return RULES[chosen]


def ticked(form: Fields, prefix: str) -> tuple[str, ...]:
    """The names behind the boxes ``prefix-<name>`` that were ticked."""
    return tuple(name.removeprefix(f"{prefix}-") for name in form if name.startswith(f"{prefix}-"))
