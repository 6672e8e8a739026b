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
MENDED, TRIED = 400, 40
"""So many panels are replaced at most, and so many looked at for each type."""


def evened(panels: Panels, tickets: Sequence[Ints], target: Floats) -> list[Ints]:
    """The `tickets` (seats per type, T) with nobody more than a ticket from their due, as far as panels are found.

    Those of the smallest stake-weighted chance have at least the whole tickets in their due. Nobody comes further
    from what is right than they were.
    """
    state = _State(panels, tickets, target)
    for _ in range(MENDED):
        at = state.most_wrong()
        if at is None:
            break
        state.mend(at)
    return state.tickets


class _State:
    """The tickets, the seats `held` of each type, and the fewest and most that are right."""

    def __init__(self, panels: Panels, tickets: Sequence[Ints], target: Floats) -> None:
        self._panels, self._everything = panels, whole(panels.problem)
        self.tickets = list(tickets)
        self._due = len(tickets) * target
        self._least, self._most = _right(panels.problem, target, len(tickets))
        self._held = np.array(tickets, dtype=np.int64).reshape(-1, len(target)).sum(axis=0)
        self._stuck = np.zeros(len(target), dtype=bool)

    def most_wrong(self) -> int | None:
        """The type that is furthest from right, too few before too many; None where none is or can be mended."""
        wrong = np.maximum(self._least - self._held, self._held - self._most)
        wrong = np.where(self._stuck, 0.0, np.where(self._held < self._least, wrong + 0.5, wrong))
        return int(np.argmax(wrong)) if wrong.max(initial=0.0) > 0 else None

    def mend(self, at: int) -> None:
        """Replace the first ticket that can give a seat more to type `at`, or take one from it where it has too many.

        Where no such ticket is found, `at` is not tried again.
        """
        change = 1 if self._held[at] < self._least[at] else -1
        for number in self._different(at, change):
            panel = self._instead(self.tickets[number], at, change)
            if panel is not None:
                self._held = self._held + panel - self.tickets[number]
                self.tickets[number] = panel
                return
        self._stuck[at] = True

    def _different(self, at: int, change: int) -> Iterator[int]:
        """Numbers of different tickets with room for the change."""
        room = self._panels.problem.count[at] if change > 0 else 0
        seen: set[bytes] = set()
        for number, panel in enumerate(self.tickets):
            if panel[at] != room and (key := panel.tobytes()) not in seen:
                seen.add(key)
                yield number
            if len(seen) == TRIED:
                return

    def _instead(self, panel: Ints, at: int, change: int) -> Ints | None:
        """A panel in place of `panel` with which type `at` is less wrong and no other is more."""
        fewest = np.maximum(0, panel - np.maximum(0, self._held - self._least)).astype(float)
        largest = np.minimum(self._everything.largest, panel + np.maximum(0, self._most - self._held))
        if change > 0:
            fewest[at], largest[at] = panel[at] + 1, max(largest[at], panel[at] + 1)
        else:
            fewest[at], largest[at] = min(fewest[at], panel[at] - 1), panel[at] - 1
        near = replace(self._everything, fewest=fewest, largest=largest)
        return self._panels.near(near, self._due - self._held)


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
