"""What can go wrong, and what the caller should do about it.

BorgertingError
├── Refused      a rule says no: tell the person which, the need and the have; never retry
│   └── Forbidden    this principal may not do that
├── Transient    not now: retry with delay
│   └── Conflict     somebody else wrote first: read again and retry
└── Broken       a message or document nobody here can read: dead letter, alarm
"""

from collections.abc import Mapping

Text = Mapping[str, str]
"""What is said to people, by language code: ``{"da": "Alder", "en": "Age"}``."""


def in_language(text: Text, language: str) -> str:
    """Return the text in `language`, else in English, else in whatever language there is.

    >>> in_language({"sv": "Skåne län"}, "da")
    'Skåne län'
    """
    return text.get(language) or text.get("en") or next(iter(text.values()), "")


class BorgertingError(Exception):
    """The root of every failure Borgerting raises on purpose."""


class Refused(BorgertingError):
    """A rule says no, in a sentence for the organiser in Danish and English; `also` holds further refusals.

    >>> str(Refused("panel.size", da="Der er ingen pladser.", en="There are no seats."))
    'There are no seats.'
    """

    def __init__(self, code: str, *, da: str, en: str, also: tuple["Refused", ...] = ()) -> None:
        super().__init__(en)
        self.code = code
        self.text: Text = {"da": da, "en": en}
        self.also = also

    def sentences(self, language: str) -> list[str]:
        """Every sentence of this refusal, the first one first."""
        return [in_language(r.text, language) for r in (self, *self.also)]


class Forbidden(Refused):
    """This principal may not do that to this assembly."""


class Transient(BorgertingError):
    """Not now; the same call may succeed after `retry_after` seconds."""

    def __init__(self, message: str, retry_after: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Conflict(Transient):
    """Somebody else wrote this document first."""


class Broken(BorgertingError):
    """A message or document that nobody here can read; a person has to look."""
