"""Why there is no panel, and what would help: held against every panel of small pools."""

import csv
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from borgerting.errors import Refused
from borgerting.events.recruitment import JointQuota, PoolSnapshot, Volunteer
from services.lottery.domain.advice import Advice, Repair
from services.lottery.solver.explain import contradiction, explain, flexed
from tests.conftest import CORPUS
from tests.lottery.instances import instance
from tests.lottery.pools import pool

Side = tuple[str, str]


def panels(some: PoolSnapshot) -> Iterable[Sequence[Volunteer]]:
    """Every panel with one of each household at most, all who must be on it and none who must not."""
    fixed = {*some.include, *some.seated}
    for panel in combinations([p for p in some.people if p.id not in some.exclude], some.panel_size):
        homes = [p.household for p in panel if p.household is not None]
        if fixed <= {p.id for p in panel} and len(homes) == len(set(homes)):
            yield panel


def missed(some: PoolSnapshot, panel: Sequence[Volunteer]) -> Mapping[Side, int]:
    """By how many seats `panel` misses each side of each quota."""
    rows = {
        f"quota|{f.feature}|{q.category}": (q.least, q.most, {f.feature: q.category})
        for f in some.features
        for q in f.quotas
    } | {f"joint|{at}": (j.least, j.most, j.categories) for at, j in enumerate(some.joint)}
    found: dict[Side, int] = {}
    for name, (least, most, categories) in rows.items():
        held = sum(categories.items() <= person.features.items() for person in panel)
        found |= {(name, "least"): max(0, least - held), (name, "most"): max(0, held - most)}
    return found


def possible(some: PoolSnapshot, sides: Iterable[Side] | None = None) -> bool:
    """Whether a panel keeps these sides, or all."""
    every = (missed(some, panel) for panel in panels(some))
    return any(not any(m[side] for side in (m if sides is None else sides)) for m in every)


def repaired(some: PoolSnapshot, repair: Repair) -> PoolSnapshot:
    """The pool after the repair, by its published changes alone."""
    changes = {(change.quota, change.side): change.then for change in repair.changes}

    def new(quota: Any, name: str) -> Any:
        update = {side: then for (which, side), then in changes.items() if which == name}
        return quota.model_copy(update=update)

    features = tuple(
        f.model_copy(update={"quotas": tuple(new(q, f"quota|{f.feature}|{q.category}") for q in f.quotas)})
        for f in some.features
    )
    joint = tuple(new(j, f"joint|{at}") for at, j in enumerate(some.joint))
    newcomers = [r.categories for r in repair.recruits for _ in range(r.people)]
    people = tuple(Volunteer(id=f"new{n}", features=row) for n, row in enumerate(newcomers))
    return some.model_copy(update={"features": features, "joint": joint, "people": (*some.people, *people)})


@st.composite
def any_pool(draw: st.DrawFn) -> PoolSnapshot:
    """A small pool with any quotas: mostly without a panel, for every kind of reason."""
    names = {"sex": ("f", "m"), "area": ("north", "south", "west")}
    row = st.fixed_dictionaries({name: st.sampled_from(categories) for name, categories in names.items()})
    people = draw(st.lists(row, min_size=4, max_size=9))
    bounds = st.tuples(st.integers(0, 3), st.integers(0, 2)).map(lambda pair: (pair[0], sum(pair)))
    quotas = {name: {category: draw(bounds) for category in categories} for name, categories in names.items()}
    made = pool(draw(st.integers(1, 4)), quotas, people)
    homes = draw(st.lists(st.sampled_from([None, None, "h1", "h2"]), min_size=len(people), max_size=len(people)))
    least, most = draw(bounds)
    joint = JointQuota(categories={"sex": "f", "area": "north"}, label={"en": "f north"}, least=least, most=most)
    return made.model_copy(
        update={
            "people": tuple(p.model_copy(update={"household": h}) for p, h in zip(made.people, homes, strict=True)),
            "joint": (joint,) if draw(st.booleans()) else (),
            "include": ("p000",) if draw(st.booleans()) else (),
            "exclude": ("p001",) if draw(st.booleans()) else (),
        }
    )


@settings(max_examples=60, deadline=None)
@given(any_pool())
def test_the_clash_is_one_and_is_none_without_any_one_of_its_sides(some: PoolSnapshot) -> None:
    advice = explain(some)
    assert advice.possible == possible(some)
    sides = [(clash.quota, clash.side) for clash in advice.conflict]
    assert bool(sides) == (not advice.possible and any(True for _ in panels(some)))
    if sides:
        assert advice.minimal
        assert not possible(some, sides)
        for clash, side in zip(advice.conflict, sides, strict=True):
            rest = [other for other in sides if other != side]
            fits = [missed(some, p)[side] for p in panels(some) if not any(missed(some, p)[o] for o in rest)]
            assert clash.reach == clash.bound + min(fits) * (-1 if clash.side == "least" else 1)


@settings(max_examples=60, deadline=None)
@given(any_pool())
def test_every_repair_makes_a_panel_possible_and_the_fewest_are_the_fewest(some: PoolSnapshot) -> None:
    advice = explain(some, priorities={"sex": 1})
    for repair in advice.repairs:
        assert repair.seats == sum(abs(change.then - change.now) for change in repair.changes)
        assert possible(repaired(some, repair))
    if advice.repairs:
        every = [missed(some, panel) for panel in panels(some)]
        by_way = {way: repair for repair in reversed(advice.repairs) for way in repair.ways}
        assert by_way["seats"].seats == min(sum(m.values()) for m in every)
        quotas = {change.quota for change in by_way["quotas"].changes}
        assert len(quotas) == min(len({name for (name, _), seats in m.items() if seats}) for m in every)
        sex = [sum(seats for (name, _), seats in m.items() if name.startswith(("quota|sex", "joint"))) for m in every]
        changes = by_way["priorities"].changes
        assert min(sex) == sum(abs(c.then - c.now) for c in changes if c.quota.startswith(("quota|sex", "joint")))


@settings(max_examples=25, deadline=None)
@given(any_pool())
def test_the_order_of_the_input_changes_no_advice(some: PoolSnapshot) -> None:
    other = some.model_copy(update={"features": some.features[::-1], "people": some.people[::-1]})
    first, second = (explain(p) for p in (some, other))
    assert first.conflict == second.conflict
    for one, same in zip(first.repairs, second.repairs, strict=True):
        assert (one.ways, one.changes, one.chance) == (same.ways, same.changes, same.chance)
        assert [(r.people, r.categories) for r in one.recruits] == [(r.people, r.categories) for r in same.recruits]


CLASHING = {"sex": {"f": (2, 2), "m": (2, 2)}, "area": {"north": (3, 3), "south": (1, 1)}}
SPLIT = [{"sex": "f", "area": "south"}] * 9 + [{"sex": "m", "area": "north"}] * 9


def test_a_clash_and_its_repairs_are_told_in_words() -> None:
    advice = explain(pool(4, CLASHING, SPLIT))
    assert advice.clashing()[0]["en"] == (
        "These quotas cannot be met together: AREA, south: at most 1 – there can be at least 2 while the others are "
        "kept; SEX, f: at least 2 – there can be at most 1 while the others are kept, and 9 volunteers can be seated. "
        "Without any one of them the others of them can be met."
    )
    assert advice.helping()[0]["en"].startswith("Fewest seats")
    assert {way for repair in advice.repairs for way in repair.ways} >= {"seats", "quotas", "feature", "recruit"}
    assert len(advice.repairs) >= 3
    no = advice.refusal()
    assert (no.code, [other.code for other in no.also]) == (
        "quota.contradiction",
        ["quota.repair"] * len(advice.repairs),
    )
    assert Advice.model_validate(advice.model_dump(mode="json")) == advice


def test_one_quota_that_is_short_by_itself_is_told_alone_with_whom_to_find() -> None:
    some = pool(2, {"sex": {"f": (2, 2), "m": (0, 2)}}, [{"sex": "f"}, {"sex": "m"}, {"sex": "m"}])
    advice = explain(some)
    assert advice.clashing()[0]["da"] == (
        "En kvote kan ikke opfyldes: SEX, f: mindst 2 – der kan højst blive 1, og 1 tilmeldt kan komme med."
    )
    (missing,) = next(repair.recruits for repair in advice.repairs if "recruit" in repair.ways)
    assert (missing.people, missing.categories) == (1, {"sex": "f"})


def test_a_household_takes_one_seat_and_says_so_in_the_clash() -> None:
    some = pool(2, {"sex": {"f": (2, 2), "m": (0, 0)}}, [{"sex": "f"}, {"sex": "f"}, {"sex": "m"}])
    people = tuple(p.model_copy(update={"household": "h" if p.features["sex"] == "f" else None}) for p in some.people)
    advice = explain(some.model_copy(update={"people": people}))
    assert [(clash.quota, clash.side, clash.reach, clash.volunteers) for clash in advice.conflict] == [
        ("quota|sex|f", "least", 1, 2)
    ]


def test_two_of_one_household_who_must_both_be_drawn_are_named() -> None:
    some = pool(2, {"sex": {"f": (0, 2), "m": (0, 2)}}, [{"sex": "f"}] * 4)
    people = tuple(p.model_copy(update={"household": "h"}) if p.id < "p002" else p for p in some.people)
    advice = explain(some.model_copy(update={"people": people, "include": ("p000",), "seated": ("p001",)}))
    assert not advice.possible
    assert "p000 and p001 must both be drawn, but belong to one household" in advice.wrong[0]["en"]
    assert not advice.repairs


def test_a_pool_with_too_few_homes_is_told_how_many_are_missing() -> None:
    some = pool(3, {"sex": {"f": (0, 3), "m": (0, 3)}}, [{"sex": "f"}] * 4)
    people = tuple(p.model_copy(update={"household": "h"}) if p.id < "p003" else p for p in some.people)
    no = contradiction(some.model_copy(update={"people": people}))
    assert "3 are to be drawn, but only 2 can be seated" in str(no)


def test_people_who_must_be_drawn_are_counted_in_the_clash() -> None:
    some = pool(3, {"sex": {"f": (0, 1), "m": (0, 3)}}, [{"sex": "f"}] * 3 + [{"sex": "m"}] * 3)
    advice = explain(some.model_copy(update={"include": ("p000", "p001")}))
    assert [(clash.quota, clash.bound, clash.reach) for clash in advice.conflict] == [("quota|sex|f", 1, 2)]
    seats = advice.repairs[0]
    assert [(change.side, change.now, change.then) for change in seats.changes] == [("most", 1, 2)]


def test_several_panels_need_as_many_times_the_quota() -> None:
    some = pool(2, {"sex": {"f": (1, 1), "m": (1, 1)}}, [{"sex": "f"}] + [{"sex": "m"}] * 8)
    advice = explain(some.model_copy(update={"panels": 2}))
    assert [(clash.bound, clash.reach) for clash in advice.conflict] == [(2, 1)]
    assert "at least 2 in all on the 2 panels" in advice.clashing()[0]["en"]
    assert {(c.quota, c.side, c.now, c.then) for c in advice.repairs[0].changes} == {
        ("quota|sex|f", "least", 1, 0),
        ("quota|sex|m", "most", 1, 2),
    }


def _banded(most: int) -> PoolSnapshot:
    some = pool(4, CLASHING, SPLIT)
    bands = {"f": {"flex_least": 1}, "m": {"flex_most": most}}
    sex, area = some.features
    quotas = tuple(q.model_copy(update=bands[q.category]) for q in sex.quotas)
    return some.model_copy(update={"features": (sex.model_copy(update={"quotas": quotas}), area)})


def test_bands_give_way_as_little_as_is_needed_and_what_was_used_is_told() -> None:
    pool_, changes = flexed(_banded(4))
    assert {(c.quota, c.side, c.now, c.then) for c in changes} == {
        ("quota|sex|f", "least", 2, 1),
        ("quota|sex|m", "most", 2, 3),
    }
    assert explain(pool_).possible
    assert flexed(pool_) == (pool_, ())
    assert any("bands" in repair.ways for repair in explain(_banded(4)).repairs)


def test_bands_that_are_too_narrow_are_refused_with_what_would_help() -> None:
    with pytest.raises(Refused, match="cannot be met together") as no:
        flexed(_banded(2))
    assert no.value.also


QUOTA_FILE, PEOPLE_FILE = "features.csv", "candidates.csv"


def _fixture(**changed: tuple[int, int]) -> PoolSnapshot:
    """The Sortition Foundation's test pool with the least and most of some values changed."""
    folder = CORPUS / "lottery" / "sf_fixture_22"
    quotas: dict[str, dict[str, tuple[int, int]]] = {}
    with (folder / QUOTA_FILE).open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            bounds = changed.get(row["value"], (int(row["min"]), int(row["max"])))
            quotas.setdefault(row["feature"], {})[row["value"]] = bounds
    with (folder / PEOPLE_FILE).open(encoding="utf-8", newline="") as lines:
        people = [{feature: row[feature] for feature in quotas} for row in csv.DictReader(lines)]
    return pool(int((folder / "k.txt").read_text()), quotas, people)


@pytest.mark.needs("corpus")
def test_a_published_pool_is_possible_until_a_quota_is_tightened() -> None:
    assert explain(_fixture()).possible
    some = _fixture()
    for feature in some.features:
        for quota in feature.quotas:
            supply = sum(p.features[feature.feature] == quota.category for p in some.people)
            tight = _fixture(**{quota.category: (supply + 1, supply + 9)})
            advice = explain(tight)
            assert f"quota|{feature.feature}|{quota.category}" in {clash.quota for clash in advice.conflict}
            assert all(explain(repaired(tight, repair)).possible for repair in advice.repairs)


PROBE = """
import time
from borgerting.events.recruitment import JointQuota, PoolSnapshot
from services.lottery.solver.explain import explain
import sys
advice = explain(PoolSnapshot.model_validate_json(sys.stdin.read()), {"climate": -1})
print(time.process_time(), len(advice.conflict), len(advice.repairs))
"""


def test_a_joint_contradiction_among_a_thousand_is_explained_in_two_seconds() -> None:
    label = {"da": "Unge kvinder", "en": "Young women"}
    joint = JointQuota(categories={"sex": "f", "age": "16–24"}, label=label, least=14, most=20)
    some = instance(1000, 100, 8).model_copy(update={"joint": (joint,)})
    told = subprocess.run(
        [sys.executable, "-c", PROBE], input=some.model_dump_json().encode(), capture_output=True, check=True
    )
    seconds, clashes, repairs = told.stdout.split()
    assert (int(clashes), int(repairs) >= 3) == (2, True)
    assert float(seconds) < 2.0
