"""The inbox: per source, events are handled once and in order of version, however they arrive."""

from collections.abc import Awaitable, Callable
from typing import ClassVar

from borgerting.errors import BorgertingError, Conflict
from borgerting.events.base import Envelope
from borgerting.store.archive import place
from borgerting.store.document import Document, Repository

Handle = Callable[[Envelope], Awaitable[None]]
PAGE = 50


class Inbox(Document):
    """The last version of one source (the id) that has been handled."""

    collection: ClassVar[str] = "inbox"

    last: int = 0


class Parked(Document):
    """An event that came before its predecessors."""

    collection: ClassVar[str] = "parked"
    indexes: ClassVar[tuple[str, ...]] = ("source",)

    source: str
    envelope: Envelope


class ParkedFailed(BorgertingError):
    """The event that failed is `envelope`, for the reason `why`; the one whose arrival woke it has been handled."""

    def __init__(self, envelope: Envelope, why: Exception) -> None:
        super().__init__(f"{envelope.id}, which was parked: {why}")
        self.envelope = envelope
        self.why = why


async def receive(repo: Repository, envelope: Envelope, handle: Handle) -> None:
    """Skip `envelope` if it is old, park it if it is early, else handle it; then handle whatever waited for it.

    `handle` writes its effects before the inbox moves on, so it must bear being repeated.
    """
    inbox = await _inbox(repo, envelope)
    if envelope.version == inbox.last + 1:
        await handle(envelope)
        inbox = await _advance(repo, inbox, envelope.version)
    elif envelope.version > inbox.last:
        await park(repo, envelope)
        # the predecessor may have been handled while we parked: look again, or the event waits for ever
        inbox = await _inbox(repo, envelope)
    # after a repeat too: the crash that repeated it may have come before its successors were handled
    await _release(repo, inbox, handle)


async def _release(repo: Repository, inbox: Inbox, handle: Handle) -> None:
    async for parked in repo.find(Parked, {"source": inbox.id}, page=PAGE):
        if parked.envelope.version > inbox.last + 1:
            return
        if parked.envelope.version == inbox.last + 1:
            try:
                await handle(parked.envelope)
            except Exception as why:
                raise ParkedFailed(parked.envelope, why) from why
            inbox = await _advance(repo, inbox, parked.envelope.version)
        await repo.delete(parked)


async def park(repo: Repository, envelope: Envelope) -> None:
    """Keep an early event; a repeat changes nothing."""
    key = place(envelope.source, envelope.version)
    parked = Parked(id=key, assembly=envelope.assembly, source=envelope.source, envelope=envelope)
    try:
        await repo.save(parked)
    except Conflict:
        return  # parked by an earlier delivery


async def _inbox(repo: Repository, envelope: Envelope) -> Inbox:
    return await repo.get(Inbox, envelope.source) or Inbox(id=envelope.source, assembly=envelope.assembly)


async def _advance(repo: Repository, inbox: Inbox, version: int) -> Inbox:
    try:
        return await repo.save(inbox.model_copy(update={"last": version}))
    except Conflict:
        now = await repo.get(Inbox, inbox.id)
        if now is None or now.last < version:
            raise
        return now
