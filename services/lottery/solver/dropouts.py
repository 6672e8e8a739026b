"""Who gives up a seat in which of many imagined futures: whole numbers from SHA-256, the same on every platform."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from borgerting.errors import Refused
from borgerting.events.recruitment import PoolSnapshot, Volunteer

Flags = NDArray[np.bool_]
SHARE_OF_A_DIGEST = 4
"""Bytes of a digest for one future: a digest has eight of them."""


@dataclass(frozen=True)
class Dropouts:
    """How likely members leave: `rate` in all, and feature -> category -> rate where a category has its own.

    A category's rate over `rate` is how much likelier its people leave; somebody with several of them is likelier by
    the product. Nobody is above 1.
    """

    rate: Fraction = Fraction(1, 6)
    rates: Mapping[str, Mapping[str, Fraction]] = field(default_factory=dict)

    def of(self, person: Volunteer) -> Fraction:
        """The probability that `person` leaves.

        >>> anna = Volunteer(id="anna", features={"age": "18-29", "sex": "f"})
        >>> Dropouts(Fraction(1, 6), {"age": {"18-29": Fraction(1, 4)}}).of(anna)
        Fraction(1, 4)
        """
        chance = self.rate
        for feature, rates in self.rates.items():
            if self.rate and (own := rates.get(person.features.get(feature, ""))) is not None:
                chance *= own / self.rate
        return min(chance, Fraction(1))


def require_dropouts(pool: PoolSnapshot, dropouts: Dropouts) -> None:
    """Refuse rates that are no probabilities, or that are of a category which no quota has."""
    known = {(feature.feature, quota.category) for feature in pool.features for quota in feature.quotas}
    own = [(name, code, rate) for name, rates in dropouts.rates.items() for code, rate in rates.items()]
    for name, code, _ in own:
        if (name, code) not in known:
            raise Refused(
                "dropouts.category",
                da=f"Frafaldet er sat for «{name}: {code}», som ingen kvote har. Ret navnet, eller fjern linjen.",
                en=f"A dropout rate is set for “{name}: {code}”, which no quota has. Correct the name or remove it.",
            )
    for what, rate in [("", dropouts.rate), *((f" {name}: {code}", rate) for name, code, rate in own)]:
        if not 0 <= rate <= 1 or (own and not dropouts.rate):
            raise Refused(
                "dropouts.rate",
                da=f"Frafaldet{what} er {rate}; det skal være mellem 0 og 1, og over 0 i alt, hvor kategorier har "
                "deres eget. Skriv for eksempel 1/6.",
                en=f"The dropout rate{what} is {rate}; it must be between 0 and 1, and above 0 in all where categories "
                "have their own. Write for example 1/6.",
            )


class Futures:
    """So many futures of one pool; in each, everybody stays or leaves, whatever panel they are on.

    Each person leaves in their rate's share of the futures, rounded down or up by a lot: those with the smallest lots.
    """

    def __init__(self, pool: PoolSnapshot, dropouts: Dropouts, count: int, seed: int) -> None:
        self._people = {person.id: person for person in pool.people}
        self._dropouts, self._count, self._seed = dropouts, count, seed
        self._known: dict[str, Flags] = {}

    def leaving(self, members: Iterable[str]) -> Flags:
        """Futures x members, in their order."""
        return np.array([self._futures_of(who) for who in members], dtype=bool).reshape(-1, self._count).T

    def _futures_of(self, who: str) -> Flags:
        if who not in self._known:
            lots = self._lots(who)
            wanted = self._dropouts.of(self._people[who]) * self._count
            whole = int(wanted)
            leaves = whole + (lots[-1] < (wanted - whole) * 256**SHARE_OF_A_DIGEST)
            order = sorted(range(self._count), key=lambda at: (lots[at], at))
            flags = np.zeros(self._count, dtype=bool)
            flags[order[:leaves]] = True
            self._known[who] = flags
        return self._known[who]

    def _lots(self, who: str) -> list[int]:
        """A lot for each future, and one for the rounding."""
        found: list[int] = []
        while len(found) <= self._count:
            text = f"{self._seed}|future|{len(found)}|{who}"
            digest = hashlib.sha256(text.encode()).digest()
            parts = range(0, len(digest), SHARE_OF_A_DIGEST)
            found += [int.from_bytes(digest[at : at + SHARE_OF_A_DIGEST], "big") for at in parts]
        return found[: self._count + 1]
