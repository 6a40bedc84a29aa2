"""Every way to send that Microsoft's Python SDK has."""

import asyncio
import time
from typing import Any

import pytest
from azure.eventhub import EventData, EventHubConsumerClient, EventHubProducerClient
from azure.eventhub.aio import EventHubProducerClient as AsyncProducer
from azure.eventhub.amqp import AmqpAnnotatedMessage
from azure.eventhub.exceptions import EventDataSendError, EventHubError

from local.eventhubs.partition_key import partition_of
from tests.integration.eventhubs.clients import bodies, producer, receive, send
from tests.integration.eventhubs.conftest import RunningBroker

type Events = list[EventData | AmqpAnnotatedMessage]


async def test_a_batch_comes_out_in_order_with_everything_it_carried(broker: RunningBroker) -> None:
    """Body, application properties and message properties arrive as they were, numbered from where the log was."""
    async with producer(broker.connection_string, "offers") as client:
        before = await client.get_partition_properties("1")
        batch = await client.create_batch(partition_id="1")
        for number in range(50):
            event = EventData(f"event {number}")
            event.properties = {"number": number, "text": "ü", "yes": True, "real": 0.5, "raw": b"\x00\xff"}
            event.content_type, event.correlation_id, event.message_id = "text/plain", "corr", f"id-{number}"
            batch.add(event)
        await client.send_batch(batch)
    events = await receive(
        broker.connection_string, "offers", 50, partition_id="1",
        starting_position=before["last_enqueued_sequence_number"],
    )  # fmt: skip
    assert bodies(events) == [f"event {number}" for number in range(50)]
    first = before["last_enqueued_sequence_number"] + 1
    assert [event.sequence_number for event in events] == list(range(first, first + 50))
    assert events[7].properties == {
        b"number": 7,
        b"text": "ü".encode(),
        b"yes": True,
        b"real": 0.5,
        b"raw": b"\x00\xff",
    }
    assert (events[7].content_type, events[7].correlation_id, events[7].message_id) == ("text/plain", "corr", "id-7")
    assert abs((events[0].enqueued_time or pytest.fail("no time")).timestamp() - time.time()) < 60
    assert events[0].partition_key is None


async def test_a_key_decides_the_partition_and_stays_on_the_event(broker: RunningBroker) -> None:
    """Single events and batches with one key land together, where Azure's hash says."""
    url = broker.connection_string

    async def send_and_receive(key: str) -> list[EventData]:
        async with producer(url, "keys") as client:
            await client.send_event(EventData(f"{key} alone"), partition_key=key)
            batch = await client.create_batch(partition_key=key)
            batch.add(EventData(f"{key} in a batch"))
            await client.send_batch(batch)
        partition = str(partition_of(key, 4))
        return await receive(url, "keys", 2, partition_id=partition, starting_position="-1")

    keys = ["größe", "ключ", "a"]  # three partitions
    for key, events in zip(keys, await asyncio.gather(*map(send_and_receive, keys)), strict=True):
        assert bodies(events) == [f"{key} alone", f"{key} in a batch"]
        assert [event.partition_key for event in events] == [key.encode()] * 2


async def test_batches_without_a_key_take_turns(broker: RunningBroker) -> None:
    """Eight of them reach all four partitions."""
    async with producer(broker.connection_string, "turns") as client:

        async def counts() -> list[int]:
            found = [await client.get_partition_properties(number) for number in "0123"]
            return [int(properties["last_enqueued_sequence_number"]) for properties in found]

        before = await counts()
        for _ in range(8):
            await client.send_event(EventData("x"))
        assert [after - earlier for after, earlier in zip(await counts(), before, strict=True)] == [2, 2, 2, 2]


def test_the_synchronous_clients_send_and_receive(broker: RunningBroker) -> None:
    """The same without asyncio, with the event that ends it received in a callback."""
    with EventHubProducerClient.from_connection_string(broker.connection_string, eventhub_name="sync") as sender:
        assert sender.get_partition_ids() == ["0"]
        batch = sender.create_batch()
        batch.add(EventData("one"))
        batch.add(EventData("two"))
        sender.send_batch(batch)
        sender.send_event(EventData("three"))
    received: list[str] = []
    receiver = EventHubConsumerClient.from_connection_string(
        broker.connection_string, consumer_group="agg", eventhub_name="sync"
    )

    def on_event(_: Any, event: EventData | None) -> None:
        assert event is not None
        received.append(event.body_as_str())
        if len(received) == 3:
            receiver.close()

    with receiver:
        assert receiver.get_eventhub_properties()["partition_ids"] == ["0"]
        receiver.receive(on_event, starting_position="-1")
    assert received == ["one", "two", "three"]


async def test_the_buffered_producer_delivers_all(broker: RunningBroker) -> None:
    """Events that the SDK batches by itself arrive, every one once."""
    sent: list[int] = []

    async def on_success(events: Events, _: str | None) -> None:
        sent.append(len(events))

    async def on_error(events: Events, _: str | None, error: Exception) -> None:
        pytest.fail(f"{len(events)} events: {error}")

    client = AsyncProducer.from_connection_string(
        broker.connection_string, eventhub_name="buffered", buffered_mode=True,
        on_success=on_success, on_error=on_error, max_wait_time=1,
    )  # fmt: skip
    async with client:
        for number in range(200):
            await client.send_event(EventData(str(number)))
        await client.flush()
        assert sum(sent) == 200
        properties = [await client.get_partition_properties(number) for number in "0123"]
    assert sum(one["last_enqueued_sequence_number"] + 1 for one in properties) == 200


async def test_a_megabyte_is_the_limit(broker: RunningBroker) -> None:
    """Just below it arrives unharmed; above it the SDK or the broker refuses, and the next one passes."""
    large = b"x" * (1024 * 1024 - 1000)
    async with producer(broker.connection_string, "sizes", retry_total=0) as client:
        await client.send_event(EventData(large))
        batch = await client.create_batch()
        assert batch.max_size_in_bytes == 1024 * 1024
        with pytest.raises(ValueError, match="reached its size limit"):
            batch.add(EventData(b"x" * 1024 * 1024))
        with pytest.raises((EventDataSendError, EventHubError, ValueError)):
            await client.send_event(EventData(b"x" * (1024 * 1024 + 10)))
        await client.send_event(EventData("after"))
    events = await receive(broker.connection_string, "sizes", 2, partition_id="0", starting_position="-1")
    assert [len(event.body_as_str()) for event in events] == [len(large), 5]


async def test_senders_side_by_side_lose_nothing(broker: RunningBroker) -> None:
    """Ten clients on one partition: every event is stored once, those of one client in order."""
    async with producer(broker.connection_string, "offers") as client:
        before = (await client.get_partition_properties("0"))["last_enqueued_sequence_number"]
    await asyncio.gather(
        *(
            send(broker.connection_string, "offers", [f"{sender} {n}" for n in range(20)], partition_id="0")
            for sender in range(10)
        )
    )
    events = await receive(broker.connection_string, "offers", 200, partition_id="0", starting_position=before)
    received = bodies(events)
    for sender in range(10):
        assert [body for body in received if body.startswith(f"{sender} ")] == [f"{sender} {n}" for n in range(20)]
