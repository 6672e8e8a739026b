"""The population that the bench's pools come from: a mixture of five walks of life."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

WALKS = (22, 26, 20, 20, 12)
"""Per cent of the population: town graduates, suburban families, country elders, town workers, newcomers."""


@dataclass(frozen=True)
class Category:
    """`share` is its weight in each walk of life, `willing` how readily its people volunteer."""

    code: str
    da: str
    en: str
    willing: int
    share: tuple[int, int, int, int, int]


def _age(span: str, willing: int, share: tuple[int, int, int, int, int]) -> Category:
    return Category(span, span, span, willing, share)


FEATURES: Mapping[str, tuple[str, str, tuple[Category, ...]]] = {
    "sex": (
        "Køn",
        "Sex",
        (
            Category("f", "Kvinde", "Female", 11, (100, 102, 103, 98, 96)),
            Category("m", "Mand", "Male", 10, (99, 97, 97, 101, 101)),
            Category("x", "Andet", "Other", 14, (1, 1, 0, 1, 3)),
        ),
    ),
    "age": (
        "Alder",
        "Age",
        (
            _age("16–24", 5, (8, 6, 3, 16, 34)),
            _age("25–34", 8, (25, 14, 5, 24, 38)),
            _age("35–44", 9, (22, 28, 8, 20, 16)),
            _age("45–54", 11, (18, 27, 15, 18, 7)),
            _age("55–64", 15, (14, 16, 24, 14, 3)),
            _age("65+", 17, (13, 9, 45, 8, 2)),
        ),
    ),
    "region": (
        "Egn",
        "Region",
        (
            Category("capital", "Hovedstaden", "Capital", 13, (40, 14, 2, 24, 38)),
            Category("north", "Nord", "North", 9, (6, 10, 16, 9, 6)),
            Category("north-east", "Nordøst", "North-east", 9, (5, 9, 13, 8, 6)),
            Category("mid", "Midt", "Mid", 10, (14, 14, 14, 13, 13)),
            Category("east", "Øst", "East", 11, (10, 16, 10, 12, 10)),
            Category("south-east", "Sydøst", "South-east", 10, (9, 14, 12, 10, 8)),
            Category("south", "Syd", "South", 9, (7, 10, 15, 11, 9)),
            Category("west", "Vest", "West", 8, (5, 8, 12, 8, 6)),
            Category("islands", "Øerne", "Islands", 7, (4, 5, 6, 5, 4)),
        ),
    ),
    "education": (
        "Uddannelse",
        "Education",
        (
            Category("school", "Grundskole", "School", 5, (4, 12, 36, 34, 30)),
            Category("trade", "Erhvervsuddannelse", "Trade", 8, (10, 36, 42, 42, 16)),
            Category("college", "Mellemlang", "College", 14, (32, 32, 16, 16, 24)),
            Category("university", "Lang", "University", 24, (54, 20, 6, 8, 30)),
        ),
    ),
    "ethnicity": (
        "Herkomst",
        "Ethnicity",
        (
            Category("danish", "Dansk", "Danish", 10, (82, 88, 96, 72, 30)),
            Category("nordic", "Nordisk", "Nordic", 13, (6, 3, 1, 3, 12)),
            Category("european", "Europæisk", "European", 9, (6, 4, 2, 9, 22)),
            Category("world", "Øvrige verden", "Rest of the world", 7, (4, 3, 1, 11, 28)),
            Category("mixed", "Blandet", "Mixed", 12, (2, 2, 0, 5, 8)),
        ),
    ),
    "setting": (
        "By eller land",
        "Town or country",
        (
            Category("town", "By", "Town", 11, (88, 64, 18, 80, 92)),
            Category("country", "Land", "Country", 9, (12, 36, 82, 20, 8)),
        ),
    ),
    "climate": (
        "Syn på klimaet",
        "View of the climate",
        (
            Category("very", "Meget bekymret", "Very concerned", 18, (42, 30, 24, 22, 36)),
            Category("fairly", "Noget bekymret", "Fairly concerned", 11, (38, 40, 36, 36, 36)),
            Category("little", "Lidt bekymret", "Not very concerned", 6, (14, 20, 26, 26, 18)),
            Category("not", "Ikke bekymret", "Not at all concerned", 5, (6, 10, 14, 16, 10)),
        ),
    ),
    "housing": (
        "Bolig",
        "Housing",
        (
            Category("owner", "Ejer", "Owner", 12, (48, 74, 70, 22, 8)),
            Category("mortgage", "Andel", "Co-operative", 12, (22, 10, 6, 10, 10)),
            Category("rent", "Privat leje", "Private rent", 8, (20, 8, 10, 26, 46)),
            Category("social", "Almen", "Social rent", 6, (10, 8, 14, 42, 36)),
        ),
    ),
}
"""Feature -> label in Danish, label in English, categories."""


def shares(name: str) -> list[Fraction]:
    """Each category's share of the population."""
    categories = FEATURES[name][2]
    totals = [sum(c.share[walk] for c in categories) for walk in range(len(WALKS))]
    return [
        sum((Fraction(part * c.share[walk], 100 * totals[walk]) for walk, part in enumerate(WALKS)), Fraction(0))
        for c in categories
    ]
