"""Every event survives the wire, the archive and a newer sender; nothing else does."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from borgerting.errors import Broken
from borgerting.events import EVENTS, decode, wire
from borgerting.events.base import Envelope, Event
from borgerting.events.sessions import AssemblySeated
from borgerting.topology import CONSUMES
from tests.shared.support import envelope

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(cause=st.none() | TEXT, data=st.dictionaries(TEXT, TEXT | st.integers(-(2**60), 2**60) | st.none()))
def test_an_envelope_comes_out_as_it_went_in(cause: str | None, data: dict[str, object]) -> None:
    sent = envelope(3, cause=cause, data=data)
    headers = wire.headers(sent)
    assert all(value.isascii() and value.isprintable() for value in headers.values())
    assert wire.read({name: value.strip() for name, value in headers.items()}, wire.body(sent)) == sent


def test_a_line_in_a_file_is_structured_cloudevents() -> None:
    line = json.loads(wire.line(envelope(3, data={"b": "æ", "a": 1})))
    assert line["specversion"] == "1.0"
    assert line["type"] == "dk.borgerting.sessions.assembly.seated.v1"
    assert (line["sequence"], line["subject"], line["data"]) == ("3", "klima", {"a": 1, "b": "æ"})


@pytest.mark.parametrize("known", EVENTS.values(), ids=lambda known: known.type)
def test_an_event_is_named_service_noun_verb_says_what_it_tells_and_is_frozen(known: type[Event]) -> None:
    assert re.fullmatch(r"[a-z]+\.[a-z]+\.[a-z]+", known.type)
    assert known.type.split(".")[0] == known.__module__.rpartition(".")[2]
    assert known.__doc__
    assert known.model_config.get("frozen")
    assert known.model_config.get("extra") == "ignore"


def test_whoever_listens_listens_to_aggregates_that_publish() -> None:
    told = {known.type.rpartition(".")[0] for known in EVENTS.values()}
    assert {aggregate for listed in CONSUMES.values() for aggregate in listed} <= told


def test_a_reader_drops_fields_it_does_not_know() -> None:
    assert decode(envelope(1, data={"members": 6, "colour": "red"})) == AssemblySeated(assembly="klima", members=6)


@pytest.mark.parametrize("changed", [{"v": 2}, {"type": "sessions.assembly.vanished"}, {"data": {"members": "six"}}])
def test_what_this_release_does_not_know_is_broken(changed: dict[str, object]) -> None:
    with pytest.raises(Broken):
        decode(envelope(1, **changed))


@pytest.mark.parametrize(
    "changed",
    [{"assembly": a} for a in ("", "Klima", "a.b", "a*", "a>", "a b", "æ", "x" * 41, "klima\n")]
    + [{"version": 0}, {"v": 0}, {"type": "sessions.assembly"}, {"type": "a.b.c.d"}, {"type": "a.*.c"}],
)
def test_an_envelope_that_would_make_a_strange_subject_cannot_be_made(changed: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Envelope.model_validate(envelope(1).model_dump() | changed)
