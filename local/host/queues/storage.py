"""Queue clients of this host, and sending that creates what is missing."""

import asyncio
import base64

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from local.host.errors import BindingError
from local.host.payloads import OutputError

_MOST_BYTES = 64 * 1024


class InvalidBase64Error(Exception):
    """A message is no Base64, although messageEncoding says so."""


class QueueStorage:
    """One service client for each storage account, one queue client for each queue."""

    def __init__(self, *, base64: bool) -> None:
        self._base64 = base64
        self._services: dict[str, QueueServiceClient] = {}
        self._clients: dict[tuple[str, str], QueueClient] = {}
        self._arrivals: dict[tuple[str, str], asyncio.Event] = {}

    def client(self, connection: str, queue: str) -> QueueClient:
        """The client of a queue; BindingError when the connection string is not valid."""
        key = (connection, queue)
        if key not in self._clients:
            self._clients[key] = self._service(connection).get_queue_client(queue)
        return self._clients[key]

    def arrival(self, connection: str, queue: str) -> asyncio.Event:
        """Set when this host itself has sent a message to the queue: its listener need not wait."""
        return self._arrivals.setdefault((connection, queue), asyncio.Event())

    async def send(self, connection: str, queue: str, body: bytes) -> None:
        """Encode and send a message; OutputError when it is over 64 KiB or no text."""
        await self.send_encoded(connection, queue, self._encode(body))

    async def send_encoded(self, connection: str, queue: str, content: str) -> None:
        """Send text as it is; creates the queue when it does not exist."""
        if len(content.encode()) > _MOST_BYTES:
            raise OutputError(
                f"a message for '{queue}' has {len(content)} bytes encoded; a queue takes {_MOST_BYTES}"
            )
        client = self.client(connection, queue)
        try:
            await client.send_message(content)
        except ResourceNotFoundError:
            await create(client)
            await client.send_message(content)
        self.arrival(connection, queue).set()

    def decode(self, content: str) -> bytes:
        """The body of a received message; InvalidBase64Error when it is none."""
        if not self._base64:
            return content.encode()
        try:
            return base64.b64decode(content, validate=True)
        except ValueError:
            raise InvalidBase64Error from None

    async def close(self) -> None:
        """Close all connections."""
        for service in self._services.values():
            await service.close()

    def _encode(self, body: bytes) -> str:
        if self._base64:
            return base64.b64encode(body).decode()
        try:
            return body.decode()
        except UnicodeDecodeError as error:
            raise OutputError("with messageEncoding none a message must be text") from error

    def _service(self, connection: str) -> QueueServiceClient:
        if connection not in self._services:
            try:
                service = QueueServiceClient.from_connection_string(
                    connection,
                    retry_total=2,
                    initial_backoff=0,
                    increment_base=1,
                    random_jitter_range=0,
                    use_env_settings=False,  # or aiohttp looks for ~/.netrc in a thread, once a request
                )
            except ValueError as error:
                raise BindingError(f"the storage connection string is not valid: {error}") from error
            self._services[connection] = service
        return self._services[connection]


async def create(client: QueueClient) -> None:
    """Create a queue unless it exists."""
    try:
        await client.create_queue()
    except ResourceExistsError:
        return
