"""The embedded store: one SQLite file per service, one writer whose commits all waiting calls share."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from borgerting.errors import Conflict, Refused, Transient
from borgerting.store.protocol import MAX_BYTES, Collection, Record

T = TypeVar("T")
BATCH = 500
PASSING = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL})
"""Primary result codes after which the same call may succeed later."""
Statement = tuple[str, tuple[Any, ...]]
Waiting = tuple[Statement, asyncio.Future[int]]


class SqliteStore:
    """WAL and synchronous=FULL: a call returns after its commit is on disk."""

    def __init__(self, path: Path, collections: Iterable[Collection]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._writing = _connect(path)
        self._reading = _connect(path)
        self._write_thread = ThreadPoolExecutor(1, thread_name_prefix=f"{path.stem}-write")
        self._read_thread = ThreadPoolExecutor(1, thread_name_prefix=f"{path.stem}-read")
        self._queue: asyncio.Queue[Waiting] = asyncio.Queue()
        self._writer: asyncio.Task[None] | None = None
        self._closed = False
        for collection in collections:
            _create(self._writing, collection)

    async def get(self, collection: str, id: str) -> Record | None:
        """Return the record, or None."""
        rows = await self._read(f'SELECT id, revision, body FROM "{collection}" WHERE id = ?', (id,))  # noqa: S608
        return _record(rows[0]) if rows else None

    async def insert(self, collection: str, record: Record) -> None:
        """Add a record with revision 1; Conflict if the id is taken."""
        sql = f'INSERT OR IGNORE INTO "{collection}" (id, revision, body) VALUES (?, ?, ?)'  # noqa: S608
        if not await self._write((sql, (record.id, record.revision, _body(collection, record)))):
            raise Conflict(f"{collection} {record.id} is there already")

    async def replace(self, collection: str, record: Record) -> None:
        """Write over revision `record.revision - 1`; Conflict if that is not what stands there."""
        sql = f'UPDATE "{collection}" SET revision = ?, body = ? WHERE id = ? AND revision = ?'  # noqa: S608
        values = (record.revision, _body(collection, record), record.id, record.revision - 1)
        if not await self._write((sql, values)):
            raise Conflict(f"{collection} {record.id} is no longer at revision {record.revision - 1}")

    async def delete(self, collection: str, id: str) -> None:
        """Remove the record; nothing happens if it is gone already."""
        await self._write((f'DELETE FROM "{collection}" WHERE id = ?', (id,)))  # noqa: S608

    async def find(
        self, collection: str, where: Mapping[str, str | int] | None = None, *, after: str = "", limit: int = 1000
    ) -> Sequence[Record]:
        """Up to `limit` records with id > `after` and equal `where`, in order of id."""
        wanted = dict(where or {})
        tests = "".join(f" AND json_extract(body, '$.{name}') = ?" for name in wanted)
        sql = f'SELECT id, revision, body FROM "{collection}" WHERE id > ?{tests} ORDER BY id LIMIT ?'  # noqa: S608
        return [_record(row) for row in await self._read(sql, (after, *wanted.values(), limit))]

    async def close(self) -> None:
        """Finish what is queued and let go of the file."""
        if self._closed:
            return
        self._closed = True
        if self._writer is not None:
            await self._queue.join()
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)
        for thread, connection in ((self._write_thread, self._writing), (self._read_thread, self._reading)):
            await asyncio.get_running_loop().run_in_executor(thread, connection.close)
            thread.shutdown()

    async def _read(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        def rows() -> list[Any]:
            return self._reading.execute(sql, values).fetchall()

        self._require_open()
        return await _in_thread(self._read_thread, rows)

    async def _write(self, statement: Statement) -> int:
        self._require_open()
        if self._writer is None:
            self._writer = asyncio.create_task(self._commit_forever())
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((statement, done))
        return await asyncio.shield(done)

    async def _commit_forever(self) -> None:
        while True:
            batch = [await self._queue.get()]
            while len(batch) < BATCH and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            await self._commit(batch)
            for _ in batch:
                self._queue.task_done()

    async def _commit(self, batch: list[Waiting]) -> None:
        def all_at_once() -> list[int]:
            with self._writing:
                self._writing.execute("BEGIN IMMEDIATE")
                return [self._writing.execute(*statement).rowcount for statement, _ in batch]

        try:
            counts = await _in_thread(self._write_thread, all_at_once)
        except Exception as why:  # noqa: BLE001 - it is raised where the write was asked for; the writer lives on
            if len(batch) == 1 or isinstance(why, Transient):  # the store is at fault, not one of the writes
                for _, done in batch:
                    done.set_exception(why)
            else:  # each for itself, so that only the culprit fails
                for one in batch:
                    await self._commit([one])
            return
        for (_, done), count in zip(batch, counts, strict=True):
            done.set_result(count)

    def _require_open(self) -> None:
        if self._closed:
            raise Transient("the store is closed")


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    path.chmod(0o600)
    return connection


def _create(connection: sqlite3.Connection, collection: Collection) -> None:
    name = collection.name
    connection.execute(
        f'CREATE TABLE IF NOT EXISTS "{name}" (id TEXT PRIMARY KEY, revision INTEGER NOT NULL, body TEXT NOT NULL)'
    )
    for field in collection.indexes:
        expression = f"json_extract(body, '$.{field}')"
        connection.execute(f'CREATE INDEX IF NOT EXISTS "{name}_{field}" ON "{name}" ({expression}, id)')


def _record(row: tuple[str, int, str]) -> Record:
    return Record(row[0], row[1], json.loads(row[2]))


def _body(collection: str, record: Record) -> str:
    body = json.dumps(record.body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    if (size := len(body.encode())) > MAX_BYTES:
        raise Refused(
            "store.too-large",
            da=f"{collection} {record.id} fylder {size} byte; et dokument må fylde {MAX_BYTES}. Del det op.",
            en=f"{collection} {record.id} takes {size} bytes; a document may take {MAX_BYTES}. Split it.",
        )
    return body


async def _in_thread(thread: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    try:
        return await asyncio.get_running_loop().run_in_executor(thread, work)
    except sqlite3.OperationalError as why:
        if why.sqlite_errorcode & 0xFF in PASSING:
            raise Transient(f"the store is not ready: {why}") from why
        raise
