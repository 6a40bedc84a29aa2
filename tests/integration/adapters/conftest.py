"""Clients of the shared servers, each test on ground of its own, and servers that a test may stop."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from azure.cosmos.aio import CosmosClient, DatabaseProxy
from redis.asyncio import Redis

from functions.adapters import cosmos as cosmos_adapter
from functions.adapters import memory
from local.stack import services
from local.stack.ports import free_ports
from local.stack.process import Process, running
from tests import small_shop

EVENTHUBS_CONFIG = Path(__file__).resolve().parents[3] / "eventhubs.config.json"


@pytest.fixture
async def redis(valkey: Process) -> AsyncIterator[Redis]:
    """A client of the shared Valkey, emptied."""
    client = memory.connect(valkey.connection)
    await client.flushdb()
    yield client
    await client.aclose()


@pytest.fixture
async def cosmos_client(cosmos: Process) -> AsyncIterator[CosmosClient]:
    """A client of the shared Cosmos, as the app makes it."""
    client = cosmos_adapter.connect(cosmos.connection)
    yield client
    await client.close()


@pytest.fixture
async def database(cosmos_client: CosmosClient) -> AsyncIterator[DatabaseProxy]:
    """A database with all containers, empty."""
    name = f"test-{uuid4()}"
    yield await small_shop.create(cosmos_client, name)
    await cosmos_client.delete_database(name)


@pytest.fixture
async def shop(database: DatabaseProxy) -> DatabaseProxy:
    """A database with the small shop in it."""
    await small_shop.seed(database)
    return database


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[Process]:
    """A Valkey that the test may stop."""
    [port] = free_ports(1)
    with running(services.valkey(tmp_path / "valkey", port)) as server:
        yield server


@pytest.fixture
def own_cosmos(tmp_path: Path) -> Iterator[Process]:
    """A Cosmos, with the small shop in it, that the test may stop."""
    [port] = free_ports(1)
    with running(services.cosmos(tmp_path / "cosmos", port)) as server:
        asyncio.run(_seed(server.connection))
        yield server


@pytest.fixture
def own_eventhubs(tmp_path: Path) -> Iterator[Process]:
    """Event Hubs that the test may stop."""
    port, http_port = free_ports(2)
    with running(services.eventhubs(tmp_path / "eventhubs", EVENTHUBS_CONFIG, port, http_port)) as server:
        yield server


async def _seed(connection: str) -> None:
    client = cosmos_adapter.connect(connection)
    try:
        await small_shop.seed(await small_shop.create(client, "personalization"))
    finally:
        await client.close()
