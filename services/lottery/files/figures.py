"""Figures of the report sheet, in whole numbers and fractions."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from fractions import Fraction

from borgerting.errors import Text
from borgerting.events.recruitment import Feature
from services.lottery.files.results import Outcome


def certain(
    outcome: Outcome, chances: Mapping[str, int], tickets: int, known: Collection[str] = ()
) -> tuple[Text, ...]:
    """A sentence for each category whose volunteers, fixed people aside, are all on every ticket.

    Those in `known` ("quota|feature|category") have been told of.
    """
    fixed = {*outcome.pool.include, *outcome.pool.seated, *outcome.pool.exclude}
    found: list[Text] = []
    for f in outcome.quotas.features:
        for q in f.quotas:
            ids = [p.id for p in outcome.pool.people if p.features[f.feature] == q.category and p.id not in fixed]
            if f"quota|{f.feature}|{q.category}" not in known and ids and all(chances[who] == tickets for who in ids):
                name = f"{f.feature}, {q.category}"
                da = f"{name}: alle {len(ids)} tilmeldte er med på hvert lod, så de er sikre på en plads; "
                en = f"{name}: all {len(ids)} volunteers are on every ticket, so their seats are certain; "
                found.append({"da": da + "ingen kan afløse dem.", "en": en + "nobody could replace them."})
    return tuple(found)


def skew(feature: Feature, traits: Mapping[str, Mapping[str, str]], ids: Iterable[str], size: int) -> Fraction:
    """The share of `ids` that would have to be in another category for the shares to be within the quotas'."""
    have = Counter(traits[who][feature.feature] for who in ids)
    total = max(1, sum(have.values()))
    shares = [(q, Fraction(have[q.category], total)) for q in feature.quotas]
    too_many = sum((max(Fraction(), share - Fraction(q.most, size)) for q, share in shares), Fraction())
    too_few = sum((max(Fraction(), Fraction(q.least, size) - share) for q, share in shares), Fraction())
    return max(too_many, too_few)


def percent(part: int, of: int, point: str = ".") -> str:
    """With one decimal, halves up, by whole numbers.

    >>> percent(147, 1000).split(), percent(1, 3, ",").split()
    (['14.7', '%'], ['33,3', '%'])
    """
    return permille(Fraction(part, max(1, of)), point)


def permille(value: Fraction, point: str = ".", places: int = 1) -> str:
    """A fraction as a percentage."""
    return f"{rounded(100 * value, point, places)}\N{NO-BREAK SPACE}%"


def rounded(value: Fraction, point: str = ".", places: int = 1) -> str:
    """So many decimals, halves up, `point` before them.

    >>> rounded(Fraction(25, 100)), rounded(Fraction(0)), rounded(Fraction(1, 200), ",", 2)
    ('0.3', '0.0', '0,01')
    """
    scale = 10**places
    whole, part = divmod(int(value * scale + Fraction(1, 2)), scale)
    return f"{whole}{point}{part:0{places}}"
