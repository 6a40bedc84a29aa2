"""What is asked of each service to see that it answers."""

import asyncio
from typing import Any

from azure.cosmos.aio import DatabaseProxy
from redis.asyncio import Redis

from functions.adapters import cosmos
from functions.contracts import POLICY_ID, SETTINGS


async def answers_cosmos(database: DatabaseProxy) -> None:
    """One point read."""
    await cosmos.read(database.get_container_client(SETTINGS.name), POLICY_ID)


async def answers_redis(redis: Redis) -> None:
    """One ping."""
    client: Any = redis  # the SDK's annotation of `ping` is that of its synchronous twin as well
    await client.ping()


async def answers_queues(connection: str) -> None:
    """The first of the queues; the SDK takes a moment to import, which happens in a thread."""
    service = await asyncio.to_thread(_queue_service, connection)
    async with service:
        async for _ in service.list_queues(results_per_page=1):
            break


def _queue_service(connection: str) -> Any:
    from azure.storage.queue.aio import QueueServiceClient

    return QueueServiceClient.from_connection_string(connection, retry_total=0, connection_timeout=1, read_timeout=2)
