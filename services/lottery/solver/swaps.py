"""From a vertex to a panel: seats are rounded, and one or two swaps at a time mend the quotas that then miss.

A swap takes a seat from one type and gives it to another. All swaps are judged at once: how many seats the quotas miss
afterwards is a product of two small matrices. Where no single swap helps, two are sought that together bring every
tight row to its number; a sum of random multipliers tells in one sort which pairs do.
"""

import hashlib

import numpy as np
from numpy.typing import NDArray

from services.lottery.solver.face import Face
from services.lottery.solver.problem import Floats, Ints, Problem

Small = NDArray[np.float32]
MOVES = 60
REST = 5
"""A type that has just been moved is left alone for so many moves, so that the search does not go to and fro."""
NEAR = 10
"""Pairs are sought when the quotas miss this many seats at most."""
WORSE = (4.5, 2.5)
PAIRS = 40_000
TRIED = 500
NEVER = 99.0


class Swaps:
    """Mends counts of seats per type until they are a panel on a face."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._member = problem.member.astype(np.float32)
        self._whole = problem.member.astype(np.int64)
        words = [hashlib.sha256(f"row {n}".encode()).digest()[:8] for n in range(len(problem.rows))]
        self._multiplier = np.array([int.from_bytes(word, "big") >> 4 for word in words], dtype=np.int64)
        self._homes = len(problem.room) > 0

    def panel(self, face: Face, vertex: Floats, worth: Floats) -> Ints | None:
        """The panel near `vertex` that is worth most among those found; None when none was."""
        at = _Counts(self, face, _rounded(vertex, self._problem.size), worth)
        for move in range(1, MOVES + 1):
            if at.missing < 0.5:
                return at.counts.astype(np.int64)
            if not at.move(move):
                return None
        return None


def _rounded(vertex: Floats, size: int) -> Floats:
    counts = np.floor(vertex + 1e-7)
    short = round(size - float(counts.sum()))
    counts[np.argsort(counts - vertex, kind="stable")[:short]] += 1
    return counts


class _Counts:
    """Counts on their way to a panel: `held` per row, `missing` seats in all."""

    def __init__(self, swaps: Swaps, face: Face, counts: Floats, worth: Floats) -> None:
        self._swaps, self._face, self.counts = swaps, face, counts
        self._problem, self._member = swaps._problem, swaps._member
        self._least, self._most = face.least.astype(np.float32), face.most.astype(np.float32)
        self._loose = np.flatnonzero(~face.tight)
        self._code = np.where(face.tight, swaps._multiplier, 0)
        self._type_code = self._code @ swaps._whole
        self._worth = (worth / (4.0 * float(np.abs(worth).max(initial=0.0)) + 1e-12)).astype(np.float32)
        self._rest = np.zeros(len(counts), dtype=np.int64)
        self._held: Small = self._member @ counts.astype(np.float32)
        self._measure()

    def _measure(self) -> None:
        self._inside = self._problem.in_homes(self.counts)
        over = self._inside - self._problem.room
        wrong = float(np.where(self._face.full, np.abs(over), np.maximum(0, over)).sum())
        self.missing = float(self._miss(self._held[:, None])[0]) + wrong

    def _miss(self, held: Small) -> Small:
        low, high = self._least[:, None] - held, held - self._most[:, None]
        missed: Small = (np.maximum(0, low) + np.maximum(0, high)).sum(0)
        return missed

    def move(self, number: int) -> bool:
        """Make the best swap, or the two that end the search; False when nothing can move."""
        free = self._rest < number
        out = np.flatnonzero((self.counts > self._face.fewest) & free)
        into = np.flatnonzero((self.counts < self._face.largest) & free)
        if not len(out) or not len(into):
            return False
        change = self._changes(out, into)
        score = change + self._worth[out][:, None] - self._worth[into][None, :]
        first, second = divmod(int(score.argmin()), len(into))
        if change[first, second] > -0.5 and self.missing <= NEAR and (pair := self._pair(out, into, change)):
            for leaving, coming in pair:
                self._swap(leaving, coming)
            return True
        self._swap(int(out[first]), int(into[second]))
        self._rest[[out[first], into[second]]] = number + REST
        return True

    def _swap(self, leaving: int, coming: int) -> None:
        self.counts[leaving] -= 1
        self.counts[coming] += 1
        self._held = self._held - self._member[:, leaving] + self._member[:, coming]
        self._measure()

    def _changes(self, out: Ints, into: Ints) -> Small:
        """How many seats more the quotas and homes miss after each swap, out x into."""
        held = self._held[:, None] - self._member[:, out]
        low, high = self._least[:, None] - held, held - self._most[:, None]
        before = np.maximum(0, low) + np.maximum(0, high)
        after = np.maximum(0, low - 1) + np.maximum(0, high + 1)
        change: Small = (after - before).T @ self._member[:, into]
        change += (before.sum(0) - float(self._miss(self._held[:, None])[0]))[:, None]
        change[out[:, None] == into[None, :]] = NEVER
        if self._swaps._homes:
            self._count_homes(change, out, into)
        return change

    def _count_homes(self, change: Small, out: Ints, into: Ints) -> None:
        home, room = self._problem.home, self._problem.room
        leaving, coming = home[out], home[into]
        full = self._face.full
        less = np.where(self._inside > room, -1, np.where(full, 1, 0))[leaving] * (leaving >= 0)
        more = np.where(self._inside >= room, 1, np.where(full, -1, 0))[coming] * (coming >= 0)
        at_home, from_home = np.flatnonzero(coming >= 0), np.flatnonzero(leaving >= 0)
        change[:, at_home] += more[at_home].astype(np.float32)
        change[from_home] += less[from_home, None].astype(np.float32)
        for row in from_home.tolist():  # a swap within one class of homes changes nothing in it
            same = np.flatnonzero(coming == leaving[row])
            change[row, same] -= (more[same] + less[row]).astype(np.float32)

    def _pair(self, out: Ints, into: Ints, change: Small) -> list[tuple[int, int]] | None:
        """The two swaps worth most that together bring every tight row to its number and keep the loose ones."""
        first, second = np.nonzero(change <= WORSE[0])
        if len(first) > PAIRS:
            first, second = np.nonzero(change <= WORSE[1])
        leaving, coming = out[first], into[second]
        code, gain = self._type_code[coming] - self._type_code[leaving], self._worth[coming] - self._worth[leaving]
        order = np.lexsort((-gain, code))
        leaving, coming, code, gain = leaving[order], coming[order], code[order], gain[order]
        need = int((self._code * np.where(self._face.tight, self._face.least - self._held, 0).astype(np.int64)).sum())
        other = np.searchsorted(code, need - code)
        other[other == len(code)] = 0
        hits = np.flatnonzero(code[other] == need - code)
        hits = hits[np.argsort(-(gain[hits] + gain[other[hits]]), kind="stable")[:TRIED]]
        one, two = hits, other[hits]
        ok = (leaving[one] != leaving[two]) & (coming[one] != coming[two])
        ok &= (leaving[one] != coming[two]) & (coming[one] != leaving[two])
        ok &= self._loose_kept(leaving[one], coming[one], leaving[two], coming[two])
        for at in np.flatnonzero(ok).tolist():
            pair = [(int(leaving[n]), int(coming[n])) for n in (one[at], two[at])]
            if not self._swaps._homes or self._homes_kept(pair):
                return pair
        return None

    def _loose_kept(self, out: Ints, into: Ints, out_too: Ints, into_too: Ints) -> NDArray[np.bool_]:
        rows = self._member[self._loose]
        held = self._held[self._loose, None] - rows[:, out] - rows[:, out_too] + rows[:, into] + rows[:, into_too]
        least, most = self._least[self._loose, None], self._most[self._loose, None]
        return np.asarray(((held > least - 0.5) & (held < most + 0.5)).all(axis=0), dtype=np.bool_)

    def _homes_kept(self, pair: list[tuple[int, int]]) -> bool:
        counts = self.counts.copy()
        for leaving, coming in pair:
            counts[leaving] -= 1
            counts[coming] += 1
        over = self._problem.in_homes(counts) - self._problem.room
        return bool(np.where(self._face.full, over == 0, over <= 0).all())
