"""Writing to a hub and reading all of it, with the SDK alone."""

import asyncio
from collections.abc import Sequence

from azure.eventhub import EventData
from azure.eventhub.aio import EventHubConsumerClient, EventHubProducerClient, PartitionContext

HUB = "events"


async def send(connection: str, bodies: Sequence[bytes], partition: str) -> None:
    """Append the bodies to a partition."""
    async with EventHubProducerClient.from_connection_string(connection, eventhub_name=HUB) as producer:
        await producer.send_batch([EventData(body) for body in bodies], partition_id=partition)


async def everything(connection: str) -> list[bytes]:
    """All bodies of all partitions."""
    client = EventHubConsumerClient.from_connection_string(connection, "watch", eventhub_name=HUB)
    async with client:
        parts = await asyncio.gather(*(_all(client, one) for one in await client.get_partition_ids()))
    return [body for part in parts for body in part]


async def _all(client: EventHubConsumerClient, partition: str) -> list[bytes]:
    properties = await client.get_partition_properties(partition)
    last, bodies, complete = properties["last_enqueued_sequence_number"], list[bytes](), asyncio.Event()
    if properties["is_empty"]:
        return bodies

    async def on_events(_: PartitionContext, events: list[EventData]) -> None:
        bodies.extend(b"".join(event.body) for event in events)  # type: ignore[arg-type]
        if events and events[-1].sequence_number == last:
            complete.set()

    receiving = asyncio.create_task(
        client.receive_batch(on_events, partition_id=partition, starting_position="-1", max_wait_time=1)
    )
    await complete.wait()
    receiving.cancel()
    await asyncio.wait([receiving])
    return bodies
