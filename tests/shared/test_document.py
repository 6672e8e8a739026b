"""State, its events and its proof of cause go into one write."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from borgerting.errors import Broken, Conflict, Refused
from borgerting.events.sessions import AssemblySeated
from borgerting.store import Record, Repository
from borgerting.testing import repository
from tests.shared.support import Diary, Erase, Note, Write, envelope, lines, write_down

FACT = AssemblySeated(assembly="klima", members=6)


@pytest.fixture
async def repo(tmp_path: Path) -> AsyncIterator[Repository]:
    async with repository("sessions", tmp_path, Note, Diary) as repo:
        yield repo


async def test_a_saved_document_carries_its_events_and_counts_writes_and_events_apart(repo: Repository) -> None:
    command = Write(assembly="klima", key="k")
    note = await repo.save(Note(id="klima", assembly="klima", text="æ"), [FACT, FACT], cause=command)
    note = await repo.save(note.change(text="ø"))
    assert await repo.get(Note, "klima") == note
    assert (note.revision, note.version, note.text) == (2, 2, "ø")
    assert [e.id for e in note.outbox] == ["/sessions/assembly/klima@1", "/sessions/assembly/klima@2"]
    assert {e.cause for e in note.outbox} == {"k"}
    assert {e.time for e in note.outbox} == {repo.clock()}


@pytest.mark.parametrize(
    ("id", "source"),
    [
        ("klima", "/sessions/assembly/klima"),
        ("klima/3", "/sessions/assembly/klima/3"),
        ("x", "/sessions/assembly/klima/x"),
    ],
)
async def test_a_source_repeats_the_assembly_only_where_there_are_many(repo: Repository, id: str, source: str) -> None:
    assert repo.source(Note(id=id, assembly="klima")) == source


async def test_a_document_read_before_somebody_else_wrote_is_a_conflict(repo: Repository) -> None:
    note = await repo.save(Note(id="klima", assembly="klima"))
    await repo.save(note.change(text="first"))
    with pytest.raises(Conflict):
        await repo.save(note.change(text="second"), [FACT])
    with pytest.raises(Conflict):
        await repo.save(Note(id="klima", assembly="klima"))


async def test_a_command_is_known_again_and_its_key_belongs_to_it_alone(repo: Repository) -> None:
    command = Write(assembly="klima", key="k", text="a")
    note = await repo.save(Note(id="klima", assembly="klima"), cause=command)
    assert repo.already(note, command)
    assert not repo.already(note, Write(assembly="klima", key="other", text="a"))
    with pytest.raises(Refused, match="k was already used"):
        repo.already(note, Write(assembly="klima", key="k", text="b"))


async def test_two_kinds_of_command_with_the_same_fields_are_not_the_same_thing(repo: Repository) -> None:
    note = await repo.save(Note(id="klima", assembly="klima"), cause=Write(assembly="klima", key="k", text="a"))
    with pytest.raises(Refused):
        repo.already(note, Erase(assembly="klima", key="k", text="a"))


async def test_an_event_is_known_again_also_an_older_one_of_its_source(repo: Repository) -> None:
    await write_down(repo, envelope(1))
    await write_down(repo, envelope(2))
    await write_down(repo, envelope(1))
    assert await lines(repo) == ["1", "2"]


async def test_find_reads_every_page(repo: Repository) -> None:
    saves = (repo.save(Note(id=f"klima/{n:02}", assembly="klima", text=str(n % 2))) for n in range(25))
    await asyncio.gather(*saves)
    found = [note.id async for note in repo.find(Note, {"text": "1"}, page=5)]
    assert found == [f"klima/{n:02}" for n in range(1, 25, 2)]


async def test_a_stored_document_that_nobody_can_read_is_broken_and_named(repo: Repository) -> None:
    await repo.store.insert("assembly", Record("klima", 1, {"assembly": "Not A Slug", "version": "x"}))
    with pytest.raises(Broken, match="assembly klima"):
        await repo.get(Note, "klima")


async def test_fields_of_a_newer_release_do_not_stop_an_older_one(repo: Repository) -> None:
    await repo.store.insert("assembly", Record("klima", 1, {"assembly": "klima", "colour": "red"}))
    assert await repo.get(Note, "klima") == Note(id="klima", assembly="klima", revision=1)


async def test_saving_events_wakes_the_relay_and_saving_none_does_not(repo: Repository) -> None:
    woken = []
    repo.on_outbox = lambda: woken.append(1)
    note = await repo.save(Note(id="klima", assembly="klima"))
    assert woken == []
    await repo.save(note, [FACT])
    assert woken == [1]


def test_a_change_is_validated_and_an_unknown_field_of_a_command_is_not_taken() -> None:
    with pytest.raises(ValidationError):
        Note(id="klima", assembly="klima").change(text=3)
    with pytest.raises(ValidationError):
        Write.model_validate({"assembly": "klima", "key": "k", "colour": "red"})
    for key in ("", "x" * 201):
        with pytest.raises(ValidationError):
            Write(assembly="klima", key=key)
