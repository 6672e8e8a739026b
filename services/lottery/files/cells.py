"""Text in a cell: what is the same in spite of spelling, and what a spreadsheet must not take for a formula."""

import re
import unicodedata
from collections.abc import Sequence

INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"))
ALIKE = str.maketrans(dict.fromkeys("‐‑‒–—−", "-") | dict.fromkeys("’‘´`", "'"))
NUMBER_LIKE = re.compile(r"[+-][0-9 ().,/-]*")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|")


def clean(text: str) -> str:
    """NFC, without invisible characters, runs of white space as one space.

    >>> clean("  Mid\\u00a0 Fife\\u200b ")
    'Mid Fife'
    """
    return " ".join(unicodedata.normalize("NFC", text.translate(INVISIBLE)).split())


def key(text: str) -> str:
    """What two spellings of one thing share: no case, one kind of dash and of apostrophe.

    >>> key("18–29 ÅR") == key("18-29  a\\u030ar")
    True
    """
    return unicodedata.normalize("NFC", clean(text).casefold()).translate(ALIKE)


def guarded(text: str) -> str:
    """The text behind an apostrophe where a spreadsheet that opens a CSV file would run it.

    >>> [guarded(text) for text in ("=1+1", "+45 20 30 40 50", "-", "@SUM(A1)", "Ane")]
    ["'=1+1", '+45 20 30 40 50', '-', "'@SUM(A1)", 'Ane']
    """
    start = unicodedata.normalize("NFKC", text.lstrip(" ")[:1])
    if not start.startswith(FORMULA) or NUMBER_LIKE.fullmatch(text):
        return text  # a telephone number cannot call anything
    return f"'{text}"


def listed(names: Sequence[str], most: int = 12) -> str:
    """Names for a sentence, cut off where there are many.

    >>> listed(["1", "2", "3"], 2)
    '1, 2 … (3)'
    """
    return ", ".join(names[:most]) + (f" … ({len(names)})" if len(names) > most else "")
