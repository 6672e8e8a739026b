"""Watching one assembly on the bus: everything it has said, and what is waited for; a dead letter ends the wait."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self
from urllib.parse import unquote

from nats.aio.client import Client
from nats.aio.msg import Msg

from borgerting.errors import Broken, Refused
from borgerting.events import wire
from borgerting.events.base import STREAM_PREFIX, Envelope
from borgerting.events.lottery import DrawRefused
from borgerting.topology import DEAD_PREFIX, STREAM

PATIENCE_SECONDS = 300.0


class Watch:
    """An ordered consumer on one assembly's events from the first; nothing here sleeps or polls."""

    def __init__(self, url: str, assembly: str) -> None:
        self.envelopes: list[Envelope] = []
        self.on_event: Callable[[Envelope], None] = lambda _: None
        self._url, self._assembly = url, assembly
        self._client = Client()
        self._news = asyncio.Condition()
        self._trouble: Exception | None = None

    async def __aenter__(self) -> Self:
        """Connect and read from the beginning."""
        await self._client.connect(self._url)
        subject = f"{STREAM_PREFIX}.*.*.*.*.{self._assembly}"
        await self._client.subscribe(f"{DEAD_PREFIX}.>", cb=self._dead)
        await self._client.jetstream().subscribe(subject, stream=STREAM, ordered_consumer=True, cb=self._heard)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, why: BaseException | None, at: TracebackType | None
    ) -> None:
        """Disconnect."""
        await self._client.close()

    async def wait_for(self, event_type: str, count: int = 1) -> Envelope:
        """Return the `count`-th event of that type; raise what went wrong instead, if something does."""

        def found() -> bool:
            return self._trouble is not None or len(self.of(event_type)) >= count

        async with self._news:
            try:
                await asyncio.wait_for(self._news.wait_for(found), PATIENCE_SECONDS)
            except TimeoutError as silence:
                raise Broken(f"{event_type} did not come within {PATIENCE_SECONDS:.0f} s") from silence
        if self._trouble is not None:
            raise self._trouble
        return self.of(event_type)[count - 1]

    def of(self, event_type: str) -> list[Envelope]:
        """The events of one type so far."""
        return [envelope for envelope in self.envelopes if envelope.type == event_type]

    def lines(self) -> str:
        """Everything heard so far as CloudEvents marked synthetic, one JSON line each, in the order of the stream."""
        return "".join(wire.line(envelope, synthetic=True) + "\n" for envelope in self.envelopes)

    async def _heard(self, message: Msg) -> None:
        envelope = wire.read(message.headers or {}, message.data)
        async with self._news:
            self.envelopes.append(envelope)
            self.on_event(envelope)
            if envelope.type == DrawRefused.type:
                self._trouble = _refusal(DrawRefused.model_validate({**envelope.data, "assembly": envelope.assembly}))
            self._news.notify_all()

    async def _dead(self, message: Msg) -> None:
        headers = message.headers or {}
        async with self._news:
            self._trouble = Broken(
                f"dead letter in {headers.get('borgerting-consumer')}: {unquote(headers.get('borgerting-reason', ''))}"
            )
            self._news.notify_all()


def _refusal(event: DrawRefused) -> Refused:
    first, *rest = (Refused("draw.refused", da=text["da"], en=text["en"]) for text in event.reasons)
    return Refused(first.code, da=first.text["da"], en=first.text["en"], also=tuple(rest))
