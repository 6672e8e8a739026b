"""Several rules may say no at once: all of them are told."""

from collections.abc import Iterable, Sequence

from borgerting.errors import Refused


def raise_all(found: Iterable[Refused]) -> None:
    """Raise the first of `found` with the others behind it; return when there are none."""
    problems = list(found)
    if problems:
        first, *rest = problems
        raise Refused(first.code, da=first.text["da"], en=first.text["en"], also=tuple(rest))


def listed(names: Sequence[str], most: int = 12) -> str:
    """Names for a sentence, cut off where there are many.

    >>> listed(["01", "03", "04"], 2)
    '01, 03 …'
    """
    return ", ".join(names[:most]) + (" …" if len(names) > most else "")
