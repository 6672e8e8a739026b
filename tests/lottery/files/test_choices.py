"""Single people, pairs of features and invitation odds."""

from pathlib import Path

import pytest

from borgerting.errors import Refused
from services.lottery.files.choices import ids_in, read_inclusion, read_joint
from services.lottery.files.pool import Wishes, pool_of
from services.lottery.files.quotas import quotas_in
from services.lottery.files.tables import read_csv
from services.lottery.files.volunteers import Volunteers, read_volunteers
from tests.lottery.files.papers import HEADER, QUOTAS, ROWS, book, text, written

FOUND = quotas_in(read_csv("q.csv", QUOTAS.encode()))


def volunteers(content: str = "") -> Volunteers:
    return read_volunteers(read_csv("v.csv", (content or text([HEADER, *ROWS])).encode()), FOUND.features)


def test_ids_come_by_hand_and_from_files_of_any_kind(tmp_path: Path) -> None:
    same = written(tmp_path, "same.csv", text([HEADER, ROWS[3]]))
    plain = written(tmp_path, "plain.txt", "p05\np04\n")
    sheet = book(tmp_path / "sheet.xlsx", [["unique_id", "note"], ["p06", "x"]])
    said = ["p07", str(same), str(plain), str(sheet), " p07"]
    assert ids_in(said, volunteers(), "--include") == ("p03", "p04", "p05", "p06", "p07")


def test_an_id_that_nobody_has_and_one_that_was_refused_are_told_apart() -> None:
    found = volunteers("id,Køn,Område\n1,Mand,Syd\n2,Hund,Syd\n")
    with pytest.raises(Refused) as no:
        ids_in(["1", "2", "3"], found, "--seated")
    assert no.value.sentences("en") == [
        "--seated: 2 is in a row that was refused. Correct that row first.",
        "--seated: 3 is neither a volunteer's id nor a file. Correct it.",
    ]


def test_nobody_can_be_both_on_and_off() -> None:
    with pytest.raises(Refused, match="p01 is to be on the panel and off it"):
        pool_of("x", FOUND, volunteers(), Wishes(seats=5, include=("p01",), exclude=("p01", "p02")))


def test_joint_quotas_are_read_in_one_order_and_by_the_quotas_own_spelling(tmp_path: Path) -> None:
    header = "feature,value,feature2,value2,min,max\n"
    one = written(tmp_path, "a.csv", header + "køn,KVINDE,Område,Syd,1,2\nOmråde,Nord,Køn,Mand,0,1\n")
    other = written(tmp_path, "b.csv", header + "Køn,Mand,Område,Nord,0,1\nOmråde,Syd,Køn,Kvinde,1,2\n")
    found = read_joint(one, FOUND.features)
    assert [(q.categories, q.least, q.most) for q in found] == [
        ({"Køn": "Kvinde", "Område": "Syd"}, 1, 2),
        ({"Køn": "Mand", "Område": "Nord"}, 0, 1),
    ]
    assert [q.categories for q in read_joint(other, FOUND.features)] == [q.categories for q in found]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("Køn,Hund,Område,Syd,1,2", "“Køn”, “Hund” is not in the quotas. Write one of Kvinde, Mand"),
        ("Alder,1,Område,Syd,1,2", "“Alder”, “1” is not in the quotas. Write one of Køn, Område"),
        ("Køn,Mand,Køn,Kvinde,1,2", "must be on two features"),
        ("Køn,Mand,Område,Syd,3,2", r"min \(3\) must not be above max \(2\)"),
        ("Køn,Mand,Område,Syd,x,2", "“min” is “x”"),
        ("Køn,Mand,Område,Syd,0,2\nOmråde,Syd,Køn,Mand,0,1", "row 3: the same quota is there twice"),
    ],
)
def test_a_joint_quota_that_cannot_be_used_is_refused(row: str, told: str, tmp_path: Path) -> None:
    path = written(tmp_path, "j.csv", f"feature,value,feature2,value2,min,max\n{row}\n")
    with pytest.raises(Refused, match=told):
        read_joint(path, FOUND.features)


def test_invitation_odds_are_ratios_however_they_are_written() -> None:
    odds = ["1/40", "0.025", '"0,025"', "2.5 %", '"2,5%"', "2/80", "1"]
    rows = [(f"p{n}", "Mand", "Syd", said) for n, said in enumerate(odds)]
    found = read_inclusion(volunteers(text([("id", "Køn", "Område", "odds"), *rows])), "Odds")
    assert list(found.values()) == ["1/40"] * 6 + ["1/1"]


@pytest.mark.parametrize("said", ["", "0", "1.2", "-0.1", "x", "1/0", "101 %", "nan", "1e-30"])
def test_odds_that_are_no_probability_are_refused_with_the_row(said: str) -> None:
    found = volunteers(text([("id", "Køn", "Område", "odds"), ("p1", "Mand", "Syd", said)]))
    with pytest.raises(Refused, match=r"v\.csv, row 2: “odds” is “.*Write the probability"):
        read_inclusion(found, "odds")
