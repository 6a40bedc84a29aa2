"""The event hub output binding."""

import asyncio
from collections.abc import Mapping, Sequence

from azure.eventhub import EventData, EventDataBatch
from azure.eventhub.aio import EventHubProducerClient
from azure.eventhub.exceptions import EventHubError

from local.host.appsettings import connection_string
from local.host.datum import Datum
from local.host.errors import BindingError
from local.host.expressions import expand_properties, expand_settings
from local.host.functions import Binding
from local.host.payloads import OutputError, messages


class Producers:
    """One producer for each hub, kept for the life of the host: opening one takes a third of a second."""

    def __init__(self) -> None:
        self._clients: dict[tuple[str, str], EventHubProducerClient] = {}
        self._turns: dict[tuple[str, str], asyncio.Lock] = {}

    async def send(self, connection: str, hub: str, bodies: Sequence[bytes]) -> None:
        """Send events in as few batches as they fit in; OutputError when one alone is too large."""
        key = (connection, hub)
        client = self._client(key)
        # One sender at a time: the SDK opens its link at the first use, and two would open two.
        async with self._turns.setdefault(key, asyncio.Lock()):
            batch = await client.create_batch()
            for body in bodies:
                if not _fits(batch, body):
                    await client.send_batch(batch)
                    batch = await client.create_batch()
                    if not _fits(batch, body):
                        raise OutputError(f"an event of {len(body)} bytes is too large for '{hub}'")
            if len(batch):
                await client.send_batch(batch)

    async def close(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            await client.close()

    def _client(self, key: tuple[str, str]) -> EventHubProducerClient:
        connection, hub = key
        if key not in self._clients:
            try:
                self._clients[key] = EventHubProducerClient.from_connection_string(connection, eventhub_name=hub)
            except ValueError as error:
                raise BindingError(f"event hub '{hub}': {error}") from error
        return self._clients[key]


def _fits(batch: EventDataBatch, body: bytes) -> bool:
    """Add an event to the batch; False when it is full."""
    try:
        batch.add(EventData(body))
    except ValueError:
        return False
    return True


class EventHubOutput:
    """Sends what a function returns to an event hub."""

    def __init__(self, binding: Binding, producers: Producers, environment: Mapping[str, str]) -> None:
        self._producers = producers
        self._connection = connection_string(binding.text("connection"), environment)
        self._hub = expand_settings(binding.text("eventHubName"), environment)

    async def write(self, value: Datum, data: Mapping[str, object]) -> None:
        """Send one event, or one for each element of a list."""
        hub = expand_properties(self._hub, data)
        try:
            await self._producers.send(self._connection, hub, messages(value))
        except (EventHubError, OSError) as error:
            raise OutputError(f"event hub '{hub}': {error}") from error
