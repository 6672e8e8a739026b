"""FastStream on JetStream: publish, consume with explicit acks, dead letters, requests and the snapshots' transport."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from faststream import AckPolicy, StreamMessage
from faststream.nats import JStream, NatsBroker, NatsMessage, PullSub
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, ObjectStoreConfig
from nats.js.errors import DigestMismatchError, ObjectNotFoundError

from borgerting.errors import BorgertingError, Broken, Refused, Transient
from borgerting.events import wire
from borgerting.events.base import Envelope
from borgerting.metrics import Metrics
from borgerting.snapshots import name_of
from borgerting.store.inbox import ParkedFailed
from borgerting.topology import DEAD_PREFIX, DEAD_STREAM, MAX_DELIVER, RPC_PREFIX, STREAM, filters

Receive = Callable[[Sequence[Envelope]], Awaitable[None]]
Answer = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]
BATCH = 100
FETCH_SECONDS = 1.0
BATCH_SECONDS = 0.1
"""nats-py holds back a batch that is not full until its fetch is over."""
RETRY_SECONDS = 0.5
RPC_SECONDS = 5.0


class Bus:
    """One service's connection to the broker; `metrics` counts what passes."""

    def __init__(self, url: str, service: str, metrics: Metrics) -> None:
        self.service = service
        self.metrics = metrics
        self.broker = NatsBroker(
            url,
            logger=None,
            max_reconnect_attempts=-1,
            reconnect_time_wait=1,
            allow_reconnect=True,
            connect_timeout=5,
        )
        self._client: Client | None = None
        self._pulling: list[Any] = []

    @property
    def client(self) -> Client:
        """The connected client; Transient before `start`."""
        if self._client is None or not self._client.is_connected:
            raise Transient("the bus is not connected")
        return self._client

    @property
    def js(self) -> JetStreamContext:
        """JetStream on the connected client."""
        return self.client.jetstream()

    async def start(self) -> None:
        """Wait until the topology step has made our consumer, then fetch; `connect` comes first."""
        while not await self.consuming():  # noqa: ASYNC110 - the topology step may run in another process
            await asyncio.sleep(0.1)
        await self.broker.start()
        for subscriber in self._pulling:
            if (pulled := subscriber.subscription) is not None:
                pulled.fetch = told_apart(pulled.fetch)
        if self._client is not None:
            with suppress(NatsError):  # while the broker is away nothing can be asked of us anyway
                await self._client.flush()  # until the broker has our subscriptions, a question finds nobody here

    async def connect(self) -> None:
        """Connect without fetching anything."""
        self._client = await self.broker.connect()

    async def stop(self) -> None:
        """Finish what is being handled and disconnect."""
        try:
            await self.broker.stop()
        except NatsError:  # the broker is away, so there is nothing to finish with it
            if self._client is not None:
                with suppress(OSError):
                    await self._client.close()

    async def consuming(self) -> bool:
        """Whether the broker still has this service's consumer."""
        try:
            await self.js.consumer_info(STREAM, self.service)
        except (NatsError, Transient):  # not there, or the broker does not answer: either way nothing is fetched
            return False
        return True

    async def publish(self, envelope: Envelope) -> None:
        """Return when the broker has the event on disk; Transient when it does not answer."""
        content, headers = wire.body(envelope), wire.headers(envelope)
        try:
            await self.js.publish(envelope.subject, content, stream=STREAM, headers=headers)
        except NatsError as why:
            raise Transient(f"{envelope.id} is not published: {why!r}") from why
        self.metrics.published.labels(*envelope.type.split(".")).inc()

    def consume(self, receive: Receive, *, batch: bool = False) -> None:
        """Hand each message to `receive`, alone or up to BATCH at a time, and ack what it has taken."""
        pull = PullSub(batch_size=BATCH if batch else 1, timeout=BATCH_SECONDS if batch else FETCH_SECONDS, batch=batch)

        async def on_message(message: NatsMessage) -> None:
            raw = message.raw_message
            await self._take(raw if isinstance(raw, list) else [raw], receive)

        subscriber = self.broker.subscriber(
            filters(self.service)[0],
            stream=JStream(STREAM, declare=False),
            durable=self.service,
            config=ConsumerConfig(filter_subjects=filters(self.service)),
            pull_sub=pull,
            ack_policy=AckPolicy.MANUAL,
            decoder=_undecoded,
        )
        subscriber(on_message)
        self._pulling.append(subscriber)

    async def _take(self, messages: list[Msg], receive: Receive) -> None:
        """One commit for all of them; when that fails, each for itself, so that only the culprit suffers."""
        readable = [(m, e) for m in messages if (e := await self._read(m)) is not None]
        if not readable:
            return
        try:
            await receive([envelope for _, envelope in readable])
        except Exception as why:  # noqa: BLE001 - whatever it was, it ends in a retry or a dead letter with its reason
            if len(readable) > 1:
                for message, _ in readable:
                    await self._take([message], receive)
            else:
                await self._failed(readable[0][0], why)
            return
        for message, envelope in readable:
            await message.ack()
            self.metrics.handled.labels(*envelope.type.split(".")).inc()

    async def _read(self, message: Msg) -> Envelope | None:
        try:
            return wire.read(message.headers or {}, message.data)
        except Broken as why:
            await self._bury(message, why)
            return None

    async def _failed(self, message: Msg, why: Exception) -> None:
        attempts = message.metadata.num_delivered
        cause = why.why if isinstance(why, ParkedFailed) else why
        if isinstance(cause, Refused | Broken) or attempts >= MAX_DELIVER:
            await self._bury(message, why)
        else:
            delay = cause.retry_after if isinstance(cause, Transient) else RETRY_SECONDS
            await message.nak(delay=delay * attempts)

    async def _bury(self, message: Msg, why: Exception) -> None:
        """Put payload and reason in the dead letters; only then is the message off the queue."""
        if isinstance(why, ParkedFailed):  # `message` has been handled: what fails is the one that waited for it
            told, cause = why.envelope, why.why
            await self._dead_letter(told.subject, wire.body(told), wire.headers(told), told.id, cause)
            await message.ack()
            return
        place = str(message.metadata.sequence.stream)
        headers = {**(message.headers or {}), "borgerting-sequence": place}
        await self._dead_letter(message.subject, message.data, headers, place, why)
        await message.term()

    async def _dead_letter(
        self, subject: str, payload: bytes, headers: Mapping[str, str], id: str, why: Exception
    ) -> None:
        kind = type(why).__name__ if isinstance(why, BorgertingError) else f"Broken ({type(why).__name__})"
        reason = {"borgerting-kind": kind, "borgerting-reason": wire.quoted(" ".join(str(why).split())[:1000])}
        whose = {"borgerting-consumer": self.service, "Nats-Msg-Id": wire.quoted(f"{self.service}:{id}")}
        where = f"{DEAD_PREFIX}.{self.service}.{subject}"
        await self.js.publish(where, payload, stream=DEAD_STREAM, headers={**headers, **reason, **whose})
        self.metrics.dead_letters.labels(kind.split()[0]).inc()

    def answer(self, name: str, answer: Answer) -> None:
        """Answer requests at ``borgerting-rpc.<service>.<name>``; a refusal is an answer too, never a time-out."""

        async def on_request(message: NatsMessage) -> bytes:
            try:
                return json.dumps({"answer": dict(await answer(json.loads(message.body)))}).encode()
            except Refused as why:
                return json.dumps({"refused": {"code": why.code, **why.text}}).encode()

        self.broker.subscriber(f"{RPC_PREFIX}.{self.service}.{name}", queue=self.service)(on_request)

    async def ask(self, service: str, name: str, question: Mapping[str, Any]) -> Mapping[str, Any]:
        """Ask another service; Refused with its reason, Transient when nobody answers."""
        try:
            reply = await self.client.request(
                f"{RPC_PREFIX}.{service}.{name}", json.dumps(question).encode(), RPC_SECONDS
            )
        except NatsError as why:
            raise Transient(f"{service} does not answer {name}: {why!r}") from why
        content: dict[str, Any] = json.loads(reply.data)
        if (no := content.get("refused")) is not None:
            raise Refused(no["code"], da=no["da"], en=no["en"])
        answer: dict[str, Any] = content["answer"]
        return answer

    async def put_snapshot(self, assembly: str, name: str, sealed: bytes) -> str:
        """Put sealed bytes in the assembly's bucket under their hash and return the bucket; a repeat is harmless."""
        bucket = bucket_of(assembly)
        config = ObjectStoreConfig(bucket=bucket, description=f"sealed snapshots of {assembly}")
        try:
            store = await self.js.create_object_store(bucket, config=config)
            try:
                await store.get_info(name)
            except ObjectNotFoundError:
                await store.put(name, sealed)
        except NatsError as why:
            raise Transient(f"snapshot {name[:12]}… is not stored: {why!r}") from why
        return bucket

    async def get_snapshot(self, bucket: str, name: str) -> bytes:
        """The sealed bytes; Transient while they are not there (their owner puts them back when it starts).

        Broken when they are not the bytes that `name` is the hash of.
        """
        try:
            store = await self.js.object_store(bucket)
            sealed = (await store.get(name)).data or b""
        except DigestMismatchError as why:
            raise Broken(f"snapshot {name[:12]}… has changed in {bucket}") from why
        except NatsError as why:
            raise Transient(f"snapshot {name[:12]}… is not in {bucket}: {why!r}") from why
        if name_of(sealed) != name:
            raise Broken(f"snapshot {name[:12]}… has changed in {bucket}")
        return sealed


async def _undecoded(message: StreamMessage[Any]) -> bytes:
    """We read the raw message: FastStream's own decoding drops one that is not JSON without a word."""
    return message.body


def told_apart(fetch: Callable[..., Awaitable[list[Msg]]]) -> Callable[..., Awaitable[list[Msg]]]:
    """Let a fetch that found nothing say so as FastStream expects.

    nats-py raises Python's own TimeoutError when a fetch has used up its time; FastStream lets only nats-py's pass
    quietly, and at Python's it drops its consuming task together with what that task has just fetched.
    """

    async def fetching(*args: Any, **options: Any) -> list[Msg]:
        try:
            return await fetch(*args, **options)
        except TimeoutError as late:
            raise NatsTimeoutError from late

    return fetching


def bucket_of(assembly: str) -> str:
    """The object-store bucket of one assembly."""
    return f"borgerting-{assembly}"
