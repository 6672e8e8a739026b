"""Streams and consumers: one step creates or updates them, and nothing else may."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from types import MappingProxyType

from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, StreamConfig
from nats.js.errors import NotFoundError

from borgerting.events.base import STREAM_PREFIX

STREAM = "BORGERTING"
DEAD_STREAM = "BORGERTING_DEAD"
DEAD_PREFIX = "borgerting-dead"
RPC_PREFIX = "borgerting-rpc"
MAX_DELIVER = 8
ACK_WAIT = timedelta(seconds=3)
DUPLICATE_WINDOW = timedelta(minutes=2)

CONSUMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "recruitment": ("sessions.assembly", "lottery.draw"),
        "lottery": ("recruitment.pool",),
        "sessions": ("lottery.panel",),
        "reporting": (
            "sessions.assembly",
            "sessions.session",
            "sessions.recommendation",
            "sessions.ballot",
            "recruitment.pool",
            "lottery.draw",
            "lottery.panel",
            "lottery.seat",
        ),
    }
)
"""service -> the aggregates it listens to. Never finer than all events of an aggregate: versions must be gap-free."""


def filters(service: str) -> list[str]:
    """The subjects of `service`: every verb, version and assembly of the aggregates it listens to."""
    return [f"{STREAM_PREFIX}.{aggregate}.*.*.*" for aggregate in CONSUMES[service]]


async def apply(js: JetStreamContext) -> None:
    """Create or update both streams and every consumer; safe to repeat and to run from several places."""
    await _stream(js, StreamConfig(name=STREAM, subjects=[f"{STREAM_PREFIX}.>"], duplicate_window=_seconds()))
    advisories = f"$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.{STREAM}.>"
    await _stream(js, StreamConfig(name=DEAD_STREAM, subjects=[f"{DEAD_PREFIX}.>", advisories]))
    for service in CONSUMES:
        await js.add_consumer(STREAM, _consumer(service))


async def recreate(js: JetStreamContext) -> None:
    """Empty the event stream for a refill: a new generation, since a purge would keep the duplicate window."""
    with suppress(NotFoundError):  # the broker's directory was wiped: there is nothing to delete
        await js.delete_stream(STREAM)
    await apply(js)


async def _stream(js: JetStreamContext, config: StreamConfig) -> None:
    try:
        await js.stream_info(config.name or "")
    except NotFoundError:
        await js.add_stream(config)
    else:
        await js.update_stream(config)


def _consumer(service: str) -> ConsumerConfig:
    return ConsumerConfig(
        durable_name=service,
        description=f"events that {service} listens to",
        deliver_policy=DeliverPolicy.ALL,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ACK_WAIT.total_seconds(),
        max_deliver=MAX_DELIVER,
        filter_subjects=filters(service),
    )


def _seconds() -> float:
    return DUPLICATE_WINDOW.total_seconds()
