"""The portfolio, made in a process of its own."""

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from borgerting.errors import Refused, Transient
from services.lottery import domain
from services.lottery.solver.parent import SolverProcess
from services.lottery.store import portfolio_bytes
from tests.lottery.pools import fair, pool

MEMORY = 1024


PARTNER = """
from borgerting.adapters import Portfolio

class Plain:
    def __init__(self, settings):
        pass

class First(Plain):
    def select(self, pool, tickets, seed, progress):
        print("a partner may print what it likes")
        members = tuple(person.id for person in pool.people[:pool.panel_size])
        return Portfolio((members,) * tickets, "first come")

class Faulty(Plain):
    def select(self, pool, tickets, seed, progress):
        raise KeyError("seed")

class Endless(Plain):
    def select(self, pool, tickets, seed, progress):
        while True:
            progress(1, tickets)
"""


@pytest.fixture
def partner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a partner's package with the selectors first, faulty and endless."""
    (tmp_path / "partner.py").write_text(PARTNER)
    about = tmp_path / "partner-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: partner\nVersion: 1.0\n")
    names = "".join(f"{name} = partner:{name.capitalize()}\n" for name in ("first", "faulty", "endless"))
    (about / "entry_points.txt").write_text(f"[borgerting.selectors]\n{names}")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


async def silent(done: int, of: int, **facts: object) -> None:
    """Nobody listens."""


async def test_two_processes_with_different_hash_seeds_make_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    for hash_seed in ("1", "2"):
        monkeypatch.setenv("PYTHONHASHSEED", hash_seed)
        made.append(await SolverProcess("portfolio", MEMORY).solve(fair(), 40, 7, silent))
    assert len({portfolio_bytes("klima", portfolio) for portfolio in made}) == 1
    domain.require_portfolio(fair(), made[0].tickets, 40)


async def test_a_refusal_in_the_child_arrives_with_all_its_sentences() -> None:
    thin = pool(4, {"sex": {"f": (2, 2), "m": (2, 2)}}, [{"sex": "x"}])
    with pytest.raises(Refused) as no:
        await SolverProcess("portfolio", MEMORY).solve(thin, 5, 1, silent)
    with pytest.raises(Refused) as here:
        domain.require_pool(thin)
    assert no.value.sentences("da") == here.value.sentences("da")
    assert no.value.code == "pool.size"


async def test_a_selector_that_is_not_installed_is_refused() -> None:
    with pytest.raises(Refused, match="no plug-in “dice”"):
        await SolverProcess("dice", MEMORY).solve(fair(), 5, 1, silent)


@pytest.mark.usefixtures("partner")
async def test_a_partners_selector_is_found_by_name_and_may_print() -> None:
    made = await SolverProcess("first", MEMORY).solve(fair(), 3, 1, silent)
    assert made.solver == "first come"
    assert made.tickets == (("p000", "p001", "p002", "p003", "p004"),) * 3


@pytest.mark.usefixtures("partner")
async def test_a_selector_that_fails_is_refused_in_one_sentence() -> None:
    with pytest.raises(Refused, match=r"“faulty” failed: KeyError: 'seed'\. Choose another"):
        await SolverProcess("faulty", MEMORY).solve(fair(), 3, 1, silent)


@pytest.mark.usefixtures("partner")
async def test_a_killed_child_is_transient_so_that_the_job_is_queued_again() -> None:
    async def kill(done: int, of: int, **facts: object) -> None:
        for child in _children():
            with suppress(ProcessLookupError):  # another child, of an earlier test, may be gone by now
                os.kill(child, signal.SIGKILL)

    with pytest.raises(Transient, match="ended by signal 9"):
        await SolverProcess("endless", MEMORY).solve(fair(), 3, 1, kill)


@pytest.mark.usefixtures("partner")
async def test_cancelling_kills_the_child() -> None:
    started = asyncio.Event()

    async def told(done: int, of: int, **facts: object) -> None:
        started.set()

    solving = asyncio.create_task(SolverProcess("endless", MEMORY).solve(fair(), 3, 1, told))
    await started.wait()
    assert _children()
    solving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await solving
    assert not _children()


async def test_out_of_memory_is_refused_with_the_limit_named() -> None:
    with pytest.raises(Refused, match="more memory than its limit of 40 MB"):
        await SolverProcess("portfolio", 40).solve(fair(), 40, 1, silent)


def test_the_child_ends_when_its_parent_is_gone() -> None:
    code = "from services.lottery.solver.child import main; main()"
    order = {"selector": "portfolio", "memory_mb": MEMORY, "tickets": 100_000, "seed": 1, "options": {}}
    line = (str(order)[:-1] + ", 'pool': ").replace("'", '"') + fair().model_dump_json() + "}\n"
    child = subprocess.Popen([sys.executable, "-P", "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with child:
        assert child.stdin and child.stdout
        child.stdin.write(line.encode())
        child.stdin.flush()
        assert b"progress" in child.stdout.readline()
        child.stdin.close()
        assert child.wait(timeout=20) == 3


def test_the_parent_never_loads_ortools() -> None:
    code = "import sys, services.lottery.solver.parent, services.lottery.plugins; print('ortools' in sys.modules)"
    said = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"


def _children() -> list[int]:
    return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
