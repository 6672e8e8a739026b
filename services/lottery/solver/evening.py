"""Tickets that come nearer to what is due: one panel at a time is replaced by one that mends what somebody misses."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from services.lottery.solver.face import whole
from services.lottery.solver.panels import Panels
from services.lottery.solver.problem import Floats, Ints, Problem

EVEN = 1e-6
"""Tickets nearer to a whole number than this are that number."""
NONE = 1e-9
MENDED, TRIED = 400, 120
"""So many panels are replaced at most, and so many looked at for each type."""
DETOURS = 40
"""So many times somebody else may become wrong, who is then mended in turn."""
WORK = 100_000
"""Panels are looked for at most so many times, times types: a second at most."""
PRICE = 4.0
"""What it costs, in tickets owed, to take from somebody who has no ticket to spare."""


def evened(panels: Panels, tickets: Sequence[Ints], target: Floats) -> list[Ints]:
    """The `tickets` (seats per type, T) with nobody more than a ticket from their due, as far as panels are found.

    Those of the smallest stake-weighted chance have at least the whole tickets in their due. In all, nobody comes
    further from what is right than they were.
    """
    state = _State(panels, tickets, target)
    best, least = state.tickets.copy(), state.wrong()
    for _ in range(MENDED):
        at = state.most_wrong()
        if at is None:
            break
        state.mend(at)
        if state.wrong() < least:
            best, least = state.tickets.copy(), state.wrong()
    return best


class _State:
    """The tickets, the seats `held` of each type, and the fewest and most that are right."""

    def __init__(self, panels: Panels, tickets: Sequence[Ints], target: Floats) -> None:
        self._panels, self._everything = panels, whole(panels.problem)
        self.tickets = list(tickets)
        self._due = len(tickets) * target
        self._least, self._most = _right(panels.problem, target, len(tickets))
        self._held = sum(tickets, start=np.zeros(len(target), dtype=np.int64))
        self._stuck = np.zeros(len(target), dtype=bool)
        self._movable = self._least < self._most
        self._detours, self._calls = DETOURS, WORK // max(1, len(target))

    def wrong(self) -> int:
        """Seats too few or too many, in all."""
        return int(self._missed().sum())

    def most_wrong(self) -> int | None:
        """The type that is furthest from right, too few before too many; None where none is or can be mended."""
        missed = np.where(self._stuck, 0.0, self._missed() * 2.0 - (self._held > self._most))
        return int(np.argmax(missed)) if missed.max(initial=0.0) > 0 else None

    def mend(self, at: int) -> None:
        """Replace the first ticket that can give a seat more to type `at`, or take one from it where it has too many.

        Where there is none, somebody else may become wrong by one; where that fails too, `at` is not tried again.
        """
        change = 1 if self._held[at] < self._least[at] else -1
        for spare in (0, 1) if self._detours else (0,):
            for number in self._different(at, change):
                if (panel := self._instead(self.tickets[number], at, change, spare)) is not None:
                    self._held = self._held + panel - self.tickets[number]
                    self.tickets[number] = panel
                    self._detours -= spare
                    return
        self._stuck[at] = True

    def _missed(self) -> Ints:
        missed: Ints = np.maximum(0, np.maximum(self._least - self._held, self._held - self._most))
        return missed

    def _different(self, at: int, change: int) -> Iterator[int]:
        """Numbers of different tickets with room for the change."""
        room = self._panels.problem.count[at] if change > 0 else 0
        seen: set[bytes] = set()
        for number, panel in enumerate(self.tickets):
            if panel[at] != room and (key := panel.tobytes()) not in seen:
                seen.add(key)
                yield number
            if len(seen) == TRIED or not self._calls:
                return

    def _instead(self, panel: Ints, at: int, change: int, spare: int) -> Ints | None:
        """A panel in place of `panel` with which type `at` is less wrong and no other more, or more by `spare`."""
        self._calls -= 1
        more = self._movable * spare
        below = np.maximum(0, self._held - self._least) + more * (self._held >= self._least)
        above = np.maximum(0, self._most - self._held) + more * (self._held <= self._most)
        fewest = np.maximum(0, panel - below).astype(float)
        largest = np.minimum(self._everything.largest, panel + above)
        if change > 0:
            fewest[at], largest[at] = panel[at] + 1, max(largest[at], panel[at] + 1)
        else:
            fewest[at], largest[at] = min(fewest[at], panel[at] - 1), panel[at] - 1
        worth = self._due - self._held + PRICE * (self._held <= self._least) - PRICE * (self._held >= self._most)
        return self._panels.near(replace(self._everything, fewest=fewest, largest=largest), worth)


def _right(problem: Problem, target: Floats, wanted: int) -> tuple[Ints, Ints]:
    """The fewest and most seats of each type (T) with which nobody is more than a ticket from their due.

    Those who are on every panel or on none stay there.
    """
    due = wanted * target / problem.count
    chance = np.where(target > NONE, target / problem.demand, np.inf)
    worst = chance <= float(chance.min(initial=np.inf)) * (1 + EVEN)
    least = np.where(worst, np.floor(due + EVEN), np.ceil(due - 1 - EVEN))
    least = np.where(target >= problem.count - NONE, wanted, np.maximum(0, least))
    most = np.where(target <= NONE, 0, np.minimum(wanted, np.floor(due + 1 + EVEN)))
    return (least * problem.count).astype(np.int64), (most * problem.count).astype(np.int64)
