"""The built-in selector keeps the contract that partners' selectors are held to, and the contract bites."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest

from borgerting.adapters import Fairness, Level, Portfolio, Progress
from borgerting.events.recruitment import PoolSnapshot
from borgerting.testing import check_selector
from services.lottery.plugins import PortfolioSelector

Tamper = Callable[[Portfolio, PoolSnapshot], Portfolio]
HALF = Fraction(1, 2)


def test_the_built_in_selector_keeps_the_published_contract() -> None:
    check_selector(PortfolioSelector({}))


class Tampered:
    """The built-in selector with a fault in what it returns."""

    def __init__(self, tamper: Tamper) -> None:
        self._tamper = tamper

    def select(self, pool: PoolSnapshot, tickets: int, seed: int, progress: Progress) -> Portfolio:
        """Return the portfolio, tampered with."""
        return self._tamper(PortfolioSelector({}).select(pool, tickets, seed, progress), pool)


def claim(chance: Fraction, bound: Fraction, pool: PoolSnapshot) -> Fairness:
    return Fairness("x", {p.id: chance for p in pool.people}, (Level(12, chance, bound),), True, {})


FAULTS: dict[str, Tamper] = {
    "tickets were asked for": lambda made, pool: replace(made, tickets=made.tickets[1:]),
    "is not sorted": lambda made, pool: replace(made, tickets=(made.tickets[0][::-1], *made.tickets[1:])),
    "holds strangers": lambda made, pool: replace(made, tickets=(("p00", "p01", "p02", "x"), *made.tickets[1:])),
    "people for 4 seats": lambda made, pool: replace(made, tickets=(made.tickets[0][:3], *made.tickets[1:])),
    "in sex=f": lambda made, pool: replace(made, tickets=(("p00", "p01", "p03", "p04"), *made.tickets[1:])),
    "order of people": lambda made, pool: (
        made if pool.people[0].id == "p00" else replace(made, tickets=(*made.tickets[1:], ("p00", "p01", "p05", "p08")))
    ),
    "do not fill the seats": lambda made, pool: replace(made, fairness=claim(HALF, HALF, pool)),
    "above its bound": lambda made, pool: replace(made, fairness=claim(Fraction(1, 3), Fraction(1, 4), pool)),
    "named for every ticket": lambda made, pool: replace(made, alternates=(("p11",),)),
}


@pytest.mark.parametrize("sentence", FAULTS)
def test_a_selector_that_breaks_the_contract_is_told_how(sentence: str) -> None:
    with pytest.raises(AssertionError, match=sentence):
        check_selector(Tampered(FAULTS[sentence]))
