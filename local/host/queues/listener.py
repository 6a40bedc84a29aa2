"""The queue trigger: polls, executes, deletes, and moves what keeps failing to the poison queue."""

import asyncio
import logging
import random
from collections.abc import Mapping

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.queue import QueueMessage

from local.host.appsettings import connection_string
from local.host.expressions import expand_settings
from local.host.functions import Function
from local.host.invocation import Outcome
from local.host.invoker import Invoker
from local.host.outage import Outage
from local.host.queues.backoff import Backoff
from local.host.queues.options import QueueOptions
from local.host.queues.storage import InvalidBase64Error, QueueStorage, create
from local.host.queues.trigger import queue_invocation, queue_invocation_by_hand

log = logging.getLogger("host")

_SHORTEST_POLL = 0.1
_LONGEST_NAME = 63


class QueueListener:
    """Reads one queue for one function."""

    def __init__(
        self,
        function: Function,
        invoker: Invoker,
        storage: QueueStorage,
        options: QueueOptions,
        environment: Mapping[str, str],
    ) -> None:
        self._function, self._invoker, self._storage, self._options = function, invoker, storage, options
        self._queue = expand_settings(function.trigger.text("queueName"), environment)
        self._connection = connection_string(function.trigger.text("connection"), environment)
        self._client = storage.client(self._connection, self._queue)
        self._arrival = storage.arrival(self._connection, self._queue)
        self._poison = _poison_queue(self._queue)
        self._backoff = Backoff(_SHORTEST_POLL, options.max_polling_interval, random.Random())
        self._outage = Outage(f"queue '{self._queue}'")
        self._running: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._ended = asyncio.Event()

    async def run(self) -> None:
        """Create the queue when it is missing, then read it until stop."""
        try:
            await self._read()
            if self._running:
                await asyncio.wait(self._running)
        finally:
            self._ended.set()

    async def stop(self) -> None:
        """Take no more messages and wait until those in hand are done."""
        self._stopping = True
        self._arrival.set()
        await self._ended.wait()

    async def invoke_by_hand(self, text: str) -> Outcome:
        """Run the function with this text as a message; no queue is touched."""
        return await self._invoker.execute(queue_invocation_by_hand(self._function, text))

    async def _read(self) -> None:
        exists = False
        while not self._stopping:
            self._arrival.clear()
            batch: list[QueueMessage] = []
            try:
                if not exists:
                    await create(self._client)
                    exists = True
                batch = await self._receive()
                self._outage.over()
            except ResourceNotFoundError:
                exists = False
            except (AzureError, OSError) as error:
                self._outage.report(error)
            await self._dispatch(batch)

    async def _receive(self) -> list[QueueMessage]:
        """One Get Messages call; the SDK's own iterator would go on until the queue is empty."""
        received = self._client.receive_messages(
            messages_per_page=self._options.batch_size, visibility_timeout=max(1, int(self._options.lease))
        )
        async for page in received.by_page():
            return [message async for message in page]
        return []

    async def _dispatch(self, batch: list[QueueMessage]) -> None:
        """Start what was received, and wait until there is room for more."""
        if not batch:
            await self._wait(self._backoff.next())
            return
        self._backoff.found()
        for message in batch:
            task = asyncio.create_task(self._process(message))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        while len(self._running) > self._options.new_batch_threshold and not self._stopping:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._arrival.wait()
        except TimeoutError:
            return

    async def _process(self, message: QueueMessage) -> None:
        """Handle one message; when storage fails midway its lease ends and it comes again."""
        try:
            await self._handle(message)
        except (AzureError, OSError) as error:
            self._outage.report(error)

    async def _handle(self, message: QueueMessage) -> None:
        try:
            body = self._storage.decode(message.content)
        except InvalidBase64Error:
            log.error("%s: message %s is not Base64 (messageEncoding)", self._function.name, message.id)
            await self._move_to_poison(message)
            return
        if message.dequeue_count is not None and message.dequeue_count > self._options.max_dequeue_count:
            await self._move_to_poison(message)
            return
        async with asyncio.TaskGroup() as group:
            renewal = group.create_task(self._renew(message))
            outcome = await self._invoker.execute(queue_invocation(self._function, self._queue, message, body))
            renewal.cancel()
        if outcome.ok:
            await self._delete(message)
        else:
            await self._release(message)

    async def _release(self, message: QueueMessage) -> None:
        """Give a failed message back, or up."""
        if (message.dequeue_count or 0) >= self._options.max_dequeue_count:
            await self._move_to_poison(message)
            return
        timeout = int(self._options.visibility_timeout)
        await self._client.update_message(message.id, message.pop_receipt, visibility_timeout=timeout)

    async def _move_to_poison(self, message: QueueMessage) -> None:
        """Copy the message as it was received; without a poison queue it stays hidden, as in Azure."""
        if self._poison is None:
            return
        log.warning("%s: message %s goes to '%s'", self._function.name, message.id, self._poison)
        await self._storage.send_encoded(self._connection, self._poison, message.content)
        await self._delete(message)

    async def _delete(self, message: QueueMessage) -> None:
        try:
            await self._client.delete_message(message.id, message.pop_receipt)
        except ResourceNotFoundError:
            log.warning("%s: message %s was taken by another reader", self._function.name, message.id)

    async def _renew(self, message: QueueMessage) -> None:
        """Keep the message hidden while its function runs."""
        while True:
            await asyncio.sleep(self._options.lease / 2)
            try:
                renewed = await self._client.update_message(
                    message.id, message.pop_receipt, visibility_timeout=max(1, int(self._options.lease))
                )
                message.pop_receipt = renewed.pop_receipt
            except (AzureError, OSError) as error:
                self._outage.report(error)


def _poison_queue(queue: str) -> str | None:
    """The poison queue's name; a poison queue itself has none."""
    name = f"{queue}-poison"
    return None if queue.endswith("-poison") or len(name) > _LONGEST_NAME else name
