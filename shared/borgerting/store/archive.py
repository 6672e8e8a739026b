"""The archive: every event a service has published, kept in its own store; the broker is never the only copy."""

from collections.abc import AsyncIterator

from borgerting.errors import Broken, Conflict
from borgerting.events.base import Envelope
from borgerting.store.protocol import Collection, Record, Store

ARCHIVE = Collection("archive")


def place(source: str, version: int) -> str:
    """Sorts by source, then by version."""
    return f"{source}@{version:012d}"


async def keep(store: Store, envelope: Envelope) -> None:
    """Archive one event; a repeat changes nothing, another event in the same place is Broken."""
    record = Record(place(envelope.source, envelope.version), 1, envelope.model_dump(mode="json"))
    try:
        await store.insert(ARCHIVE.name, record)
    except Conflict:  # archived before a crash: the id is the event's place in its source
        known = await store.get(ARCHIVE.name, record.id)
        if known is not None and dict(known.body) != dict(record.body):
            raise Broken(f"{envelope.id} is archived already, with other content") from None


async def archived(store: Store, *, page: int = 1000) -> AsyncIterator[Envelope]:
    """Every archived event in order of (source, version)."""
    after = ""
    while records := await store.find(ARCHIVE.name, after=after, limit=page):
        for record in records:
            yield Envelope.model_validate(record.body)
        after = records[-1].id
