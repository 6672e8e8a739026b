"""The inbox: per source, events are handled once and in order of version, however they arrive."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from borgerting.errors import Conflict
from borgerting.events.base import Envelope
from borgerting.store.archive import place
from borgerting.store.document import Document, Repository

Handle = Callable[[Envelope], Awaitable[None]]


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


async def receive(repo: Repository, envelope: Envelope, handle: Handle) -> None:
    """Skip `envelope` if it is old, park it if it is early, else handle it and whatever waited for it.

    `handle` writes its effects before the inbox moves on, so it must bear being repeated.
    """
    inbox = await repo.get(Inbox, envelope.source) or Inbox(id=envelope.source, assembly=envelope.assembly)
    if envelope.version <= inbox.last:
        return
    if envelope.version > inbox.last + 1:
        await park(repo, envelope)
        # the predecessor may have been handled while we parked: look again, or the event waits for ever
        inbox = await repo.get(Inbox, envelope.source) or inbox
        if envelope.version > inbox.last + 1:
            return
    await handle(envelope)
    await _advance(repo, inbox, envelope.version)
    waiting = await repo.get(Parked, place(envelope.source, envelope.version + 1))
    if waiting is not None:
        await receive(repo, waiting.envelope, handle)
        await repo.delete(waiting)


Position = Callable[[str], Awaitable[int]]
Fold = Callable[[Sequence[Envelope]], Awaitable[None]]


async def receive_batch(repo: Repository, envelopes: Sequence[Envelope], position: Position, fold: Fold) -> None:
    """The same rule for projections, many sources in one commit.

    `position` tells the last version of a source that is folded: the projection is its own inbox. `fold` gets
    what is next in order and must bear being repeated; early events are parked and folded when their gap closes.
    """
    by_source: dict[str, dict[int, Envelope]] = {}
    for envelope in envelopes:
        by_source.setdefault(envelope.source, {})[envelope.version] = envelope
    split = await asyncio.gather(*(_split(source, fresh, position) for source, fresh in by_source.items()))
    await asyncio.gather(*(park(repo, envelope) for _, early in split for envelope in early))
    await fold([envelope for ready, _ in split for envelope in ready])
    # whoever parks looks at the position afterwards, whoever folds looks for parked: one of the two sees the other
    await asyncio.gather(*(_drain(repo, source, position, fold) for source in by_source))


async def _split(source: str, fresh: dict[int, Envelope], position: Position) -> tuple[list[Envelope], list[Envelope]]:
    last = await position(source)
    ready: list[Envelope] = []
    while (following := fresh.get(last + 1)) is not None:
        ready.append(following)
        last += 1
    return ready, [envelope for version, envelope in fresh.items() if version > last]


async def _drain(repo: Repository, source: str, position: Position, fold: Fold) -> None:
    last = await position(source)
    while (parked := await repo.get(Parked, place(source, last + 1))) is not None:
        await fold([parked.envelope])
        await repo.delete(parked)
        last += 1


async def park(repo: Repository, envelope: Envelope) -> None:
    """Keep an early event; a repeat changes nothing."""
    key = place(envelope.source, envelope.version)
    parked = Parked(id=key, assembly=envelope.assembly, source=envelope.source, envelope=envelope)
    try:
        await repo.save(parked)
    except Conflict:
        return  # parked by an earlier delivery


async def _advance(repo: Repository, inbox: Inbox, version: int) -> None:
    try:
        await repo.save(inbox.model_copy(update={"last": version}))
    except Conflict:
        now = await repo.get(Inbox, inbox.id)
        if now is None or now.last < version:
            raise
