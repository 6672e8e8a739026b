"""Numbers, shares and dates as people write them in Danish and in English."""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Literal

from borgerting.events.recruitment import Quota

Language = Literal["da", "en"]

MONTHS = {
    "da": "januar februar marts april maj juni juli august september oktober november december",
    "en": "January February March April May June July August September October November December",
}


def number(lang: Language, value: int) -> str:
    """Whole numbers with their thousands apart.

    >>> number("da", 10540886), number("en", 10540886)
    ('10.540.886', '10,540,886')
    """
    grouped = f"{value:,}"
    return grouped.replace(",", ".") if lang == "da" else grouped


def decimal(lang: Language, value: Fraction | str, places: int = 1) -> str:
    """An exact fraction, or its text, rounded half to even for reading.

    >>> decimal("da", "27/13", 2)
    '2,08'
    """
    scaled = round(abs(Fraction(value)) * 10**places)
    whole, rest = divmod(scaled, 10**places)
    text = ("-" if Fraction(value) < 0 else "") + (f"{whole}.{rest:0{places}d}" if places else str(whole))
    return text.replace(".", ",") if lang == "da" else text


def percent(lang: Language, value: Fraction | str, places: int = 1) -> str:
    """A share of the whole, in per cent.

    >>> percent("da", Fraction(1, 3)), percent("en", "1/3")
    ('33,3\\xa0%', '33.3%')
    """
    text = decimal(lang, Fraction(value) * 100, places)
    return f"{text}\xa0%" if lang == "da" else f"{text}%"


def exact(quotas: Sequence[Quota], size: int) -> Mapping[str, Fraction]:
    """The seats of `size` that would be exactly right, by category; nothing unless every category is counted.

    >>> rows = [Quota(category=c, label={}, population=n, least=0, most=9) for c, n in (("a", 2), ("b", 1))]
    >>> exact(rows, 4)
    {'a': Fraction(8, 3), 'b': Fraction(4, 3)}
    """
    counted = {quota.category: quota.population for quota in quotas if quota.population is not None}
    total = sum(counted.values())
    if len(counted) < len(quotas) or not total:
        return {}
    return {category: Fraction(people * size, total) for category, people in counted.items()}


def day(lang: Language, value: date) -> str:
    """A date, or the date of a moment.

    >>> day("da", date(2026, 4, 8)), day("en", date(2026, 4, 8))
    ('8. april 2026', '8 April 2026')
    """
    month = MONTHS[lang].split()[value.month - 1]
    return f"{value.day}. {month} {value.year}" if lang == "da" else f"{value.day} {month} {value.year}"
