"""A process that aggregates until it is killed: python -m tests.integration.aggregate.worker HUB COSMOS DATABASE."""

import asyncio
import sys

from functions.adapters import cosmos, partitions
from functions.adapters.metrics_store import CosmosMetrics
from functions.analytics.partition import Step
from functions.contracts import AGGREGATE_GROUP, METRICS
from functions.usecases.aggregate import Aggregation
from functions.usecases.stream_ports import Ranking
from tests.integration.aggregate.hub import HUB


class Telling(CosmosMetrics):
    """Says when it begins to write, so that it can be killed while it does."""

    async def commit(self, partition: str, step: Step, version: str | None) -> str:
        """Write a step, and say so first."""
        print(partition, flush=True)
        return await super().commit(partition, step, version)


class Nowhere:
    """Hot counters that nobody reads."""

    async def publish(self, ranking: Ranking) -> None:
        """Nothing to do."""


async def work(hub: str, cosmos_connection: str, database: str) -> None:
    """Cycle without a pause."""
    client = cosmos.connect(cosmos_connection)
    container = client.get_database_client(database).get_container_client(METRICS.name)
    log = partitions.EventHubPartitions(partitions.connector(hub, HUB, AGGREGATE_GROUP), HUB, slice_size=40)
    aggregation = Aggregation(log, Telling(container), Nowhere())
    while True:
        await aggregation.run(lambda _: "GROCERY", 1)


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
