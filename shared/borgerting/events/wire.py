"""An envelope on the wire: CloudEvents 1.0 in binary mode for NATS, and one JSON line in a file."""

import json
from collections.abc import Mapping
from urllib.parse import quote, unquote

from pydantic import ValidationError
from pydantic_core import from_json

from borgerting.errors import Broken
from borgerting.events.base import Envelope

TYPE_PREFIX = "dk.borgerting."
PLAIN = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"%')


def quoted(value: str) -> str:
    """`value` as CloudEvents puts it in a header: spaces and all but plain ASCII percent-encoded.

    >>> quoted("nøgle 1")
    'n%C3%B8gle%201'
    """
    return quote(value, safe=PLAIN)


def headers(envelope: Envelope) -> dict[str, str]:
    """The message's headers; `Nats-Msg-Id` lets the server drop a publish that is repeated after a crash."""
    named = {
        "Nats-Msg-Id": envelope.id,
        "content-type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": envelope.id,
        "ce-source": envelope.source,
        "ce-type": f"{TYPE_PREFIX}{envelope.type}.v{envelope.v}",
        "ce-time": envelope.time.isoformat(),
        "ce-sequence": str(envelope.version),
        "ce-subject": envelope.assembly,
    }
    if envelope.cause is not None:
        named["ce-cause"] = envelope.cause
    return {name: quoted(value) for name, value in named.items()}


def body(envelope: Envelope) -> bytes:
    """The message's body: the event's own fields."""
    return json.dumps(dict(envelope.data), ensure_ascii=False, sort_keys=True).encode()


def read(headers: Mapping[str, str], content: bytes) -> Envelope:
    """Rebuild the envelope; Broken when the message is none of ours."""
    headers = {name: unquote(value) for name, value in headers.items() if name.startswith("ce-")}
    try:
        name, _, version = headers["ce-type"].removeprefix(TYPE_PREFIX).rpartition(".v")
        return Envelope.model_validate(
            {
                "id": headers["ce-id"],
                "source": headers["ce-source"],
                "version": headers["ce-sequence"],
                "type": name,
                "v": version,
                "time": headers["ce-time"],
                "assembly": headers["ce-subject"],
                "cause": headers.get("ce-cause"),
                "data": from_json(content),
            }
        )
    except KeyError as missing:
        raise Broken(f"the message carries no header {missing}") from missing
    except ValidationError as wrong:
        raise Broken(f"the message is not one of our events: {wrong}") from wrong
    except ValueError as wrong:
        raise Broken(f"the message's body is not JSON: {wrong}") from wrong


def line(envelope: Envelope, **extensions: bool) -> str:
    """One line of ``events.jsonl``: CloudEvents 1.0 in structured mode, with `extensions` as further attributes."""
    return json.dumps(
        {
            "specversion": "1.0",
            "id": envelope.id,
            "source": envelope.source,
            "type": f"{TYPE_PREFIX}{envelope.type}.v{envelope.v}",
            "time": envelope.time.isoformat(),
            "sequence": str(envelope.version),
            "subject": envelope.assembly,
            "cause": envelope.cause,
            **extensions,
            "data": json.loads(body(envelope)),
        },
        ensure_ascii=False,
    )
