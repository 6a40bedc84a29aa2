"""What a queue function gets: the message and its metadata."""

from collections.abc import Mapping

from azure.storage.queue import QueueMessage

from local.host.datum import Datum, json_datum, text
from local.host.expressions import json_members
from local.host.functions import Function
from local.host.invocation import Invocation


def queue_invocation(function: Function, queue: str, message: QueueMessage, body: bytes) -> Invocation:
    """The invocation for one message; its body is text unless the binding asks for binary data."""
    content = body.decode("utf-8", "replace")
    binary = function.trigger.text("dataType").lower() == "binary"
    metadata = {
        "Id": text(message.id),
        "PopReceipt": text(message.pop_receipt or ""),
        "DequeueCount": json_datum(message.dequeue_count),
        "QueueTrigger": text(content),
    }
    times = {
        "InsertionTime": message.inserted_on,
        "ExpirationTime": message.expires_on,
        "NextVisibleTime": message.next_visible_on,
    }
    metadata |= {name: json_datum(time) for name, time in times.items() if time is not None}
    return Invocation(
        function,
        Datum(body, "bytes") if binary else text(content),
        reason=f"new message in '{queue}'",
        metadata=metadata,
        binding_data=_binding_data(message, content),
    )


def queue_invocation_by_hand(function: Function, content: str) -> Invocation:
    """The invocation for text that came through the admin API instead of a queue."""
    message = QueueMessage(content)
    message.id, message.dequeue_count = "", 1
    return queue_invocation(function, "admin API", message, content.encode())


def _binding_data(message: QueueMessage, content: str) -> Mapping[str, object]:
    own = {"queueTrigger": content, "id": message.id, "dequeueCount": message.dequeue_count}
    return {**own, **json_members(content)}
