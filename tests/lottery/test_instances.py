"""The bench's pools are what they say, and its judge sees what is wrong."""

from collections import Counter
from fractions import Fraction

import pytest

from borgerting.events.recruitment import PoolSnapshot
from services.lottery.solver.cp import Program
from tests.lottery.disguises import disguised, marked
from tests.lottery.instances import NAMED, Tight, instance
from tests.lottery.measure import broken, chances_of, rounding_of, spread_of, stakes_of
from tests.lottery.population import shares

MIDDLING = [name for name in NAMED if name.split()[0].isdigit() and int(name.split()[0]) <= 10_000]


def types(pool: PoolSnapshot) -> Counter[tuple[str, ...]]:
    return Counter(tuple(person.features.values()) for person in pool.people)


def a_panel(pool: PoolSnapshot) -> tuple[str, ...]:
    """A panel that keeps size, quotas and households, found without the bench's own search."""
    program = Program()
    seat = {person.id: program.variable(0, 1) for person in pool.people}

    def require(ids: list[str], least: int, most: int) -> None:
        program.linear([seat[who] for who in ids], [1] * len(ids), least, most)

    require(list(seat), pool.panel_size, pool.panel_size)
    for feature in pool.features:
        for quota in feature.quotas:
            there = [p.id for p in pool.people if p.features[feature.feature] == quota.category]
            require(there, quota.least, quota.most)
    for home in sorted({p.household for p in pool.people if p.household}):
        require([p.id for p in pool.people if p.household == home], 0, 1)
    found = program.solve(seed=1, work=10.0)
    assert found.found
    return tuple(who for who, at in seat.items() if found.values[at])


@pytest.mark.parametrize("name", ["360", "1000 households", "360 inclusion", "tight 24"])
def test_a_pool_is_the_same_each_time(name: str) -> None:
    assert NAMED[name]().model_dump_json() == NAMED[name]().model_dump_json()


def test_another_seed_is_another_pool() -> None:
    assert instance(60, 10, 4, seed=1) != instance(60, 10, 4, seed=2)


@pytest.mark.parametrize("name", MIDDLING)
def test_the_populations_own_figures_can_be_met_so_that_no_quota_is_widened(name: str) -> None:
    pool = NAMED[name]()
    for feature in pool.features:
        due = [share * pool.panel_size for share in shares(feature.feature)]
        spare = sum(q.most - q.least for q in feature.quotas)
        assert spare <= (2 if name.startswith("360") else len(due))
        for quota, seats in zip(feature.quotas, due, strict=True):
            assert seats - 2 < quota.least <= quota.most < seats + 1


@pytest.mark.parametrize(("tight", "seed"), [("exact", 1), ("exact", 2), ("rounded", 3), ("loose", 4)])
def test_a_pool_has_a_panel_that_keeps_its_quotas(tight: Tight, seed: int) -> None:
    pool = instance(60, 10, 4, seed=seed, tight=tight, households=0.2)
    assert broken(pool, [a_panel(pool)]) == 0


@pytest.mark.parametrize("name", ["360 households", "500", "tight 24", "tight 40", "tight 60", "tight 90"])
def test_a_row_of_the_bench_has_a_panel(name: str) -> None:
    pool = NAMED[name]()
    assert broken(pool, [a_panel(pool)]) == 0


def test_nearly_every_volunteer_of_360_is_of_a_type_of_their_own() -> None:
    pool = NAMED["360"]()
    alone = sum(count == 1 for count in types(pool).values())
    assert alone > 0.75 * len(pool.people)
    assert sum(len(feature.quotas) for feature in pool.features) == 33


def test_volunteers_are_more_schooled_and_older_than_the_population() -> None:
    pool = instance(3000, 100, 8)
    for name, category, at in (("education", "university", 3), ("age", "65+", 5)):
        there = sum(person.features[name] == category for person in pool.people)
        assert there > 1.2 * shares(name)[at] * len(pool.people)
    towns = [person for person in pool.people if person.features["region"] == "capital"]
    schooled = sum(person.features["education"] == "university" for person in towns) / len(towns)
    everywhere = sum(person.features["education"] == "university" for person in pool.people) / len(pool.people)
    assert schooled > everywhere + 0.05


def test_a_tenth_lives_with_another_volunteer_of_the_same_region_and_nothing_else_changes() -> None:
    pool, without = NAMED["1000 households"](), NAMED["1000"]()
    homes: dict[str | None, list[str]] = {}
    for person in pool.people:
        homes.setdefault(person.household, []).append(person.features["region"] + person.features["setting"])
    shared = [there for there in homes.values() if len(there) > 1]
    assert sum(map(len, shared)) == 100
    assert all(len(there) == 2 and there[0] == there[1] for there in shared)
    assert [p.features for p in pool.people] == [p.features for p in without.people]
    assert pool.features == without.features


def test_the_judge_sees_each_kind_of_broken_panel() -> None:
    pool = instance(60, 10, 4, tight="exact", households=0.2)
    ticket = a_panel(pool)
    out = next(person.id for person in pool.people if person.id not in ticket)
    assert broken(pool, [ticket]) == 0
    assert broken(pool, [ticket[1:], (*ticket[1:], ticket[2]), (*ticket[1:], "stranger")]) == 3
    assert broken(pool.model_copy(update={"exclude": ticket[:1]}), [ticket]) == 1
    assert broken(pool.model_copy(update={"include": (out,)}), [ticket]) == 1
    together = [p.model_copy(update={"household": "h" if p.id in ticket[:2] else None}) for p in pool.people]
    assert broken(pool.model_copy(update={"people": tuple(together)}), [ticket]) == 1
    other = [q.model_copy(update={"least": q.most + 1, "most": q.most + 1}) for q in pool.features[0].quotas]
    moved = pool.features[0].model_copy(update={"quotas": tuple(other)})
    assert broken(pool.model_copy(update={"features": (moved, *pool.features[1:])}), [ticket]) == 1


def test_chances_and_their_spread_are_counted_by_hand() -> None:
    pool = instance(4, 2, 1, tight="loose")
    a, b, c, d = (person.id for person in pool.people)
    chances = chances_of(pool, [(a, b), (a, c)], [Fraction(1), Fraction(3)])
    assert chances == {a: Fraction(1), b: Fraction(1, 4), c: Fraction(3, 4), d: Fraction(0)}
    spread = spread_of(chances, stakes_of(pool))
    assert (spread.smallest, spread.without) == (Fraction(1, 4), 1)
    assert spread.gini == pytest.approx(0.25)
    assert spread.geometric == pytest.approx((3 / 16) ** (1 / 3))
    rounding = rounding_of([(a, b), (a, c), (a, c), (a, b), (a, c)], chances)
    assert (rounding.fewest, rounding.due, rounding.off) == (2, 1, Fraction(3, 4))


def test_odds_of_invitation_weigh_a_chance() -> None:
    pool = instance(200, 20, 4, inclusion=True)
    assert {str(stake) for stake in stakes_of(pool).values()} == {"1", "4/5", "1/2", "2/5"}


def test_every_guise_of_a_pool_holds_the_same_people_and_quotas() -> None:
    pool = marked(instance(60, 10, 4, households=0.2, inclusion=True))
    for number in range(5):
        other = disguised(pool, number)
        assert {p.id: p for p in other.people} == {p.id: p for p in pool.people}
        assert [person.id for person in other.people] != [p.id for p in pool.people] or number % 2 == 0
        quotas = {(f.feature, q.category): (q.least, q.most) for f in other.features for q in f.quotas}
        assert quotas == {(f.feature, q.category): (q.least, q.most) for f in pool.features for q in f.quotas}
