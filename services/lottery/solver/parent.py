"""The side of a solve that never loads OR-Tools: starts the child, hears it, and kills it when cancelled."""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import IO, Any

from borgerting.adapters import Portfolio
from borgerting.errors import Refused, Transient
from borgerting.events.recruitment import PoolSnapshot
from services.lottery.domain import raise_all
from services.lottery.domain.advice import Advice
from services.lottery.domain.fairness import portfolio_from
from services.lottery.domain.progress import Told
from services.lottery.domain.redraws import Vacancy
from services.lottery.solver.child import out_of_memory

START = "from services.lottery.solver.child import main; main()"
LINE_BYTES = 2**28
RETRY_SECONDS = 5.0
NO_OPTIONS: Mapping[str, str] = MappingProxyType({})
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""Threads that the solve does not use would count towards its memory."""
OUT_OF_MEMORY = ("bad_alloc", "memoryerror", "memory alloc", "cannot allocate memory", "pthread_create")
"""What C++, Python, BLAS and the loader write to stderr when the limit is hit."""


@dataclass(frozen=True)
class SolverProcess:
    """Runs the selector of that name in a process of its own, with at most `memory_mb` of data."""

    selector: str
    memory_mb: int
    options: Mapping[str, str] = field(default_factory=dict)

    async def solve(
        self, pool: PoolSnapshot, tickets: int, seed: int, told: Told, options: Mapping[str, str] = NO_OPTIONS
    ) -> Portfolio:
        """Return what the selector made; Refused as it says, Transient when the process dies; cancel kills it.

        `options` come over the installation's own settings of the selector.
        """
        order: dict[str, Any] = {"selector": self.selector, "memory_mb": self.memory_mb}
        order |= {"tickets": tickets, "seed": seed, "options": {**self.options, **options}}
        return portfolio_from(await self._ask(order, pool, told, "portfolio"))

    async def explain(self, pool: PoolSnapshot) -> Advice:
        """What to say about `pool` before its draw; Refused for what no counting can mend."""
        order = {"selector": None, "memory_mb": self.memory_mb}
        return Advice.model_validate(await self._ask(order, pool, _unheard, "advice"))

    async def redraw(self, vacancy: Vacancy, seed: str, call: int) -> tuple[str, ...]:
        """Who takes the free seats, by REDRAW_RULE."""
        free = {"staying": vacancy.staying, "seats": vacancy.seats, "gone": sorted(vacancy.gone)}
        order = {"selector": None, "memory_mb": self.memory_mb, "vacancy": free, "seed": seed, "call": call}
        return tuple((await self._ask(order, vacancy.pool, _unheard, "redrawn"))["came"])

    async def _ask(self, order: Mapping[str, Any], pool: PoolSnapshot, told: Told, answer: str) -> Mapping[str, Any]:
        line = json.dumps({**order, "pool": pool.model_dump(mode="json")}).encode() + b"\n"
        with tempfile.TemporaryFile() as errors:
            child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-c", START),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                limit=LINE_BYTES,
                env=os.environ | ONE_THREAD,
            )
            try:
                return await self._hear(child, line, told, errors, answer)
            finally:
                with suppress(ProcessLookupError):
                    child.kill()
                await child.wait()

    async def _hear(
        self, child: asyncio.subprocess.Process, order: bytes, told: Told, errors: IO[bytes], answer: str
    ) -> Mapping[str, Any]:
        assert child.stdin and child.stdout  # noqa: S101 - both are pipes
        with suppress(ConnectionError):  # a child that died at once is told from its silence below
            child.stdin.write(order)
            await child.stdin.drain()
        async for line in child.stdout:
            message = json.loads(line)
            if "progress" in message:
                await told(*message["progress"], **_facts(message.get("facts", {})))
            elif "refused" in message:
                raise_all([_refusal(refusal) for refusal in message["refused"]])
            else:
                found: Mapping[str, Any] = message[answer]
                return found
        raise self._died(await child.wait(), _last_words(errors))

    def _died(self, code: int, words: str) -> Exception:
        if any(sign in words.lower() for sign in OUT_OF_MEMORY):
            return out_of_memory(self.memory_mb)
        if code > 0:
            return _failed(self.selector, words)
        return Transient(f"the solver process was ended by signal {-code}", RETRY_SECONDS)


def _failed(selector: str, words: str) -> Refused:
    """The selector raised something of its own, and would again."""
    why = words.splitlines()[-1] if words else "–"
    return Refused(
        "solver.failed",
        da=f"Lodtrækningsmotoren «{selector}» gik i stykker: {why}. Vælg en anden, eller bed dens ejer rette den.",
        en=f"The selector “{selector}” failed: {why}. Choose another, or ask its owner to correct it.",
    )


async def _unheard(done: int, of: int, **facts: Any) -> None:
    """An explanation tells no progress."""


def _facts(told: Mapping[str, Any]) -> dict[str, Any]:
    """What a progress says beside its two numbers; a listener for the two alone may leave the rest out."""
    facts = {name: value for name, value in told.items() if value is not None and value != ""}
    return facts | ({"gap": Fraction(facts["gap"])} if "gap" in facts else {})


def _refusal(refusal: dict[str, Any]) -> Refused:
    return Refused(refusal["code"], da=refusal["da"], en=refusal["en"])


def _last_words(errors: IO[bytes]) -> str:
    errors.seek(0)
    return errors.read()[-2000:].decode(errors="replace").strip()
