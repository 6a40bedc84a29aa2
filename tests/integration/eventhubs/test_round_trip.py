"""Events go in and come out with Microsoft's Python SDK."""

import asyncio
from typing import Any

from azure.eventhub import EventData
from azure.eventhub.aio import EventHubConsumerClient, EventHubProducerClient

from tests.integration.eventhubs.conftest import RunningBroker


async def test_a_batch_comes_out_in_order_with_everything_it_carried(broker: RunningBroker) -> None:
    """What was sent in a batch is received once, in order, with its body and properties."""
    producer = EventHubProducerClient.from_connection_string(broker.connection_string, eventhub_name="offers")
    async with producer:
        batch = await producer.create_batch(partition_id="1")
        for number in range(50):
            event = EventData(f"event {number}")
            event.properties = {"number": number}
            batch.add(event)
        await producer.send_batch(batch)

    received: list[EventData] = []
    complete = asyncio.Event()

    async def on_events(_: Any, events: list[EventData]) -> None:
        received.extend(events)
        if len(received) >= 50:
            complete.set()

    consumer = EventHubConsumerClient.from_connection_string(
        broker.connection_string, consumer_group="agg", eventhub_name="offers"
    )
    async with consumer:
        reading = asyncio.create_task(consumer.receive_batch(on_events, partition_id="1", starting_position="-1"))
        await asyncio.wait_for(complete.wait(), 30)
        reading.cancel()
    assert [event.body_as_str() for event in received] == [f"event {number}" for number in range(50)]
    assert [event.properties for event in received] == [{b"number": number} for number in range(50)]
    assert [event.sequence_number for event in received] == list(range(50))
