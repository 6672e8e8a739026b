"""What nobody could handle, with its payload and the reason."""

import json
from dataclasses import dataclass
from urllib.parse import unquote

from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from borgerting.topology import DEAD_STREAM, STREAM


@dataclass(frozen=True)
class DeadLetter:
    """`number` is its place in the dead-letter stream; `event` the event's id, or the subject where there is none."""

    number: int
    consumer: str
    event: str
    kind: str
    reason: str
    payload: bytes


async def read_all(url: str) -> list[DeadLetter]:
    """Every dead letter on the broker at `url`, oldest first."""
    client = Client()
    await client.connect(url)
    try:
        js = client.jetstream()
        state = (await js.stream_info(DEAD_STREAM)).state
        found = [await _read(js, number) for number in range(max(1, state.first_seq), state.last_seq + 1)]
        return [letter for letter in found if letter is not None]
    finally:
        await client.close()


async def _read(js: JetStreamContext, number: int) -> DeadLetter | None:
    try:
        message = await js.get_msg(DEAD_STREAM, number)
    except NotFoundError:
        return None  # worked off already
    headers = message.headers or {}
    if "borgerting-kind" in headers:
        event = unquote(headers["ce-id"]) if "ce-id" in headers else message.subject or ""
        who, kind, why = (unquote(headers[f"borgerting-{name}"]) for name in ("consumer", "kind", "reason"))
        return DeadLetter(number, who, event, kind, why, message.data or b"")
    return await _crashed(js, number, message.data or b"")


async def _crashed(js: JetStreamContext, number: int, advisory: bytes) -> DeadLetter:
    """The server's own advisory names only a place in the stream: fetch what stands there."""
    told = json.loads(advisory)
    reason = f"not acknowledged after {told['deliveries']} deliveries"
    try:
        message = await js.get_msg(STREAM, told["stream_seq"])
    except NotFoundError:  # a replay has refilled the stream since
        return DeadLetter(number, told["consumer"], f"no. {told['stream_seq']}", "Crashed", reason, b"")
    event = unquote((message.headers or {}).get("ce-id", message.subject or ""))
    return DeadLetter(number, told["consumer"], event, "Crashed", reason, message.data or b"")
