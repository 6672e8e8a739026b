"""Measures the lottery, beside `sortition-algorithms` if wished (`make bench-lottery ARGS="--rows 360,500 --peer"`).

Every draw is a process of its own: its CPU seconds are those of the whole process, imports, reading and tickets
included, and its panels are judged by `tests.lottery.measure`. Memory is the peak resident set (Linux).
"""

import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import log
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "shared")]

from rich.console import Console  # noqa: E402

from borgerting.adapters import Fairness  # noqa: E402
from borgerting.events.recruitment import PoolSnapshot  # noqa: E402
from services.lottery.domain.fairness import from_json  # noqa: E402
from services.lottery.solver.parent import ONE_THREAD, START  # noqa: E402
from tests.lottery.disguises import disguised, marked  # noqa: E402
from tests.lottery.instances import NAMED  # noqa: E402
from tests.lottery.measure import (  # noqa: E402
    broken,
    by_lot,
    chances_of,
    off_target,
    rounding_of,
    spread_of,
    stakes_of,
)

PEAK = "; import sys; sys.stderr.write('\\n' + open('/proc/self/status').read())"
PEER = ROOT / ".venv" / "peer" / "bin" / "python"
MEMORY_MB = 4096
SEED = 1
HEAD = (
    *("pool", "draw", "CPU s", "MB", "smallest chance", "bound", "gap", "without", "Gini", "geometric mean", "panels"),
    *("off target", "fewest tickets / due", "tickets off", "broken"),
)


@dataclass(frozen=True)
class Ran:
    """CPU seconds of a process and its last answer; `answer` is empty and `why` says so where there is none."""

    seconds: float
    megabytes: float
    answer: Mapping[str, Any]
    why: str = ""


@dataclass(frozen=True)
class Draw:
    """A row of the table."""

    pool: str
    name: str
    people: int
    ran: Ran
    cells: tuple[str, ...]


def run(command: Sequence[str], order: Mapping[str, Any], limit: int, hash_seed: str = "random") -> Ran:
    """Give `order` to a process that may use `limit` CPU seconds; stdin stays open until it has ended."""
    with TemporaryFile() as errors:
        child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, **ONE_THREAD, "PYTHONHASHSEED": hash_seed},
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5)),  # noqa: PLW1509 - one thread
        )
        assert child.stdin and child.stdout
        try:
            child.stdin.write(json.dumps(order).encode() + b"\n")
            child.stdin.flush()
        except BrokenPipeError:  # it died at once; its stderr says why
            pass
        lines = child.stdout.read().splitlines()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        child.stdin.close()
        child.stdout.close()
        errors.seek(0)
        words = errors.read().decode(errors="replace")
    seconds = usage.ru_utime + usage.ru_stime
    if child.returncode:
        why = f"over {limit} s" if seconds >= limit else (words.strip().splitlines() or ["?"])[-1]
        return Ran(seconds, usage.ru_maxrss / 1024, {}, why)
    answer = json.loads(lines[-1])
    peak = next(int(line.split()[1]) for line in words.splitlines() if line.startswith("VmHWM"))
    return Ran(seconds, peak / 1024, answer, str(answer.get("refused", "")))


def ours(pool: PoolSnapshot, objective: str, tickets: int, limit: int, hash_seed: str = "random") -> Ran:
    """The child that the service starts, given the order that the service gives it."""
    order = {
        "selector": "portfolio",
        "memory_mb": MEMORY_MB,
        "tickets": tickets,
        "seed": SEED,
        "options": {"objective": objective},
        "pool": pool.model_dump(mode="json"),
    }
    return run([sys.executable, "-P", "-c", START + PEAK], order, limit, hash_seed)


def peers(pool: PoolSnapshot, objective: str, backend: str, tickets: int, limit: int) -> Ran:
    order = {"objective": objective, "backend": backend, "tickets": tickets, "seed": SEED}
    command = [str(PEER), str(ROOT / "tests" / "peer.py")]
    return run(command, {**order, "pool": pool.model_dump(mode="json")}, limit)


def our_draw(row: str, pool: PoolSnapshot, objective: str, ran: Ran) -> tuple[Draw, Fairness | None]:
    """Judge one of our draws; without a claim of fairness the tickets are the lottery."""
    if ran.why:
        return _failed(row, f"ours, {objective}", pool, ran), None
    made = ran.answer["portfolio"]
    fairness = from_json(made["fairness"]) if "fairness" in made else None
    panels = fairness.proof["panels"] if fairness else made["tickets"]
    weights = [Fraction(weight) for weight in fairness.proof["weights"]] if fairness else [Fraction(1)] * len(panels)
    if fairness and isinstance(panels[0], Mapping):
        panels, chances = by_lot(pool, panels, fairness.proof["groups"], weights)
    else:
        chances = chances_of(pool, panels, weights)
    cells = _cells(pool, panels, chances, made["tickets"], fairness.target if fairness else None)
    bound = f"{float(fairness.levels[0].bound):.6f}" if fairness else "–"
    gap = f"{float(max(level.bound - level.chance for level in fairness.levels)):.1e}" if fairness else "–"
    if fairness and not fairness.certified:
        gap += " (open)"
    name = f"ours, {fairness.objective if fairness else objective}"
    return _draw(row, name, pool, ran, (cells[0], bound, gap, *cells[1:])), fairness


def peer_draw(row: str, name: str, pool: PoolSnapshot, ran: Ran, proven: Fraction | None) -> Draw:
    """Judge a draw of the peer; `proven` is the bound that our certificate gives for any lottery."""
    if ran.why:
        return _failed(row, name, pool, ran)
    made = ran.answer
    weights = [Fraction(weight) for weight in made["weights"]]
    chances = chances_of(pool, made["panels"], weights)
    cells = _cells(pool, made["panels"], chances, made["tickets"], None)
    smallest = spread_of(chances, stakes_of(pool)).smallest
    bound = f"{float(proven):.6f}" if proven is not None else "–"
    gap = f"{float(proven - smallest):.1e}" if proven is not None else "–"
    return _draw(row, name, pool, ran, (cells[0], bound, gap, *cells[1:]))


def _cells(
    pool: PoolSnapshot,
    panels: Sequence[Sequence[str]],
    chances: Mapping[str, Fraction],
    tickets: Sequence[Sequence[str]],
    target: Mapping[str, Fraction] | None,
) -> tuple[str, ...]:
    spread, rounding = spread_of(chances, stakes_of(pool)), rounding_of(tickets, target or chances)
    return (
        f"{float(spread.smallest):.6f}",
        str(spread.without),
        f"{spread.gini:.4f}",
        f"{spread.geometric:.6f}",
        str(len({frozenset(panel) for panel in panels})),
        f"{float(off_target(chances, target)):.1e}" if target else "–",
        f"{rounding.fewest} / {rounding.due}",
        f"{float(rounding.off):.2f}",
        str(broken(pool, panels) + broken(pool, tickets)),
    )


def _draw(row: str, name: str, pool: PoolSnapshot, ran: Ran, cells: Sequence[str]) -> Draw:
    start = (row, name, f"{ran.seconds:.1f}", f"{ran.megabytes:.0f}")
    return Draw(row, name, len(pool.people), ran, (*start, *cells))


def _failed(row: str, name: str, pool: PoolSnapshot, ran: Ran) -> Draw:
    return _draw(row, name, pool, ran, (ran.why, *["–"] * (len(HEAD) - 5)))


def table(wanted: argparse.Namespace, say: Console) -> list[Draw]:
    """Draw from every pool with every solver, writing each row when it is there."""
    _row(say, HEAD)
    _row(say, ["---"] * len(HEAD))
    draws: list[Draw] = []
    for row in wanted.rows:
        pool, proven = NAMED[row](), None
        for objective in wanted.objectives:
            draw, fairness = our_draw(row, pool, objective, ours(pool, objective, wanted.tickets, wanted.limit))
            proven = fairness.levels[0].bound if fairness and proven is None else proven
            draws.append(draw)
            _row(say, draw.cells)
        for draw in _peer_draws(row, pool, wanted, proven):
            draws.append(draw)
            _row(say, draw.cells)
    return draws


def _peer_draws(row: str, pool: PoolSnapshot, wanted: argparse.Namespace, proven: Fraction | None) -> Iterator[Draw]:
    if not wanted.peer or any(person.inclusion for person in pool.people):  # the peer knows no odds of invitation
        return
    for objective in wanted.peer_objectives:
        for backend in wanted.backends:
            ran = peers(pool, objective, backend, wanted.tickets, wanted.peer_limit)
            did = ran.answer.get("did", objective)
            name = f"peer, {objective if did == objective else f'{objective} became {did}'}, {backend}"
            yield peer_draw(row, name, pool, ran, proven)


def ratios(draws: Sequence[Draw]) -> Iterator[Sequence[str]]:
    """The peer's CPU seconds over each of ours on the same pool; at least that where the peer was stopped."""
    for peer in (draw for draw in draws if draw.name.startswith("peer")):
        for own in (draw for draw in draws if draw.pool == peer.pool and draw.name.startswith("ours")):
            if not own.ran.why:
                least = "at least " if peer.ran.why else ""
                yield own.pool, own.name, peer.name, f"{least}{peer.ran.seconds / own.ran.seconds:.3g}"


def growth(draws: Sequence[Draw]) -> Iterator[Sequence[str]]:
    """From each pool to the next larger: the exponent of n in the CPU seconds."""
    for name in sorted({draw.name for draw in draws}):
        line = sorted((d.people, d.ran.seconds) for d in draws if d.name == name and not d.ran.why and d.pool.isdigit())
        for (few, before), (many, after) in pairwise(line):
            yield name, f"{few} to {many}", f"{log(after / before) / log(many / few):.1f}"


def same(row: str, times: int, wanted: argparse.Namespace, say: Console) -> bool:
    """Draw `times` times, under other hash seeds, in other orders and other Unicode forms; True when bytes agree."""
    pool = marked(NAMED[row]())
    found: dict[str, int] = {}
    for number in range(times):
        ran = ours(disguised(pool, number), wanted.objectives[0], wanted.tickets, wanted.limit, hash_seed=str(number))
        if ran.why:
            say.print(f"{row}: draw {number} failed: {ran.why}")
            return False
        digest = hashlib.sha256(json.dumps(ran.answer["portfolio"], ensure_ascii=False).encode()).hexdigest()
        found[digest] = found.get(digest, 0) + 1
    say.print(f"{row}: {times} draws, {max(found.values())} with the same bytes ({len(found)} in all)")
    return len(found) == 1


def _row(say: Console, cells: Sequence[str]) -> None:
    say.print(f"| {' | '.join(cells)} |")


def _wanted() -> argparse.Namespace:
    def words(text: str) -> list[str]:
        return text.split(",")

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=words, default=["360", "500", "1000", "2000"], help=", ".join(NAMED))
    parser.add_argument("--objectives", type=words, default=["leximin", "maximin"])
    parser.add_argument("--tickets", type=int, default=1000)
    parser.add_argument("--limit", type=int, default=600, help="CPU seconds for one draw of ours")
    parser.add_argument("--peer", action="store_true", help="draw with sortition-algorithms too")
    parser.add_argument("--peer-objectives", type=words, default=["maximin"], help="maximin, leximin, nash")
    parser.add_argument("--backends", type=words, default=["highspy", "mip-cbc"])
    parser.add_argument("--peer-limit", type=int, default=300, help="CPU seconds for one draw of the peer")
    parser.add_argument("--same", type=int, metavar="TIMES", help="only ask whether that many draws agree")
    return parser.parse_args()


def main() -> int:
    """Write the tables as Markdown; 1 where draws that must agree do not."""
    wanted, say = _wanted(), Console(highlight=False, markup=False, soft_wrap=True)
    if wanted.same:
        agree = [same(row, wanted.same, wanted, say) for row in wanted.rows]
        return 0 if all(agree) else 1
    draws = table(wanted, say)
    for title, lines in (
        (("pool", "ours", "beside", "times faster"), list(ratios(draws))),
        (("draw", "from n to n", "CPU seconds grow as n to the power of"), list(growth(draws))),
    ):
        if lines:
            say.print()
            for line in (title, ["---"] * len(title), *lines):
                _row(say, line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
