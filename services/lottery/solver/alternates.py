"""Alternates named before the draw: those with whom the quotas are missed least, over many futures.

In a future some members leave, and of the alternates as many come as there are seats for, those who keep the quotas
best. The alternates are added one by one, each the best there is, and then exchanged one by one while that helps (the
problem is that of Assos, Baharav, Flanigan and Procaccia, 2025). All sums are whole numbers, far below 2^24, so that
floats hold them exactly and every platform chooses alike.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from borgerting.adapters import Progress
from borgerting.errors import Refused
from borgerting.events.recruitment import PoolSnapshot
from services.lottery.domain.rules import quota_rules
from services.lottery.solver.dropouts import Dropouts, Futures, require_dropouts

Whole = NDArray[np.int64]
Exact = NDArray[np.float32]
"""Whole numbers below 2^24 in floats, for the speed of their products."""

MOST = 12
"""So many alternates can be named: every subset of them is looked at."""
FUTURES = 64
LISTED = 1_000
"""So many profiles at most are looked at for each place; where a pool has more, by lot."""
NEAREST = 2
"""So many subsets of the other alternates are looked at beside a candidate, in each future."""
ROUNDS = 3
"""How often each alternate may be exchanged."""
FAR = 2.0**20
"""More than any loss in one future."""


def alternates_for(  # noqa: PLR0913, PLR0917 - whose, how many, by which lots and dropouts
    pool: PoolSnapshot,
    tickets: Sequence[Sequence[str]],
    number: int,
    seed: int,
    progress: Progress,
    dropouts: Dropouts | None = None,
) -> tuple[tuple[str, ...], ...]:
    """Up to `number` alternates for each ticket, in the order in which they are called.

    None of them is on the ticket, excluded, or of the household of a member or of another alternate.
    """
    if not 0 <= number <= MOST:
        raise Refused(
            "alternates.number",
            da=f"Der kan udpeges 0 til {MOST} suppleanter, ikke {number}. Vælg et mindre antal; efter dem trækkes lod "
            "blandt de resterende tilmeldte.",
            en=f"Between 0 and {MOST} alternates can be named, not {number}. Choose fewer; after them the remaining "
            "volunteers are drawn from.",
        )
    choice = Choice(pool, number, seed, dropouts or Dropouts())
    known: dict[tuple[str, ...], tuple[str, ...]] = {}
    for done, ticket in enumerate(tickets, 1):
        members = tuple(sorted(ticket))
        if members not in known:
            known[members] = choice.alternates(members)
        progress(done, len(tickets), phase="alternates")
    return tuple(known[tuple(sorted(ticket))] for ticket in tickets)


class Choice:
    """The alternates of one pool's panels; shapes: n people, T profiles, R quotas."""

    def __init__(self, pool: PoolSnapshot, number: int, seed: int, dropouts: Dropouts, futures: int = FUTURES) -> None:
        require_dropouts(pool, dropouts)
        self._number = number
        self._futures = Futures(pool, dropouts, futures, seed)
        rules = quota_rules(pool)
        people = sorted(pool.people, key=lambda p: _lot(seed, p.id))
        self._ids = [person.id for person in people]
        self._place = {who: at for at, who in enumerate(self._ids)}
        self._least = np.array([pool.panels * rule.least for rule in rules], dtype=np.int64)
        self._most = np.array([pool.panels * rule.most for rule in rules], dtype=np.int64)
        member = [[rule.categories.items() <= person.features.items() for rule in rules] for person in people]
        self._member: Whole = np.array(member, dtype=np.int64).reshape(len(people), len(rules))
        profiles, first, profile = np.unique(self._member, axis=0, return_index=True, return_inverse=True)
        by_lot = np.argsort(first)
        self._profiles: Whole = profiles[by_lot]
        self._profile: Whole = np.argsort(by_lot)[profile.reshape(-1)]
        homes = {name: at for at, name in enumerate(sorted({p.household for p in people if p.household}))}
        self._home = np.array([homes[p.household] if p.household else -1 for p in people], dtype=np.int64)
        self._excluded = np.array([person.id in set(pool.exclude) for person in people], dtype=bool)

    def alternates(self, members: Sequence[str]) -> tuple[str, ...]:
        """The alternates of one panel, the same whatever order its members come in."""
        seated = np.array([self._place[who] for who in sorted(members)], dtype=np.int64)
        free = self._free(seated)
        if not self._number or not len(free):
            return ()
        board = self._board(seated, np.bincount(self._profile[free], minlength=len(self._profiles)))
        waiting: dict[int, list[int]] = {}
        for at in free[::-1].tolist():
            waiting.setdefault(int(self._profile[at]), []).append(at)
        return tuple(self._ids[waiting[profile].pop()] for profile in board.choose(min(self._number, len(free))))

    def _free(self, seated: Whole) -> Whole:
        """Who can be called, in order of their lots: one of each household without a member."""
        out = self._excluded.copy()
        out[seated] = True
        homes = np.unique(self._home[seated])
        free = np.flatnonzero(~out & ~np.isin(self._home, homes[homes >= 0]))
        home = self._home[free]
        first = np.zeros(len(free), dtype=bool)
        first[np.unique(home, return_index=True)[1]] = True
        return free[first | (home < 0)]

    def _board(self, seated: Whole, count: Whole) -> "Board":
        leaving = self._futures.leaving([self._ids[at] for at in seated.tolist()])
        vacant = leaving.sum(axis=1)
        have = (~leaving).astype(np.int64) @ self._member[seated]
        some = vacant > 0
        return Board.of(have[some], vacant[some], (self._least, self._most), self._profiles, count)


@dataclass(eq=False)
class Board:
    """One panel's futures: `missed[s, r, q]` seats are missed in future s by quota r when q more people count in it.

    `more` is what one person more changes of that; `left[t]` candidates have profile t, whose quotas are `profiles[t]`.
    Profiles stand in the order of their candidates' lots, and the first wins ties.
    """

    missed: Exact
    more: Exact
    vacant: Whole
    profiles: Whole
    left: Whole

    @classmethod
    def of(cls, have: Whole, vacant: Whole, bounds: tuple[Whole, Whole], profiles: Whole, left: Whole) -> "Board":
        """From the seats that those who stay `have` in each quota, futures x quotas."""
        seats = have[:, :, None] + np.arange(MOST + 2)
        least, most = (bound[None, :, None] for bound in bounds)
        missed = np.maximum(np.maximum(least - seats, seats - most), 0).astype(np.float32)
        return cls(missed[:, :, :-1], np.diff(missed, axis=2), vacant, profiles, left.copy())

    def choose(self, number: int) -> list[int]:
        """Profiles of `number` alternates, in their order."""
        if not len(self.vacant):
            return [int(at) for at in np.repeat(np.arange(len(self.left)), self.left)[:number]]
        listed = np.flatnonzero(self.left)[:LISTED]
        chosen: list[int] = []
        while len(chosen) < number:
            best, _ = self._best(chosen, listed if self.left[listed].any() else np.flatnonzero(self.left))
            self._take(best)
            chosen.append(best)
        self._exchange(chosen, listed)
        return self._ordered(chosen)

    def _take(self, profile: int, back: int | None = None) -> None:
        self.left[profile] -= 1
        if back is not None:
            self.left[back] += 1

    def _exchange(self, chosen: list[int], listed: Whole) -> None:
        """Put a better candidate in the place of each alternate, until a round changes nothing."""
        idle = 0
        for turn in range(ROUNDS * len(chosen)):
            at = turn % len(chosen)
            now = chosen[at]
            others = chosen[:at] + chosen[at + 1 :]
            best, lost = self._best(others, listed, now)
            if lost:
                self._take(best, now)
                chosen[at] = best
            idle = 0 if lost else idle + 1
            if idle >= len(chosen):
                return

    def _ordered(self, chosen: list[int]) -> list[int]:
        """The same alternates: first who helps most alone, then who helps most beside that one, and so on."""
        self.left[:] = np.bincount(chosen, minlength=len(self.left))
        order: list[int] = []
        for _ in chosen:
            best, _ = self._best(order, np.unique(chosen))
            self._take(best)
            order.append(best)
        return order

    def _best(self, others: Sequence[int], listed: Whole, now: int | None = None) -> tuple[int, bool]:
        """The listed profile that loses least beside `others`, and whether that is less than with `now`."""
        open_ = listed[self.left[listed] > 0]
        asked = open_ if now is None else np.concatenate(([now], open_))
        losses = self._losses(others, asked)
        at = int(np.argmin(losses))
        return int(asked[at]), at > 0 and bool(losses[at] < losses[0])

    def _losses(self, others: Sequence[int], asked: Whole) -> Exact:
        """Seats missed over all futures with `others` and one of each profile asked for."""
        counts, sizes = self._subsets(others)
        lost = self._lost(counts)
        come = np.minimum(self.vacant, len(others) + 1)[:, None]
        alone = np.where(sizes == come, lost, FAR).min(axis=1)
        beside = np.where(sizes == come - 1, lost, FAR)
        kept = min(NEAREST, len(sizes))
        # the subset's number makes every key different, so that the same subsets are kept by any way of sorting
        keys = beside.astype(np.int64) * len(sizes) + np.arange(len(sizes))
        near = np.argpartition(keys, kept - 1, axis=1)[:, :kept]
        futures = np.arange(len(self.vacant))[:, None]
        change = self.more[futures[:, :, None], np.arange(counts.shape[1]), counts[near]]
        flat = change.reshape(-1, counts.shape[1]) @ self.profiles[asked].astype(np.float32).T
        together = flat.reshape(*near.shape, -1) + beside[futures, near][:, :, None]
        found: Exact = np.minimum(together.min(axis=1), alone[:, None]).sum(axis=0)
        return found

    def _subsets(self, others: Sequence[int]) -> tuple[Whole, Whole]:
        """Every subset of `others`: how many count in each quota, and how many they are."""
        counts = np.zeros((1, self.profiles.shape[1]), dtype=np.int64)
        sizes = np.zeros(1, dtype=np.int64)
        for profile in others:
            counts = np.concatenate((counts, counts + self.profiles[profile]))
            sizes = np.concatenate((sizes, sizes + 1))
        return counts, sizes

    def _lost(self, counts: Whole) -> Exact:
        """Futures x subsets: a product with the table of which subset has how many in each quota."""
        depth = int(counts.max(initial=0)) + 1
        table = (counts.T[:, None, :] == np.arange(depth)[:, None]).astype(np.float32)
        lost: Exact = self.missed[:, :, :depth].reshape(len(self.vacant), -1) @ table.reshape(-1, len(counts))
        return lost


def _lot(seed: int, who: str) -> tuple[bytes, str]:
    return hashlib.sha256(f"{seed}|alternate|{who}".encode()).digest(), who
