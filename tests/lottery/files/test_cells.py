"""Text in a cell."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.lottery.files.cells import clean, guarded, key


@given(st.text())
def test_cleaning_is_done_once_and_for_all(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert key(key(text)) == key(text) == key(clean(text))


@given(st.text())
def test_one_text_in_four_unicode_forms_may_differ_only_where_unicode_itself_does(text: str) -> None:
    assert clean(unicodedata.normalize("NFD", text)) == clean(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize("text", ["=1+1", "+A1", "-cmd|x", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "  =1+1", "|calc"])
def test_what_a_spreadsheet_would_run_comes_behind_an_apostrophe(text: str) -> None:
    assert guarded(text) == "'" + text


@pytest.mark.parametrize("text", ["", "Ane", "+45 20 30 40 50", "-5", "-", "3=3", "a@b.dk"])
def test_what_it_would_not_run_stays_as_it_is(text: str) -> None:
    assert guarded(text) == text
