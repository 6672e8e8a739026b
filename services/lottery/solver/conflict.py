"""Quotas that each have enough volunteers and still cannot be met together: the smallest change that helps."""

from collections.abc import Sequence

from ortools.sat.python import cp_model

from borgerting.errors import Refused
from services.lottery.domain import named
from services.lottery.solver.kinds import Bounds, Kind


def contradiction(kinds: Sequence[Kind], bounds: Sequence[Bounds], size: int, solver: cp_model.CpSolver) -> Refused:
    """Say which quotas would have to give way, so that the seats moved are as few as can be."""
    model = cp_model.CpModel()
    taken = [model.new_int_var(0, len(kind.people), "") for kind in kinds]
    model.add(sum(taken) == size)
    below = [model.new_int_var(0, bound.quota.least, "") for bound in bounds]
    above = [model.new_int_var(0, size, "") for _ in bounds]
    for bound, under, over in zip(bounds, below, above, strict=True):
        seats = sum(taken[at] for at in bound.kinds)
        model.add(seats + under >= bound.quota.least)
        model.add(seats - over <= bound.quota.most)
    model.minimize(sum(below) + sum(above))
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return _refused([("nogle kvoter blev bredere", "some quotas were wider")])
    changes = []
    for bound, under, over in zip(bounds, below, above, strict=True):
        if short := solver.value(under):
            changes.append(_change(bound, ("mindst", "at least"), bound.quota.least, bound.quota.least - short))
        if extra := solver.value(over):
            changes.append(_change(bound, ("højst", "at most"), bound.quota.most, bound.quota.most + extra))
    return _refused(changes)


def _change(bound: Bounds, word: tuple[str, str], now: int, then: int) -> tuple[str, str]:
    da, en = named(bound.feature, bound.quota)
    return f"{da} fik {word[0]} {then} (nu {word[0]} {now})", f"{en} took {word[1]} {then} (now {word[1]} {now})"


def _refused(changes: Sequence[tuple[str, str]]) -> Refused:
    da, en = "; ".join(change[0] for change in changes), "; ".join(change[1] for change in changes)
    return Refused(
        "quota.contradiction",
        da=f"Kvoterne kan ikke opfyldes på én gang med de tilmeldte i puljen. Det ville gå, hvis {da}. "
        "Ret kvoterne, eller find tilmeldte med de kombinationer, der mangler.",
        en=f"These quotas cannot be met together with the volunteers in the pool. It would work if {en}. "
        "Change the quotas or find volunteers with the combinations that are missing.",
    )
