"""What a selector claims of its lottery: as whole numbers and text, and beside what the tickets give."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from borgerting.adapters import Fairness, Level, Portfolio


def ratio(value: Fraction) -> str:
    """A fraction as it is published.

    >>> ratio(Fraction(3))
    '3/1'
    """
    return f"{value.numerator}/{value.denominator}"


def as_json(fairness: Fairness) -> dict[str, Any]:
    """The claim as JSON, every fraction as "a/b" in lowest terms."""
    return {
        "objective": fairness.objective,
        "target": {person: ratio(chance) for person, chance in sorted(fairness.target.items())},
        "levels": [
            {"people": level.people, "chance": ratio(level.chance), "bound": ratio(level.bound)}
            for level in fairness.levels
        ],
        "certified": fairness.certified,
        "proof": dict(fairness.proof),
    }


def from_json(claim: Mapping[str, Any]) -> Fairness:
    """What `as_json` wrote."""
    return Fairness(
        objective=claim["objective"],
        target={person: Fraction(chance) for person, chance in claim["target"].items()},
        levels=tuple(
            Level(level["people"], Fraction(level["chance"]), Fraction(level["bound"])) for level in claim["levels"]
        ),
        certified=claim["certified"],
        proof=claim["proof"],
    )


def portfolio_json(made: Portfolio) -> dict[str, Any]:
    """A portfolio as JSON; what it does not claim is left out."""
    told: dict[str, Any] = {"tickets": made.tickets, "solver": made.solver}
    if made.alternates:
        told["alternates"] = made.alternates
    return told | ({"fairness": as_json(made.fairness)} if made.fairness else {})


def portfolio_from(told: Mapping[str, Any]) -> Portfolio:
    """What `portfolio_json` wrote."""
    return Portfolio(
        tickets=tuple(tuple(ticket) for ticket in told["tickets"]),
        solver=told["solver"],
        fairness=from_json(told["fairness"]) if "fairness" in told else None,
        alternates=tuple(tuple(called) for called in told.get("alternates", ())),
    )


@dataclass(frozen=True)
class Distance:
    """How near the tickets come to the target.

    `largest` is the largest difference, in tickets, between what somebody has and what they should have; `smallest` is
    the smallest share of tickets of anybody whose target is above 0, and `bound` what that share cannot exceed.
    """

    largest: Fraction
    smallest: Fraction
    bound: Fraction


def distance(fairness: Fairness, held: Mapping[str, int], tickets: int) -> Distance:
    """Compare tickets `held` with the claimed target.

    >>> claim = Fairness("leximin", {"a": Fraction(1, 3)}, (Level(1, Fraction(1, 3), Fraction(1, 3)),), True, {})
    >>> distance(claim, {"a": 3}, 10)
    Distance(largest=Fraction(1, 3), smallest=Fraction(3, 10), bound=Fraction(1, 3))
    """
    wanted = {person: chance for person, chance in fairness.target.items() if chance > 0}
    return Distance(
        largest=max((abs(held.get(p, 0) - c * tickets) for p, c in fairness.target.items()), default=Fraction()),
        smallest=min((Fraction(held.get(p, 0), tickets) for p in wanted), default=Fraction()),
        bound=fairness.levels[0].bound if fairness.levels else min(wanted.values(), default=Fraction()),
    )
