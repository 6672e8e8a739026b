"""The process of one solve: an order on the first line of stdin, JSON lines out, gone when stdin ends."""

import json
import os
import resource
import sys
import threading
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from borgerting.adapters import Selector
from borgerting.errors import Refused
from borgerting.events.recruitment import PoolSnapshot
from borgerting.plugins import load
from services.lottery.domain.fairness import portfolio_json, ratio
from services.lottery.domain.redraws import Vacancy

Say = Callable[[Mapping[str, Any]], None]
MEGABYTE = 2**20


def main() -> None:
    """Answer one order: ``{"progress": [done, of], "facts": {...}}`` lines, then ``{"refused": ...}`` or the answer."""
    say = _own_stdout()
    order = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    try:
        limit = order["memory_mb"] * MEGABYTE
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
        if "vacancy" in order:
            say({"redrawn": _redraw(order)})
        elif order["selector"] is None:
            say({"advice": _explain(order)})
        else:
            say({"portfolio": _select(order, say)})
    except MemoryError:
        say({"refused": [_as_json(out_of_memory(order["memory_mb"]))]})
    except Refused as no:
        say({"refused": [_as_json(refusal) for refusal in (no, *no.also)]})


def out_of_memory(megabytes: int) -> Refused:
    """The solve hit its memory limit."""
    return Refused(
        "solver.memory",
        da=f"Lodtrækningen fik brug for mere end grænsen på {megabytes} MB. Hæv grænsen, eller brug færre lodder.",
        en=f"The draw needed more memory than its limit of {megabytes} MB. Raise the limit or use fewer tickets.",
    )


def _select(order: Mapping[str, Any], say: Say) -> Mapping[str, Any]:
    settings = {order["selector"]: order["options"]}
    selectors = load("borgerting.selectors", Selector, settings)  # type: ignore[type-abstract]
    pool = PoolSnapshot.model_validate(order["pool"])

    def progress(
        done: int, of: int, *, phase: str = "", gap: Fraction | None = None, panels: int | None = None
    ) -> None:
        say(
            {
                "progress": [done, of],
                "facts": {"phase": phase, "gap": None if gap is None else ratio(gap), "panels": panels},
            }
        )

    return portfolio_json(selectors[order["selector"]].select(pool, order["tickets"], order["seed"], progress))


def _explain(order: Mapping[str, Any]) -> Mapping[str, Any]:
    from services.lottery.solver.explain import explain  # noqa: PLC0415 - OR-Tools loads in the child only

    return explain(PoolSnapshot.model_validate(order["pool"])).model_dump(mode="json")


def _redraw(order: Mapping[str, Any]) -> Mapping[str, Any]:
    from services.lottery.solver.redraw import redraw  # noqa: PLC0415 - OR-Tools loads in the child only

    free, pool = order["vacancy"], PoolSnapshot.model_validate(order["pool"])
    vacancy = Vacancy(pool, tuple(free["staying"]), free["seats"], frozenset(free["gone"]))
    return {"came": redraw(vacancy, order["seed"], order["call"]).came}


def _as_json(refusal: Refused) -> Mapping[str, Any]:
    return {"code": refusal.code, **refusal.text}


def _own_stdout() -> Say:
    """Keep stdout for the lines of the protocol: whatever a selector prints goes to stderr."""
    lines = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def say(line: Mapping[str, Any]) -> None:
        print(json.dumps(line), file=lines, flush=True)

    return say


def _leave_with_parent() -> None:
    while os.read(0, 4096):
        pass
    os._exit(3)
