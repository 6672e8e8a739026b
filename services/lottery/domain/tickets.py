"""Tickets: everybody's share of them, their name, and the one that is drawn, in whole numbers."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from borgerting.events.recruitment import PoolSnapshot


@dataclass(frozen=True)
class DrawSettings:
    """How this installation draws; `seed` is drawn by chance where it is None."""

    tickets: int = 1000
    objective: str = "leximin"
    alternates: int = 6
    seed: str | None = None
    draw_delay_seconds: float = 0.0
    selector: str = "portfolio"
    solver_memory_mb: int = 1024
    lease_seconds: float = 30.0


def chances(pool: PoolSnapshot, tickets: Iterable[Iterable[str]]) -> dict[str, int]:
    """How many tickets each person is on; a person's chance is that share of all tickets, no more.

    >>> people = [{"id": i, "features": {}} for i in "abc"]
    >>> pool = PoolSnapshot(assembly="klima", panel_size=1, features=(), people=people)
    >>> chances(pool, [("a",), ("b",), ("a",)])
    {'a': 2, 'b': 1, 'c': 0}
    """
    held = Counter(person for ticket in tickets for person in ticket)
    return {person.id: held[person.id] for person in sorted(pool.people, key=lambda p: p.id)}


def shares(held: Mapping[str, int]) -> dict[int, int]:
    """How many people are on how many tickets.

    >>> shares({"a": 2, "b": 1, "c": 2})
    {1: 1, 2: 2}
    """
    return dict(sorted(Counter(held.values()).items()))


def digest(portfolio: bytes) -> str:
    """The name of a portfolio: SHA-256 of its canonical bytes, in hex."""
    return hashlib.sha256(portfolio).hexdigest()


def commitment(seed: str) -> str:
    """What is told before the draw so that the seed cannot be changed: SHA-256 of its UTF-8 bytes, in hex."""
    return hashlib.sha256(seed.encode()).hexdigest()


def solver_seed(seed: str) -> int:
    """A 63-bit number for the selector, from which the ticket cannot be told."""
    return int.from_bytes(hashlib.sha256(f"portfolio|{seed}".encode()).digest()[:8], "big") >> 1


TICKET_RULE = (
    "M is the number of tickets. For c = 0, 1, 2, ...: n = SHA-256 of the UTF-8 text 'seed|portfolio|c', read as a "
    "big-endian integer; the first n below the largest multiple of M up to 2^256 gives ticket n mod M, counted from 0."
)


def ticket_index(seed: str, portfolio: str, tickets: int) -> int:
    """The ticket drawn, by TICKET_RULE: no ticket is likelier than another.

    >>> [ticket_index("2026", "ab" * 32, m) for m in (1, 7, 200)]
    [0, 5, 27]
    """
    limit = 2**256 // tickets * tickets
    count = 0
    while True:
        n = int.from_bytes(hashlib.sha256(f"{seed}|{portfolio}|{count}".encode()).digest(), "big")
        if n < limit:
            return n % tickets
        count += 1
