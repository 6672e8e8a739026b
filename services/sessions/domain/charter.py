"""What a charter must hold, and the slug that names its assembly."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date

from borgerting.errors import Refused
from borgerting.events.sessions import AssemblyChartered, DecisionRule
from services.sessions.domain.commands import CharterAssembly
from services.sessions.domain.wording import MAX_LINE, raise_all, text_problems

LARGEST_PANEL = 1000
SLUG_LENGTH = 40
RESERVED = frozenset({"api", "new"})
"""Slugs that are part of this service's own addresses."""

DANISH = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa", "ß": "ss"})


def slug(title: str) -> str:
    """The address of an assembly, made from its title; empty when the title has no letters or digits.

    >>> slug("Borgersamling om Ådalens klimamål (2027)")
    'borgersamling-om-aadalens-klimamaal-2027'
    >>> slug("Får vi råd?")
    'faar-vi-raad'
    """
    folded = unicodedata.normalize("NFKD", title.lower().translate(DANISH))
    plain = folded.encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:SLUG_LENGTH].strip("-")


def charter(command: CharterAssembly, today: date) -> AssemblyChartered:
    """Return the charter as a fact; Refused with every rule it breaks."""
    raise_all(_problems(command, today))
    fields = {name: getattr(command, name) for name in AssemblyChartered.model_fields}
    return AssemblyChartered(**fields)


def taken(assembly: str) -> Refused:
    """The slug has a charter already."""
    return Refused(
        "charter.taken",
        da=f"Der er allerede et kommissorium for {assembly}. Vælg en anden titel eller et andet kort navn.",
        en=f"There is a charter for {assembly} already. Choose another title or another short name.",
    )


def unknown(assembly: str) -> Refused:
    """Nobody has chartered this assembly."""
    return Refused(
        "assembly.unknown",
        da=f"Der er hverken en borgersamling eller et borgerting ved navn {assembly}. Skriv kommissoriet først.",
        en=f"There is no assembly named {assembly}. Write its charter first.",
    )


def _problems(command: CharterAssembly, today: date) -> Iterator[Refused]:
    yield from _address(command.assembly)
    yield from text_problems("charter.title", command.title, da="Titlen", en="The title", most=MAX_LINE)
    yield from text_problems(
        "charter.question", command.core_question, da="Teksten i kernespørgsmålet", en="The core question"
    )
    yield from text_problems("charter.mandate", command.mandate, da="Teksten i mandatet", en="The mandate")
    wording = command.eligibility.wording
    yield from text_problems(
        "charter.eligibility", wording, da="Teksten om, hvem der kan deltage,", en="The eligibility"
    )
    yield from _parties(command)
    yield from _size(command.panel_size)
    yield from rule_problems(command.decision_rule)
    yield from _answer(command.answer_due, today)


def _address(assembly: str) -> Iterator[Refused]:
    if assembly in RESERVED:
        yield Refused(
            "charter.slug",
            da=f"Det korte navn {assembly} er optaget af programmet selv. Vælg et andet.",
            en=f"The short name {assembly} belongs to the program itself. Choose another.",
        )


def _parties(command: CharterAssembly) -> Iterator[Refused]:
    commissioner, controller = {"da": command.commissioner}, {"da": command.controller}
    yield from text_problems(
        "charter.commissioner", commissioner, da="Teksten om opdragsgiveren", en="The commissioner", most=MAX_LINE
    )
    yield from text_problems(
        "charter.controller", controller, da="Teksten om den dataansvarlige", en="The controller", most=MAX_LINE
    )


def _size(panel_size: int) -> Iterator[Refused]:
    if not 1 <= panel_size <= LARGEST_PANEL:
        yield Refused(
            "charter.panel-size",
            da=f"Deltagerkredsen er sat til {panel_size}; den skal have fra 1 til {LARGEST_PANEL} medlemmer.",
            en=f"The panel is set to {panel_size}; it must have from 1 to {LARGEST_PANEL} members.",
        )


def rule_problems(rule: DecisionRule) -> Iterator[Refused]:
    """Say no to a rule that everything meets, or nothing can."""
    threshold = rule.threshold
    if threshold.numerator == 0 and not rule.more_than:
        yield Refused(
            "charter.rule",
            da="Beslutningsreglen kræver mindst 0 stemmer for, så alt ville være vedtaget. Sæt grænsen højere.",
            en="The decision rule needs at least 0 votes for, so everything would be adopted. Raise the threshold.",
        )
    if rule.more_than and threshold.numerator == threshold.denominator:
        yield Refused(
            "charter.rule",
            da="Beslutningsreglen kræver mere end alle, så intet kan vedtages. Sæt grænsen lavere.",
            en="The decision rule needs more than everybody, so nothing can be adopted. Lower the threshold.",
        )


def _answer(due: date, today: date) -> Iterator[Refused]:
    if due < today:
        yield Refused(
            "charter.answer-due",
            da=f"Svaret er lovet den {due}, men i dag er det {today}. Vælg en senere dato.",
            en=f"The answer is promised for {due}, but today is {today}. Choose a day to come.",
        )
