"""Integer programs, held against every assignment there is."""

import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.lottery.solver.cp import Program, Status

Row = tuple[list[int], int, int, bool]


@dataclass(frozen=True)
class Small:
    """Three whole numbers in `ranges` and a switch; a row marked True holds only where the switch is on."""

    ranges: list[tuple[int, int]]
    rows: list[Row]
    goal: list[int]

    def program(self) -> Program:
        made = Program()
        places = [made.variable(*limits) for limits in (*self.ranges, (0, 1))]
        for factors, least, most, switched in self.rows:
            made.linear(np.array(places[:3]), factors, least, most, only_if=places[3] if switched else None)
        return made

    def reachable(self) -> Sequence[int]:
        """The objective of every assignment that keeps the rows."""
        grid = product(*(range(least, most + 1) for least, most in self.ranges), (0, 1))
        return [_sum([*self.goal], point) for point in grid if all(self._keeps(point, row) for row in self.rows)]

    def _keeps(self, point: Sequence[int], row: Row) -> bool:
        factors, least, most, switched = row
        return (switched and not point[3]) or least <= _sum(factors, point) <= most


def _sum(factors: Sequence[int], point: Sequence[int]) -> int:
    return sum(factor * value for factor, value in zip(factors, point, strict=False))


@st.composite
def programs(draw: st.DrawFn) -> Small:
    three = st.lists(st.integers(-3, 3), min_size=3, max_size=3)
    ranges = [(least, least + draw(st.integers(0, 3))) for least in draw(three)]
    rows = [
        (draw(three), least, least + draw(st.integers(0, 4)), draw(st.booleans()))
        for least in draw(st.lists(st.integers(-6, 6), max_size=4))
    ]
    return Small(ranges, rows, [*draw(three), draw(st.integers(-3, 3))])


@settings(max_examples=60, deadline=None)
@given(programs())
def test_the_best_is_the_best_of_every_assignment(small: Small) -> None:
    values, program = small.reachable(), small.program()
    for aim, best in ((program.minimize, min), (program.maximize, max)):
        aim(range(4), small.goal)
        solved = program.solve(seed=1, work=1.0)
        if not values:
            assert (solved.status, solved.objective, len(solved.values)) == (Status.INFEASIBLE, None, 0)
        else:
            assert solved.status is Status.OPTIMAL
            assert solved.objective == solved.bound == best(values) == _sum(small.goal, solved.values.tolist())


def test_the_core_loads_without_pandas() -> None:
    probe = "import sys, services.lottery.solver.cp; print('pandas' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert told.stdout == "False\n"


def _scattered(highest: int, numbers: int, rows: int, slack: int) -> tuple[Program, list[int]]:
    """Rows with random factors around a random point, and that point."""
    chance, program = random.Random(3), Program()  # noqa: S311 - numbers for a test, not a draw
    point = [chance.randint(0, highest) for _ in range(numbers)]
    places = [program.variable(0, highest) for _ in point]
    for _ in range(rows):
        factors = [chance.randrange(1, 1000) for _ in point]
        program.linear(places, factors, _sum(factors, point) - slack, _sum(factors, point) + slack)
    return program, point


def test_a_hint_is_taken_where_it_keeps_every_row() -> None:
    program, point = _scattered(9, 12, 4, 900)
    assert program.solve(seed=1, work=1.0).values.tolist() != point
    for at, value in enumerate(point):
        program.hint(at, 9 - value)
        program.hint(at, value)
    assert program.solve(seed=1, work=1.0).values.tolist() == point


def test_no_work_proves_nothing() -> None:
    assert _scattered(1, 80, 12, 0)[0].solve(seed=1, work=0.0).status is Status.OPEN


@pytest.mark.parametrize(
    ("indices", "least", "most"), [([9], 0, 1), ([0], 2**63 - 1, 2**63 - 1), ([0], 1, 0), ([0, 1], 0, 1)]
)
def test_what_is_no_program_is_said(indices: list[int], least: int, most: int) -> None:
    program = Program()
    program.variable(0, 5)
    with pytest.raises(ValueError, match=r"."):
        program.linear(indices, [2**62] * 1, least, most)
        program.solve(seed=1, work=1.0)
