"""What nobody could handle can be read: who gave up, on what, why, and the payload."""

import json

from nats.aio.client import Client

from borgerting import topology
from borgerting.broker import Broker
from borgerting.deadletters import read_all
from borgerting.topology import DEAD_STREAM, STREAM
from tests.shared.support import envelope

ADVISORY = f"$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.{STREAM}.recruitment"


async def test_no_dead_letters_are_an_empty_list(broker: Broker) -> None:
    assert await read_all(broker.url) == []


async def test_a_message_whose_handler_died_every_time_is_found_by_the_servers_own_word(broker: Broker) -> None:
    client = Client()
    await client.connect(broker.url)
    js = client.jetstream()
    told = envelope(1)
    await js.publish(told.subject, b'{"members": 1}', headers={"ce-id": told.id})
    advisory = json.dumps({"stream_seq": 1, "consumer": "recruitment", "deliveries": 8}).encode()
    await js.publish(ADVISORY, advisory, stream=DEAD_STREAM)
    (letter,) = await read_all(broker.url)
    assert (letter.consumer, letter.event, letter.kind) == ("recruitment", told.id, "Crashed")
    assert letter.payload == b'{"members": 1}'
    assert "8 deliveries" in letter.reason
    await topology.recreate(js)
    (letter,) = await read_all(broker.url)
    assert (letter.event, letter.payload) == ("no. 1", b"")
    await js.delete_msg(DEAD_STREAM, 1)
    assert await read_all(broker.url) == []
    await client.close()
