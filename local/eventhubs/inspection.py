"""A look inside over HTTP: `GET /health`, and `GET /` for hubs, partitions and readers as JSON."""

import asyncio
import json
from http import HTTPStatus
from typing import Any

from local.eventhubs.hub import Hub, Namespace, Partition

MAX_REQUEST = 8 * 1024
MAX_AT_ONCE = 16
SECONDS = 5.0


class Inspection:
    """Answers one request for each connection, a few at a time."""

    def __init__(self, namespace: Namespace) -> None:
        self._namespace = namespace
        self._slots = asyncio.Semaphore(MAX_AT_ONCE)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read a request head, answer, close; a peer that is slow or no HTTP client is just closed."""
        try:
            async with self._slots, asyncio.timeout(SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(self._answer(head))
                await writer.drain()
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            return
        finally:
            writer.close()

    def _answer(self, head: bytes) -> bytes:
        method, _, rest = head.partition(b" ")
        path = rest.partition(b" ")[0].partition(b"?")[0]
        if method != b"GET":
            return _response(HTTPStatus.METHOD_NOT_ALLOWED, {"error": "only GET is answered here"})
        if path == b"/health":
            return _response(HTTPStatus.OK, {"status": "healthy"})
        if path == b"/":
            hubs = [_hub(hub) for hub in self._namespace.hubs.values()]
            return _response(HTTPStatus.OK, {"hubs": hubs})
        return _response(HTTPStatus.NOT_FOUND, {"error": "there is / and /health"})


def _response(status: HTTPStatus, document: dict[str, Any]) -> bytes:
    body = json.dumps(document, indent=2).encode() + b"\n"
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


def _hub(hub: Hub) -> dict[str, Any]:
    partitions = [_partition(partition) for partition in hub.partitions.values()]
    return {"name": hub.name, "consumer_groups": hub.consumer_groups, "partitions": partitions}


def _partition(partition: Partition) -> dict[str, Any]:
    log = partition.log
    readers = [{"group": reader.group, "owner_level": reader.owner_level} for reader in partition.readers]
    return {
        "id": partition.id,
        "begin_sequence_number": log.begin_sequence,
        "last_sequence_number": log.end_sequence - 1,
        "size_in_bytes": log.size_bytes,
        "readers": readers,
    }
