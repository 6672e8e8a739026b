"""JSON-stat in all the shapes that offices send, and the contradictions that are refused."""

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from borgerting.errors import Refused
from services.recruitment.plugins.jsonstat import Dataset, parse, read

TABLE: dict[str, Any] = {
    "version": "2.0",
    "class": "dataset",
    "label": "People",
    "id": ["area", "sex", "year"],
    "size": [2, 2, 1],
    "role": {"time": ["year"]},
    "dimension": {
        "area": {"label": "Area", "category": {"index": ["n", "s"], "label": {"n": "North", "s": "South"}}},
        "sex": {"category": {"index": {"m": 1, "f": 0}, "label": {"f": "Women", "m": "Men"}}},
        "year": {"category": {"label": {"2026": "2026"}}},
    },
    "value": [1, 2, 3, None],
    "status": {"3": "c"},
}


def changed(**parts: Any) -> dict[str, Any]:
    return {**deepcopy(TABLE), **parts}


def dimension(name: str, category: Any) -> dict[str, Any]:
    table = deepcopy(TABLE)
    table["dimension"][name] = {"category": category}
    return table


def loaded(table: Any) -> Dataset:
    return read(parse(json.dumps(table).encode()))


def test_codes_stand_in_the_order_of_their_index() -> None:
    data = loaded(TABLE)
    assert {d.code: list(d.categories) for d in data.dimensions} == {
        "area": ["n", "s"],
        "sex": ["f", "m"],
        "year": ["2026"],
    }
    assert data.values == {0: 1, 1: 2, 2: 3}
    assert data.time == {"year"}
    assert data.dimensions[0].categories["n"] == {"und": "North"}
    assert data.dimensions[1].label == {"und": "sex"}


def version_1() -> dict[str, Any]:
    old = changed()
    for part in ("version", "class"):
        del old[part]
    for part in ("id", "size", "role"):
        old["dimension"][part] = old.pop(part)
    return old


@pytest.mark.parametrize(
    "table",
    [
        {"dataset": version_1()},
        {"population": version_1()},
        version_1(),
        changed(size=["2", "2", "1"]),
        changed(value={"0": 1, "1": 2, "2": 3}),
        changed(value={"0": 1, "1": 2, "2": 3, "3": None}),
    ],
)
def test_older_and_sparser_shapes_say_the_same(table: Any) -> None:
    known, found = loaded(TABLE), loaded(table)
    assert (found.dimensions, found.values, found.time) == (known.dimensions, known.values, known.time)


def test_labels_carry_the_language_that_the_file_tells() -> None:
    for extension in ({"language": "sv"}, {"lang": "sv"}, {"px": {"language": "sv"}}):
        assert loaded(changed(extension=extension)).dimensions[0].label == {"sv": "Area"}


def test_a_bundle_of_several_tables_is_read_by_name() -> None:
    bundle = {"one": version_1(), "two": changed(value=[5, 6, 7, 8])}
    with pytest.raises(Refused, match="The file holds 2 tables: one, two"):
        loaded(bundle)
    assert read(bundle, "two").values[0] == 5


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (changed(size=[3, 2, 1]), "The dimension area must have 3 categories, but the file names 2."),
        (changed(size=[2, 2]), "The table has 3 dimensions (area, sex, year) but 2 sizes."),
        (changed(size=[0, 2, 1]), "The dimension area has the size 0; it must be a whole number from 1."),
        (changed(value=[1, 2, 3]), "The dimensions make 4 cells, but the file has 3 values."),
        (changed(value=[1, 2, 3, 4, 5]), "The dimensions make 4 cells, but the file has 5 values."),
        (changed(value={"4": 1}), "The table has 4 cells (0 to 3), but a figure at '4'."),
        (changed(value={"first": 1}), "The table has 4 cells (0 to 3), but a figure at 'first'."),
        (changed(value=[1, 2, "many", 4]), "Cell number 2 is 'many', not a number."),
        (changed(value=[1, 2, True, 4]), "Cell number 2 is True, not a number."),
        (changed(id=["area", "area", "year"]), "“area” comes twice in the table"),
        (dimension("area", {"index": ["n", "n"]}), "“area: n” comes twice in the table"),
        (dimension("area", {"index": {"n": 0, "s": 2}}), "The dimension area must number its categories 0 to 1"),
        (dimension("area", {"index": {"n": 0, "s": 0}}), "The dimension area must number its categories 0 to 1"),
        (dimension("area", None), "The table lacks «dimension.area.category»"),
        (changed(dimension={}), "The table lacks «dimension.area.category»"),
        (changed(value=7), "The table lacks «value»"),
        (changed(id=7), "The table lacks «id»"),
        ({"class": "collection", "link": {}}, "The file is of class “collection”, not a table."),
        ({"hello": "world"}, "The table lacks «dimension»"),
        ([1, 2], "The table lacks {…}"),
    ],
)
def test_a_contradiction_is_refused_by_name(table: Any, sentence: str) -> None:
    with pytest.raises(Refused) as refused:
        loaded(table)
    assert str(refused.value).startswith(sentence)
    assert refused.value.text["da"] != refused.value.text["en"]


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe\x00", b'{"a":NaN}', b"[" * 100_000])
def test_what_is_no_json_is_refused(raw: bytes) -> None:
    with pytest.raises(Refused) as refused:
        parse(raw)
    assert refused.value.code == "population.json"


def test_a_name_twice_in_one_object_is_refused() -> None:
    with pytest.raises(Refused, match="“n” comes twice"):
        parse(b'{"index": {"n": 0, "n": 1}}')


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(TABLE)), json_values)
def test_whatever_stands_in_a_field_the_table_is_read_or_refused(field: str, value: Any) -> None:
    try:
        data = loaded(changed(**{field: value}))
    except Refused:
        return
    assert len(data.dimensions) == 3
