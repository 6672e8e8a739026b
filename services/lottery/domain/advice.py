"""Why no panel can be drawn, what would help, and which volunteers are certain of a seat: figures, and their words."""

from collections.abc import Iterable, Sequence
from typing import Literal

from borgerting.errors import Refused, Text, in_language
from borgerting.events.base import Value

Side = Literal["least", "most"]
Way = Literal["seats", "bands", "priorities", "feature", "quotas", "chance", "recruit", "other"]


class Clash(Value):
    """One side of a quota that clashes: `bound` seats at least or at most, in all panels together.

    Where the other clashing sides are kept, at most (at least) `reach` seats are possible; None where that is open.
    `volunteers` counts those of this quota who can be seated.
    """

    quota: str
    label: Text
    side: Side
    bound: int
    reach: int | None
    volunteers: int


class Change(Value):
    """The least or the most of a quota, on each panel, as it is and as it would be."""

    quota: str
    label: Text
    side: Side
    now: int
    then: int


class Recruits(Value):
    """So many more volunteers with these categories (feature -> category)."""

    people: int
    categories: dict[str, str]
    label: Text


class Repair(Value):
    """Changes that make a panel possible, or volunteers who do; `seats` is the sum of the changes on each panel.

    `chance` is the smallest chance that a lottery can give afterwards, at most, in thousandths rounded down, and
    `one_in` the same as one in so many, None where somebody has none. `proven` where the first of `ways` is the best
    of its kind for certain.
    """

    ways: tuple[Way, ...]
    changes: tuple[Change, ...] = ()
    recruits: tuple[Recruits, ...] = ()
    seats: int = 0
    chance: int
    one_in: int | None
    proven: bool = True
    feature: Text | None = None


class Thin(Value):
    """A quota that needs `need` of the `have` seats its volunteers can fill: all of them."""

    quota: str
    label: Text
    need: int
    have: int


class Advice(Value):
    """Everything to say about a pool before its draw; `possible` where a panel keeps every quota.

    `wrong` are rules that no change of quotas mends; `conflict` is a smallest set that clashes where `minimal`.
    """

    possible: bool
    panels: int = 1
    wrong: tuple[Text, ...] = ()
    conflict: tuple[Clash, ...] = ()
    minimal: bool = True
    repairs: tuple[Repair, ...] = ()
    thin: tuple[Thin, ...] = ()

    def sentences(self) -> tuple[Text, ...]:
        """What to tell the organiser, in order: what is wrong, what clashes, what would help, what is thin."""
        return (*self.wrong, *self.clashing(), *self.helping(), *map(thin_words, self.thin))

    def clashing(self) -> tuple[Text, ...]:
        """The clash in one sentence, or nothing."""
        return (_conflict_words(self),) if self.conflict else ()

    def helping(self) -> tuple[Text, ...]:
        """One sentence for each repair."""
        return tuple(map(repair_words, self.repairs))

    def refusal(self) -> Refused:
        """The advice as a refusal, the reason first and each repair in `also`."""
        told = [*self.wrong, *self.clashing()] or [
            {"da": "Kvoterne kan ikke opfyldes på én gang.", "en": "The quotas cannot be met together."}
        ]
        first, *also = (
            *(Refused("quota.contradiction", da=text["da"], en=text["en"]) for text in told),
            *(Refused("quota.repair", da=text["da"], en=text["en"]) for text in self.helping()),
        )
        return Refused(first.code, da=first.text["da"], en=first.text["en"], also=tuple(also))


WAYS: dict[Way, Text] = {
    "seats": {"da": "Færrest pladser", "en": "Fewest seats"},
    "bands": {"da": "Inden for de fleksible grænser", "en": "Within the flexible bands"},
    "priorities": {"da": "Efter jeres prioriteter", "en": "By your priorities"},
    "feature": {"da": "Kun ét kriterium", "en": "Only one feature"},
    "quotas": {"da": "Færrest kvoter", "en": "Fewest quotas"},
    "chance": {"da": "Bedre chancer", "en": "Better chances"},
    "recruit": {"da": "Flere tilmeldte", "en": "More volunteers"},
    "other": {"da": "En anden udvej", "en": "Another way"},
}


def repair_words(repair: Repair) -> Text:
    """A repair in one sentence, with its effect on the smallest chance."""
    return {language: _repair(repair, language) for language in ("da", "en")}


def change_words(change: Change) -> Text:
    """ "Alder, 18–29: mindst 3 (nu 4)"."""
    word = SIDES[change.side]
    return {
        "da": f"{in_language(change.label, 'da')}: {word['da']} {change.then} (nu {change.now})",
        "en": f"{in_language(change.label, 'en')}: {word['en']} {change.then} (now {change.now})",
    }


def chance_words(repair: Repair) -> Text:
    """The smallest chance after a repair: what no lottery can exceed."""
    if repair.one_in is None:
        return {"da": "nogle tilmeldte får ingen chance", "en": "some volunteers get no chance"}
    whole, tenth = divmod(repair.chance, 10)
    one = repair.one_in
    return {
        "da": f"den mindste chance kan blive op til {whole},{tenth} % (1 ud af {one})",
        "en": f"the smallest chance can be up to {whole}.{tenth} % (1 in {one})",
    }


def thin_words(thin: Thin) -> Text:
    """A quota that needs everybody it can get."""
    da, en = (in_language(thin.label, language) for language in ("da", "en"))
    return {
        "da": f"{da}: kvoten skal bruge alle de {thin.have}, der kan komme med, så de er sikre på en plads, og et "
        "frafald kan ikke erstattes. Find flere tilmeldte, eller sænk mindstetallet.",
        "en": f"{en}: the quota needs all of the {thin.have} who can be seated, so they are certain of a seat and "
        "nobody can replace them. Find more volunteers or lower the least.",
    }


def unfit_words(people: int, label: Text) -> Text:
    """So many volunteers with the combination `label` fit no panel and will not be drawn."""
    da, en = (in_language(label, language) for language in ("da", "en"))
    who = f"{people} tilmeldte passer" if people > 1 else "1 tilmeldt passer"
    fits = f"{people} volunteers fit" if people > 1 else "1 volunteer fits"
    return {
        "da": f"{da}: {who} ikke i nogen deltagerkreds, der holder kvoterne, og kan ikke trækkes. "
        "Gør kvoterne for disse kategorier bredere, hvis de skal have en chance.",
        "en": f"{en}: {fits} no panel that keeps the quotas and cannot be drawn. "
        "Widen the quotas of these categories if they are to have a chance.",
    }


SIDES: dict[Side, Text] = {"least": {"da": "mindst", "en": "at least"}, "most": {"da": "højst", "en": "at most"}}


def _repair(repair: Repair, language: str) -> str:
    ways = [in_language(WAYS[way], language) for way in repair.ways]
    if repair.feature:
        ways = [
            f"{way} ({in_language(repair.feature, language)})" if way == WAYS["feature"][language] else way
            for way in ways
        ]
    parts = [in_language(change_words(change), language) for change in repair.changes]
    parts += [f"{new.people} × {in_language(new.label, language)}" for new in repair.recruits]
    total = repair.seats or sum(new.people for new in repair.recruits)
    da = f"I alt {_count(total, 'plads', 'pladser')}" if repair.changes else f"I alt {total}"
    en = f"In all {_count(total, 'seat', 'seats')}" if repair.changes else f"In all {total}"
    open_da = "" if repair.proven else " (måske findes der noget mindre; regnegrænsen kom først)"
    open_en = "" if repair.proven else " (there may be a smaller one; the limit of work came first)"
    unsure, all_told = (open_da, da) if language == "da" else (open_en, en)
    chance = in_language(chance_words(repair), language)
    return f"{', '.join(ways)}: {'; '.join(parts)}. {all_told}{unsure}; {chance}."


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _conflict_words(advice: Advice) -> Text:
    da, en = (_conflict(advice, language) for language in ("da", "en"))
    if len(advice.conflict) == 1:
        return {"da": f"En kvote kan ikke opfyldes: {da}.", "en": f"One quota cannot be met: {en}."}
    rest = {
        "da": "Uden en hvilken som helst af dem kan de andre af dem opfyldes."
        if advice.minimal
        else "Regnegrænsen kom, før det var vist, at de alle er nødvendige for modsigelsen.",
        "en": "Without any one of them the others of them can be met."
        if advice.minimal
        else "The limit of work came before it was shown that the clash needs all of them.",
    }
    return {
        "da": f"Disse kvoter kan ikke opfyldes på én gang: {da}. {rest['da']}",
        "en": f"These quotas cannot be met together: {en}. {rest['en']}",
    }


def _conflict(advice: Advice, language: str) -> str:
    alone = len(advice.conflict) == 1
    return "; ".join(in_language(_clash_words(clash, advice.panels, alone), language) for clash in advice.conflict)


def _clash_words(clash: Clash, panels: int, alone: bool) -> Text:
    da, en = (in_language(clash.label, language) for language in ("da", "en"))
    in_all = (f" i alt på de {panels} deltagerkredse", f" in all on the {panels} panels") if panels > 1 else ("", "")
    side, other = SIDES[clash.side], SIDES["most" if clash.side == "least" else "least"]
    why_da, why_en = "", ""
    if clash.reach is not None:
        held = ("", "") if alone else (", når de andre holdes", " while the others are kept")
        can = "der kan højst blive" if clash.side == "least" else "der bliver mindst"
        why_da = f" – {can} {clash.reach}{held[0]}"
        why_en = f" – there can be {other['en']} {clash.reach}{held[1]}"
        if clash.side == "least":
            why_da += f", og {_count(clash.volunteers, 'tilmeldt', 'tilmeldte')} kan komme med"
            why_en += f", and {_count(clash.volunteers, 'volunteer', 'volunteers')} can be seated"
    return {
        "da": f"{da}: {side['da']} {clash.bound}{in_all[0]}{why_da}",
        "en": f"{en}: {side['en']} {clash.bound}{in_all[1]}{why_en}",
    }


def in_order(repairs: Iterable[Repair]) -> Sequence[Repair]:
    """Repairs with the same changes as one, with the ways of all of them."""
    found: dict[str, Repair] = {}
    for repair in repairs:
        key = repr((repair.changes, repair.recruits))
        known = found.get(key, repair)
        found[key] = known.model_copy(
            update={
                "ways": tuple(dict.fromkeys((*known.ways, *repair.ways))),
                "feature": known.feature or repair.feature,
                "proven": known.proven and repair.proven,
            }
        )
    return list(found.values())
