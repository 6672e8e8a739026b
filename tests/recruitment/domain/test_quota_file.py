"""Quotas from files of this and other tools."""

import pytest

from borgerting.errors import Refused
from services.recruitment.domain.quota_file import read_quotas

SF = (
    "feature,value,min,max,min_flex,max_flex\n"
    "gender,Female,3,5,0,9\ngender,Male,3,5,0,9\nage,16-29,2,4,0,9\nage,30+,4,6,0,9\n"
)


def test_the_sortition_foundations_file_is_read_in_its_own_order() -> None:
    features, dropped = read_quotas(SF, 8)
    assert [(f.feature, [(q.category, q.least, q.most) for q in f.quotas]) for f in features] == [
        ("gender", [("Female", 3, 5), ("Male", 3, 5)]),
        ("age", [("16-29", 2, 4), ("30+", 4, 6)]),
    ]
    assert dropped == ("min_flex", "max_flex")
    assert all(q.population is None for f in features for q in f.quotas)


def test_opendlps_file_calls_the_feature_a_category() -> None:
    opendlp = "\ufeffcategory;name;min;max\r\nKøn;Kvinder;4;4\r\nKøn;Mænd;4;4\r\n"
    [feature], dropped = read_quotas(opendlp, 8)
    assert (feature.feature, [q.category for q in feature.quotas], dropped) == ("Køn", ["Kvinder", "Mænd"], ())


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("sex,m,x,5", "Row 3 of the quota file has min “x”; it must be a whole number. Correct it."),
        ("sex,m,-1,5", "Row 3 of the quota file has min “-1”; it must be a whole number. Correct it."),
        ("sex,m,1,2.5", "Row 3 of the quota file has max “2.5”; it must be a whole number. Correct it."),
        ("sex,m,6,5", "Row 3 of the quota file has min 6 above max 5. Correct it."),
        ("sex,f,1,5", "Row 3 of the quota file repeats sex, f of row 2. Correct it."),
        ("sex,,1,5", "Row 3 of the quota file lacks the name of its feature or category. Correct it."),
        ("sex,m,1", "Row 3 has 3 cells, but the header has 4. Correct it (perhaps a separator in a text)."),
    ],
)
def test_a_wrong_row_is_named(row: str, sentence: str) -> None:
    with pytest.raises(Refused) as refused:
        read_quotas(f"feature,value,min,max\nsex,f,1,9\n{row}\n", 8)
    assert refused.value.sentences("en") == [sentence]


def test_every_wrong_row_is_told_at_once() -> None:
    with pytest.raises(Refused) as refused:
        read_quotas("feature,value,min,max\nsex,f,a,9\nsex,m,b,9\n", 8)
    assert len(refused.value.sentences("da")) == 2


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ("sex,f,5,9\nsex,m,4,9\n", "quotas.least-sum"),
        ("sex,f,0,3\nsex,m,0,4\n", "quotas.most-sum"),
        ("", "quotas.none"),
    ],
)
def test_quotas_that_no_panel_of_that_size_can_meet_are_refused(lines: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        read_quotas("feature,value,min,max\n" + lines, 8)
    assert refused.value.code == code


def test_a_file_without_the_columns_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        read_quotas("feature,value,least,most\nsex,f,1,2\n", 8)
    assert refused.value.code == "file.column-missing"
