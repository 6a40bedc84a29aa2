"""Short ways to send and to receive with Microsoft's SDK."""

import asyncio
from collections.abc import Sequence
from typing import Any

from azure.eventhub import EventData
from azure.eventhub.aio import EventHubConsumerClient, EventHubProducerClient, PartitionContext

PATIENCE = 30.0  # seconds until a test that hangs is given up


def producer(connection_string: str, hub: str, **options: Any) -> EventHubProducerClient:
    return EventHubProducerClient.from_connection_string(connection_string, eventhub_name=hub, **options)


def consumer(connection_string: str, hub: str, group: str = "$Default", **options: Any) -> EventHubConsumerClient:
    return EventHubConsumerClient.from_connection_string(
        connection_string, consumer_group=group, eventhub_name=hub, **options
    )


async def send(connection_string: str, hub: str, bodies: Sequence[str | bytes], **target: Any) -> None:
    """All bodies in one batch, to a `partition_id`, with a `partition_key`, or anywhere."""
    async with producer(connection_string, hub) as client:
        batch = await client.create_batch(**target)
        for body in bodies:
            batch.add(EventData(body))
        await client.send_batch(batch)


async def receive(
    connection_string: str, hub: str, count: int, *, group: str = "$Default", prefetch: int = 300, **options: Any
) -> list[EventData]:
    """The first `count` events that a consumer with these options gets; an error of the service is raised."""
    received: list[EventData] = []
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def on_events(_: PartitionContext, events: list[EventData]) -> None:
        received.extend(events)
        if len(received) >= count and not done.done():
            done.set_result(None)

    async def on_error(_: PartitionContext | None, error: Exception) -> None:
        if not done.done():
            done.set_exception(error)

    async with consumer(connection_string, hub, group, retry_total=0) as client:
        reading = asyncio.create_task(
            client.receive_batch(on_events, on_error=on_error, prefetch=prefetch, max_wait_time=1, **options)
        )
        try:
            await asyncio.wait_for(done, PATIENCE)
        finally:
            reading.cancel()
    return received[:count]


def bodies(events: Sequence[EventData]) -> list[str]:
    return [event.body_as_str() for event in events]
