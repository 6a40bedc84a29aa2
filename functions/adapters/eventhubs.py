"""The event stream on Event Hubs: what `send` returns from, the broker has accepted."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from zlib import crc32

from azure.core.exceptions import AzureError
from azure.eventhub import EventData
from azure.eventhub.aio import EventHubProducerClient
from azure.eventhub.exceptions import EventHubError

from functions.actions import Action
from functions.adapters.breaker import Breaker
from functions.adapters.gathered import Gathered, Parcel
from functions.adapters.hub_client import closed, patience
from functions.adapters.identity import credential
from functions.adapters.partition_key import partition_of
from functions.events import CloudEvent, to_json, to_json_batch
from functions.settings import Connection, Entra
from functions.usecases.ports import StreamUnavailableError

TIME_LIMIT = 5.0
"""Seconds that a send may take, its own wait for the link and the SDK's retries included."""
LINKS = 2
"""Connections to the hub: one carries a single send at a time, so this many shoppers' events travel at once."""
PAUSE = 1.0
"""Seconds for which the hub is left alone after it failed."""
ONE, MANY = "application/cloudevents+json", "application/cloudevents-batch+json"
"""Content types of a message."""

log = logging.getLogger(__name__)
type Connect = Callable[[], EventHubProducerClient]


def connector(connection: Connection, hub: str) -> Connect:
    """What makes a producer of a hub; a producer connects with its first send."""

    def connect() -> EventHubProducerClient:
        if isinstance(connection, Entra):
            identity = credential(connection.client_id)
            return EventHubProducerClient(connection.address, hub, identity, **patience(2))
        return EventHubProducerClient.from_connection_string(connection, eventhub_name=hub, **patience(2))

    return connect


class EventHubStream:
    """Implements `EventStream`. The links live as long as the process; a shopper always uses the same one."""

    def __init__(self, connect: Connect, links: int = LINKS, time_limit: float = TIME_LIMIT) -> None:
        self._connect = connect
        self._links = [_Link(connect, time_limit) for _ in range(links)]
        self._time_limit = time_limit
        self._partitions: Sequence[str] = ()
        self._gathered: dict[str, Gathered] = {}

    async def send(self, events: Sequence[CloudEvent]) -> None:
        """Send the events of one shopper in one message; raises `StreamUnavailableError`, then none was acknowledged.

        After a time-out the broker may still have accepted them: sent again, they are the same events by their ids.
        """
        if not events:
            return
        [subject] = {event.subject for event in events}
        message = _message([to_json(event).encode() for event in events])
        await self._links[crc32(subject.encode()) % len(self._links)].send(message, subject)

    async def send_all(self, events: Sequence[Action]) -> frozenset[str]:
        """Send events of any shoppers, each to the partition that its shopper's key has; the ids of those accepted.

        A message for each partition, several where one would be too large, all of them at once; with those of other
        callers when they come faster than they go. After a time-out they may have been accepted all the same.
        """
        if not events:
            return frozenset()
        try:
            partitions = await self._partition_ids()
        except StreamUnavailableError as error:
            log.warning("no event of %d was accepted: %s", len(events), error)
            return frozenset()
        sent = {self._to(partition).put(parcel): parcel.ids for partition, parcel in _parcels(events, partitions)}
        answered, _ = await asyncio.wait(sent, timeout=self._time_limit)
        accepted = list[str]()
        for future, ids in sent.items():
            outcome = future.result() if future in answered else StreamUnavailableError("Event Hubs does not answer")
            if outcome is None:
                accepted += ids
            elif isinstance(outcome, StreamUnavailableError):
                log.warning("%d events were not accepted: %s", len(ids), outcome)
            else:
                raise outcome
        return frozenset(accepted)

    def _to(self, partition: str) -> Gathered:
        if partition not in self._gathered:
            link = self._links[crc32(partition.encode()) % len(self._links)]
            self._gathered[partition] = Gathered(lambda texts: link.send_to(partition, _message(texts)))
        return self._gathered[partition]

    async def _partition_ids(self) -> Sequence[str]:
        if not self._partitions:
            self._partitions = tuple(sorted(await self._links[0].partition_ids(), key=int))
        return self._partitions

    async def ping(self) -> None:
        """Ask the hub for its properties; raises what the SDK raises."""
        producer = self._connect()
        async with producer:
            await producer.get_eventhub_properties()

    async def close(self) -> None:
        """Close the connections."""
        for link in self._links:
            await link.close()


class _Link:
    """A connection to the hub that is made when first used, and made anew after a failure."""

    def __init__(self, connect: Connect, time_limit: float) -> None:
        self._connect = connect
        self._time_limit = time_limit
        self._breaker = Breaker(PAUSE)
        self._turn = asyncio.Lock()
        self._producer: EventHubProducerClient | None = None

    async def send(self, message: EventData, key: str) -> None:
        """Send a message with a partition key."""
        await self._in_time(lambda producer: producer.send_event(message, partition_key=key))

    async def send_to(self, partition: str, message: EventData) -> None:
        """Send a message to a partition."""
        await self._in_time(lambda producer: producer.send_event(message, partition_id=partition))

    async def partition_ids(self) -> list[str]:
        """The ids of the hub's partitions."""
        return await self._in_time(lambda producer: producer.get_partition_ids())

    async def _in_time[T](self, ask: Callable[[EventHubProducerClient], Awaitable[T]]) -> T:
        try:
            async with asyncio.timeout(self._time_limit), self._turn:
                return await self._asked(ask)
        except TimeoutError as error:
            raise StreamUnavailableError(f"Event Hubs did not accept the events in {self._time_limit:g} s") from error

    async def _asked[T](self, ask: Callable[[EventHubProducerClient], Awaitable[T]]) -> T:
        if not self._breaker.allows():
            raise StreamUnavailableError("Event Hubs failed a moment ago and is left alone")
        self._producer = self._producer or self._connect()
        try:
            answer = await ask(self._producer)
        except (EventHubError, AzureError, OSError) as error:
            self._breaker.failed()
            await self.close()
            raise StreamUnavailableError(f"Event Hubs did not accept the events: {type(error).__name__}") from error
        except asyncio.CancelledError:
            self._breaker.failed()
            self._abandon()  # half-way through a send: what the broker says next would confuse the next one
            raise
        self._breaker.succeeded()
        return answer

    async def close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await closed(producer)

    def _abandon(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            _closing.add(task := asyncio.ensure_future(closed(producer)))
            task.add_done_callback(_closing.discard)


_closing: set[asyncio.Future[None]] = set()
"""Keeps a reference to what closes in the background, as asyncio does not."""


def _parcels(events: Sequence[Action], partitions: Sequence[str]) -> Iterator[tuple[str, Parcel]]:
    """Partitions and what goes there: the events in their order, no more together than a message may hold."""
    filled = dict[str, Parcel]()
    for event in events:
        partition = partitions[partition_of(event.subject, len(partitions))]
        text = event.to_json()
        parcel = filled.get(partition)
        if parcel is None or not parcel.takes(1, len(text)):
            if parcel is not None:
                yield partition, parcel
            parcel = filled[partition] = Parcel()
        parcel.add(event.id, text)
    yield from filled.items()


def _message(texts: Sequence[bytes]) -> EventData:
    data = EventData(texts[0] if len(texts) == 1 else to_json_batch(texts))
    data.content_type = ONE if len(texts) == 1 else MANY
    return data
