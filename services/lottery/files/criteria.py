"""criteria.json of Analyse & Tal's tool: exact seats per category, a priority and a mark for reserves per criterion."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from borgerting.canonical import sha256
from borgerting.errors import Refused, Text
from borgerting.events.recruitment import Feature, Quota
from services.lottery.domain import raise_all
from services.lottery.files.cells import clean, key, listed
from services.lottery.files.quotas import Quotas, label
from services.lottery.files.tables import decoded, read_bytes, wrong

LARGEST = 10**6


def read_criteria(path: Path) -> Quotas:
    """Read the criteria; `seats` is their sum, which must be one and the same in every criterion."""
    content = read_bytes(path)
    text, _ = decoded(path.name, content)
    try:
        found = json.loads(text, object_pairs_hook=_once)
    except ValueError as why:
        raise wrong(
            "json",
            da=f"{path.name} er ikke gyldig JSON ({why}). Ret filen.",
            en=f"{path.name} is not valid JSON ({why}). Correct the file.",
        ) from why
    if not isinstance(found, dict) or not found:
        raise _strange(path.name, "filen", "the file", "{kriterium: {values: {kategori: antal}}}")
    raise_all(list(_wrong(path.name, found)))
    features = tuple(_feature(name, told["values"]) for name, told in found.items())
    seats = {f.feature: sum(q.least for q in f.quotas) for f in features}
    _require_one_size(path.name, seats)
    return Quotas(
        name=path.name,
        sha256=sha256(content),
        family="ogtal",
        recognised="Analyse & Tal (criteria.json)",
        features=features,
        priorities={clean(name): told.get("priority", 1) for name, told in found.items()},
        seats=next(iter(seats.values())),
        notes=_notes(path.name, found),
    )


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """JSON lets a name come twice and the last one win: here it is an error."""
    names = [key(name) for name, _ in pairs]
    for name, _ in pairs:
        if names.count(key(name)) > 1:
            raise ValueError(f"“{name}” ×{names.count(key(name))}")
    return dict(pairs)


def _wrong(name: str, found: Mapping[str, Any]) -> Iterator[Refused]:
    for criterion, told in found.items():
        values = told.get("values") if isinstance(told, dict) else None
        if not isinstance(values, dict) or not values or not clean(criterion):
            yield _strange(name, f"«{criterion}»", f"“{criterion}”", '"values": {kategori: antal}')
            continue
        for category, seats in values.items():
            if type(seats) is not int or not 0 <= seats <= LARGEST or not clean(category):
                yield _strange(name, f"«{criterion}», «{category}»", f"“{criterion}”, “{category}”", "0, 1, 2 …")
        if type(told.get("priority", 1)) is not int:
            yield _strange(name, f"«{criterion}», «priority»", f"“{criterion}”, “priority”", "1, 2, 3 …")


def _strange(name: str, da: str, en: str, wanted: str) -> Refused:
    return wrong(
        "criteria",
        da=f"{name}: {da} skal have formen {wanted}. Ret filen.",
        en=f"{name}: {en} must have the form {wanted}. Correct the file.",
    )


def _require_one_size(name: str, seats: Mapping[str, int]) -> None:
    if len(set(seats.values())) > 1:
        told = ", ".join(f"{feature}: {total}" for feature, total in seats.items())
        raise wrong(
            "criteria-seats",
            da=f"{name}: kriterierne skal have lige mange pladser i alt, men har {told}. Ret tallene.",
            en=f"{name}: every criterion must have the same seats in all, but they have {told}. Correct them.",
        )


def _feature(name: str, values: Mapping[str, int]) -> Feature:
    quotas = tuple(
        Quota(category=clean(category), label=label(clean(category)), least=seats, most=seats)
        for category, seats in values.items()
    )
    return Feature(feature=clean(name), label=label(clean(name)), quotas=quotas)


def _notes(name: str, found: Mapping[str, Any]) -> tuple[Text, ...]:
    marked = [criterion for criterion, told in found.items() if told.get("reserve_criteria")]
    if not marked:
        return ()
    return (
        {
            "da": f"{name}: «reserve_criteria» ({listed(marked)}) bruges ikke; suppleanter vælges efter alle kvoter.",
            "en": f"{name}: “reserve_criteria” ({listed(marked)}) is not used; alternates are chosen by every quota.",
        },
    )
