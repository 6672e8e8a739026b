"""How fair a draw is, in plain words: the smallest chance, the bound that no lottery beats, and the gap."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from borgerting.adapters import Fairness, Level
from borgerting.errors import Text
from borgerting.events.recruitment import PoolSnapshot
from services.lottery.domain.fairness import distance
from services.lottery.files.figures import permille, rounded

AIMS: Mapping[str, Text] = {
    "leximin": {
        "da": "Den mindste chance er gjort så stor som muligt, derefter den næstmindste og så videre (leximin).",
        "en": "The smallest chance was made as large as possible, then the next smallest, and so on (leximin).",
    },
    "maximin": {
        "da": "Den mindste chance er gjort så stor som muligt (maximin).",
        "en": "The smallest chance was made as large as possible (maximin).",
    },
    "nash": {
        "da": "Produktet af alles chancer er gjort så stort som muligt (Nash).",
        "en": "The product of everybody's chances was made as large as possible (Nash).",
    },
    "goldilocks": {
        "da": "Ingen skal have en meget lille eller en meget stor chance (Goldilocks).",
        "en": "Nobody is to have a very small or a very large chance (Goldilocks).",
    },
}
TINY = Fraction(1, 10**8)
"""A millionth of a percentage point: smaller gaps are the solver's rounding."""


@dataclass(frozen=True)
class Smallest:
    """The first level whose people can be drawn at all; `shut` people before it can be on no panel."""

    level: Level
    shut: int

    @property
    def gap(self) -> Fraction:
        """By how much the smallest chance could be larger, at most."""
        return self.level.bound - self.level.chance


def smallest(fairness: Fairness | None) -> Smallest | None:
    """What is claimed of the smallest chance; None where nothing is."""
    shut = 0
    for level in fairness.levels if fairness else ():
        if level.bound > TINY:
            return Smallest(level, shut)
        shut += level.people
    return None


def proven(fairness: Fairness | None, pool: PoolSnapshot, held: Mapping[str, int], tickets: int) -> Iterable[Text]:
    """Sentences for the report, those on the smallest chance first."""
    if fairness is None:
        yield {
            "da": "Der loves intet om, hvor lige chancerne er, og intet er bevist om dem.",
            "en": "Nothing is claimed or proven of how even the chances are.",
        }
        return
    aim = fairness.objective
    yield AIMS.get(aim, {"da": f"Chancerne følger målet {aim}.", "en": f"The chances follow the aim {aim}."})
    if (least := smallest(fairness)) is None:
        yield {
            "da": "For dette mål er der intet bevis for, at det ikke kan gøres bedre; chancerne selv er nøjagtige.",
            "en": "For this aim there is no proof that it cannot be done better; the chances themselves are exact.",
        }
    else:
        yield from _bound(least, pool)
        yield _proof(fairness, least)
    off = distance(fairness, held, tickets).largest
    yield {
        "da": f"Lodderne er hele: på dem ligger ingen mere end {rounded(off, ',', 2)} lod fra sin chance.",
        "en": f"Tickets are whole: on them nobody is further than {rounded(off, '.', 2)} tickets from their chance.",
    }


def summary(fairness: Fairness | None, pool: PoolSnapshot) -> Text | None:
    """The claim in one sentence for the terminal; None where there is none."""
    if fairness is None or (least := smallest(fairness)) is None:
        return None
    chance, bound, gap = least.level.chance, least.level.bound, gap_words(least.gap)
    proof = ("bevist", "proven") if fairness.certified else ("ikke bevist til ende", "not proven to the end")
    both = (" (invitation og lodtrækning)", " (invitation and draw)") if _weighted(pool) else ("", "")
    return {
        "da": f"Retfærdighed{both[0]}: den mindste chance er {permille(chance, ',', 2)}, og ingen "
        f"lodtrækning med disse kvoter og tilmeldte kan gøre den større end {permille(bound, ',', 2)}; "
        f"forskel {gap['da']}, {proof[0]}.",
        "en": f"Fairness{both[1]}: the smallest chance is {permille(chance, '.', 2)}, and no "
        f"lottery with these quotas and volunteers can make it larger than {permille(bound, '.', 2)}; "
        f"gap {gap['en']}, {proof[1]}.",
    }


def gap_words(gap: Fraction) -> Text:
    """A difference of chances in percentage points.

    >>> gap_words(Fraction(0))["en"], gap_words(Fraction(1, 10**10))["en"], gap_words(Fraction(1, 1000))["en"]
    ('0', 'under 0.000001 percentage points', '0.1000 percentage points')
    """
    if gap == 0:
        return {"da": "0", "en": "0"}
    if gap <= TINY:
        return {"da": "under 0,000001 procentpoint", "en": "under 0.000001 percentage points"}
    places = 4 if gap >= 10**4 * TINY else 6
    return {
        "da": f"{rounded(100 * gap, ',', places)} procentpoint",
        "en": f"{rounded(100 * gap, '.', places)} percentage points",
    }


def _weighted(pool: PoolSnapshot) -> bool:
    """Fairness is measured on being invited and drawn together."""
    return any(person.inclusion for person in pool.people)


def _bound(least: Smallest, pool: PoolSnapshot) -> Iterable[Text]:
    if least.shut:
        yield {
            "da": f"{least.shut} tilmeldte kan ikke være i nogen deltagerkreds, der holder kvoterne; deres chance er "
            "0. Gør kvoterne for deres kategorier bredere, hvis de skal have en. For de andre gælder:",
            "en": f"{least.shut} volunteers can be on no panel that keeps the quotas; their chance is 0. Widen the "
            "quotas of their categories if they are to have one. For the others:",
        }
    if _weighted(pool):
        yield {
            "da": "Invitation og lodtrækning er regnet sammen: en chance er her den i lodtrækningen gange chancen for "
            "at blive inviteret, målt mod dem, der havde størst chance for det.",
            "en": "Invitation and draw are taken together: a chance is here that in the draw times that of being "
            "invited, measured against those most likely to be invited.",
        }
    people, chance, bound = least.level.people, least.level.chance, least.level.bound
    gap = gap_words(least.gap)
    yield {
        "da": f"Den mindste chance er {permille(chance, ',', 2)}; den har {people} tilmeldte. Ingen lodtrækning med "
        f"disse kvoter og tilmeldte kan gøre den større end {permille(bound, ',', 2)}; forskellen er {gap['da']}.",
        "en": f"The smallest chance is {permille(chance, '.', 2)}; {people} volunteers have it. No lottery with these "
        f"quotas and volunteers can make it larger than {permille(bound, '.', 2)}; the gap is {gap['en']}.",
    }


def _proof(fairness: Fairness, least: Smallest) -> Text:
    if not fairness.certified:
        return {
            "da": "Det er ikke bevist til ende: grænsen for regnearbejdet kom først. Tallene viser, hvor langt der er.",
            "en": "This is not proven to the end: the limit of work came first. The figures show how far it is.",
        }
    da = "Det er bevist. Beviset står i draw.json og er regnet efter her i hele tal og brøker, uden om motoren."
    en = "This is proven. The proof is in draw.json and was checked here in exact fractions, without the solver."
    if cuts := len(fairness.proof.get("cuts", ())):
        da += f" En del af det hviler på {cuts} udtømmende søgninger, som kun motoren har lavet."
        en += f" Part of it rests on {cuts} exhaustive searches that only the solver has made."
    if fairness.objective == "leximin":
        da += " Ingen kan få en større chance, uden at en med samme eller mindre chance får en mindre."
        en += " Nobody can have a larger chance unless somebody with the same or a smaller one gets less."
    return {"da": da, "en": en}
