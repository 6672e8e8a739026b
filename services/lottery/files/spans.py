"""Spans of a chart of chances: narrow where most people are, wide where few are."""

from collections.abc import Collection


def spans(held: Collection[int], bars: int) -> list[tuple[int, int]]:
    """At most `bars` spans over every number of tickets in `held`, each as wide in proportion to where it begins.

    Nobody's tickets, 0, are a span of their own. Equal widths would put most people into the first of them, since the
    few whom the quotas need most have many times the chance of the others.

    >>> spans([0, 43, 44, 60, 300], 5)
    [(0, 0), (43, 69), (70, 113), (114, 184), (185, 300)]
    >>> spans([7], 5), spans([0], 5)
    ([(7, 7)], [(0, 0)])
    """
    some = [n for n in held if n > 0]
    nobody = [(0, 0)] if len(some) < len(held) else []
    if not some:
        return nobody
    low, high, room = min(some), max(some), bars - len(nobody)
    growth = 0
    while len(starts := _starts(low, high, growth, room)) > room:
        growth += 1
    ends = [*(start - 1 for start in starts[1:]), high]
    return [*nobody, *zip(starts, ends, strict=True)]


def _starts(low: int, high: int, growth: int, room: int) -> list[int]:
    """Each span begins `growth` percent later than the one before it, by one at least; more than `room` is too many."""
    starts = [low]
    while len(starts) <= room and (after := max(starts[-1] + 1, starts[-1] * (100 + growth) // 100)) <= high:
        starts.append(after)
    return starts
