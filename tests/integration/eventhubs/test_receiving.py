"""Every way to receive that Microsoft's Python SDK has."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.eventhub import EventData
from azure.eventhub.aio import PartitionContext
from azure.eventhub.exceptions import EventHubError

from tests.integration.eventhubs.clients import PATIENCE, bodies, consumer, producer, receive, send
from tests.integration.eventhubs.conftest import RunningBroker


async def test_every_starting_position_begins_where_it_says(broker: RunningBroker) -> None:
    """Offset, sequence number and time, inclusive or not, the beginning, and positions for each partition."""
    url = broker.connection_string
    await send(url, "positions", ["a", "b"], partition_id="0")
    await asyncio.sleep(0.01)
    between = datetime.now(UTC)
    await asyncio.sleep(0.01)
    await send(url, "positions", ["c", "d"], partition_id="0")
    events = await receive(url, "positions", 4, partition_id="0", starting_position="-1")
    assert bodies(events) == ["a", "b", "c", "d"]
    second = events[1]
    cases: list[tuple[dict[str, Any], str]] = [
        ({"starting_position": second.offset}, "c"),
        ({"starting_position": second.offset, "starting_position_inclusive": True}, "b"),
        ({"starting_position": second.sequence_number}, "c"),
        ({"starting_position": second.sequence_number, "starting_position_inclusive": True}, "b"),
        ({"starting_position": between}, "c"),
        ({"starting_position": events[2].enqueued_time, "starting_position_inclusive": True}, "c"),
        ({"starting_position": between - timedelta(hours=1)}, "a"),
        ({"starting_position": {"0": second.offset}, "starting_position_inclusive": {"0": True}}, "b"),
    ]
    firsts = await asyncio.gather(
        *(
            receive(url, "positions", 1, partition_id="0", group=("$Default", "agg")[number % 2], **case)
            for number, (case, _) in enumerate(cases)
        )
    )
    assert [bodies(first) for first in firsts] == [[expected] for _, expected in cases]


async def test_latest_means_what_is_sent_from_now_on(broker: RunningBroker) -> None:
    """What was there is not seen; what comes is."""
    url = broker.connection_string
    await send(url, "dialogue", ["before"], partition_id="0")
    reading = asyncio.create_task(receive(url, "dialogue", 1, partition_id="0", starting_position="@latest"))
    async with producer(url, "dialogue") as client:
        number = 0
        while not reading.done():
            await client.send_event(EventData(f"after {number}"), partition_id="0")
            number += 1
            await asyncio.sleep(0.05)
    assert bodies(await reading)[0].startswith("after")


async def test_the_end_of_the_partition_comes_with_the_events(broker: RunningBroker) -> None:
    """`track_last_enqueued_event_properties` tells a reader how far behind it is."""
    url = broker.connection_string
    await send(url, "tracked", ["a", "b", "c"], partition_id="0")
    seen: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()

    async def on_event(context: PartitionContext, _: EventData | None) -> None:
        if not seen.done():
            seen.set_result(dict(context.last_enqueued_event_properties or {}))

    async with consumer(url, "tracked") as client:
        reading = asyncio.create_task(
            client.receive(
                on_event, partition_id="0", starting_position="-1", track_last_enqueued_event_properties=True
            )
        )
        last = await asyncio.wait_for(seen, PATIENCE)
        properties = await client.get_partition_properties("0")
        reading.cancel()
    assert last["sequence_number"] == 2
    assert last["offset"] == properties["last_enqueued_offset"]
    assert last["enqueued_time"] == properties["last_enqueued_time_utc"]
    assert last["retrieval_time"] >= last["enqueued_time"]


async def test_a_small_prefetch_still_gets_everything(broker: RunningBroker) -> None:
    """Credit of one event at a time is renewed until all have come."""
    url = broker.connection_string
    await send(url, "offers", [str(number) for number in range(30)], partition_id="3")
    events = await receive(url, "offers", 30, group="agg", prefetch=1, partition_id="3", starting_position="-1")
    assert len(events) == 30


async def test_a_higher_owner_level_takes_the_partition(broker: RunningBroker) -> None:
    """The reader before is told that it lost the partition; one below the owner is refused."""
    url = broker.connection_string
    await send(url, "owners", ["x"], partition_id="0")
    lost: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
    attached = asyncio.Event()

    async def on_event(_: PartitionContext, __: EventData | None) -> None:
        attached.set()

    async def on_error(_: PartitionContext, error: Exception) -> None:
        if not lost.done():
            lost.set_result(error)

    async with consumer(url, "owners", retry_total=0) as first:
        reading = asyncio.create_task(
            first.receive(on_event, on_error=on_error, partition_id="0", owner_level=1, starting_position="-1")
        )
        await asyncio.wait_for(attached.wait(), PATIENCE)
        refused = await asyncio.gather(
            receive(url, "owners", 1, partition_id="0", owner_level=0, starting_position="-1"),
            receive(url, "owners", 1, partition_id="0", starting_position="-1"),
            return_exceptions=True,
        )
        assert ["higher epoch '1'" in str(error) for error in refused] == [True, True]
        assert bodies(await receive(url, "owners", 1, partition_id="0", owner_level=2, starting_position="-1")) == [
            "x"
        ]
        assert "New receiver with epoch '2'" in str(await asyncio.wait_for(lost, PATIENCE))
        reading.cancel()


async def test_the_sixth_plain_reader_of_a_group_is_refused(broker: RunningBroker) -> None:
    """Five read beside each other; another group has room of its own."""
    url = broker.connection_string
    await send(url, "readers", ["x"], partition_id="0")
    ready = [asyncio.Event() for _ in range(5)]

    async def read(event: asyncio.Event) -> None:
        async def on_event(_: PartitionContext, __: EventData | None) -> None:
            event.set()

        async with consumer(url, "readers") as client:
            await client.receive(on_event, partition_id="0", starting_position="-1")

    reading = [asyncio.create_task(read(event)) for event in ready]
    await asyncio.wait_for(asyncio.gather(*(event.wait() for event in ready)), PATIENCE)
    with pytest.raises(EventHubError, match="which is 5"):
        await receive(url, "readers", 1, partition_id="0", starting_position="-1")
    events = await receive(url, "readers", 1, group="agg", partition_id="0", starting_position="-1")
    assert bodies(events) == ["x"]
    for task in reading:
        task.cancel()
    await asyncio.gather(*reading, return_exceptions=True)
