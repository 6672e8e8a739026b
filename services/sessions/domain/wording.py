"""Checks on texts that every rule shares, and refusals gathered so that people see all of them at once."""

from collections.abc import Iterable, Iterator

from borgerting.errors import Refused, Text

MAX_LINE = 300
MAX_TEXT = 20_000


def raise_all(problems: Iterable[Refused]) -> None:
    """Raise the first of `problems` with the rest behind it; return when there are none."""
    found = list(problems)
    if found:
        first, *rest = found
        raise Refused(first.code, da=first.text["da"], en=first.text["en"], also=tuple(rest))


def text_problems(code: str, text: Text, *, da: str, en: str, most: int = MAX_TEXT) -> Iterator[Refused]:
    """Say no to a text that is blank in both languages, or longer than `most` characters in one.

    >>> [str(no) for no in text_problems("x.title", {"da": " "}, da="Titlen", en="The title")]
    ['The title is blank; write it in Danish or English.']
    """
    if not any(text.get(language, "").strip() for language in ("da", "en")):
        yield Refused(
            code,
            da=f"{da} er tom; skriv den på dansk eller engelsk.",
            en=f"{en} is blank; write it in Danish or English.",
        )
    longest = max(map(len, text.values()), default=0)
    if longest > most:
        yield Refused(
            code,
            da=f"{da} fylder {longest} tegn; der er plads til {most}. Kort teksten ned.",
            en=f"{en} takes {longest} characters; there is room for {most}. Shorten it.",
        )


def listed(names: Iterable[str], most: int = 5) -> str:
    """Name the first few.

    >>> listed(["a", "b", "c"], most=2)
    'a, b … (+1)'
    """
    sorted_names = sorted(names)
    rest = len(sorted_names) - most
    return ", ".join(sorted_names[:most]) + (f" … (+{rest})" if rest > 0 else "")
