"""A hub of its own for each module, and an empty container `metrics` for each test."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy

from functions.adapters.cosmos import connect
from functions.contracts import METRICS
from local.stack import services
from local.stack.ports import free_ports
from local.stack.process import Process, running
from tests.conftest import EVENTHUBS_CONFIG


@pytest.fixture
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """An empty Event Hub `events` with four partitions."""
    port, http_port = free_ports(2)
    data = tmp_path_factory.mktemp("hub")
    with running(services.eventhubs(data, EVENTHUBS_CONFIG, port, http_port)) as server:
        yield server


@asynccontextmanager
async def database(connection: str) -> AsyncIterator[tuple[str, ContainerProxy]]:
    """A new database (its name) with an empty container `metrics`."""
    name = f"aggregate-{uuid4()}"
    async with connect(connection) as client:
        made = await client.create_database(name)
        key = PartitionKey(METRICS.partition_key)
        yield (
            name,
            await made.create_container(
                METRICS.name, key, indexing_policy=METRICS.indexing_policy, default_ttl=METRICS.default_ttl
            ),
        )
        await client.delete_database(name)


@pytest.fixture
async def metrics(cosmos: Process) -> AsyncIterator[ContainerProxy]:
    """An empty container `metrics`."""
    async with database(cosmos.connection) as (_, container):
        yield container
