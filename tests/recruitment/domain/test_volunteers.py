"""Rows of a volunteers' file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from borgerting.errors import Refused
from borgerting.events.recruitment import Feature, Quota
from services.recruitment.domain.sheet import read_sheet
from services.recruitment.domain.volunteers import Mapped, Reading, read_volunteers

SEX = Feature(
    feature="sex",
    label={"da": "Køn", "en": "Sex"},
    quotas=(
        Quota(category="women", label={"da": "Kvinder", "en": "Women"}, least=0, most=9),
        Quota(category="men", label={"da": "Mænd", "en": "Men"}, least=0, most=9),
    ),
)
AREA = Feature(
    feature="area",
    label={"en": "Area"},
    quotas=(
        Quota(category="n", label={"en": "North"}, least=0, most=9),
        Quota(category="s", label={"en": "South"}, least=0, most=9),
    ),
)
PLAIN = Mapped(None, {}, {})


def read(content: str, mapped: Mapped = PLAIN, registered: dict[str, dict[str, str]] | None = None) -> Reading:
    return read_volunteers(read_sheet(content), (SEX, AREA), mapped, registered or {})


def why(content: str, registered: dict[str, dict[str, str]] | None = None) -> list[tuple[int, str]]:
    return [(wrong.row, wrong.reason["en"]) for wrong in read(content, registered=registered).refused]


def test_columns_and_values_are_found_by_code_or_by_any_label_whatever_their_case() -> None:
    content = "KØN;Id;area\nKvinder;a;N\nmen;b;south\nWOMEN;c;S\n"
    assert read(content).accepted == {
        "a": {"sex": "women", "area": "n"},
        "b": {"sex": "men", "area": "s"},
        "c": {"sex": "women", "area": "s"},
    }


def test_every_other_column_is_dropped_and_listed() -> None:
    reading = read("name,id,e-mail,sex,area,\nAne,a,ane@x,men,n,\n")
    assert reading.dropped == ("name", "e-mail", "#6")
    assert reading.intake.model_dump() == {"rows": 1, "accepted": 1, "refused": 0, "dropped_columns": reading.dropped}


def test_columns_and_values_can_be_mapped() -> None:
    mapped = Mapped("lbnr", {"K/M": "sex"}, {"sex": {"K": "women", "M": "men"}})
    assert read("lbnr,K/M,area\n7,k,n\n", mapped).accepted == {"7": {"sex": "women", "area": "n"}}


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (",men,n", "Row 3 has no id. Give the row a running number."),
        ("b,,n", "Row 3 has nothing in “Sex”. Write one of women, men."),
        ("b,other,n", "Row 3 has “other” in “Sex”, which is no category. Write one of women, men."),
        ("b,men", "Row 3 has 2 cells, but the header has 3. Correct it (perhaps a separator in a text)."),
        ("b,men,n,x", "Row 3 has 4 cells, but the header has 3. Correct it (perhaps a separator in a text)."),
        ("a,men,n", "Row 3 has the id a, which row 2 has too. Each id may stand once."),
        (
            "known,men,n",
            "Row 3 has the id known, registered before with other area. Correct the row or give it a new id.",
        ),
        (
            "010190-1234,men,n",
            "Row 3 has an id that looks like a CPR number. CPR numbers must never come in; use a running number.",
        ),
        (
            "ane@example.org,men,n",
            "Row 3 has an id that cannot be used. Use at most 40 of a–z, digits and ._- and never names.",
        ),
    ],
)
def test_a_refused_row_is_named_with_its_number_its_field_and_its_reason(row: str, sentence: str) -> None:
    assert why(f"id,sex,area\na,women,n\n{row}\n", {"known": {"sex": "men", "area": "s"}}) == [(3, sentence)]


def test_a_cpr_number_is_not_repeated_in_the_refusal() -> None:
    [(_, sentence)] = why("id,sex,area\n0101901234,men,n\n")
    assert "0101901234" not in sentence


def test_somebody_registered_with_the_same_features_is_accepted_again() -> None:
    assert not why("id,sex,area\na,men,n\n", {"a": {"sex": "men", "area": "n"}})


def test_blank_lines_are_no_rows_but_keep_the_numbers_of_a_spreadsheet() -> None:
    assert why("id,sex,area\n\na,men,n\n,,\nb,,n\n") == [(5, "Row 5 has nothing in “Sex”. Write one of women, men.")]


cell = st.sampled_from(["", "a", "b", "c", "men", "women", "n", "s", "?", "010190-1234"])


@given(st.lists(st.lists(cell, min_size=1, max_size=4), max_size=12))
def test_rows_in_are_rows_accepted_and_rows_refused(rows: list[list[str]]) -> None:
    reading = read("\n".join(["id,sex,area", "first,men,n", *(",".join(cells) for cells in rows)]))
    filled = 1 + sum(any(cells) for cells in rows)
    assert reading.intake.rows == filled == len(reading.accepted) + len(reading.refused)
    assert len({wrong.row for wrong in reading.refused}) == len(reading.refused)
    for traits in reading.accepted.values():
        assert traits["sex"] in {"women", "men"} and traits["area"] in {"n", "s"}


@pytest.mark.parametrize(
    ("content", "mapped", "code"),
    [
        ("sex,area\nmen,n\n", PLAIN, "file.column-missing"),
        ("id,sex,area\n", PLAIN, "volunteers.none"),
        ("id,area\na,n\n", PLAIN, "file.column-missing"),
        ("id,sex,area\na,men,n\n", Mapped("lbnr", {}, {}), "file.column-missing"),
        ("id,sex,area\na,men,n\n", Mapped(None, {"K/M": "sex"}, {}), "file.column-missing"),
        ("id,sex,area\na,men,n\n", Mapped(None, {"area": "income"}, {}), "volunteers.mapping"),
        ("id,sex,area\na,men,n\n", Mapped(None, {}, {"sex": {"K": "kvinde"}}), "volunteers.mapping"),
        ("id,sex,area\na,men,n\n", Mapped(None, {}, {"income": {"K": "low"}}), "volunteers.mapping"),
        ("id,sex,area\na,men,n\n", Mapped(None, {"area": "sex"}, {}), "volunteers.column-shared"),
    ],
)
def test_a_file_that_cannot_be_matched_is_refused_whole(content: str, mapped: Mapped, code: str) -> None:
    with pytest.raises(Refused) as refused:
        read(content, mapped)
    assert refused.value.code == code
