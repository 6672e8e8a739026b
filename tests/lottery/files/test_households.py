"""Who lives together."""

import pytest

from services.lottery.files.households import Households, essence, find_households, near
from services.lottery.files.quotas import quotas_in
from services.lottery.files.tables import read_csv
from services.lottery.files.volunteers import read_volunteers
from tests.lottery.files.papers import QUOTAS, text

FEATURES = quotas_in(read_csv("q.csv", QUOTAS.encode())).features


def homes(*addresses: tuple[str, str], fuzzy: bool = False) -> Households:
    rows = [(f"p{n}", "Mand", "Syd", f'"{street}"', post) for n, (street, post) in enumerate(addresses)]
    table = read_csv("v.csv", text([("id", "Køn", "Område", "vej", "post"), *rows]).encode())
    return find_households(read_volunteers(table, FEATURES), ["vej", "post"], fuzzy=fuzzy)


def test_the_same_address_is_one_home_and_its_key_tells_nothing() -> None:
    found = homes(("Åvej 1", "2200"), ("åvej  1", "2200"), ("Åvej 1", "2100"), ("Åvej 2", "2200"))
    assert found.of == {"p0": "home-1", "p1": "home-1"}
    assert found.near == ()


def test_people_without_an_address_do_not_live_together() -> None:
    found = homes(("", ""), ("", ""), ("Åvej 1", ""))
    assert found.of == {}
    assert [note["en"] for note in found.notes()] == ["2 volunteers have no address and are taken to live alone."]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Nørrebrogade 12, 3. tv.", "Norrebrogade 12 3 tv"),
        ("Nørrebrogade 12B", "nørrebrogade 12 b"),
        ("Ndr. Frihavnsgade 4, st.", "Ndr Frihavnsgade 4 stuen"),
        ("Nørrebrogade 12", "Nørrebrogede 12"),
        ("Allégade 7", "Allegade 07"),
        ("Park Rd 4", "Park Road 4"),
    ],
)
def test_fuzzy_finds_one_home_in_two_spellings_and_tells(one: str, other: str) -> None:
    assert homes((one, "2200"), (other, "2200")).of == {}
    found = homes((one, "2200"), (other, "2200"), fuzzy=True)
    assert set(found.of) == {"p0", "p1"}
    assert found.near == (("p0", "p1"),)
    assert "spelled differently: p0, p1" in next(iter(found.notes()))["en"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Nørrebrogade 12, 3. tv", "Nørrebrogade 12, 3. th"),
        ("Nørrebrogade 12, 3. tv", "Nørrebrogade 12, 2. tv"),
        ("Nørrebrogade 12A", "Nørrebrogade 12B"),
        ("Kirkevej 3", "Birkevej 3"),
        ("Elmevej 3", "Ulmevej 3"),
        ("Østergade 3", "Vestergade 3"),
        ("Nørregade 3", "Nørrebrogade 3"),
    ],
)
def test_fuzzy_keeps_apart_what_are_two_homes(one: str, other: str) -> None:
    assert homes((one, "2200"), (other, "2200"), fuzzy=True).of == {}


def test_the_order_of_people_does_not_change_the_homes() -> None:
    addresses = [("Skovlundevej 1", "1"), ("Skovlundevei 1", "1"), ("Skovlundvej 1", "1"), ("Bakken 2", "1")]
    found = homes(*addresses, fuzzy=True)
    assert set(found.of) == {"p0", "p1", "p2"}
    backwards = homes(*reversed(addresses), fuzzy=True)
    assert {f"p{3 - int(who[1:])}" for who in backwards.of} == set(found.of)


def test_near_is_the_same_both_ways() -> None:
    words = [essence([street])[1] for street in ("Skovlundevej", "Skovlundvej", "Skovlyndevej", "Lundevej", "")]
    assert [[near(a, b) for b in words] for a in words] == [[near(b, a) for b in words] for a in words]
