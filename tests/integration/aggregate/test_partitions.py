"""Pulling from a real Event Hub."""

import gc
from collections.abc import AsyncIterator

import pytest

from functions.adapters.partitions import EventHubPartitions, connector
from functions.analytics.fold import Received
from functions.contracts import AGGREGATE_GROUP
from functions.usecases.stream_ports import LogUnavailableError
from local.stack.process import Process
from tests.integration.aggregate.hub import HUB, send


@pytest.fixture
async def log(hub: Process) -> AsyncIterator[EventHubPartitions]:
    """The log of an empty hub, pulled in slices of ten."""
    pulled = EventHubPartitions(connector(hub.connection, HUB, AGGREGATE_GROUP), HUB, slice_size=10, silence=5)
    yield pulled
    await pulled.close()


async def pull(log: EventHubPartitions, after: int, last: int) -> list[Received]:
    async with log.read("events-1", after, last) as slices:
        return [record async for records in slices for record in records]


async def test_it_pulls_what_the_span_promises(hub: Process, log: EventHubPartitions) -> None:
    """From after any sequence number to the last, in order, and again whenever it is asked."""
    await send(hub.connection, [b"%d" % number for number in range(35)], "1")
    spans = {span.partition: span for span in await log.spans()}
    assert sorted(spans) == ["events-0", "events-1", "events-2", "events-3"]
    assert (spans["events-1"].first, spans["events-1"].last) == (0, 34)
    assert spans["events-0"].first > spans["events-0"].last
    records = await pull(log, -1, 34)
    assert [record.body for record in records] == [b"%d" % number for number in range(35)]
    assert [record.sequence for record in records] == list(range(35))
    assert [record.body for record in await pull(log, 31, 34)] == [b"32", b"33", b"34"]


async def test_a_reader_that_leaves_early_can_come_back(hub: Process, log: EventHubPartitions) -> None:
    """A time limit in the middle of a partition leaves nothing behind that would disturb the next read."""
    await send(hub.connection, [b"x"] * 50, "1")
    async with log.read("events-1", -1, 49) as slices:
        first = await anext(slices)
    assert len(first) <= 10
    assert len(await pull(log, first[-1].sequence, 49)) == 50 - len(first)


async def test_a_hub_that_stops_is_an_error_and_one_that_comes_back_is_not(
    hub: Process, log: EventHubPartitions
) -> None:
    """The cycle fails visibly; the next one connects anew and loses nothing."""
    await send(hub.connection, [b"before"], "1")
    assert len(await log.spans()) == 4
    hub.kill()
    with pytest.raises(LogUnavailableError):
        await log.spans()
    hub.start()
    await log.spans()
    assert [record.body for record in await pull(log, -1, 0)] == [b"before"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_hub_that_dies_while_it_is_read_is_an_error(hub: Process, log: EventHubPartitions) -> None:
    """What was promised and does not come is not waited for for ever."""
    await send(hub.connection, [b"x"] * 30, "1")
    async with log.read("events-1", -1, 1_000) as slices:
        await anext(slices)
        hub.kill()
        with pytest.raises(LogUnavailableError):
            [_ async for _ in slices]
    await log.close()
    gc.collect()  # the SDK forgets the dead connection's socket; it complains here rather than in another test
