"""Where the seed goes: documents to Cosmos, pre-computed affinities to Redis."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any
from urllib.request import getproxies

from azure.core.pipeline.transport import AioHttpTransport
from azure.cosmos import PartitionKey
from azure.cosmos.aio import CosmosClient, DatabaseProxy
from azure.cosmos.exceptions import CosmosResourceNotFoundError
from redis.asyncio import Redis

from functions.adapters import cosmos
from functions.contracts import (
    AFFINITY_SEGMENTS,
    CATALOG_PACKED,
    CONTAINERS,
    TOP_SHOPPERS,
    Container,
    affinity_of_segment,
    affinity_of_shopper,
    offers_of_shopper,
    recent_of_shopper,
    trending,
)
from functions.settings import Connection
from model.seed.marker import REDIS_KEY
from model.seed.plan import Document

CONCURRENCY = 32
"""Writes under way at once: a document is its own partition here, so that no batch can hold two."""
SHOP_KEYS = tuple(
    key("*") for key in (affinity_of_shopper, affinity_of_segment, recent_of_shopper, offers_of_shopper, trending)
)


@asynccontextmanager
async def connect(connection: Connection) -> AsyncIterator[CosmosClient]:
    """A client for bulk writes: answers carry no documents, and throttling is waited out.

    The environment is asked for a proxy once; doing so with every request takes a fifth of the client's time.
    """
    async with (
        AioHttpTransport(use_env_settings=bool(getproxies())) as transport,
        cosmos.client(
            connection,
            transport=transport,
            no_response_on_write=True,
            retry_throttle_total=200,
            retry_throttle_backoff_max=120,
        ) as client,
    ):
        yield client


async def create(client: CosmosClient, name: str) -> DatabaseProxy:
    """The database with all containers, made where they are not there."""
    database = await client.create_database_if_not_exists(name)
    for container in CONTAINERS:
        key = PartitionKey(container.partition_key)
        await database.create_container_if_not_exists(
            container.name, key, indexing_policy=container.indexing_policy, default_ttl=container.default_ttl
        )
    return database


async def remove(client: CosmosClient, name: str) -> None:
    """Delete the database with everything in it."""
    try:
        await client.delete_database(name)
    except CosmosResourceNotFoundError:
        return


async def upsert(
    database: DatabaseProxy, container: Container, documents: Iterable[Document], written: Callable[[], None]
) -> None:
    """Write documents, a bounded number at once; `written` is called after each. Raises the SDK's errors."""
    client, waiting = database.get_container_client(container.name), iter(documents)

    async def write() -> None:
        for document in waiting:
            await client.upsert_item(dict(document))
            written()

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(CONCURRENCY):
                group.create_task(write())
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None  # the first is the cause, the others follow from it


async def read(database: DatabaseProxy, container: Container, document_id: str) -> dict[str, Any] | None:
    """A document, None when it, its container or the database is not there."""
    try:
        return await database.get_container_client(container.name).read_item(document_id, document_id)
    except CosmosResourceNotFoundError:
        return None


async def published(redis: "Redis", stamp: str) -> None:
    """Forget the packed catalogue, which may be another now, and remember what was seeded."""
    await redis.delete(CATALOG_PACKED)
    await redis.set(REDIS_KEY, stamp)


async def forget(redis: "Redis") -> None:
    """Delete everything that is kept of shoppers, trends and affinities."""
    pipeline = redis.pipeline(transaction=False)
    for key in (*await _keys(redis, SHOP_KEYS), AFFINITY_SEGMENTS, CATALOG_PACKED, TOP_SHOPPERS):
        pipeline.delete(key)
    await pipeline.execute()


async def _keys(redis: "Redis", patterns: Iterable[str]) -> list[str]:
    return [key for pattern in patterns async for key in redis.scan_iter(pattern, count=1_000)]
