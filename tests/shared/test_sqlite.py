"""The embedded store shares its commits, keeps its file to itself and is durable by its settings."""

import asyncio
import sqlite3
import stat
from pathlib import Path

import pytest

from borgerting.errors import Transient
from borgerting.store import Collection, Record
from borgerting.stores.sqlite import SqliteStore

PEOPLE = [Collection("person", ("place",))]


async def test_calls_that_wait_together_share_a_commit(tmp_path: Path) -> None:
    store, told = SqliteStore(tmp_path / "s.sqlite", PEOPLE), list[str]()
    store._writing.set_trace_callback(told.append)
    await asyncio.gather(*(store.insert("person", Record(str(n), 1, {})) for n in range(400)))
    await store.close()
    assert sum(line.startswith("INSERT") for line in told) == 400
    assert told.count("COMMIT") == 1


async def test_only_the_owner_can_read_what_is_stored(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "own" / "s.sqlite", PEOPLE)
    await store.insert("person", Record("ane", 1, {}))
    files = list((tmp_path / "own").iterdir())
    assert len(files) == 3
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "own").stat().st_mode) == 0o700
    await store.close()


async def test_a_commit_waits_for_the_disk(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s.sqlite", PEOPLE)
    assert store._writing.execute("PRAGMA synchronous").fetchone() == (2,)
    assert store._writing.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    await store.close()


async def test_a_search_by_an_indexed_field_reads_the_index(tmp_path: Path) -> None:
    store, told = SqliteStore(tmp_path / "s.sqlite", PEOPLE), list[str]()
    store._reading.set_trace_callback(told.append)
    await store.find("person", {"place": "nord"}, after="a")
    store._reading.set_trace_callback(None)
    (plan,) = store._reading.execute(f"EXPLAIN QUERY PLAN {told[0]}").fetchall()
    assert "USING INDEX person_place (<expr>=? AND id>?)" in plan[-1]
    await store.close()


async def test_a_file_that_somebody_else_holds_is_for_now_and_not_for_ever(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s.sqlite", PEOPLE)
    store._writing.execute("PRAGMA busy_timeout=10")
    with sqlite3.connect(tmp_path / "s.sqlite", isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Transient, match="locked"):
            await store.insert("person", Record("ane", 1, {}))
        other.execute("ROLLBACK")
    other.close()
    await store.insert("person", Record("ane", 1, {}))
    await store.close()
