"""On a real server: acks after the effect, redelivery, dead letters that say why, requests and snapshots."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import nats.errors
import pytest
from nats.js.api import ConsumerInfo

from borgerting.broker import Broker
from borgerting.bus import Bus, Receive, bucket_of, told_apart
from borgerting.deadletters import DeadLetter, read_all
from borgerting.errors import Broken, Refused, Transient
from borgerting.events import decode, wire
from borgerting.events.base import Envelope
from borgerting.metrics import Metrics
from borgerting.snapshots import name_of as named
from borgerting.snapshots import new_key, seal
from borgerting.store.inbox import Inbox, Parked, receive
from borgerting.testing import repository
from borgerting.topology import DEAD_PREFIX, DEAD_STREAM, MAX_DELIVER, STREAM
from tests.shared.support import Diary, envelope, lines, write_down

PATIENCE = 10.0
NOW = 0.01


@pytest.fixture
async def bus(broker: Broker) -> AsyncIterator[Bus]:
    """Connected and fetching nothing."""
    bus = Bus(broker.url, "sessions", Metrics())
    await bus.connect()
    yield bus
    await bus.stop()


@asynccontextmanager
async def consuming(broker: Broker, take: Receive, *, batch: bool = False) -> AsyncIterator[Bus]:
    """Recruitment, which listens to ``sessions.assembly``."""
    bus = Bus(broker.url, "recruitment", Metrics())
    bus.consume(take, batch=batch)
    await bus.connect()
    await bus.start()
    try:
        yield bus
    finally:
        await bus.stop()


class Taken:
    """Takes down what comes and fails the events it is told to, as often as it is told to."""

    def __init__(self, why: Exception | None = None, versions: Sequence[int] = (), times: int = 1_000_000) -> None:
        self.batches: list[list[int]] = []
        self._why, self._versions, self._times = why, versions, times
        self._came = asyncio.Condition()

    async def __call__(self, envelopes: Sequence[Envelope]) -> None:
        async with self._came:
            self.batches.append([one.version for one in envelopes])
            self._came.notify_all()
        if self._why is not None and self._times > 0 and any(e.version in self._versions for e in envelopes):
            self._times -= 1
            raise self._why

    @property
    def versions(self) -> list[int]:
        return [version for batch in self.batches for version in batch]

    async def until(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE), self._came:
            await self._came.wait_for(lambda: len(self.versions) >= count)


async def settled(bus: Bus, handled: int) -> ConsumerInfo:
    """The consumer once the server has taken in the acks of everything up to `handled`."""
    async with asyncio.timeout(PATIENCE):
        while True:
            info = await bus.js.consumer_info(STREAM, "recruitment")
            if info.ack_floor is not None and info.ack_floor.stream_seq >= handled:
                return info


async def buried(bus: Bus, broker: Broker, count: int = 1) -> list[DeadLetter]:
    """The dead letters, once there are `count`."""
    follow = await bus.js.subscribe(f"{DEAD_PREFIX}.>", stream=DEAD_STREAM, ordered_consumer=True)
    for _ in range(count):
        await follow.next_msg(PATIENCE)
    await follow.unsubscribe()
    return await read_all(broker.url)


async def test_an_event_comes_out_as_it_went_in_and_is_acked(broker: Broker, bus: Bus) -> None:
    got = asyncio.get_running_loop().create_future()

    async def take(envelopes: Sequence[Envelope]) -> None:
        got.set_result(list(envelopes))

    sent = envelope(1, cause="nøgle 🎲", data={"members": 6, "text": "æøå\n\0"})
    async with consuming(broker, take) as consumer:
        await bus.publish(sent)
        assert await asyncio.wait_for(got, PATIENCE) == [sent]
        info = await settled(consumer, 1)
        assert (info.num_ack_pending, info.num_redelivered) == (0, 0)
        assert 'borgerting_events_handled_total{noun="assembly",service="sessions",verb="seated"} 1.0' in exposed(
            consumer
        )


def exposed(bus: Bus) -> str:
    from prometheus_client import generate_latest

    return generate_latest(bus.metrics.registry).decode()


async def test_an_event_is_not_acked_before_its_effect_is_written(broker: Broker, bus: Bus) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def take(envelopes: Sequence[Envelope]) -> None:
        begun.set()
        await go_on.wait()

    async with consuming(broker, take) as consumer:
        await bus.publish(envelope(1))
        await asyncio.wait_for(begun.wait(), PATIENCE)
        assert (await bus.js.consumer_info(STREAM, "recruitment")).num_ack_pending == 1
        go_on.set()
        assert (await settled(consumer, 1)).num_ack_pending == 0


async def test_a_key_with_line_breaks_cannot_add_headers(broker: Broker, bus: Bus) -> None:
    await bus.publish(envelope(1, cause="k\r\nce-source: /forged\r\nNats-Rollup: all\n\nx"))
    message = await bus.js.get_msg(STREAM, 1)
    assert "Nats-Rollup" not in (message.headers or {})
    assert wire.read(message.headers or {}, message.data or b"").source == "/sessions/assembly/klima"


async def test_two_publishes_under_one_id_are_one_message(bus: Bus) -> None:
    await asyncio.gather(*(bus.publish(envelope(1)) for _ in range(5)))
    await bus.publish(envelope(2))
    assert (await bus.js.stream_info(STREAM)).state.messages == 2


async def test_what_fails_for_now_comes_again(broker: Broker, bus: Bus) -> None:
    taken = Taken(Transient("not now", NOW), [1], times=2)
    async with consuming(broker, taken) as consumer:
        await bus.publish(envelope(1))
        await taken.until(3)
        await settled(consumer, 1)
    assert taken.versions == [1, 1, 1]
    assert await read_all(broker.url) == []


async def test_what_fails_for_now_for_ever_ends_in_the_dead_letters(broker: Broker, bus: Bus) -> None:
    taken = Taken(Transient("never now", NOW), [1])
    async with consuming(broker, taken) as consumer:
        await bus.publish(envelope(1))
        (letter,) = await buried(bus, broker)
        await settled(consumer, 1)
    assert taken.versions == [1] * MAX_DELIVER
    assert (letter.kind, letter.reason) == ("Transient", "never now")


@pytest.mark.parametrize(
    ("why", "kind"),
    [(Broken("torn\napart, æøå"), "Broken"), (Refused("no", da="Nej.", en="torn apart, æøå"), "Refused")],
)
async def test_what_nobody_can_handle_is_buried_at_once_with_payload_and_reason(
    broker: Broker, bus: Bus, why: Exception, kind: str
) -> None:
    taken = Taken(why, [1])
    async with consuming(broker, taken) as consumer:
        await bus.publish(envelope(1))
        await bus.publish(envelope(2))
        (letter,) = await buried(bus, broker)
        assert (await settled(consumer, 2)).num_ack_pending == 0
        assert f'borgerting_dead_letters_total{{kind="{kind}"}} 1.0' in exposed(consumer)
    assert letter == DeadLetter(
        1, "recruitment", "/sessions/assembly/klima@1", kind, "torn apart, æøå", b'{"members": 1}'
    )
    assert sorted(taken.versions) == [1, 2]


SUBJECT = "borgerting.sessions.assembly.seated.v1.klima"
GOOD = wire.headers(envelope(1))
MALFORMED = {
    "no headers": ({}, b"{}"),
    "no source": ({k: v for k, v in GOOD.items() if k != "ce-source"}, b"{}"),
    "no number": (GOOD | {"ce-sequence": "one"}, b"{}"),
    "no time": (GOOD | {"ce-time": "soon"}, b"{}"),
    "no type": (GOOD | {"ce-type": "ping"}, b"{}"),
    "a type of two words": (GOOD | {"ce-type": "dk.borgerting.sessions.seated.v1"}, b"{}"),
    "not JSON": (GOOD, b"{"),
    "nothing": (GOOD, b""),
    "no object": (GOOD, b"[1]"),
    "not UTF-8": (GOOD, b'{"a": "\xff"}'),
    "attributes in the body": (GOOD, b'{}, "source": "/forged"'),
    "nested too deep": (GOOD, b'{"a": ' + b"[" * 100_000 + b"}"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_message_is_broken(name: str) -> None:
    headers, body = MALFORMED[name]
    with pytest.raises(Broken):
        wire.read(headers, body)


@pytest.mark.parametrize("batch", [False, True], ids=["one by one", "in a batch"])
async def test_malformed_messages_are_buried_and_the_next_one_is_handled(broker: Broker, bus: Bus, batch: bool) -> None:
    for headers, body in MALFORMED.values():
        named = {k: v for k, v in headers.items() if k != "Nats-Msg-Id"}
        await bus.js.publish(SUBJECT, body, headers=named or None)
    await bus.publish(envelope(2))
    taken = Taken()
    async with consuming(broker, taken, batch=batch) as consumer:
        letters = await buried(bus, broker, len(MALFORMED))
        await taken.until(1)
        await settled(consumer, len(MALFORMED) + 1)
    assert taken.versions == [2]
    assert sorted(letter.payload for letter in letters) == sorted(body for _, body in MALFORMED.values())
    assert {letter.kind for letter in letters} == {"Broken"}


async def test_a_batch_of_nothing_but_malformed_messages_reaches_no_handler(broker: Broker, bus: Bus) -> None:
    await bus.js.publish(SUBJECT, b"{")
    taken = Taken()
    async with consuming(broker, taken, batch=True) as consumer:
        await buried(bus, broker)
        await settled(consumer, 1)
    assert taken.batches == []


@pytest.mark.parametrize("changed", [{"v": 2}, {"type": "sessions.assembly.vanished"}, {"data": {}}])
async def test_a_version_a_type_or_fields_that_nobody_knows_are_a_dead_letter(
    broker: Broker, bus: Bus, changed: dict[str, object]
) -> None:
    async def take(envelopes: Sequence[Envelope]) -> None:
        for one in envelopes:
            decode(one)

    async with consuming(broker, take):
        await bus.publish(envelope(1, **changed))
        (letter,) = await buried(bus, broker)
    assert letter.kind == "Broken"
    assert letter.event == "/sessions/assembly/klima@1"


async def test_of_a_batch_only_the_bad_one_is_buried(broker: Broker, bus: Bus) -> None:
    for version in range(1, 8):
        await bus.publish(envelope(version))
    taken = Taken(Broken("this one"), [4])
    async with consuming(broker, taken, batch=True) as consumer:
        (letter,) = await buried(bus, broker)
        info = await settled(consumer, 7)
    assert taken.batches == [[1, 2, 3, 4, 5, 6, 7], *([n] for n in range(1, 8))]
    assert letter.event == "/sessions/assembly/klima@4"
    assert info.num_redelivered == 0


async def test_a_parked_event_that_fails_is_the_one_that_is_buried(broker: Broker, bus: Bus, tmp_path: Path) -> None:
    async with repository("recruitment", tmp_path, Diary, Inbox, Parked) as repo:

        async def handle(one: Envelope) -> None:
            if one.version == 2:
                raise Broken("torn")
            await write_down(repo, one)

        async def take(envelopes: Sequence[Envelope]) -> None:
            for one in envelopes:
                await receive(repo, one, handle)

        async with consuming(broker, take) as consumer:
            await bus.publish(envelope(2))
            await settled(consumer, 1)
            await bus.publish(envelope(1))
            (letter,) = await buried(bus, broker)
            await settled(consumer, 2)
        assert (letter.event, letter.reason) == ("/sessions/assembly/klima@2", "torn")
        assert letter.payload == b'{"members": 2}'
        assert await lines(repo) == ["1"]


async def test_a_question_is_answered_refused_or_met_with_silence(broker: Broker, bus: Bus) -> None:
    async def answer(question: object) -> dict[str, object]:
        if question == {"who": "ane"}:
            return {"key": "æ"}
        raise Refused("key.gone", da="Nøglen er væk.", en="The key is gone.")

    other = Bus(broker.url, "recruitment", Metrics())
    other.answer("pool-key", answer)
    await other.connect()
    await other.start()
    assert await bus.ask("recruitment", "pool-key", {"who": "ane"}) == {"key": "æ"}
    with pytest.raises(Refused, match="gone") as refused:
        await bus.ask("recruitment", "pool-key", {"who": "bo"})
    assert (refused.value.code, refused.value.text["da"]) == ("key.gone", "Nøglen er væk.")
    await other.stop()
    for name in ("pool-key", "other"):
        with pytest.raises(Transient, match=f"does not answer {name}"):
            await bus.ask("recruitment", name, {})


async def test_a_snapshot_comes_back_and_may_be_put_twice(bus: Bus) -> None:
    sealed = seal(new_key(), os.urandom(300_000), "klima")
    buckets = [await bus.put_snapshot("klima", named(sealed), sealed) for _ in range(2)]
    assert buckets == [bucket_of("klima")] * 2
    assert await bus.get_snapshot(buckets[0], named(sealed)) == sealed


async def test_a_snapshot_that_is_not_there_yet_may_come(bus: Bus) -> None:
    with pytest.raises(Transient):
        await bus.get_snapshot(bucket_of("klima"), "0" * 64)
    await bus.put_snapshot("klima", named(b"other"), b"other")
    with pytest.raises(Transient):
        await bus.get_snapshot(bucket_of("klima"), "0" * 64)


@pytest.mark.parametrize("instead", [b"other bytes", b""])
async def test_bytes_that_are_not_what_their_name_says_are_broken(bus: Bus, instead: bytes) -> None:
    name = named(b"the bytes")
    await bus.put_snapshot("klima", name, b"the bytes")
    store = await bus.js.object_store(bucket_of("klima"))
    await store.put(name, instead)
    with pytest.raises(Broken, match=name[:12]):
        await bus.get_snapshot(bucket_of("klima"), name)


async def test_without_a_connection_everything_is_for_now(tmp_path: Path) -> None:
    bus = Bus("nats://127.0.0.1:1", "sessions", Metrics())
    with pytest.raises(Transient):
        await bus.publish(envelope(1))
    with pytest.raises(Transient):
        await bus.ask("recruitment", "pool-key", {})
    assert not await bus.consuming()
    await bus.stop()


async def test_a_fetch_that_found_nothing_says_so_in_the_way_that_keeps_the_consumer_running() -> None:
    async def late(batch: int) -> list[Any]:
        raise TimeoutError

    with pytest.raises(nats.errors.TimeoutError):
        await told_apart(late)(batch=1)
