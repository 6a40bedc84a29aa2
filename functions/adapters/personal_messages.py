"""What waits in the queues, or was parked, of a shopper."""

import asyncio
import base64
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import AzureError, ResourceNotFoundError

from functions.contracts import USER_ACTIONS, USER_RESPONSES
from functions.usecases.ports import StoreUnavailableError

if TYPE_CHECKING:
    from azure.storage.queue import QueueMessage
    from azure.storage.queue.aio import QueueClient, QueueServiceClient

QUEUES = tuple(f"{name}{kind}" for kind in ("", "-poison") for name in (USER_ACTIONS, USER_RESPONSES))
PAGE, MOST, TOGETHER = 32, 10_000, 16
"""Messages taken at a time, which is all that the service gives; those of a queue; requests at once."""
HIDDEN = 60
"""Seconds after which a message comes back by itself, should this process die before it gives it back."""

type Event = dict[str, Any]


class PersonalMessages:
    """Implements `Place`: takes every message that is visible, and gives back those that are not the shopper's.

    A message that a function is working on at that moment is not seen.
    """

    def __init__(self, connection: str, queues: Sequence[str] = QUEUES) -> None:
        self._connection = connection
        self._queues = queues

    async def export(self, shopper_id: str) -> list[Event]:
        """The messages' events, with the queue; raises `StoreUnavailableError`."""
        return await self._search(shopper_id, erasing=False)

    async def erase(self, shopper_id: str) -> int:
        """Delete the messages; raises `StoreUnavailableError`."""
        return len(await self._search(shopper_id, erasing=True))

    async def _search(self, shopper_id: str, *, erasing: bool) -> list[Event]:
        try:
            service = await asyncio.to_thread(_service, self._connection)  # the SDK takes a moment to import
            async with service:
                found = [
                    {"queue": name, "event": event}
                    for name in self._queues
                    for event in await _search(service.get_queue_client(name), shopper_id, erasing=erasing)
                ]
        except (AzureError, OSError) as error:
            raise StoreUnavailableError(f"the queues do not answer: {type(error).__name__}") from error
        return found


def _service(connection: str) -> "QueueServiceClient":
    from azure.storage.queue.aio import QueueServiceClient

    return QueueServiceClient.from_connection_string(connection, retry_total=0, connection_timeout=2, read_timeout=5)


async def _search(queue: "QueueClient", shopper_id: str, *, erasing: bool) -> list[Event]:
    """The shopper's events in a queue, which may not be there."""
    try:
        taken = [message async for message in _all(queue)]
    except ResourceNotFoundError:
        return []
    theirs = [(message, event) for message in taken if (event := _event(message)).get("subject") == shopper_id]
    gone = {message.id for message, _ in theirs} if erasing else set()
    turn = asyncio.Semaphore(TOGETHER)

    async def settle(message: "QueueMessage") -> None:
        async with turn:
            if message.id in gone:
                await queue.delete_message(message)
            else:
                await queue.update_message(message, visibility_timeout=0)

    await asyncio.gather(*(settle(message) for message in taken))
    return [event for _, event in theirs]


def _all(queue: "QueueClient") -> Any:
    """Every message once: while it is held, it is not given again."""
    return queue.receive_messages(messages_per_page=PAGE, visibility_timeout=HIDDEN, max_messages=MOST)


def _event(message: "QueueMessage") -> Event:
    """The event of a message; empty when it is none."""
    try:
        event = json.loads(base64.b64decode(message.content, validate=True))
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}
