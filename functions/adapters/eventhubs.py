"""The event stream on Event Hubs: what `send` returns from, the broker has accepted."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from zlib import crc32

from azure.core.exceptions import AzureError
from azure.eventhub import EventData
from azure.eventhub.aio import EventHubProducerClient
from azure.eventhub.exceptions import EventHubError

from functions.adapters.breaker import Breaker
from functions.adapters.hub_client import closed, trusted
from functions.events import CloudEvent, to_json
from functions.usecases.ports import StreamUnavailableError

TIME_LIMIT = 5.0
"""Seconds that a send may take, its own wait for the link and the SDK's retries included."""
LINKS = 2
"""Connections to the hub: one carries a single send at a time, so this many shoppers' events travel at once."""
PAUSE = 1.0
"""Seconds for which the hub is left alone after it failed."""
CONTENT_TYPE = "application/cloudevents+json"

log = logging.getLogger(__name__)
type Connect = Callable[[], EventHubProducerClient]


def connector(connection: str, hub: str) -> Connect:
    """What makes a producer for a connection string; a producer connects with its first send."""
    return lambda: EventHubProducerClient.from_connection_string(
        connection,
        eventhub_name=hub,
        retry_total=2,
        retry_backoff_factor=0.1,
        retry_backoff_max=1,
        ssl_context=trusted(),
    )


class EventHubStream:
    """Implements `EventStream`. The links live as long as the process; a shopper always uses the same one."""

    def __init__(self, connect: Connect, links: int = LINKS, time_limit: float = TIME_LIMIT) -> None:
        self._connect = connect
        self._links = [_Link(connect, time_limit) for _ in range(links)]

    async def send(self, events: Sequence[CloudEvent]) -> None:
        """Send the events of one shopper in one batch; raises `StreamUnavailableError`, then none was acknowledged.

        After a time-out the broker may still have accepted them: sent again, they are the same events by their ids.
        """
        if not events:
            return
        [subject] = {event.subject for event in events}
        batch = [_data(event) for event in events]
        await self._links[crc32(subject.encode()) % len(self._links)].send(batch, subject)

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

    async def send(self, batch: Sequence[EventData], key: str) -> None:
        try:
            async with asyncio.timeout(self._time_limit), self._turn:
                await self._send(batch, key)
        except TimeoutError as error:
            raise StreamUnavailableError(f"Event Hubs did not accept the events in {self._time_limit:g} s") from error

    async def _send(self, batch: Sequence[EventData], key: str) -> None:
        if not self._breaker.allows():
            raise StreamUnavailableError("Event Hubs failed a moment ago and is left alone")
        self._producer = self._producer or self._connect()
        try:
            await self._producer.send_batch([*batch], partition_key=key)
        except (EventHubError, AzureError, OSError) as error:
            self._breaker.failed()
            await self.close()
            raise StreamUnavailableError(f"Event Hubs did not accept the events: {type(error).__name__}") from error
        except asyncio.CancelledError:
            self._breaker.failed()
            self._abandon()  # half-way through a send: what the broker says next would confuse the next one
            raise
        self._breaker.succeeded()

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


def _data(event: CloudEvent) -> EventData:
    data = EventData(to_json(event))
    data.content_type = CONTENT_TYPE
    return data
