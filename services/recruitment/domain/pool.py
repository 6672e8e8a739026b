"""The pool's own rules: when it takes in and when it is frozen, and what may be told of it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from borgerting.canonical import canonical
from borgerting.errors import Refused, in_language
from borgerting.events.recruitment import Feature, PoolSnapshot, Quota, Volunteer
from services.recruitment.domain.refusals import raise_all

State = Literal["prepared", "open", "closing", "frozen"]
Counts = Mapping[str, Mapping[str, int]]
FEW = 5
"""Fewer people than this are not told as a number."""


def unknown(assembly: str) -> Refused:
    """The charter has not come in, or there is none."""
    return Refused(
        "recruitment.pool.unknown",
        da=f"Rekrutteringen kender ikke {assembly}. Vedtag kommissoriet først, eller vent et øjeblik.",
        en=f"Recruitment does not know {assembly}. Fix the charter first, or wait a moment.",
    )


def require_quotas_free(state: State) -> None:
    """Quotas may be replaced until the pool closes, and again when the draw has refused them."""
    if state in ("closing", "frozen"):
        raise _closed()


def require_same_categories(old: Sequence[Feature], new: Sequence[Feature]) -> None:
    """Volunteers have been sorted by the old categories, so that the new quotas must have the same ones."""
    before, after = _categories(old), _categories(new)
    differs = sorted(before ^ after)
    if differs:
        feature, category = differs[0]
        da, en = ("mangler", "lack") if (feature, category) in before else ("har også", "have, beside the old ones,")
        raise Refused(
            "recruitment.quotas.other",
            da=f"De nye kvoter {da} {feature}, {category}. De tilmeldte er allerede fordelt, så kriterier og "
            "kategorier skal være de samme som før; ret kun mindst og højst.",
            en=f"The new quotas {en} {feature}, {category}. The volunteers are sorted already, so features and "
            "categories must be the same as before; change only the least and the most.",
        )


def with_seats(old: Sequence[Feature], new: Sequence[Feature]) -> tuple[Feature, ...]:
    """The `old` features, labels and population kept, with the least and the most of `new`."""
    seats = {(f.feature, q.category): (q.least, q.most) for f in new for q in f.quotas}
    return tuple(
        Feature(
            feature=f.feature,
            label=f.label,
            quotas=tuple(_reseated(q, *seats[f.feature, q.category]) for q in f.quotas),
        )
        for f in old
    )


def _reseated(quota: Quota, least: int, most: int) -> Quota:
    return Quota(**{**dict(quota), "least": least, "most": most})


def _categories(features: Iterable[Feature]) -> set[tuple[str, str]]:
    return {(f.feature, q.category) for f in features for q in f.quotas}


def require_open(state: State) -> None:
    """Volunteers come in while the pool is open."""
    if state == "prepared":
        raise _no_quotas()
    if state != "open":
        raise Refused(
            "recruitment.pool.late",
            da="Tilmeldingen kom for sent: puljen er lukket, og ingen fra filen er kommet med.",
            en="The volunteers came too late: the pool is closed, and nobody in the file is in it.",
        )


def require_freezable(state: State) -> None:
    """A pool is frozen once; freezing that was interrupted may go on."""
    if state == "prepared":
        raise _no_quotas()
    if state == "frozen":
        raise _closed()


def require_enough(features: Sequence[Feature], supply: Counts, volunteers: int, panel_size: int) -> None:
    """Refuse, with every reason, a pool too small for its panel or for one of its quotas."""
    raise_all([*_too_few(volunteers, panel_size), *_too_thin(features, supply)])


def count(features: Iterable[Feature], people: Iterable[Mapping[str, str]]) -> dict[str, dict[str, int]]:
    """People per feature and category, zeros included."""
    taken = Counter(trait for person in people for trait in person.items())
    return {f.feature: {q.category: taken[f.feature, q.category] for q in f.quotas} for f in features}


def suppressed(counts: Counts) -> dict[str, dict[str, int | None]]:
    """Counts that tell of no group smaller than FEW, not even by subtracting the others from everybody.

    >>> suppressed({"sex": {"f": 40, "m": 38, "x": 3}})
    {'sex': {'f': 40, 'm': None, 'x': None}}
    """
    return {feature: _hide(cells) for feature, cells in counts.items()}


def _hide(cells: Mapping[str, int]) -> dict[str, int | None]:
    order = sorted(cells, key=lambda category: (cells[category], category))
    hidden = [category for category in order if cells[category] < FEW]
    shown = order[len(hidden) :]
    # one hidden cell is the rest of the whole, and so is the sum of several: neither may be a small group
    while shown and hidden and (len(hidden) == 1 or 0 < sum(cells[c] for c in hidden) < FEW):
        hidden.append(shown.pop(0))
    return {category: None if category in hidden else number for category, number in cells.items()}


def snapshot(
    assembly: str,
    panel_size: int,
    features: tuple[Feature, ...],
    people: Iterable[tuple[str, Mapping[str, str]]],
    synthetic: bool,
) -> bytes:
    """The canonical bytes that a draw starts from: people in order of id, features and categories as specified."""
    content = PoolSnapshot(
        assembly=assembly,
        panel_size=panel_size,
        features=features,
        people=tuple(Volunteer(id=who, features=dict(traits)) for who, traits in sorted(people)),
        synthetic=synthetic,
    )
    return canonical(content.model_dump(mode="json"))


def _too_few(volunteers: int, panel_size: int) -> Iterator[Refused]:
    if volunteers < panel_size:
        more = panel_size - volunteers
        yield Refused(
            "recruitment.pool.small",
            da=f"Der er {volunteers} tilmeldte, men {panel_size} skal trækkes. Find {more} flere først.",
            en=f"There are {volunteers} volunteers, but {panel_size} are to be drawn. Find {more} more first.",
        )


def _too_thin(features: Iterable[Feature], supply: Counts) -> Iterator[Refused]:
    for feature in features:
        for quota in feature.quotas:
            have = supply[feature.feature][quota.category]
            if have < quota.least:
                da, en = (f"{in_language(feature.label, x)}, {in_language(quota.label, x)}" for x in ("da", "en"))
                yield Refused(
                    "recruitment.pool.thin",
                    da=f"{da} har {have} tilmeldte, men kvoten kræver mindst {quota.least}. Find flere først.",
                    en=f"{en} has {have} volunteers, but the quota needs {quota.least}. Find more first.",
                )


def _no_quotas() -> Refused:
    return Refused(
        "recruitment.pool.no-quotas",
        da="Puljen har ingen kvoter endnu. Byg dem af befolkningen, eller læg en kvotefil op.",
        en="The pool has no quotas yet. Build them from the population, or upload a quota file.",
    )


def _closed() -> Refused:
    return Refused(
        "recruitment.pool.frozen",
        da="Puljen er lukket og kan ikke ændres.",
        en="The pool is frozen and cannot be changed.",
    )
