"""What is asked of each service to see that it answers."""

import asyncio
from typing import Any

from azure.cosmos.aio import DatabaseProxy
from redis.asyncio import Redis

from functions.adapters import cosmos
from functions.contracts import POLICY_ID, SETTINGS
from functions.settings import Connection


async def answers_cosmos(database: DatabaseProxy) -> None:
    """One point read."""
    await cosmos.read(database.get_container_client(SETTINGS.name), POLICY_ID)


async def answers_redis(redis: Redis) -> None:
    """One ping."""
    client: Any = redis  # the SDK's annotation of `ping` is that of its synchronous twin as well
    await client.ping()


async def answers_queues(connection: Connection) -> None:
    """The first of the queues; the SDK takes a moment to import, which happens in a thread."""
    service = await asyncio.to_thread(_service, connection)
    async with service:
        async for _ in service.list_queues(results_per_page=1):
            break


def _service(connection: Connection) -> Any:
    from functions.adapters.queues import service

    return service(connection, connect=1, read=2)
