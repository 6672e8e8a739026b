"""The kit for tests, ours and partners': a clock that stands still and a repository on a real store."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from borgerting.access import Principal
from borgerting.store import Collection, Document, Repository
from borgerting.stores.sqlite import SqliteStore

ORGANISER = Principal("test organiser", frozenset({"organiser"}))


class FixedClock:
    """Tells the same time until `forward` moves it."""

    def __init__(self, now: datetime = datetime(2026, 1, 15, 9, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, by: timedelta) -> None:
        """Move the clock."""
        self.now += by


@asynccontextmanager
async def repository(
    service: str, folder: Path, *kinds: type[Document], clock: FixedClock | None = None
) -> AsyncIterator[Repository]:
    """A repository for `kinds` on a SQLite file in `folder`, closed at the end."""
    collections = [Collection(kind.collection, kind.indexes) for kind in kinds]
    store = SqliteStore(folder / f"{service}.sqlite", collections)
    try:
        yield Repository(service, store, clock or FixedClock())
    finally:
        await store.close()
