"""The event hub trigger: reads the partitions it owns, executes, and moves the checkpoint.

As in Azure the checkpoint moves even when the function fails (after the retries of its
policy), so that one bad event cannot stop a partition.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence

from azure.core.exceptions import AzureError, ResourceExistsError
from azure.eventhub import EventData
from azure.eventhub.aio import EventHubConsumerClient, PartitionContext
from azure.eventhub.extensions.checkpointstoreblobaio import BlobCheckpointStore
from azure.storage.blob.aio import ContainerClient

from local.host.appsettings import STORAGE, connection_string
from local.host.errors import BindingError
from local.host.eventhubs.gathering import Gathering
from local.host.eventhubs.options import EventHubOptions
from local.host.eventhubs.trigger import Partition, batch_invocation, event_invocation, takes_batches
from local.host.expressions import expand_settings
from local.host.functions import Function
from local.host.invocation import Outcome
from local.host.invoker import Invoker
from local.host.outage import Outage

CONTAINER = "azure-webjobs-eventhub"

_RETRY_STORAGE = 2.0
_LOOK = 1.0
"""Seconds without an event after which is looked whether those before it have waited long enough."""


class EventHubListener:
    """Reads one hub for one function."""

    def __init__(
        self, function: Function, invoker: Invoker, options: EventHubOptions, environment: Mapping[str, str]
    ) -> None:
        self._function, self._invoker, self._options = function, invoker, options
        self._hub = expand_settings(function.trigger.text("eventHubName"), environment)
        self._group = expand_settings(function.trigger.text("consumerGroup") or "$Default", environment)
        self._storage = connection_string(STORAGE, environment)
        self._checkpoints = BlobCheckpointStore.from_connection_string(self._storage, CONTAINER)
        self._client = self._make_client(connection_string(function.trigger.text("connection"), environment))
        self._outage = Outage(f"event hub '{self._hub}'")
        self._batches: dict[str, int] = {}
        self._gatherings: dict[str, Gathering[EventData]] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Read until stop; the SDK itself tries again while the hub or the storage is away."""
        await self._make_container()
        if self._stopping.is_set():
            return
        await self._client.receive_batch(
            self._receive,
            max_batch_size=self._options.max_batch,
            max_wait_time=_LOOK,
            on_partition_initialize=self._begin,
            prefetch=max(self._options.prefetch, self._options.max_batch),
            starting_position=self._options.starting_position,
            on_error=self._on_error,
        )

    async def stop(self) -> None:
        """Take no more events, wait for the batches in hand and give the partitions back."""
        self._stopping.set()
        if self._running:
            await asyncio.wait(self._running)
        await self._client.close()
        await self._checkpoints.__aexit__()

    async def invoke_by_hand(self, text: str) -> Outcome:
        """Run the function with this text as one event; the hub is not touched."""
        event, partition = EventData(text), Partition("", self._hub, self._group, "0")
        if takes_batches(self._function):
            return await self._invoker.execute(batch_invocation(self._function, partition, [event]))
        return await self._invoker.execute(event_invocation(self._function, partition, event))

    async def _begin(self, context: PartitionContext) -> None:
        """What waited when the partition was lost comes again from the checkpoint."""
        least = self._options.min_batch if takes_batches(self._function) else 1
        self._gatherings[context.partition_id] = Gathering(
            least, self._options.max_batch, self._options.max_wait, time.monotonic
        )

    async def _receive(self, context: PartitionContext, events: Sequence[EventData]) -> None:
        """Handle batches in tasks of their own: the SDK cancels this one when a partition is lost."""
        gathering = self._gatherings[context.partition_id]
        gathering.add(events)
        if events:
            self._outage.over()
        for batch in gathering.batches():
            if self._stopping.is_set():
                return
            task = asyncio.create_task(self._handle(context, batch))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            await asyncio.shield(task)

    async def _handle(self, context: PartitionContext, events: Sequence[EventData]) -> None:
        partition = Partition(
            context.fully_qualified_namespace, context.eventhub_name, context.consumer_group, context.partition_id
        )
        if takes_batches(self._function):
            await self._invoker.execute_with_retries(batch_invocation(self._function, partition, events))
        else:
            singles = [event_invocation(self._function, partition, event) for event in events]
            await asyncio.gather(*map(self._invoker.execute_with_retries, singles))
        await self._checkpoint(context, events[-1])

    async def _checkpoint(self, context: PartitionContext, last: EventData) -> None:
        batches = self._batches.get(context.partition_id, 0) + 1
        self._batches[context.partition_id] = batches
        if batches % self._options.checkpoint_frequency:
            return
        try:
            await context.update_checkpoint(last)
        except (AzureError, OSError) as error:
            self._outage.report(error)

    async def _on_error(self, _context: PartitionContext | None, error: Exception) -> None:
        self._outage.report(error)

    async def _make_container(self) -> None:
        """Create the container of the checkpoints, retried while storage is down."""
        async with ContainerClient.from_connection_string(self._storage, CONTAINER, retry_total=0) as container:
            while not self._stopping.is_set():
                try:
                    await container.create_container()
                except ResourceExistsError:
                    return
                except (AzureError, OSError) as error:
                    self._outage.report(error)
                    await self._sleep(_RETRY_STORAGE)
                else:
                    return

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return

    def _make_client(self, connection: str) -> EventHubConsumerClient:
        try:
            return EventHubConsumerClient.from_connection_string(
                connection,
                consumer_group=self._group,
                eventhub_name=self._hub,
                checkpoint_store=self._checkpoints,
                load_balancing_interval=self._options.balancing_interval,
                partition_ownership_expiration_interval=self._options.ownership_expires,
                # The balancing loop tries again anyway; a long row of retries would only delay it.
                retry_total=1,
            )
        except ValueError as error:
            raise BindingError(f"event hub '{self._hub}': {error}") from error
