"""Integer programs for CP-SAT through its core, which loads in a tenth of a second; `cp_model` would bring pandas."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from operator import index

import numpy as np
from numpy.typing import NDArray
from ortools.sat.python import cp_model_helper as core

Integers = Sequence[int] | NDArray[np.integer]


class Status(Enum):
    """What a solve has proven; `OPEN` is the work limit with nothing found and nothing refuted."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    OPEN = "open"


STATUS = {
    core.CpSolverStatus.OPTIMAL: Status.OPTIMAL,
    core.CpSolverStatus.FEASIBLE: Status.FEASIBLE,
    core.CpSolverStatus.INFEASIBLE: Status.INFEASIBLE,
    core.CpSolverStatus.UNKNOWN: Status.OPEN,
}


@dataclass(frozen=True, eq=False)
class Solution:
    """`values` of all variables by index, empty without a solution; `objective` and `bound` are exact integers.

    Nothing is better than `bound`, whatever the status; both are None where there is no objective or no solution.
    """

    status: Status
    objective: int | None
    bound: int | None
    values: NDArray[np.int64]

    @property
    def found(self) -> bool:
        """Whether there are values."""
        return self.status in (Status.OPTIMAL, Status.FEASIBLE)


class Program:
    """Integer variables by index, linear rows over them and at most one objective; solved as often as wanted."""

    def __init__(self) -> None:
        self._proto = core.CpModelProto()
        self._sign = 1
        self._goal: tuple[list[int], list[int]] | None = None
        self._hints: dict[int, int] = {}

    def variable(self, least: int, most: int) -> int:
        """Add an integer variable and return its index."""
        self._proto.variables.add().domain.extend([int(least), int(most)])
        return len(self._proto.variables) - 1

    def linear(
        self, indices: Integers, coefficients: Integers, least: int, most: int, only_if: int | None = None
    ) -> None:
        """Keep least <= coefficients . variables <= most, where the 0/1 variable `only_if` is 1 if there is one."""
        row = self._proto.constraints.add()
        if only_if is not None:
            row.enforcement_literal.append(only_if)
        variables, factors = _aligned(indices, coefficients)
        row.linear.vars.extend(variables)
        row.linear.coeffs.extend(factors)
        row.linear.domain.extend([int(least), int(most)])

    def minimize(self, indices: Integers, coefficients: Integers) -> None:
        """Replace the objective; each variable at most once."""
        self._aim(1, *_aligned(indices, coefficients))

    def maximize(self, indices: Integers, coefficients: Integers) -> None:
        """Replace the objective; each variable at most once."""
        self._aim(-1, *_aligned(indices, coefficients))

    def hint(self, variable: int, value: int) -> None:
        """Start the search near `value`; the last one given for a variable counts."""
        self._hints[index(variable)] = index(value)

    def solve(self, seed: int, work: float, *, presolve: bool = True) -> Solution:
        """Solve with one worker, the same way every time; `work` is deterministic, about a second each.

        Without presolve an easy program of many variables is done several times faster, a hard one far slower.
        ValueError where the program is not one: an unknown index, a domain upside down, sums beyond 64 bits.
        """
        self._proto.clear_solution_hint()
        self._proto.solution_hint.vars.extend(list(self._hints))
        self._proto.solution_hint.values.extend(list(self._hints.values()))
        if wrong := core.CpSatHelper.validate_model(self._proto):
            raise ValueError(wrong)
        solver = core.SolveWrapper()
        solver.set_parameters(_parameters(seed, work, presolve=presolve))
        answer = solver.solve(self._proto)  # type: ignore[no-untyped-call]
        status = STATUS[answer.status]
        values = np.array(list(answer.solution), dtype=np.int64)
        if self._goal is None or status in (Status.INFEASIBLE, Status.OPEN):
            return Solution(status, None, None, values)
        variables, factors = self._goal
        reached = sum(factor * int(values[at]) for at, factor in zip(variables, factors, strict=True))
        return Solution(status, reached, self._sign * int(answer.inner_objective_lower_bound), values)

    def _aim(self, sign: int, variables: list[int], factors: list[int]) -> None:
        self._proto.clear_objective()
        self._sign, self._goal = sign, (variables, factors)
        goal = self._proto.objective
        goal.vars.extend(variables)
        goal.coeffs.extend([sign * factor for factor in factors])
        goal.scaling_factor = float(sign)


def _aligned(indices: Integers, coefficients: Integers) -> tuple[list[int], list[int]]:
    variables, factors = ([index(n) for n in numbers] for numbers in (indices, coefficients))
    if len(variables) != len(factors):
        raise ValueError(f"{len(variables)} variables have {len(factors)} coefficients")
    return variables, factors


def _parameters(seed: int, work: float, *, presolve: bool) -> core.SatParameters:
    parameters = core.SatParameters()
    parameters.num_workers = 1
    parameters.random_seed = seed % 2**31
    parameters.max_deterministic_time = work
    parameters.cp_model_presolve = presolve
    return parameters
