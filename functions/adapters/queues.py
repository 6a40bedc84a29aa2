"""The client of the queues."""

from typing import Any

from azure.storage.queue.aio import QueueServiceClient

from functions.adapters.identity import credential
from functions.settings import Connection, Entra


def service(connection: Connection, connect: float, read: float) -> QueueServiceClient:
    """A client that asks once and waits so many seconds for a connection, and for an answer."""
    limits: dict[str, Any] = {"retry_total": 0, "connection_timeout": connect, "read_timeout": read}
    if isinstance(connection, Entra):
        return QueueServiceClient(connection.address, credential(connection.client_id), **limits)
    return QueueServiceClient.from_connection_string(connection, **limits)
