"""Whole tickets for a lottery: as many of each panel as its weight gives, the rest by diffusion, and then evened."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from services.lottery.solver.evening import evened
from services.lottery.solver.face import Face, face_of, whole
from services.lottery.solver.lottery import Lottery
from services.lottery.solver.panels import Panels
from services.lottery.solver.problem import Floats, Ints, Problem

LEAN = 1e-9
RANDOM_WORK = 5.0
TRIED = 20


def tickets_of(panels: Panels, lottery: Lottery, target: Floats, wanted: int) -> list[Ints]:
    """`wanted` panels in which every type has its expected seats, `wanted * target` (T), as nearly as is found."""
    copies = np.floor(lottery.weights * wanted + LEAN).astype(int)
    made = [panel for panel, times in zip(lottery.panels, copies.tolist(), strict=True) for _ in range(times)]
    due = wanted * target - copies @ np.array(lottery.panels)
    face = face_of(panels.problem, target)
    strict = 0
    for left in range(wanted - len(made), 0, -1):
        panel, strict = _next(panels, face, due, left, strict)
        if panel is None:
            panel = max(lottery.panels, key=lambda known: float(due @ known))
        due = due - panel
        made.append(panel)
    return evened(panels, made, target)


def _next(panels: Panels, face: Face, due: Floats, left: int, strict: int) -> tuple[Ints | None, int]:
    """A panel for the first of `left` tickets that are to give `due` seats, nobody a whole seat too many if it can.

    What was too strict for one ticket is so for the next ones: `strict` limits are passed over, and as many returned.
    """
    must = np.where(due > (left - 1) * face.largest + 1, np.minimum(face.largest, np.ceil(due / left)), face.fewest)
    worth = np.minimum(due, 1.0) + due / left
    limits = (
        (must, np.ceil(due - LEAN)),
        (face.fewest, np.maximum(must, np.ceil(due + 1))),
        (face.fewest, face.largest),
    )
    for at, (fewest, largest) in enumerate(limits[strict:], strict):
        near = replace(face, fewest=fewest, largest=np.minimum(face.largest, np.maximum(fewest, largest)))
        if (panel := panels.near(near, worth)) is not None:
            return panel, at
    return panels.near(whole(panels.problem), worth), strict


def seat_people(problem: Problem, tickets: Sequence[Ints], seed: int) -> list[tuple[str, ...]]:
    """Who sits on each ticket: within a type whoever has the fewest tickets, by lot among those; the fixed are on all.

    Members of one home are of one class; a home gives one member at most.
    """
    held = {person: 0 for people in problem.people for person in people}
    made = []
    for number, panel in enumerate(tickets):
        homes: set[str] = set()
        chosen: list[str] = []
        for at in np.flatnonzero(panel).tolist():
            lots = sorted(problem.people[at], key=lambda who: (held[who], _lot(seed, number, who)))
            free = [who for who in lots if problem.home_of.get(who) not in homes] if problem.home[at] >= 0 else lots
            taken = _different_homes(problem, free, int(panel[at])) if problem.home[at] >= 0 else free[: int(panel[at])]
            homes.update(problem.home_of[who] for who in taken if who in problem.home_of)
            chosen += taken
        for person in chosen:
            held[person] += 1
        made.append(tuple(sorted([*chosen, *problem.fixed])))
    return made


def _different_homes(problem: Problem, lots: Sequence[str], number: int) -> list[str]:
    taken: dict[str, str] = {}
    for who in lots:
        if len(taken) == number:
            break
        taken.setdefault(problem.home_of[who], who)
    return list(taken.values())


def _lot(seed: int, number: int, person: str) -> bytes:
    return hashlib.sha256(f"{seed}|{number}|{person}".encode()).digest()


def random_tickets(panels: Panels, number: int, seed: int) -> list[Ints]:
    """Panels for weights drawn by lot: plain random, with nothing claimed of anybody's chance."""
    everything, types = whole(panels.problem), range(len(panels.problem.people))
    made: list[Ints] = []
    draw = 0
    while len(made) < number:
        lots = [int.from_bytes(_lot(seed, draw, str(at))[:6], "big") / 2**48 for at in types]
        draw += 1
        if (panel := panels.near(everything, np.array(lots))) is None:
            panel = panels.exact(everything, draw, RANDOM_WORK)
        if panel is not None:
            made.append(panel)
        elif not made and draw > TRIED:
            raise ArithmeticError("no panel was found at random, though there is one")
    return made
