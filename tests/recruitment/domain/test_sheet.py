"""CSV as spreadsheets of several countries write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from borgerting.errors import Refused
from services.recruitment.domain.sheet import read_sheet


@given(st.sampled_from([",", ";", "\t"]), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_the_delimiter_the_line_ends_and_the_bom_are_found(delimiter: str, end: str, bom: bool) -> None:
    lines = [delimiter.join(cells) for cells in (("id", "sex", "age"), ("1", '"a;b,c\td"', " 20-29 "))]
    sheet = read_sheet(("\ufeff" if bom else "") + end.join(lines) + end)
    assert sheet.header == ("id", "sex", "age")
    assert sheet.rows == ((2, ("1", "a;b,c\td", "20-29")),)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "file.empty"),
        ("\n \n,,\n", "file.empty"),
        ("id,Sex,sex\n", "file.column-twice"),
        ('id,sex\n1,"never ends\n', "file.csv"),
        ("id\n" + "x" * 200_000 + "\n", "file.csv"),
    ],
)
def test_a_file_that_is_no_table_is_refused(content: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        read_sheet(content)
    assert refused.value.code == code


@given(st.text())
def test_whatever_is_sent_is_read_or_refused(content: str) -> None:
    try:
        sheet = read_sheet(content)
    except Refused:
        return
    assert any(sheet.header)
