"""The redraw of free seats, as a rule that anybody can follow: who may come, who comes before whom, and a check."""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from borgerting.errors import Refused
from borgerting.events.recruitment import PoolSnapshot, Volunteer
from services.lottery.domain.rules import raise_all

FIRST_WAVE = 100
REDRAW_RULE = (
    "Candidates are those in the pool who neither stay, are excluded nor are gone, and who share no household "
    "with somebody who stays. A candidate's lot is the first four bytes of SHA-256 of the UTF-8 text "
    "'seed|redraw|call|id', read as a big-endian integer; call is the number of seats that were refilled before. "
    "Candidates stand in the order of their lots, then of their ids. A choice is as many of them as there are "
    "free seats, or as can be where they are too few, at most one of a household. The first wave is the first "
    "100, each next wave half as many more, rounded down, until all are in it. From the first wave in which a "
    "choice keeps every quota, the one with the smallest sum of lots comes. Where no choice keeps every quota, "
    "those of all candidates count with which the fewest seats are outside the quotas, each seat below a least or"
    " above a most counted once for each quota; of these the choice with the smallest sum of lots comes."
)


def waves(candidates: int) -> Iterable[int]:
    """How many candidates each wave has, the last one all of them.

    >>> list(waves(360)), list(waves(40))
    ([100, 150, 225, 337, 360], [40])
    """
    wave = FIRST_WAVE
    while wave < candidates:
        yield wave
        wave += wave // 2
    yield candidates


@dataclass(frozen=True)
class Vacancy:
    """Free `seats` beside those who are `staying`; those who are `gone` cannot be called any more."""

    pool: PoolSnapshot
    staying: tuple[str, ...]
    seats: int
    gone: frozenset[str] = frozenset()

    def candidates(self) -> Sequence[Volunteer]:
        """Who may come, by id."""
        staying = set(self.staying)
        homes = {person.household for person in self.pool.people if person.id in staying} - {None}
        barred = {*staying, *self.pool.exclude, *self.gone}
        free = (p for p in self.pool.people if p.id not in barred and p.household not in homes)
        return sorted(free, key=lambda person: person.id)

    def fillable(self) -> int:
        """How many of the free seats can be filled at all."""
        people = self.candidates()
        alone = sum(person.household is None for person in people)
        return min(self.seats, alone + len({person.household for person in people} - {None}))


def too_late(pool: PoolSnapshot, day: date) -> frozenset[str]:
    """Those who agreed to be called until a day that is past."""
    return frozenset(p.id for p in pool.people if p.call_until is not None and p.call_until < day)


@dataclass(frozen=True)
class Lots:
    """The candidates' lots in one redraw, by REDRAW_RULE.

    >>> [Lots("2026", call).of("p001") for call in (0, 1)]
    [1608092618, 399443384]
    """

    seed: str
    call: int

    def of(self, person: str) -> int:
        """The lot of `person`."""
        text = f"{self.seed}|redraw|{self.call}|{person}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def require_refill(vacancy: Vacancy, chosen: Sequence[str]) -> None:
    """Refuse, with every reason at once, people who cannot take the free seats; no solver is asked."""
    raise_all(list(_wrong(vacancy, chosen)))


def _wrong(vacancy: Vacancy, chosen: Sequence[str]) -> Iterable[Refused]:
    people = {person.id: person for person in vacancy.candidates()}
    if strangers := sorted(set(chosen) - set(people)):
        yield Refused(
            "refill.stranger",
            da=f"{_listed(strangers)} kan ikke få en plads: de er ikke i puljen, sidder allerede, er udelukket, kan "
            "ikke kaldes mere, eller bor sammen med et medlem. Vælg andre.",
            en=f"{_listed(strangers)} cannot take a seat: they are not in the pool, sit already, are excluded, cannot "
            "be called any more, or live with a member. Choose others.",
        )
    if twice := sorted(who for who, times in Counter(chosen).items() if times > 1):
        yield Refused(
            "refill.twice",
            da=f"{_listed(twice)} er nævnt mere end én gang. Skriv hver én gang.",
            en=f"{_listed(twice)} are named more than once. Write each once.",
        )
    homes = Counter(people[who].household for who in set(chosen) & set(people))
    if crowded := sorted(home for home, count in homes.items() if home and count > 1):
        yield Refused(
            "refill.household",
            da=f"Flere af de kaldte bor i samme husstand: {_listed(crowded)}. Kald kun én fra hver.",
            en=f"Several of those called share a household: {_listed(crowded)}. Call one of each only.",
        )
    need, have = vacancy.fillable(), len(set(chosen))
    if have != need:
        yield Refused(
            "refill.seats",
            da=f"{vacancy.seats} pladser er ledige, og {need} af dem kan besættes, men {have} er kaldt.",
            en=f"{vacancy.seats} seats are free and {need} of them can be filled, but {have} people are called.",
        )


def _listed(ids: Collection[str], some: int = 5) -> str:
    rest = f" (+{len(ids) - some})" if len(ids) > some else ""
    return ", ".join(sorted(ids)[:some]) + rest
