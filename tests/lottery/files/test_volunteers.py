"""Volunteers from a table."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from borgerting.errors import Refused
from services.lottery.files.pool import require_accepted
from services.lottery.files.quotas import quotas_in
from services.lottery.files.tables import read_csv, read_table
from services.lottery.files.volunteers import Volunteers, read_volunteers, with_others
from tests.lottery.files.papers import HEADER, QUOTAS, ROWS, book, text

FEATURES = quotas_in(read_csv("q.csv", QUOTAS.encode())).features


def read(content: str, id_column: str | None = None) -> Volunteers:
    return read_volunteers(read_csv("v.csv", content.encode()), FEATURES, id_column)


def told(found: Volunteers) -> list[str]:
    return [row.reason["en"] for row in found.refused]


def test_good_rows_are_accepted_and_keep_every_cell() -> None:
    found = read(text([HEADER, *ROWS]))
    assert len(found.people) == found.rows == 12
    assert found.people["p00"].cells == ("p00", "Navn 0", "Kvinde", "Nord", "Åvej 0", "2200")
    assert found.people["p00"].features == {"Køn": "Kvinde", "Område": "Nord"}
    assert found.notes == ()


def test_each_refusal_names_row_column_value_and_what_to_do() -> None:
    found = read("id,Køn,Område\n1,Kvinde,Nord\n2,Hund,Nord\n3,,Øst\n,Mand,Syd\n")
    assert told(found) == [
        "v.csv, row 3: “Køn” is “Hund”, which no quota has. Write one of Kvinde, Mand, or add a quota.",
        "v.csv, row 4: “Køn” is empty. Write one of Kvinde, Mand; “Område” is “Øst”, which no quota has. "
        "Write one of Nord, Syd, or add a quota.",
        "v.csv, row 5: the row has no id. Give it a running number.",
    ]
    assert found.rows == len(found.people) + len(found.refused) == 4
    with pytest.raises(Refused, match=r"3 of 4 rows cannot be used.*the other 1 with --skip-refused") as no:
        require_accepted(found)
    assert len(no.value.also) == 3
    assert no.value.text["da"].startswith("v.csv: 3 af 4 rækker kan ikke bruges.")


def test_case_spaces_dashes_and_unicode_forms_do_not_matter_and_are_told_of() -> None:
    decomposed = unicodedata.normalize("NFD", "id,KØN,område\n1,  kvinde ,NORD\n2,Kvinde,Syd\n")
    found = read(decomposed)
    assert found.people["1"].features == {"Køn": "Kvinde", "Område": "Nord"}
    assert [note["en"] for note in found.notes] == [
        "Køn: “kvinde” was read as “Kvinde” (1 row).",
        "Område: “NORD” was read as “Nord” (1 row).",
    ]


def test_a_missing_column_or_no_rows_at_all_refuse_the_file() -> None:
    with pytest.raises(Refused, match="no column “Område”; it has id, Køn"):
        read("id,Køn\n1,Kvinde\n")
    with pytest.raises(Refused, match="no rows below its header"):
        read("id,Køn,Område\n")


def test_of_equal_repeats_one_is_kept_and_of_differing_ones_none() -> None:
    found = read("id,navn,Køn,Område\n1,a,Mand,Syd\n1, a ,Mand,Syd\n2,b,Mand,Syd\n2,c,Mand,Syd\n3,d,Mand,Nord\n")
    assert sorted(found.people) == ["1", "3"]
    assert told(found) == [
        "v.csv, row 3: id 1 is in row 2 too, with the same in it. Remove the repeat.",
        "v.csv, row 4: id 2 is in row 5 too, with other navn. Keep the right one, or give each its own id.",
        "v.csv, row 5: id 2 is in row 4 too, with other navn. Keep the right one, or give each its own id.",
    ]


def test_people_of_another_file_are_put_under_the_columns_of_the_first() -> None:
    first = read("id,navn,Køn,Område\n1,a,Mand,Syd\n2,b,Mand,Syd\n")
    other = read("Område,Køn,id,navn,telefon\nNord,Kvinde,9,c,1\nNord,Kvinde,2,x,2\n")
    both = with_others(first, other)
    assert {who: person.cells for who, person in both.people.items()} == {
        "1": ("1", "a", "Mand", "Syd"),
        "2": ("2", "b", "Mand", "Syd"),
        "9": ("9", "c", "Kvinde", "Nord"),
    }
    assert (both.rows, both.accepted, both.added) == (2, 2, 1)


def test_a_cpr_number_is_no_id() -> None:
    found = read("id,Køn,Område\n010190-1234,Mand,Syd\n")
    assert "looks like a CPR number" in told(found)[0]


def test_a_known_id_column_is_found_another_can_be_chosen_and_without_any_rows_are_numbered() -> None:
    both = "nationbuilder_id,unique_id,Køn,Område\na,b,Mand,Syd\n"
    assert list(read(both).people) == ["a"]
    assert list(read(both, "unique_id").people) == ["b"]
    unnumbered = read("navn,Køn,Område\nx,Mand,Syd\n\ny,Kvinde,Syd\n")
    assert list(unnumbered.people) == ["row-2", "row-4"]
    assert "its rows are numbered" in unnumbered.notes[0]["en"]


def test_a_workbooks_numbers_and_formulas(tmp_path: Path) -> None:
    rows = [
        ["id", "Køn", "Område", "sum"],
        [7, "Mand", "Syd", "=1+1"],
        [8, "=A1", "Syd", 2],
        ["009", "Kvinde", "Nord", 3],
    ]
    found = read_volunteers(read_table(book(tmp_path / "v.xlsx", rows)), FEATURES)
    assert sorted(found.people) == ["009", "7"]
    assert found.people["7"].cells[3] == "=1+1"
    assert "“Køn” is a formula (=A1)" in told(found)[0]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("1234"), st.sampled_from(["Mand", "kvinde", "", "x"]), st.sampled_from(["Nord", "Syd"])
        ),
        min_size=1,
    ),
    st.randoms(),
)
def test_rows_are_accepted_or_refused_and_their_order_does_not_matter(
    rows: list[tuple[str, ...]], chance: object
) -> None:
    found = read(text([("id", "Køn", "Område"), *rows]))
    assert found.rows == len(found.people) + len(found.refused) == len(rows)
    shuffled = list(rows)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    other = read(text([("id", "Køn", "Område"), *shuffled]))
    assert {who: p.features for who, p in other.people.items()} == {who: p.features for who, p in found.people.items()}
