"""Who lives together, by the address columns: spelled the same, or (fuzzy) nearly so."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from borgerting.errors import Text
from services.lottery.files.cells import clean, key, listed
from services.lottery.files.volunteers import Volunteers

LETTERS = str.maketrans({"æ": "ae", "ø": "o", "å": "aa", "ö": "o", "ä": "ae", "ü": "u", "ß": "ss", "ð": "d", "þ": "th"})
SHORT_FOR = {
    **dict.fromkeys(("street", "st", "stuen", "sal", "etage", "floor", "flat", "apt", "apartment", "lejl"), ""),
    "v": "vej",
    "g": "gade",
    "gd": "gade",
    "pl": "plads",
    "rd": "road",
    "ave": "avenue",
}
"""Words that are left out or written short; an address keeps its numbers and letters of doors."""
LETTERS_PER_SLIP = 8
CODE_LENGTH = 2


@dataclass(frozen=True)
class Households:
    """Person id -> key of the home, for those who share one; the key tells nothing of the address.

    `near` are groups whose addresses are spelled in different ways; `without` have no address at all.
    """

    of: Mapping[str, str]
    near: tuple[tuple[str, ...], ...] = ()
    without: int = 0

    @property
    def shared(self) -> int:
        """Homes with more than one volunteer."""
        return len(set(self.of.values()))

    def notes(self) -> Iterable[Text]:
        """What the organiser should look at."""
        if self.without:
            yield {
                "da": f"{self.without} tilmeldte har ingen adresse og regnes for at bo alene.",
                "en": f"{self.without} volunteers have no address and are taken to live alone.",
            }
        for ids in self.near:
            yield {
                "da": f"Samme husstand, skønt adresserne er stavet forskelligt: {listed(ids)}.",
                "en": f"The same household, though the addresses are spelled differently: {listed(ids)}.",
            }


def find_households(volunteers: Volunteers, columns: Sequence[str], *, fuzzy: bool = False) -> Households:
    """Compare the address `columns`; an address that is empty in all of them is nobody's home."""
    places = [volunteers.table.require(name) for name in columns]
    by_address: dict[tuple[str, ...], list[str]] = {}
    for who in sorted(volunteers.people):
        cells = volunteers.people[who].cells
        by_address.setdefault(tuple(key(cells[at]) for at in places), []).append(who)
    without = len(by_address.pop(("",) * len(places), []))
    homes = _joined(by_address) if fuzzy else [[address] for address in sorted(by_address)]
    groups = [(sorted(who for a in home for who in by_address[a]), len(home) > 1) for home in homes]
    shared = sorted(group for group in groups if len(group[0]) > 1)
    width = len(str(len(shared)))
    return Households(
        of={who: f"home-{n:0{width}}" for n, (ids, _) in enumerate(shared, 1) for who in ids},
        near=tuple(tuple(ids) for ids, near in shared if near),
        without=without,
    )


def _joined(addresses: Iterable[tuple[str, ...]]) -> list[list[tuple[str, ...]]]:
    """Addresses in groups of those that are near one another, directly or by others between them."""
    blocks: dict[tuple[str, ...], list[tuple[str, tuple[str, ...]]]] = {}
    for address in sorted(addresses):
        codes, words = essence(address)
        blocks.setdefault(codes, []).append((words, address))
    groups: list[list[tuple[str, ...]]] = []
    for codes in sorted(blocks):
        group_of = {address: [address] for _, address in blocks[codes]}
        for (words, one), (others, other) in combinations(blocks[codes], 2):
            if group_of[one] is not group_of[other] and near(words, others):
                group_of[one].extend(group_of[other])
                for moved in group_of[other]:
                    group_of[moved] = group_of[one]
        groups += [sorted(group) for address, group in sorted(group_of.items()) if address == min(group)]
    return groups


def essence(address: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """The numbers and letters that must be the same (house, floor, door, postcode), and the names run together.

    >>> essence(["Nørrebrogade 12 B, 3. tv.", "2200"]) == essence(["norrebrogade 12b 3.tv", "2200"])
    True
    """
    plain = unicodedata.normalize("NFKD", " ".join(map(clean, address)).casefold().translate(LETTERS))
    tokens = re.findall(r"\d+|[^\W\d_]+", "".join(c for c in plain if not unicodedata.combining(c)))
    full = [word for word in (SHORT_FOR.get(token, token) for token in tokens) if word]
    codes = tuple(sorted(t.lstrip("0") or "0" if t.isdigit() else t for t in full if _is_code(t)))
    return codes, "".join(word for word in full if not _is_code(word))


def near(one: str, other: str) -> bool:
    """At most one slip for every eight letters of the shorter, and none in the first.

    >>> near("norrebrogade", "norrebrogede"), near("kirkevej", "birkevej"), near("elmevej", "elmvej")
    (True, False, False)
    """
    slips = min(len(one), len(other)) // LETTERS_PER_SLIP
    return one == other or (one[:1] == other[:1] and _distance(one, other, slips) <= slips)


def _is_code(word: str) -> bool:
    return word.isdigit() or len(word) <= CODE_LENGTH


def _distance(one: str, other: str, most: int) -> int:
    """Letters to put in, take out or change; anything above `most` is told as `most + 1`."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    row = list(range(len(other) + 1))
    for n, letter in enumerate(one, 1):
        before, row[0] = row[0], n
        for m, against in enumerate(other, 1):
            before, row[m] = row[m], min(row[m] + 1, row[m - 1] + 1, before + (letter != against))
        if min(row) > most:
            return most + 1
    return row[-1]
