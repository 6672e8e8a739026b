"""Measures the alternates and the redraw beside other ways of filling seats (`make bench-alternates ARGS="--help"`).

For several tickets of each pool the same dropouts are simulated for every way. The loss is the average number of seats
outside the quotas, over all quotas, when of the alternates as many come as there are free seats, those who keep the
quotas best (every way is given that), or when the seats are redrawn. Seconds are CPU seconds of this process.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from pathlib import Path
from statistics import median
from time import process_time

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "shared")]

from rich.console import Console  # noqa: E402

from borgerting.events.recruitment import PoolSnapshot  # noqa: E402
from services.lottery.domain.redraws import Vacancy  # noqa: E402
from services.lottery.solver.alternates import alternates_for  # noqa: E402
from services.lottery.solver.dropouts import Dropouts  # noqa: E402
from services.lottery.solver.making import Wanted, make_portfolio  # noqa: E402
from services.lottery.solver.redraw import redraw  # noqa: E402
from tests.lottery.instances import instance  # noqa: E402
from tests.lottery.standing_in import Judge, Leaving, by_chance, leaving, nearest, scaled  # noqa: E402

SEED = 7
POOLS: Mapping[str, Callable[[], PoolSnapshot]] = {
    "360 exact": lambda: instance(360, 36, 7, tight="exact"),
    "360 rounded": lambda: instance(360, 36, 7, tight="rounded"),
    "360 loose": lambda: instance(360, 36, 7, tight="loose"),
    "200 exact": lambda: instance(200, 36, 7, tight="exact"),
    "1000 rounded": lambda: instance(1000, 36, 7, tight="rounded"),
}
LARGE: Mapping[str, Callable[[], PoolSnapshot]] = {
    "1000, 100 seats, rounded": lambda: instance(1000, 100, 8),
    "1000, 100 seats, rounded, households": lambda: instance(1000, 100, 8, households=0.1),
    "1000, 36 seats, exact": lambda: instance(1000, 36, 7, tight="exact"),
}
"""For the time of one redraw."""
BY_LOT = {"chance": by_chance, "scaled": scaled, "nearest": nearest}
GOALS = {"6": 0.81, "8": 0.71, "redraw": 0.10}
"""Loss over that of the nearest profiles, at the rate that goals are set for."""
GOAL_RATE = Fraction(164, 1000)
REDRAW_MS, TICKET_MS = 100.0, 6.0
"""CPU milliseconds of one redraw, and of naming one ticket's alternates."""


def untold(done: int, of: int, *, phase: str = "", gap: Fraction | None = None, panels: int | None = None) -> None:
    """Nobody listens."""


@dataclass
class Loss:
    """Seats missed by one way in so many futures."""

    seats: int = 0
    futures: int = 0

    def add(self, missed: Sequence[int]) -> None:
        """Count these futures in."""
        self.seats += sum(missed)
        self.futures += len(missed)

    @property
    def average(self) -> float:
        """Seats missed in a future."""
        return self.seats / self.futures

    def over(self, other: "Loss") -> float:
        """This loss relative to the other; nothing is infinitely better than nothing."""
        return self.average / other.average if other.seats else float(self.seats > 0)


@dataclass
class Cell:
    """All ways in one pool, at one rate: way -> loss, with so many alternates; "redraw" needs none."""

    pool: str
    rate: Fraction
    numbers: Sequence[int]
    losses: dict[tuple[str, int], Loss] = field(default_factory=dict)

    def add(self, way: str, number: int, missed: Sequence[int]) -> None:
        """Count the futures of one panel in."""
        self.losses.setdefault((way, number), Loss()).add(missed)


def cell(
    name: str, pool: PoolSnapshot, tickets: Sequence[Sequence[str]], rate: Fraction, ask: argparse.Namespace
) -> Cell:
    """Fill the seats of every ticket's dropouts in every way."""
    made, judge = Cell(name, rate, ask.numbers), Judge(pool)
    futures = [leaving(members, rate, ask.futures, SEED + at) for at, members in enumerate(tickets)]
    for number in ask.numbers:
        named = alternates_for(pool, tickets, number, SEED, untold, Dropouts(rate))
        for members, gone, called in zip(tickets, futures, named, strict=True):
            made.add("ours", number, judge.missed(members, gone, called).tolist())
            for way, choose in BY_LOT.items():
                for lot in range(ask.lots):
                    other = choose(pool, members, number, lot)
                    made.add(way, number, judge.missed(members, gone, other).tolist())
    for members, gone in zip(tickets, futures, strict=True):
        made.add("redraw", 0, list(redrawn(pool, members, gone)))
    return made


def redrawn(pool: PoolSnapshot, members: Sequence[str], futures: Leaving) -> Iterator[int]:
    """Seats missed after a redraw, in each future."""
    for at, gone in enumerate(futures):
        staying = tuple(who for who in members if who not in gone)
        yield redraw(Vacancy(pool, staying, len(gone), frozenset(gone)), f"future {at}", 0).missed


def rows(made: Cell) -> Iterator[Sequence[str]]:
    """The lines of one cell in the table."""
    again = made.losses["redraw", 0]
    for number in made.numbers:
        lost = {way: made.losses[way, number] for way in (*BY_LOT, "ours")}
        ours, near = lost["ours"], lost["nearest"]
        yield (
            *(made.pool, f"{float(made.rate):.1%}", str(number)),
            *(f"{lost[way].average:.2f}" for way in (*BY_LOT, "ours")),
            f"{again.average:.2f}",
            *(f"{part.over(whole):.1%}" for part, whole in ((ours, near), (ours, lost["scaled"]), (again, near))),
        )


def against_goals(made: Cell) -> Iterator[Sequence[str]]:
    """What was to be reached beside what was, where alternates of that number were named."""
    for what, goal in GOALS.items():
        number = max(made.numbers) if what == "redraw" else int(what)
        part = made.losses.get(("redraw", 0) if what == "redraw" else ("ours", number))
        if part is not None:
            reached = part.over(made.losses["nearest", number])
            told = f"redraw over nearest {number}" if what == "redraw" else f"ours over nearest, {what}"
            yield made.pool, told, f"{goal:.0%}", f"{reached:.1%}", "yes" if reached <= goal else "no"


def seconds(name: str, pool: PoolSnapshot, times: int) -> Sequence[str]:
    """CPU milliseconds of a redraw after a sixth of a panel has left, which the redraw itself made."""
    members = redraw(Vacancy(pool, (), pool.panel_size), "panel", 0).came
    took = []
    for at, gone in enumerate(leaving(members, GOAL_RATE, times, SEED)):
        vacancy = Vacancy(pool, tuple(who for who in members if who not in gone), len(gone), frozenset(gone))
        before = process_time()
        redraw(vacancy, f"future {at}", 0)
        took.append(1000 * (process_time() - before))
    met = "yes" if median(took) < REDRAW_MS else "no"
    return name, str(times), f"{median(took):.0f}", f"{max(took):.0f}", f"{REDRAW_MS:.0f}", met


def naming(name: str, pool: PoolSnapshot, tickets: Sequence[Sequence[str]], number: int) -> Sequence[str]:
    """CPU milliseconds of naming one ticket's alternates, the pool's own part shared by all."""
    before = process_time()
    alternates_for(pool, tickets, number, SEED, untold, Dropouts(GOAL_RATE))
    took = 1000 * (process_time() - before) / len(tickets)
    return name, str(number), str(len(tickets)), f"{took:.1f}", f"{TICKET_MS:.0f}", "yes" if took < TICKET_MS else "no"


def table(say: Console, head: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    """Write one table as Markdown."""
    for line in (head, ["---"] * len(head), *lines):
        say.print(f"| {' | '.join(line)} |")
    say.print()


def _wanted() -> argparse.Namespace:
    def several(kind: Callable[[str], object], text: str) -> list[object]:
        return [kind(word) for word in text.split(",")]

    parser = argparse.ArgumentParser(description=__doc__)
    names = ", ".join(POOLS)
    parser.add_argument("--pools", type=partial(several, str), default=list(POOLS)[:3], help=names)
    rates = [Fraction(1, 10), GOAL_RATE, Fraction(1, 5), Fraction(3, 10)]
    parser.add_argument("--rates", type=partial(several, Fraction), default=rates, help="such as 1/10,0.164")
    parser.add_argument("--numbers", type=partial(several, int), default=[6, 8], help="alternates of a ticket")
    parser.add_argument("--tickets", type=int, default=6, help="tickets of each pool")
    parser.add_argument("--futures", type=int, default=20, help="simulated dropouts of each ticket")
    parser.add_argument("--lots", type=int, default=4, help="sets of alternates of each way that names them by lot")
    return parser.parse_args()


def main() -> int:
    """Write the tables."""
    wanted, say = _wanted(), Console(highlight=False, markup=False, soft_wrap=True)
    cells, times = [], []
    for name in wanted.pools:
        pool = POOLS[name]()
        tickets = make_portfolio(pool, Wanted(100, SEED), untold).tickets
        times += [naming(name, pool, tickets, number) for number in wanted.numbers]
        some = tickets[:: max(1, len(tickets) // wanted.tickets)][: wanted.tickets]
        cells += [cell(name, pool, some, rate, wanted) for rate in wanted.rates]
    head = ("pool", "leave", "alternates", *BY_LOT, "ours", "redraw", "ours/nearest", "ours/scaled", "redraw/nearest")
    table(say, head, [line for made in cells for line in rows(made)])
    met = [line for made in cells if made.rate == GOAL_RATE for line in against_goals(made)]
    table(say, ("pool", f"at {float(GOAL_RATE):.1%}", "goal", "reached", "met"), met)
    table(say, ("pool", "alternates", "tickets", "ms a ticket", "goal ms", "met"), times)
    times = [seconds(name, make(), wanted.futures) for name, make in LARGE.items()]
    table(say, ("redraw", "times", "median ms", "largest ms", "goal ms", "met"), times)
    return 0


if __name__ == "__main__":
    sys.exit(main())
