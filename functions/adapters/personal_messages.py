"""What waits in the queues, or was parked, of a shopper."""

import asyncio
import base64
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import AzureError, ResourceNotFoundError

from functions.contracts import USER_ACTIONS, USER_RESPONSES
from functions.settings import Connection
from functions.usecases.ports import Erased, StoreUnavailableError

if TYPE_CHECKING:
    from azure.storage.queue import QueueMessage
    from azure.storage.queue.aio import QueueClient, QueueServiceClient

WAITING = (USER_ACTIONS, USER_RESPONSES)
PARKED = tuple(f"{name}-poison" for name in WAITING)
MOST, PAGE, TOGETHER = 500, 32, 16
"""Messages of a queue that is searched; of an answer, which is all that the service gives; and requests at once."""
HIDDEN = 60
"""Seconds after which a message comes back by itself, should this process die before it gives it back."""

type Event = dict[str, Any]


class PersonalMessages:
    """Implements `Place`: takes every message that is visible, and gives back those that are not the shopper's.

    A longer queue than `most` is left alone: to search it would hold up everyone. What waits in it is worked off, and
    what was parked is found later. Nor is a message seen that a function is working on at that moment.
    """

    def __init__(self, connection: Connection, most: int = MOST) -> None:
        self._connection = connection
        self._most = most

    async def export(self, shopper_id: str) -> list[Event]:
        """The events that were parked, with the queue; what waits is soon gone. Raises `StoreUnavailableError`."""
        found = await self._search(PARKED, shopper_id, erasing=False)
        return [{"queue": name, "event": event} for name, events in found.items() for event in events or ()]

    async def erase(self, shopper_id: str) -> Erased:
        """Delete the messages; raises `StoreUnavailableError`."""
        found = (await self._search((*WAITING, *PARKED), shopper_id, erasing=True)).values()
        return Erased(sum(len(events or ()) for events in found), complete=None not in found)

    async def _search(
        self, queues: Sequence[str], shopper_id: str, *, erasing: bool
    ) -> dict[str, Sequence[Event] | None]:
        """The shopper's events by queue, None of a queue that is too long."""
        try:
            service = await asyncio.to_thread(_service, self._connection)  # the SDK takes a moment to import
            async with service:
                return {
                    name: await _in_queue(service.get_queue_client(name), shopper_id, self._most, erasing=erasing)
                    for name in queues
                }
        except (AzureError, OSError) as error:
            raise StoreUnavailableError(f"the queues do not answer: {type(error).__name__}") from error


def _service(connection: Connection) -> "QueueServiceClient":
    from functions.adapters.queues import service

    return service(connection, connect=2, read=5)


async def _in_queue(queue: "QueueClient", shopper_id: str, most: int, *, erasing: bool) -> Sequence[Event] | None:
    """The shopper's events in a queue, which may not be there; None when it is too long."""
    try:
        properties = await queue.get_queue_properties()
        if (properties.approximate_message_count or 0) > most:
            return None
        taken = [message async for message in _all(queue, most + PAGE)]
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


def _all(queue: "QueueClient", most: int) -> Any:
    """Every message once: while it is held, it is not given again."""
    return queue.receive_messages(messages_per_page=PAGE, visibility_timeout=HIDDEN, max_messages=most)


def _event(message: "QueueMessage") -> Event:
    """The event of a message; empty when it is none."""
    try:
        event = json.loads(base64.b64decode(message.content, validate=True))
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}
