"""One content, one sequence of bytes."""

import hashlib
import hmac
import json

from hypothesis import given
from hypothesis import strategies as st

from borgerting.canonical import canonical, keyed_digest, sha256

LEAF = st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"]))
CONTENT = st.recursive(
    LEAF, lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
)


@given(content=CONTENT)
def test_it_reads_back_and_reading_and_writing_again_changes_nothing(content: object) -> None:
    written = canonical(content)
    assert json.loads(written) == content
    assert canonical(json.loads(written)) == written


@given(pairs=st.dictionaries(st.text("abcæøå🎲"), st.integers()).map(lambda d: list(d.items())))
def test_the_order_of_writing_down_makes_no_difference(pairs: list[tuple[str, int]]) -> None:
    assert canonical(dict(pairs)) == canonical(dict(reversed(pairs)))


def test_there_is_no_white_space_and_no_escape_that_another_language_would_not_write() -> None:
    assert canonical({"b": [1, None, True], "a": "æ 🎲\n"}) == '{"a":"æ 🎲\\n","b":[1,null,true]}'.encode()


def test_digests_are_the_standard_ones() -> None:
    assert sha256(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert keyed_digest(b"k", b"x") == hmac.new(b"k", b"x", hashlib.sha256).hexdigest() != sha256(b"x")
