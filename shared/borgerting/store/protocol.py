"""The five operations every store offers; everything else is built on them, so a new store is one small file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

MAX_BYTES = 1_000_000
"""A larger document is refused: what grows with people or panels is a snapshot, not a document."""


@dataclass(frozen=True)
class Collection:
    """A named set of documents; `find` may compare the top-level fields in `indexes`."""

    name: str
    indexes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Record:
    """One stored document; `revision` counts its writes from 1 and `body` is JSON."""

    id: str
    revision: int
    body: Mapping[str, Any] = field(hash=False)


class Store(Protocol):
    """Durable when a call returns: what was acknowledged survives kill -9."""

    async def get(self, collection: str, id: str) -> Record | None:
        """Return the record, or None."""
        ...

    async def insert(self, collection: str, record: Record) -> None:
        """Add a record with revision 1; Conflict if the id is taken, Refused above MAX_BYTES."""
        ...

    async def replace(self, collection: str, record: Record) -> None:
        """Write over revision `record.revision - 1`; Conflict if that is not what stands there."""
        ...

    async def delete(self, collection: str, id: str) -> None:
        """Remove the record; nothing happens if it is gone already."""
        ...

    async def find(
        self,
        collection: str,
        where: Mapping[str, str | int] | None = None,
        *,
        after: str = "",
        limit: int = 1000,
    ) -> Sequence[Record]:
        """Up to `limit` records with id > `after` and equal `where`, in order of id."""
        ...

    async def close(self) -> None:
        """Finish what is queued and let go of the files."""
        ...
