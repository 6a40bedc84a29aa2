"""The event stream on the Event Hubs stand-in."""

import asyncio
import gc
import os
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from azure.eventhub import EventData
from azure.eventhub.aio import EventHubConsumerClient, PartitionContext

from functions.actions import quick
from functions.adapters import eventhubs as stream_adapter
from functions.adapters import gathered
from functions.adapters.eventhubs import EventHubStream, connector
from functions.events import CloudEvent, InvalidEventError, VisitEvent, parse_message
from functions.usecases.ports import StreamUnavailableError
from local.stack.process import Process

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def visit(shopper: str, number: int) -> VisitEvent:
    """An event."""
    return VisitEvent(id=f"{shopper}-{number}", source="/test", subject=shopper, time=NOON)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub is left alone for a moment only, so that tests need not wait."""
    monkeypatch.setattr(stream_adapter, "PAUSE", 0.05)


@pytest.fixture
async def stream(eventhubs: Process) -> AsyncIterator[EventHubStream]:
    """A stream on the shared hub."""
    stream = EventHubStream(connector(eventhubs.connection, "events"))
    yield stream
    await stream.close()


@pytest.fixture
async def own_stream(own_eventhubs: Process) -> AsyncIterator[EventHubStream]:
    """A stream on a hub that the test may stop."""
    stream = EventHubStream(connector(own_eventhubs.connection, "events"))
    yield stream
    await stream.close()


async def test_events_arrive_as_they_are(eventhubs: Process, stream: EventHubStream) -> None:
    """A batch arrives whole, in order, in one partition, keyed by the shopper, as CloudEvents JSON."""
    shopper = f"s-{uuid4()}"
    events = [visit(shopper, number) for number in range(3)]
    await stream.send(events)
    arrived = await arrivals(eventhubs, {event.id for event in events})
    assert [event for event, _, _ in arrived] == events
    assert len({partition for _, partition, _ in arrived}) == 1
    assert {key for _, _, key in arrived} == {shopper}


async def test_shoppers_at_the_same_time(eventhubs: Process, stream: EventHubStream) -> None:
    """Sends that overlap each arrive once."""
    events = [visit(f"s-{uuid4()}", 0) for _ in range(40)]
    await asyncio.gather(*(stream.send([event]) for event in events))
    arrived = await arrivals(eventhubs, {event.id for event in events})
    assert sorted(event.id for event, _, _ in arrived) == sorted(event.id for event in events)


async def test_nothing_to_send(stream: EventHubStream) -> None:
    """No events need no hub."""
    await stream.send([])
    assert await stream.send_all([]) == frozenset()


async def test_a_batch_is_of_one_shopper(stream: EventHubStream) -> None:
    """Events of two shoppers in one send are a mistake of the caller: the key would be wrong for one."""
    with pytest.raises(ValueError, match="too many values"):
        await stream.send([visit("a", 0), visit("b", 0)])


async def test_stopped_and_started_again(own_eventhubs: Process, own_stream: EventHubStream) -> None:
    """Down, nothing is acknowledged; up again, the same object works without a new process."""
    await own_stream.send([visit("s", 0)])
    own_eventhubs.stop()
    with pytest.raises(StreamUnavailableError):
        await own_stream.send([visit("s", 1)])
    own_eventhubs.start()
    await asyncio.sleep(0.06)
    await own_stream.send([visit("s", 2)])
    arrived = await arrivals(own_eventhubs, {"s-0", "s-2"})
    assert [event.id for event, _, _ in arrived] == ["s-0", "s-2"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_killed_between_two_sends(own_eventhubs: Process, own_stream: EventHubStream) -> None:
    """A connection that died while idle is replaced without anybody noticing."""
    await own_stream.send([visit("s", 0)])
    own_eventhubs.kill()
    own_eventhubs.start()
    await own_stream.send([visit("s", 1)])
    gc.collect()  # the SDK forgets the dead connection's socket; it complains here rather than in another test


async def test_a_hub_that_is_not_there_yet(own_eventhubs: Process, own_stream: EventHubStream) -> None:
    """All who wait for the link are told soon, not one after the other's time-out."""
    own_eventhubs.stop()
    sends = (own_stream.send([visit(f"s{number}", 0)]) for number in range(32))
    outcomes = await asyncio.gather(*sends, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {StreamUnavailableError}


async def test_a_hanging_hub_is_waited_for_no_longer_than_the_limit(own_eventhubs: Process) -> None:
    """No answer is not an acknowledgement; when the hub goes on, a new connection works."""
    stream = EventHubStream(connector(own_eventhubs.connection, "events"), time_limit=2)
    await stream.send([visit("s", 0)])
    assert own_eventhubs.pid
    os.kill(own_eventhubs.pid, signal.SIGSTOP)
    try:
        with pytest.raises(StreamUnavailableError, match="in 2 s"):
            await stream.send([visit("s", 1)])
    finally:
        os.kill(own_eventhubs.pid, signal.SIGCONT)
    await asyncio.sleep(0.06)
    await stream.send([visit("s", 2)])
    await stream.close()


async def arrivals(server: Process, ids: set[str]) -> list[tuple[CloudEvent, str, str]]:
    """The events of these ids as (event, partition, key), in the order of their arrival, once all are there."""
    client = EventHubConsumerClient.from_connection_string(server.connection, "$Default", eventhub_name="events")
    found: list[tuple[CloudEvent, str, str]] = []
    complete = asyncio.Event()

    async def take(context: PartitionContext, batch: list[EventData]) -> None:
        for data in batch:
            for event in parse_message(data.body_as_str().encode()):
                assert not isinstance(event, InvalidEventError)
                if event.id in ids:
                    found.append((event, context.partition_id, (data.partition_key or b"").decode()))
        if {event.id for event, _, _ in found} == ids:
            complete.set()

    async with client:
        task = asyncio.create_task(client.receive_batch(take, starting_position="-1", max_wait_time=1))
        async with asyncio.timeout(20):
            await complete.wait()
        task.cancel()
        await asyncio.wait([task])
    return found


async def test_many_shoppers_at_once_land_where_their_keys_do(eventhubs: Process, stream: EventHubStream) -> None:
    """In the partition that the service gives a shopper's key, in order, and each is told to be accepted."""
    shoppers = [f"s-{uuid4()}" for _ in range(30)]
    for shopper in shoppers:
        await stream.send([visit(shopper, 0)])
    later = [visit(shopper, number) for number in (1, 2) for shopper in shoppers]
    assert await stream.send_all([*map(quick, later)]) == {event.id for event in later}
    ids = {event.id for event in later} | {f"{shopper}-0" for shopper in shoppers}
    arrived = await arrivals(eventhubs, ids)
    for shopper in shoppers:
        own = [(event.id, partition) for event, partition, _ in arrived if event.subject == shopper]
        assert [event for event, _ in own] == [f"{shopper}-{number}" for number in range(3)]
        assert len({partition for _, partition in own}) == 1


async def test_more_than_a_batch_holds_is_sent_in_several(
    eventhubs: Process, stream: EventHubStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And all of it arrives."""
    monkeypatch.setattr(gathered, "MOST_BYTES", 1_000)
    events = [visit("s-large", number) for number in range(40)]
    assert len(await stream.send_all([*map(quick, events)])) == 40
    assert len(await arrivals(eventhubs, {event.id for event in events})) == 40


async def test_what_a_hub_that_is_away_did_not_accept_is_told(
    own_eventhubs: Process, own_stream: EventHubStream
) -> None:
    """No id is called accepted that is not durable; up again, they are."""
    events = [visit(f"s{number}", 0) for number in range(5)]
    own_eventhubs.stop()
    assert await own_stream.send_all([*map(quick, events)]) == frozenset()
    own_eventhubs.start()
    await asyncio.sleep(0.06)
    assert len(await own_stream.send_all([*map(quick, events)])) == 5
    own_eventhubs.stop()
    assert await own_stream.send_all([*map(quick, events)]) == frozenset()


async def test_callers_at_the_same_time_share_messages(eventhubs: Process, stream: EventHubStream) -> None:
    """Each is told of its own events, and all arrive, each shopper's in order."""
    shoppers = [f"s-{uuid4()}" for _ in range(20)]
    await stream.send_all([quick(visit("s-before", 0))])  # connects
    batches = [[visit(shopper, number) for shopper in shoppers] for number in range(10)]
    sent = await asyncio.gather(*(stream.send_all([*map(quick, batch)]) for batch in batches))
    assert sent == [{event.id for event in batch} for batch in batches]
    arrived = await arrivals(eventhubs, {event.id for batch in batches for event in batch})
    for shopper in shoppers:
        assert [event.id for event, _, _ in arrived if event.subject == shopper] == [
            f"{shopper}-{number}" for number in range(10)
        ]


async def test_nobody_waits_for_a_hanging_hub_longer_than_the_limit(own_eventhubs: Process) -> None:
    """None is called accepted that may not be; when the hub goes on, a new connection works."""
    stream = EventHubStream(connector(own_eventhubs.connection, "events"), time_limit=2)
    await stream.send_all([quick(visit("s", 0))])
    assert own_eventhubs.pid
    os.kill(own_eventhubs.pid, signal.SIGSTOP)
    try:
        async with asyncio.timeout(3.5):
            sends = (stream.send_all([quick(visit("s", number))]) for number in range(1, 6))
            assert await asyncio.gather(*sends) == [frozenset()] * 5
    finally:
        os.kill(own_eventhubs.pid, signal.SIGCONT)
    await asyncio.sleep(0.06)
    assert await stream.send_all([quick(visit("s", 9))]) == {"s-9"}
    await stream.close()
