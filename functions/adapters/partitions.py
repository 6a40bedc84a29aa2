"""Pulling from the partitions of an Event Hub: for a timer that comes, catches up, and goes."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, cast

from azure.core.exceptions import AzureError
from azure.eventhub import EventData
from azure.eventhub.aio import EventHubConsumerClient, PartitionContext
from azure.eventhub.amqp import AmqpMessageBodyType
from azure.eventhub.exceptions import EventHubError

from functions.adapters.hub_client import closed, patience
from functions.adapters.identity import credential
from functions.analytics.fold import Received
from functions.settings import Connection, Entra
from functions.usecases.stream_ports import LogUnavailableError, Span

SLICE = 1_000
"""Events pulled at a time, and asked for ahead: small enough not to hold up the event loop for long."""
AHEAD = 2
"""Slices that may wait while one is worked on."""
SILENCE = 10.0
"""Seconds without an event, although there must be one, after which the hub counts as down: the SDK may not say."""
TIME_LIMIT = 10.0
"""Seconds that a question about the hub may take."""

log = logging.getLogger(__name__)
type Connect = Callable[[], EventHubConsumerClient]


def connector(connection: Connection, hub: str, group: str) -> Connect:
    """What makes a consumer client of a hub; it connects when it is first used."""

    def connect() -> EventHubConsumerClient:
        if isinstance(connection, Entra):
            identity = credential(connection.client_id)
            return EventHubConsumerClient(connection.address, hub, group, identity, **patience(1))
        return EventHubConsumerClient.from_connection_string(connection, group, eventhub_name=hub, **patience(1))

    return connect


class EventHubPartitions:
    """Implements `EventLog`. The client lives as long as the process, and is made anew after a failure."""

    def __init__(self, connect: Connect, hub: str, slice_size: int = SLICE, silence: float = SILENCE) -> None:
        self._connect = connect
        self._hub = hub
        self._slice_size = slice_size
        self._silence = silence
        self._client: EventHubConsumerClient | None = None
        self._ids: Sequence[str] = ()
        self._closing: dict[str, asyncio.Task[None]] = {}

    async def spans(self) -> Sequence[Span]:
        """What each partition holds now; raises `LogUnavailableError`."""
        try:
            async with asyncio.timeout(TIME_LIMIT):
                client = self._connected()
                self._ids = self._ids or await client.get_partition_ids()
                properties = await _all(client.get_partition_properties(one) for one in self._ids)
        except (EventHubError, AzureError, OSError) as error:  # TimeoutError is an OSError
            await self.close()
            raise LogUnavailableError(f"Event Hubs does not answer: {type(error).__name__}") from error
        return [self._span(one) for one in properties]

    @asynccontextmanager
    async def read(self, partition: str, after: int, last: int) -> AsyncIterator[AsyncIterator[Sequence[Received]]]:
        """Slices of a partition from after a sequence number until `last`; raises `LogUnavailableError`."""
        number = partition.removeprefix(f"{self._hub}-")
        if number in self._closing:
            await self._closing.pop(number)
        pull = _Pull(self._slice_size, self._silence)
        receiving = asyncio.create_task(self._receive(pull, number, after))
        try:
            yield pull.slices(last)
        except LogUnavailableError:
            await self.close()
            raise
        finally:
            # The SDK takes a second to let go of a partition: nobody waits for it before the next read.
            receiving.cancel()
            self._closing[number] = asyncio.create_task(_ended(receiving))

    async def close(self) -> None:
        """Close the connections."""
        client, self._client, self._ids = self._client, None, ()
        if client is not None:
            await closed(client)
        for number in list(self._closing):
            await self._closing.pop(number)

    def _connected(self) -> EventHubConsumerClient:
        self._client = self._client or self._connect()
        return self._client

    async def _receive(self, pull: "_Pull", number: str, after: int) -> None:
        await self._connected().receive_batch(
            pull.on_events,
            partition_id=number,
            starting_position=after if after >= 0 else "-1",
            max_batch_size=self._slice_size,
            prefetch=self._slice_size,
            on_error=pull.on_error,
        )

    def _span(self, properties: dict[str, Any]) -> Span:
        last = int(properties["last_enqueued_sequence_number"])
        first = last + 1 if properties["is_empty"] else int(properties["beginning_sequence_number"])
        enqueued: datetime = properties["last_enqueued_time_utc"]
        return Span(f"{self._hub}-{properties['id']}", first, last, enqueued.timestamp())


async def _all[T](questions: Iterable[Awaitable[T]]) -> list[T]:
    """Every answer, or the first error once all have ended: nobody is left talking to a client that is closed."""
    answers = await asyncio.gather(*questions, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return cast(list[T], answers)


class _Pull:
    """Between the SDK, which pushes, and the reader, who pulls; a full queue makes the SDK wait."""

    def __init__(self, slice_size: int, silence: float) -> None:
        self._slice_size = slice_size
        self._silence = silence
        self._queue: asyncio.Queue[list[EventData] | Exception] = asyncio.Queue(AHEAD)

    async def on_events(self, _: PartitionContext, events: list[EventData]) -> None:
        await self._queue.put(events)

    async def on_error(self, _: PartitionContext | None, error: Exception) -> None:
        await self._queue.put(error)

    async def slices(self, last: int) -> AsyncIterator[Sequence[Received]]:
        done = False
        while not done:
            records = [_received(event) for event in await self._slice()]
            done = records[-1].sequence >= last
            yield records

    async def _slice(self) -> list[EventData]:
        """Everything that has arrived meanwhile, up to about a slice: fewer transactions when it comes in drops."""
        try:
            async with asyncio.timeout(self._silence):
                events = _events(await self._queue.get())
        except TimeoutError as error:
            raise LogUnavailableError(f"no event came within {self._silence:g} s") from error
        while len(events) < self._slice_size and not self._queue.empty():
            events += _events(self._queue.get_nowait())
        return events


def _events(came: list[EventData] | Exception) -> list[EventData]:
    if isinstance(came, Exception):
        raise LogUnavailableError(f"the partition cannot be read: {type(came).__name__}: {came}") from came
    return came


def _received(event: EventData) -> Received:
    sequence, enqueued = event.sequence_number, event.enqueued_time
    assert sequence is not None
    assert enqueued is not None
    return Received(sequence, str(event.offset), enqueued.timestamp(), _body(event))


def _body(event: EventData) -> bytes:
    if event.body_type is AmqpMessageBodyType.DATA:
        return b"".join(cast(Iterable[bytes], event.body))
    return str(event.body).encode()  # a producer that sends AMQP values: text may still be an event


async def _ended(receiving: asyncio.Task[None]) -> None:
    try:
        await receiving
    except asyncio.CancelledError:
        pass
    except (EventHubError, AzureError, OSError) as error:
        log.info("A partition did not close properly: %s", type(error).__name__)
