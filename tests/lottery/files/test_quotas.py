"""Quota files in the formats of the field's tools."""

import json
from pathlib import Path

import pytest

from borgerting.errors import Refused
from services.lottery.files.quotas import Quotas, quotas_in, read_quotas
from services.lottery.files.tables import read_csv
from tests.conftest import CORPUS
from tests.lottery.files.papers import book, written


def read(text: str) -> Quotas:
    return quotas_in(read_csv("q.csv", text.encode()))


def bounds(quotas: Quotas) -> dict[tuple[str, str], tuple[int, int]]:
    return {(f.feature, q.category): (q.least, q.most) for f in quotas.features for q in f.quotas}


@pytest.mark.parametrize(
    ("header", "shape"),
    [
        ("feature,value,min,max", "Sortition Foundation (feature, value)"),
        ("Feature;Value;Min;Max", "Sortition Foundation (feature, value)"),
        ("category,name,min,max", "OpenDLP, Sortition Foundation (category, name)"),
        ("category,feature,min,max", "Panelot (category, feature)"),
        ("max,min,name,note,category", "OpenDLP, Sortition Foundation (category, name)"),
    ],
)
def test_the_format_is_recognised_by_the_header(header: str, shape: str) -> None:
    row = {"feature": "sex", "value": "f", "name": "f", "category": "sex", "min": "1", "max": "2", "note": "x"}
    if header.startswith("category,feature"):
        row["feature"] = "f"
    separator = ";" if ";" in header else ","
    found = read(header + "\n" + separator.join(row[title.lower()] for title in header.split(separator)))
    assert found.recognised.startswith(shape)
    assert bounds(found) == {("sex", "f"): (1, 2)}


def test_an_unknown_header_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(Refused, match=r"its columns are a, b. Use feature,value,min,max"):
        read("a,b\n1,2\n")


def test_bands_are_read_and_a_quota_without_them_may_not_give_way() -> None:
    found = read("feature,value,min,max,min_flex,max_flex\nsex,f,2,3,0,4\nsex,m,2,3,2,3\nsex,x,0,1,,\n")
    quotas = found.features[0].quotas
    assert [(q.flex_least, q.flex_most) for q in quotas] == [(0, 4), (2, 3), (None, None)]
    assert found.bands == 1
    assert found.without_bands().bands == 0


def test_every_wrong_row_is_told_at_once_with_row_column_and_value() -> None:
    with pytest.raises(Refused) as no:
        read("feature,value,min,max,max_flex\nsex,f,two,3,\nsex,,1,2,\nsex,m,3,2,\nsex,x,0,4,3\nage,1,0,-1,\n")
    told = no.value.sentences("en")
    assert told == [
        "q.csv, row 2: “min” is “two”. Write a whole number, 0 or more.",
        "q.csv, row 3: sex lacks a category. Name it.",
        "q.csv, row 4: min 3 is above max 2. Correct one of them.",
        "q.csv, row 5: max 4 is above max_flex 3. Correct one of them.",
        "q.csv, row 6: “max” is “-1”. Write a whole number, 0 or more.",
    ]
    assert no.value.sentences("da")[0] == "q.csv, række 2: «min» er «two». Skriv et helt tal, 0 eller mere."


def test_one_category_twice_is_refused_whatever_its_case() -> None:
    with pytest.raises(Refused, match=r"row 3: SEX, F is in row 2 too"):
        read("feature,value,min,max\nsex,f,1,2\nSEX,F,1,2\n")


def test_notes_below_the_quotas_are_not_read_and_told_of() -> None:
    found = read("feature,value,min,max\nsex,f,1,2\n,Urban?,,\n")
    assert bounds(found) == {("sex", "f"): (1, 2)}
    assert found.notes[0]["en"] == "q.csv: rows without a feature were not read (row 3)."


def test_a_file_of_nothing_but_a_header_is_refused() -> None:
    with pytest.raises(Refused, match="no quotas below its header"):
        read("feature,value,min,max\n")


def test_the_order_of_rows_does_not_reach_the_pool_and_stays_for_people() -> None:
    one = read("feature,value,min,max\nsex,m,1,2\nage,2,0,1\nsex,f,1,2\nage,1,0,1\n")
    other = read("max,feature,min,value\n1,age,0,1\n2,sex,1,f\n2,sex,1,m\n1,age,0,2\n")
    assert one.canonical() == other.canonical()
    assert [f.feature for f in one.features] == ["sex", "age"]


def test_a_workbook_of_quotas_is_read_and_its_formulas_are_refused(tmp_path: Path) -> None:
    good = book(tmp_path / "q.xlsx", [["feature", "value", "min", "max"], ["age", 2030, 1, 2.0]])
    assert bounds(read_quotas(good)) == {("age", "2030"): (1, 2)}
    bad = book(tmp_path / "r.xlsx", [["feature", "value", "min", "max"], ["age", "x", 1, "=1+1"]])
    with pytest.raises(Refused, match=r"row 2: “max” is a formula \(=1\+1\)"):
        read_quotas(bad)


CRITERIA = {
    "Bosted": {"values": {"Oslo": 3, "Bergen": 1}, "priority": 2, "reserve_criteria": False},
    "Kjønn": {"values": {"Mann": 2, "Kvinne": 2}, "reserve_criteria": True},
}


def criteria(tmp_path: Path, content: object) -> Quotas:
    return read_quotas(written(tmp_path, "criteria.json", json.dumps(content, ensure_ascii=False)))


def test_criteria_json_gives_exact_quotas_seats_and_priorities(tmp_path: Path) -> None:
    found = criteria(tmp_path, CRITERIA)
    assert found.family == "ogtal"
    assert found.seats == 4
    assert found.priorities == {"Bosted": 2, "Kjønn": 1}
    assert bounds(found)["Bosted", "Oslo"] == (3, 3)
    assert "“reserve_criteria” (Kjønn) is not used" in found.notes[0]["en"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ([], "must have the form"),
        ({"a": {"values": {}}}, "“a” must have the form"),
        ({"a": {"values": {"x": "1"}}}, "“a”, “x” must have the form 0, 1, 2"),
        ({"a": {"values": {"x": True}}}, "“a”, “x” must have"),
        ({"a": {"values": {"x": 1}, "priority": "high"}}, "“priority” must have"),
        ({"a": {"values": {"x": 1}}, "b": {"values": {"y": 2}}}, "they have a: 1, b: 2"),
    ],
)
def test_criteria_that_cannot_be_used_are_refused(tmp_path: Path, content: object, told: str) -> None:
    with pytest.raises(Refused, match=told):
        criteria(tmp_path, content)


def test_a_name_twice_in_json_is_refused_instead_of_the_last_one_winning(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="not valid JSON"):
        read_quotas(written(tmp_path, "c.json", '{"a": {"values": {"x": 1, "X": 2}}}'))


@pytest.mark.needs("corpus")
@pytest.mark.parametrize(
    ("path", "features", "quotas", "family"),
    [
        ("lottery/sf_fixture_22/features.csv", 4, 20, "sortition"),
        ("lottery/example_small_20/categories.csv", 2, 4, "sortition"),
        ("practice/Categories_csv_example.csv", 5, 21, "sortition"),
        ("practice/ogtal_criteria.json", 4, 14, "ogtal"),
    ],
)
def test_the_tools_own_examples_are_read(path: str, features: int, quotas: int, family: str) -> None:
    found = read_quotas(CORPUS / path)
    assert (len(found.features), len(bounds(found)), found.family) == (features, quotas, family)
