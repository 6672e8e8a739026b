"""The relay: takes events from the outboxes of documents, archives and publishes them, then clears them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from borgerting.errors import Conflict
from borgerting.events.base import Envelope
from borgerting.store.archive import keep
from borgerting.store.document import Document, Repository

Publish = Callable[[Envelope], Awaitable[None]]
AT_ONCE = 200


class Relay:
    """Publishes what `kinds` have in their outboxes, in order of version for each source."""

    def __init__(self, repo: Repository, kinds: Sequence[type[Document]], publish: Publish) -> None:
        self._repo = repo
        self._kinds = kinds
        self._publish = publish

    async def run_once(self) -> int:
        """Empty every outbox there is and return the number of events; a crash between two steps repeats them.

        A document that fails does not hold up the others; the first failure is raised at the end.
        """
        sent, failed = 0, list[BaseException]()
        for kind in self._kinds:
            waiting = [doc async for doc in self._repo.find(kind, {"pending": 1})]
            for start in range(0, len(waiting), AT_ONCE):
                some = waiting[start : start + AT_ONCE]
                outcomes = await asyncio.gather(*(self._empty(doc) for doc in some), return_exceptions=True)
                wrong = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
                sent += sum(outcome for outcome in outcomes if isinstance(outcome, int))
                failed += wrong
                if len(wrong) == len(some):
                    break  # the bus is gone rather than one document bad: do not try the rest of a long queue
        if failed:
            raise failed[0]
        return sent

    async def _empty(self, doc: Document) -> int:
        for envelope in doc.outbox:
            await keep(self._repo.store, envelope)
            await self._publish(envelope)
        await self._clear(doc, {envelope.id for envelope in doc.outbox})
        return len(doc.outbox)

    async def _clear(self, doc: Document, published: set[str]) -> None:
        """Drop the published ids from the document as it stands now: it may have changed meanwhile."""
        current: Document | None = doc
        while current is not None:
            left = tuple(e for e in current.outbox if e.id not in published)
            if left == current.outbox:
                return
            try:
                await self._repo.write(current.model_copy(update={"revision": current.revision + 1, "outbox": left}))
            except Conflict:
                current = await self._repo.get(type(doc), doc.id)
            else:
                return
