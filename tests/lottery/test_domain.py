"""The rules of a draw."""

import hashlib
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from borgerting.errors import Refused
from borgerting.events.recruitment import PoolSnapshot
from services.lottery import domain
from tests.lottery.pools import fair, feasible, pool

PANEL = ("p000", "p001", "p002", "p003", "p005")


def test_a_quota_nobody_can_fill_is_said_out_loud() -> None:
    thin = pool(2, {"sex": {"f": (2, 2), "m": (0, 2)}}, [{"sex": "f"}, {"sex": "m"}, {"sex": "m"}])
    with pytest.raises(Refused) as no:
        domain.require_pool(thin)
    assert no.value.sentences("da") == [
        "SEX, f: kvoten kræver mindst 2, men puljen har 1. Find 1 flere tilmeldte, eller sænk kvotens mindstetal til 1."
    ]
    assert "needs at least 2, but the pool has 1" in str(no.value)


def test_every_thin_quota_is_named_at_once() -> None:
    features = {"sex": {"f": (3, 4), "m": (1, 1)}, "area": {"north": (2, 2), "south": (2, 2)}}
    with pytest.raises(Refused) as no:
        domain.require_pool(pool(4, features, [{"sex": "m", "area": "south"}] * 2))
    assert [refusal.code for refusal in (no.value, *no.value.also)] == ["pool.size", "quota.supply", "quota.supply"]


@pytest.mark.parametrize(
    ("features", "person", "code"),
    [
        ({"sex": {"f": (0, 1), "m": (0, 1)}}, {"sex": "x"}, "pool.category"),
        ({"sex": {"f": (0, 1), "m": (0, 1)}}, {}, "pool.category"),
        ({"sex": {"f": (1, 2), "m": (1, 2)}}, {"sex": "f"}, "quota.least-sum"),
        ({"sex": {"f": (0, 0), "m": (0, 0)}}, {"sex": "f"}, "quota.most-sum"),
    ],
)
def test_quotas_and_rows_that_do_not_fit_are_refused(
    features: dict[str, dict[str, tuple[int, int]]], person: dict[str, str], code: str
) -> None:
    with pytest.raises(Refused) as no:
        domain.require_pool(pool(1, features, [person]))
    assert code in {refusal.code for refusal in (no.value, *no.value.also)}


def test_a_person_who_is_twice_in_the_pool_is_refused() -> None:
    doubled = fair()
    doubled = doubled.model_copy(update={"people": (*doubled.people, doubled.people[3])})
    with pytest.raises(Refused, match="p003 is in the pool 2 times"):
        domain.require_pool(doubled)


def test_a_panel_that_keeps_every_quota_passes() -> None:
    domain.require_panel(fair(), PANEL)


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        (PANEL[:4], "4 different volunteers from the pool in 4 seats; there must be 5"),
        ((*PANEL[:4], "p000"), "4 different volunteers from the pool in 5 seats"),
        ((*PANEL[:4], "nobody"), "4 different volunteers from the pool in 5 seats"),
        (("p000", "p002", "p004", "p006", "p008"), "The panel has 5 in SEX, f; the quota is 2 to 3"),
    ],
)
def test_a_panel_that_breaks_a_rule_is_refused(members: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        domain.require_panel(fair(), members)


def test_a_portfolio_is_refused_for_one_bad_ticket_or_the_wrong_number() -> None:
    domain.require_portfolio(fair(), [PANEL, PANEL], 2)
    with pytest.raises(Refused, match="Ticket 1 has"):
        domain.require_portfolio(fair(), [PANEL, PANEL[:4]], 2)
    with pytest.raises(Refused, match="3 tickets were to be made, but the selector made 2"):
        domain.require_portfolio(fair(), [PANEL, PANEL], 3)


@given(feasible())
def test_seats_add_up_to_the_panel_in_every_feature(some: PoolSnapshot) -> None:
    members = [person.id for person in some.people[: some.panel_size]]
    taken = domain.seats(some.features, domain.rows_of(some), members)
    assert {sum(categories.values()) for categories in taken.values()} == {some.panel_size}
    domain.require_panel(some, members)


@given(st.text(max_size=40), st.text("0123456789abcdef", min_size=64, max_size=64), st.integers(1, 500))
def test_the_ticket_follows_from_seed_and_portfolio_by_the_rule_as_told(seed: str, portfolio: str, of: int) -> None:
    first = int(hashlib.sha256(f"{seed}|{portfolio}|0".encode()).hexdigest(), 16)
    assert domain.ticket_index(seed, portfolio, of) == first % of


def test_a_hash_above_the_limit_is_thrown_again() -> None:
    tickets = 2**255 + 1  # nearly every second hash lies above the only multiple that fits

    def thrown(seed: str, count: int) -> int:
        return int(hashlib.sha256(f"{seed}|p|{count}".encode()).hexdigest(), 16)

    seed = next(seed for seed in "abcdefgh" if thrown(seed, 0) >= tickets)
    assert domain.ticket_index(seed, "p", tickets) == next(n for c in range(99) if (n := thrown(seed, c)) < tickets)


def test_no_ticket_is_likelier_than_another() -> None:
    drawn = Counter(domain.ticket_index(str(seed), "ab" * 32, 7) for seed in range(7000))
    assert set(drawn) == set(range(7))
    assert all(890 < times < 1110 for times in drawn.values())


def test_the_selectors_seed_is_not_the_commitment() -> None:
    seed = domain.solver_seed("2026")
    assert 0 <= seed < 2**63
    assert not domain.commitment("2026").startswith(f"{seed << 1:x}"[:8])
