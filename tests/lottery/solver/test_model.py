"""The portfolio, made in this process."""

import csv
import random
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from borgerting.errors import Refused
from borgerting.events.recruitment import PoolSnapshot, Volunteer
from services.lottery import domain
from services.lottery.solver.kinds import kinds_of
from services.lottery.solver.model import make_portfolio
from services.lottery.store import portfolio_bytes
from tests.conftest import CORPUS
from tests.lottery.pools import fair, feasible, feature, pool

TICKETS = 20


def silent(done: int, of: int) -> None:
    """Nobody listens."""


@settings(max_examples=25, deadline=None)
@given(feasible(), st.integers(0, 2**63 - 1))
def test_every_ticket_keeps_every_quota(some: PoolSnapshot, seed: int) -> None:
    made = make_portfolio(some, TICKETS, seed, silent)
    domain.require_portfolio(some, made.tickets, TICKETS)


@settings(max_examples=15, deadline=None)
@given(feasible(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_nothing(some: PoolSnapshot, chance: random.Random) -> None:
    features, people = list(some.features), list(some.people)
    chance.shuffle(features)
    chance.shuffle(people)
    features = [f.model_copy(update={"quotas": f.quotas[::-1]}) for f in features]
    other = some.model_copy(update={"features": tuple(features), "people": tuple(people)})
    first, second = (portfolio_bytes("klima", make_portfolio(p, TICKETS, 1, silent).tickets) for p in (some, other))
    assert first == second


@settings(max_examples=15, deadline=None)
@given(feasible())
def test_nobody_is_left_out_who_can_be_on_a_panel(some: PoolSnapshot) -> None:
    held = domain.chances(some, make_portfolio(some, TICKETS, 1, silent).tickets)
    for person in (person for person, tickets in held.items() if tickets == 0):
        with pytest.raises(Refused):
            make_portfolio(_with_certain_seat(some, person), 1, 1, silent)


def _with_certain_seat(some: PoolSnapshot, person: str) -> PoolSnapshot:
    """The same quotas with only `person` and enough of the others to choose from, and a seat that is theirs."""
    seat = feature("seat", {"theirs": (1, 1), "other": (some.panel_size - 1, some.panel_size - 1)})
    people = tuple(
        Volunteer(id=p.id, features={**p.features, "seat": "theirs" if p.id == person else "other"})
        for p in some.people
    )
    return some.model_copy(update={"features": (*some.features, seat), "people": people})


def test_without_pressure_from_quotas_everybody_has_the_same_chance() -> None:
    some = pool(4, {"sex": {"f": (0, 4), "m": (0, 4)}}, [{"sex": "fm"[n % 2]} for n in range(16)])
    assert domain.shares(domain.chances(some, make_portfolio(some, 20, 3, silent).tickets)) == {5: 16}


def test_scarce_people_hold_more_tickets_and_the_rest_share_equally() -> None:
    some = pool(4, {"sex": {"f": (2, 2), "m": (2, 2)}}, [{"sex": "f"}] * 4 + [{"sex": "m"}] * 10)
    assert domain.shares(domain.chances(some, make_portfolio(some, 20, 3, silent).tickets)) == {4: 10, 10: 4}


def test_another_seed_makes_another_portfolio() -> None:
    assert make_portfolio(fair(), 8, 1, silent).tickets != make_portfolio(fair(), 8, 2, silent).tickets


def test_progress_is_told_ticket_by_ticket() -> None:
    told: list[tuple[int, int]] = []
    make_portfolio(fair(), 5, 1, lambda done, of: told.append((done, of)))
    assert told == [(n, 5) for n in range(1, 6)]


def test_quotas_that_contradict_one_another_are_told_with_what_would_help() -> None:
    features = {"sex": {"f": (2, 2), "m": (2, 2)}, "area": {"north": (3, 3), "south": (1, 1)}}
    rows = [{"sex": "f", "area": "south"}] * 9 + [{"sex": "m", "area": "north"}] * 9
    with pytest.raises(Refused) as no:
        make_portfolio(pool(4, features, rows), 20, 1, silent)
    assert no.value.code == "quota.contradiction"
    assert str(no.value).count("(now at") == 2  # one seat moves: one quota gets more, another fewer
    changed = {"sex": {"f": (1, 1), "m": (3, 3)}, "area": features["area"]}
    other = {"sex": features["sex"], "area": {"north": (2, 2), "south": (2, 2)}}
    helps = {"SEX, f took at least 1 (now at least 2)": changed, "AREA, south took at most 2 (now at most 1)": other}
    wider = next(quotas for words, quotas in helps.items() if words in str(no.value))
    domain.require_portfolio((p := pool(4, wider, rows)), make_portfolio(p, 20, 1, silent).tickets, 20)


def test_tickets_that_cannot_reach_everybody_are_refused() -> None:
    some = pool(2, {"sex": {"f": (1, 1), "m": (1, 1)}}, [{"sex": "f"}] * 5 + [{"sex": "m"}])
    with pytest.raises(Refused, match="2 volunteers are on none of the 3 tickets"):
        make_portfolio(some, 3, 1, silent)
    assert domain.shares(domain.chances(some, make_portfolio(some, 5, 1, silent).tickets)) == {1: 5, 5: 1}


def test_a_portfolio_names_what_made_it() -> None:
    assert "ortools 9" in make_portfolio(fair(), 5, 1, silent).solver


def test_kinds_hold_everybody_once() -> None:
    kinds = kinds_of(fair())
    assert sorted(person for kind in kinds for person in kind.people) == [person.id for person in fair().people]
    assert len(kinds) == 4


FOLDERS = {
    "example_small_20": ("categories.csv", "respondents.csv", "category", "feature", (5, 7)),
    "example_large_200": ("categories.csv", "respondents.csv", "category", "feature", (5, 7)),
    "sf_fixture_22": ("features.csv", "candidates.csv", "feature", "value", (5, 16)),
}


@pytest.mark.needs("corpus")
@pytest.mark.parametrize("name", FOLDERS)
def test_pools_that_others_published_are_drawn_with_chances_close_to_equal(name: str) -> None:
    quota_file, people_file, column, value, (smallest, largest) = FOLDERS[name]
    folder = CORPUS / "lottery" / name
    quotas: dict[str, dict[str, tuple[int, int]]] = {}
    for row in _rows(name, quota_file):
        quotas.setdefault(row[column], {})[row[value]] = (int(row["min"]), int(row["max"]))
    people = [{feature: row[feature] for feature in quotas} for row in _rows(name, people_file)]
    some = pool(int((folder / "k.txt").read_text()), quotas, people)
    made = make_portfolio(some, 60, 1, silent)
    domain.require_portfolio(some, made.tickets, 60)
    held = domain.chances(some, made.tickets).values()
    assert (min(held), max(held)) == (smallest, largest)


def _rows(name: str, file: str) -> list[Mapping[str, str]]:
    with (CORPUS / "lottery" / name / file).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
