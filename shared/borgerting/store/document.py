"""Documents and the repository that writes them: new state, its events and its proof of cause in one replace."""

import hashlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from borgerting.access import Principal
from borgerting.errors import Broken, Refused
from borgerting.events.base import AssemblyId, Envelope, Event
from borgerting.store.protocol import Record, Store


class Command(BaseModel):
    """What somebody wants done; `key` (the Idempotency-Key) makes repeating it harmless.

    `action` names the row of the access table; `principal` is who asks.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    action: ClassVar[str]
    assembly: AssemblyId
    key: str = Field(min_length=1, max_length=200)

    def digest(self) -> str:
        """Tell two commands under one key apart, also those that differ in nothing but their kind."""
        return hashlib.sha256(f"{type(self).__name__}{self.model_dump_json()}".encode()).hexdigest()[:16]


class Document(BaseModel):
    """One stored document of a service.

    `revision` counts writes, `version` counts events; `seen` holds the last version of each source that changed
    it, `applied` the commands that did; `outbox` holds events not yet archived and published.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
    collection: ClassVar[str]
    indexes: ClassVar[tuple[str, ...]] = ()
    schema_version: ClassVar[int] = 1

    id: str
    assembly: AssemblyId
    revision: int = 0
    version: int = 0
    seen: dict[str, int] = Field(default_factory=dict)
    applied: dict[str, str] = Field(default_factory=dict)
    outbox: tuple[Envelope, ...] = ()

    def change(self, **fields: Any) -> Self:
        """Return a copy with `fields` changed and validated; a name that is no field is a TypeError."""
        if strange := fields.keys() - type(self).model_fields.keys():
            raise TypeError(f"{type(self).__name__} has no field {', '.join(sorted(strange))}")
        return type(self).model_validate({**dict(self), **fields})


class EventSource(Document):
    """A document that publishes: its events come from ``/service/noun/assembly[/id]``."""


D = TypeVar("D", bound=Document)
Cause = Command | Envelope


class Repository:
    """The documents of one service in one store, at the time of one clock."""

    def __init__(self, service: str, store: Store, clock: Callable[[], datetime]) -> None:
        self.service = service
        self.store = store
        self.clock = clock
        self.on_outbox: Callable[[], None] = lambda: None
        self.on_timer: Callable[[], None] = lambda: None

    def source(self, doc: Document) -> str:
        """The name under which `doc` publishes: its id repeats the assembly only when it has one of many."""
        tail = "" if doc.id == doc.assembly else "/" + doc.id.removeprefix(doc.assembly + "/")
        return f"/{self.service}/{doc.collection}/{doc.assembly}{tail}"

    async def get(self, kind: type[D], id: str) -> D | None:
        """Return the document with that id, or None."""
        record = await self.store.get(kind.collection, id)
        return None if record is None else _load(kind, record)

    async def find(
        self, kind: type[D], where: Mapping[str, str | int] | None = None, *, page: int = 1000
    ) -> AsyncIterator[D]:
        """Every document that equals `where`, in order of id, read in pages."""
        after = ""
        while records := await self.store.find(kind.collection, where, after=after, limit=page):
            for record in records:
                yield _load(kind, record)
            after = records[-1].id

    def already(self, doc: Document, cause: Cause) -> bool:
        """Whether `doc` has been changed by `cause` before; Refused when the key was used for something else."""
        if isinstance(cause, Envelope):
            return doc.seen.get(cause.source, 0) >= cause.version
        known = doc.applied.get(cause.key)
        if known is not None and known != cause.digest():
            raise Refused(
                "idempotency.reused",
                da=f"Nøglen {cause.key} er allerede brugt til en anden handling. Brug en ny nøgle.",
                en=f"The key {cause.key} was already used for something else. Use a new key.",
            )
        return known is not None

    async def save(self, doc: D, events: Iterable[Event] = (), *, cause: Cause | None = None) -> D:
        """Write `doc` with its new events over the revision it was read at; Conflict if somebody was faster."""
        envelopes = self._envelopes(doc, tuple(events), cause)
        seen, applied = dict(doc.seen), dict(doc.applied)
        if isinstance(cause, Envelope):
            seen[cause.source] = cause.version
        elif cause is not None:
            applied[cause.key] = cause.digest()
        written = doc.model_copy(
            update={
                "revision": doc.revision + 1,
                "version": doc.version + len(envelopes),
                "seen": seen,
                "applied": applied,
                "outbox": doc.outbox + envelopes,
            }
        )
        await self.write(written)
        if envelopes:
            self.on_outbox()
        return written

    async def write(self, doc: Document) -> None:
        """Put `doc`, whose revision is already the new one, in the store as it stands."""
        body = doc.model_dump(mode="json", exclude={"id", "revision"})
        body |= {"schema": doc.schema_version, "pending": int(bool(doc.outbox))}
        record = Record(doc.id, doc.revision, body)
        if doc.revision == 1:
            await self.store.insert(doc.collection, record)
        else:
            await self.store.replace(doc.collection, record)

    async def delete(self, doc: Document) -> None:
        """Remove `doc`; its archived events stay."""
        await self.store.delete(doc.collection, doc.id)

    def _envelopes(self, doc: Document, events: tuple[Event, ...], cause: Cause | None) -> tuple[Envelope, ...]:
        if not events:
            return ()
        for event in events:
            if event.assembly != doc.assembly or event.type.split(".")[:2] != [self.service, doc.collection]:
                raise TypeError(f"{event.type} of {event.assembly} is no event of {self.service}.{doc.collection}")
        source, now = self.source(doc), self.clock()
        cause_id = cause.id if isinstance(cause, Envelope) else cause and cause.key
        return tuple(
            Envelope(
                id=f"{source}@{version}",
                source=source,
                version=version,
                type=event.type,
                v=event.v,
                time=now,
                assembly=event.assembly,
                cause=cause_id,
                data=event.model_dump(mode="json", exclude={"assembly"}),
            )
            for version, event in enumerate(events, doc.version + 1)
        )


def _load(kind: type[D], record: Record) -> D:
    try:
        return kind.model_validate({**record.body, "id": record.id, "revision": record.revision})
    except ValidationError as wrong:
        raise Broken(f"{kind.collection} {record.id} cannot be read: {wrong}") from wrong


__all__ = ["Cause", "Command", "Document", "EventSource", "Principal", "Repository"]
