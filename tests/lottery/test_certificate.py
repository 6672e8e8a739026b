"""The certificate's check: that it proves what is true, never more, and bites on every kind of untruth."""

import resource
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from borgerting.errors import Refused
from borgerting.events.recruitment import JointQuota, PoolSnapshot
from services.lottery.domain.certificate import check
from tests.lottery import oracle
from tests.lottery.pools import pool

Proof = dict[str, Any]
F = Fraction


def _five() -> PoolSnapshot:
    """Two women for one seat, three men for the other."""
    return pool(2, {"sex": {"f": (1, 1), "m": (1, 1)}}, [{"sex": s} for s in "ffmmm"])


def _proof() -> Proof:
    return {
        "groups": [["p000", "p001"], ["p002", "p003", "p004"]],
        "cuts": [],
        "levels": [
            {"groups": [1], "scale": 3, "weights": {"1": 1}, "rows": {"quota|sex|m": 1}},
            {"groups": [0], "scale": 2, "weights": {"0": 1}, "rows": {"quota|sex|f": 1}},
        ],
        "panels": [
            ["p000", "p002"],
            ["p001", "p003"],
            ["p000", "p004"],
            ["p001", "p002"],
            ["p000", "p003"],
            ["p001", "p004"],
        ],
        "weights": [1, 1, 1, 1, 1, 1],
    }


def test_a_true_proof_is_certified_with_every_gap_zero() -> None:
    checked = check(_five(), _proof())
    assert checked.leximin and checked.certified and checked.open == 0
    assert [(level.people, level.chance, level.bound, level.slack) for level in checked.levels] == [
        (3, F(1, 3), F(1, 3), 0),
        (2, F(1, 2), F(1, 2), 0),
    ]
    assert checked.chances == {"p000": F(1, 2), "p001": F(1, 2), "p002": F(1, 3), "p003": F(1, 3), "p004": F(1, 3)}


def test_a_lottery_that_is_less_fair_shows_its_gap() -> None:
    proof = _proof() | {"weights": [4, 1, 1, 1, 1, 1]}
    checked = check(_five(), proof)
    assert not checked.certified
    assert checked.levels[0].chance == F(2, 9) and checked.levels[0].gap == F(1, 9)


def test_wrong_multipliers_make_a_worse_bound_and_no_untruth() -> None:
    proof = _proof()
    proof["levels"][0]["rows"] = {"quota|sex|f": 1}
    first = check(_five(), proof).levels[0]
    assert first.bound == F(4, 3), "the bound still holds, and says nothing"


def test_settling_somebody_without_a_weight_is_not_a_leximin() -> None:
    proof = _proof()
    proof["levels"] = [proof["levels"][0] | {"groups": [0, 1]}]
    checked = check(_five(), proof)
    assert checked.certified and not checked.leximin
    assert checked.levels[0].slack == F(1, 2), "nothing keeps the women from certainty"


def test_a_maximin_leaves_the_others_open() -> None:
    proof = _proof()
    del proof["levels"][1]
    checked = check(_five(), proof)
    assert checked.certified and checked.open == 2 and not checked.leximin


def test_a_cut_is_told_apart_from_arithmetic() -> None:
    proof = _proof() | {"cuts": [{"weights": {"1": 1}, "most": 1}]}
    assert [level.searched for level in check(_five(), proof).levels] == [False, False]
    proof["levels"][0]["rows"] = {"cut|0": 1}
    assert [level.searched for level in check(_five(), proof).levels] == [True, False]
    assert check(_five(), proof).leximin


def _set(path: tuple[Any, ...], value: Any) -> Callable[[Proof], None]:
    def alter(proof: Proof) -> None:
        part: Any = proof
        for key in path[:-1]:
            part = part[key]
        part[path[-1]] = value

    return alter


UNTRUTHS: dict[str, tuple[Callable[[Proof], None], str]] = {
    "no list of groups": (_set(("groups",), None), "the list groups is missing"),
    "somebody in two groups": (_set(("groups", 0), ["p000", "p001", "p002"]), "fails for p002"),
    "somebody in none": (_set(("groups", 0), ["p000"]), "fails for p001"),
    "a stranger": (_set(("groups", 0), ["p000", "p001", "x"]), "fails for x"),
    "an empty group": (_set(("groups", 0), []), "each group must be"),
    "a panel that breaks a quota": (_set(("panels", 3), ["p000", "p001"]), "Panel 3 of the proof has 2 in SEX, f"),
    "a panel that is too small": (_set(("panels", 3), ["p000"]), "Panel 3 of the proof has 1 different"),
    "a panel with one person twice": (_set(("panels", 3), ["p002", "p002"]), "Panel 3 of the proof has 1 different"),
    "a panel of numbers": (_set(("panels", 3), [1, 2]), "panel 3 is not a list of ids"),
    "no panels": (_set(("panels",), []), "each panel needs a whole weight"),
    "a panel without weight": (_set(("weights",), [1, 1, 1, 1, 1]), "each panel needs a whole weight"),
    "a negative weight": (_set(("weights", 2), -1), "each panel needs a whole weight"),
    "a weight in floats": (_set(("weights", 2), 0.5), "each panel needs a whole weight"),
    "a truth for a weight": (_set(("weights", 2), True), "each panel needs a whole weight"),
    "a negative multiplier of a person": (_set(("levels", 0, "weights", "0"), -1), "level 0: a weight is below 0"),
    "a multiplier of no group": (_set(("levels", 0, "weights", "7"), 1), "weights has wrong groups or numbers: 7"),
    "a multiplier in floats": (_set(("levels", 0, "weights", "1"), 1.0), "weights has wrong groups or numbers: 1"),
    "a level without weight": (_set(("levels", 0, "weights"), {}), "level 0 gives no weight to the rest"),
    "a level that weighs the settled": (
        _set(("levels", 1, "weights"), {"1": 1}),
        "level 1 gives no weight to the rest",
    ),
    "a row that is none": (_set(("levels", 0, "rows", "quota|sex|x"), 1), "level 0 uses unknown rows: quota|sex|x"),
    "a row in floats": (_set(("levels", 0, "rows", "size"), 0.1), "level 0: rows must be whole numbers"),
    "a scale of nothing": (_set(("levels", 0, "scale"), 0), "level 0"),
    "a group settled twice": (_set(("levels", 1, "groups"), [0, 1]), "group 1 is settled twice"),
    "a group that is none": (_set(("levels", 1, "groups"), [2]), "level 1 does not name its groups"),
    "a level that settles nobody": (_set(("levels", 1, "groups"), []), "level 1 does not name its groups"),
    "a level that is no level": (_set(("levels", 1), 7), "level 1 does not name its groups"),
    "a cut that a panel breaks": (_set(("cuts",), [{"weights": {"0": 1}, "most": 0}]), "panel 0 breaks cut 0"),
    "a cut without its most": (_set(("cuts",), [{"weights": {"0": 1}}]), "cut 0 lacks its most"),
    "a cut that is no cut": (_set(("cuts",), [3]), "weights is missing"),
}


@pytest.mark.parametrize("untruth", UNTRUTHS)
def test_it_names_what_is_untrue(untruth: str) -> None:
    alter, named = UNTRUTHS[untruth]
    proof = _proof()
    alter(proof)
    with pytest.raises(Refused, match=named.replace("|", r"\|")) as no:
        check(_five(), proof)
    assert no.value.text["da"] != no.value.text["en"]


def test_a_cut_must_not_be_used_from_below() -> None:
    proof = _proof() | {"cuts": [{"weights": {"1": 1}, "most": 1}]}
    proof["levels"][0]["rows"] = {"cut|0": -1}
    with pytest.raises(Refused, match=r"cut\|0 has no least"):
        check(_five(), proof)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(oracle.tight())
def test_what_is_true_can_be_proven_and_no_bound_lies_below_it(some: PoolSnapshot) -> None:
    truth = oracle.leximin(some)
    assert truth is not None
    checked = check(some, oracle.proof(some, truth))
    assert checked.chances == truth.chances
    assert all(level.gap >= 0 and level.slack >= 0 for level in checked.levels)
    assert checked.leximin == checked.certified


@pytest.mark.parametrize("number", oracle.LOOSE)
def test_where_fractions_of_seats_could_do_better_the_gap_is_shown(number: int) -> None:
    some = oracle.tight_pool(number)
    truth = oracle.leximin(some)
    assert truth is not None
    checked = check(some, oracle.proof(some, truth))
    assert not checked.certified and max(level.gap for level in checked.levels) > F(1, 10)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(oracle.tight(), st.data())
def test_no_multipliers_whatever_bound_less_than_some_lottery_gives(some: PoolSnapshot, data: st.DataObject) -> None:
    truth = oracle.leximin(some)
    assert truth is not None
    proof = oracle.proof(some, truth)
    groups, names = proof["groups"], ["size", "joint|0"] if some.joint else ["size"]
    names += [f"quota|{f.feature}|{q.category}" for f in some.features for q in f.quotas]
    names += [f"household|{p.household}" for p in some.people if p.household]
    first = data.draw(st.lists(st.integers(0, len(groups) - 1), min_size=1, max_size=len(groups) - 1, unique=True))
    rest = [at for at in range(len(groups)) if at not in first]
    many = st.fixed_dictionaries({str(at): st.integers(1, 4) for at in range(len(groups))})
    rows = st.dictionaries(st.sampled_from(names), st.integers(-3, 3), max_size=4)
    proof["levels"] = [
        {"groups": settled, "scale": 1, "weights": data.draw(many), "rows": data.draw(rows)}
        for settled in (first, rest)
    ]
    checked = check(some, proof)
    stake, every = oracle.stakes(some), oracle.panels(some)
    held = {who: stake[who] * truth.chances[who] for at in first for who in groups[at]}
    settled = oracle.smallest(every, stake, held).value  # the others' best while these keep at least theirs
    assert checked.levels[0].bound >= truth.levels[0][1]
    assert checked.levels[1].bound >= settled


def test_a_panel_may_be_told_as_seats_that_a_groups_people_share_by_lot() -> None:
    proof = _proof() | {"panels": [{"0": 1, "1": 1}], "weights": [7]}
    checked = check(_five(), proof)
    assert checked.leximin
    assert checked.chances == check(_five(), _proof()).chances


def test_seats_by_lot_and_panels_by_name_add_up_and_the_fixed_are_on_both() -> None:
    some = pool(3, {"sex": {"f": (1, 1), "m": (2, 2)}}, [{"sex": s} for s in "ffmmm"])
    some = some.model_copy(update={"include": ("p002",)})
    proof = {"groups": [["p000", "p001"], ["p003", "p004"]], "cuts": [], "levels": [], "weights": [3, 1]}
    proof["panels"] = [{"0": 1, "1": 1}, ["p002", "p001", "p003"]]
    assert check(some, proof).chances == {"p000": F(3, 8), "p001": F(5, 8), "p002": 1, "p003": F(5, 8), "p004": F(3, 8)}


def _living(homes: dict[int, str]) -> PoolSnapshot:
    people = [p.model_copy(update={"household": homes.get(at)}) for at, p in enumerate(_five().people)]
    return _five().model_copy(update={"people": tuple(people)})


def test_groups_that_share_homes_of_one_make_never_meet_on_a_panel_of_seats() -> None:
    some = _living({0: "h", 1: "i", 2: "h", 3: "i"})  # two couples and a man alone
    groups = [["p000", "p001"], ["p002", "p003"], ["p004"]]
    proof = {"groups": groups, "cuts": [], "levels": [], "panels": [{"0": 1, "1": 1}], "weights": [1]}
    assert check(some, proof).chances == dict.fromkeys(("p000", "p001", "p002", "p003"), F(1, 2)) | {"p004": 0}
    with pytest.raises(Refused, match="panel 0 has several of one household"):
        check(_living({0: "h", 1: "h"}), proof | {"panels": [{"0": 2}]})


@pytest.mark.parametrize(
    ("panel", "named"),
    [
        ({"0": 2}, "Panel 0 of the proof has 2 in SEX, f"),
        ({"0": 1}, "Panel 0 of the proof has 1 different"),
        ({"0": -1, "1": 3}, "panel 0 has wrong groups"),
        ({"0": 3}, "panel 0 has wrong groups"),
        ({"0": True, "1": 1}, "panel 0 has wrong groups"),
        ({"0": 1.0, "1": 1}, "panel 0 has wrong groups"),
        ({"7": 2}, "panel 0 has wrong groups"),
        ({"0": 1, 0: 1}, "panel 0 has wrong groups"),
    ],
)
def test_seats_that_are_no_panel_are_refused(panel: Proof, named: str) -> None:
    with pytest.raises(Refused, match=named):
        check(_five(), _proof() | {"panels": [panel], "weights": [1]})


@pytest.mark.parametrize(
    ("some", "groups"),
    [
        (_five(), [["p000", "p002"], ["p001", "p003", "p004"]]),
        (_living({0: "h", 2: "h"}), _proof()["groups"]),
        (_living({0: "h", 2: "h", 1: "i", 3: "i", 4: "i"}), [["p000", "p001"], ["p002", "p003"], ["p004"]]),
    ],
)
def test_seats_are_shared_by_lot_among_those_who_are_alike_only(some: PoolSnapshot, groups: list[list[str]]) -> None:
    proof = {"groups": groups, "cuts": [], "levels": [], "panels": [{"0": 1, "1": 1}], "weights": [1]}
    with pytest.raises(Refused, match="the people of group 0 are not alike"):
        check(some, proof)


def _whole_house() -> PoolSnapshot:
    """Two panels of two at once, somebody fixed, somebody excluded, a household, a joint quota and unequal odds."""
    rows = [{"sex": s, "age": a} for s, a in zip("ffffmmmmm", "yoyoyoyoy", strict=True)]
    some = pool(2, {"sex": {"f": (1, 1), "m": (1, 1)}, "age": {"y": (0, 2), "o": (0, 2)}}, rows)
    people = [
        person.model_copy(
            update={
                "inclusion": "1/4" if at % 2 else "1/3",
                "household": "h" if at in (1, 5) else "i" if at in (0, 2) else None,
            }
        )
        for at, person in enumerate(some.people)
    ]
    label = {"da": "unge kvinder", "en": "young women"}
    joint = (JointQuota(categories={"sex": "f", "age": "y"}, label=label, least=0, most=1),)
    return some.model_copy(
        update={"people": tuple(people), "panels": 2, "include": ("p000",), "exclude": ("p008",), "joint": joint}
    )


def _parted(some: PoolSnapshot, members: list[str]) -> list[str]:
    """The union as two panels, a woman and a man each."""
    women = [who for who in members if who < "p004"]
    men = [who for who in members if who >= "p004"]
    return [women[0], men[0], women[1], men[1]]


def test_everything_a_pool_can_ask_for_is_in_the_bound() -> None:
    some = _whole_house()
    truth = oracle.leximin(some)
    assert truth is not None
    proof = oracle.proof(some, truth)
    proof["panels"] = [_parted(some, panel) for panel in proof["panels"]]
    checked = check(some, proof)
    assert checked.leximin and {level.gap for level in checked.levels} == {0}
    assert checked.chances == truth.chances
    assert (checked.chances["p000"], checked.chances["p002"], checked.chances["p008"]) == (1, 0, 0)


@pytest.mark.parametrize(
    ("members", "named"),
    [
        (["p001", "p004", "p003", "p006"], "lacks p000, who must be on it"),
        (["p000", "p008", "p001", "p004"], "has p008, who must not be on it"),
        (["p000", "p004", "p001", "p005"], "has several of one household: p001, p005"),
        (["p000", "p003", "p004", "p006"], "panel 1, has 2 in SEX, f; the quota is 1 to 1"),
    ],
)
def test_a_ticket_of_two_panels_keeps_every_rule(members: list[str], named: str) -> None:
    some = _whole_house()
    groups = [[who] for who in oracle.free(some)]
    proof = {"groups": groups, "cuts": [], "levels": [], "panels": [members], "weights": [1]}
    with pytest.raises(Refused) as no:
        check(some, proof)
    assert any(named in sentence for sentence in no.value.sentences("en")), no.value.sentences("en")


def test_two_thousand_people_are_checked_in_two_seconds() -> None:
    categories = [f"c{n}" for n in range(5)]
    features = {f"f{at}": dict.fromkeys(categories, (0, 100)) for at in range(8)}
    rows = [{f"f{at}": categories[(n // (at + 1) + n * at) % 5] for at in range(8)} for n in range(2000)]
    some = pool(100, features, rows)
    ids = [person.id for person in some.people]
    proof = {
        "groups": [[who] for who in ids],
        "cuts": [],
        "levels": [
            {
                "groups": list(range(at, 2000, 24)),
                "scale": 10**15,
                "weights": {str(group): 10**12 + group for group in range(2000)},
                "rows": {f"quota|f{f}|{c}": 10**12 + f for f in range(8) for c in categories},
            }
            for at in range(24)
        ],
        "panels": [[ids[(start * 7 + step * 20) % 2000] for step in range(100)] for start in range(600)],
        "weights": [10**12 + at for at in range(600)],
    }
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    checked = check(some, proof)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_utime - before < 2
    assert len(checked.levels) == 24 and sum(level.people for level in checked.levels) == 2000
