"""The queue output binding."""

import asyncio
from collections.abc import Mapping

from azure.core.exceptions import AzureError

from local.host.appsettings import connection_string
from local.host.datum import Datum
from local.host.expressions import expand_properties, expand_settings
from local.host.functions import Binding
from local.host.payloads import OutputError, messages
from local.host.queues.storage import QueueStorage


class QueueOutput:
    """Sends what a function returns to a queue."""

    def __init__(self, binding: Binding, storage: QueueStorage, environment: Mapping[str, str]) -> None:
        self._storage = storage
        self._connection = connection_string(binding.text("connection"), environment)
        self._queue = expand_settings(binding.text("queueName"), environment)

    async def write(self, value: Datum, data: Mapping[str, object]) -> None:
        """Send one message, or one for each element of a list."""
        queue = expand_properties(self._queue, data)
        sends = [self._storage.send(self._connection, queue, body) for body in messages(value)]
        try:
            await asyncio.gather(*sends)
        except (AzureError, OSError) as error:
            raise OutputError(f"queue '{queue}': {error}") from error
