"""Aggregation: the pure core against reading the JSON, and whole cycles against the SDK's bare receive loop."""

import asyncio
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

from azure.cosmos import PartitionKey
from azure.cosmos.aio import CosmosClient
from azure.eventhub import EventData
from azure.eventhub.aio import EventHubConsumerClient, EventHubProducerClient, PartitionContext

from functions.adapters import cosmos, memory, partitions
from functions.adapters.hot_counters import RedisHotCounters
from functions.adapters.metrics_store import CosmosMetrics
from functions.analytics.fold import Received
from functions.analytics.partition import State, advance
from functions.contracts import AGGREGATE_GROUP, METRICS
from functions.usecases.aggregate import Aggregation
from local.stack import services
from local.stack.ports import free_ports
from local.stack.process import running
from tests.bench.events import bodies
from tests.bench.figures import Figure, median_of

HUB = "events"
EVENTS, BATCH, RUNS, CORE_EVENTS = 30_000, 300, 3, 20_000
CONFIG = Path(__file__).resolve().parents[2] / "eventhubs.config.json"


def run() -> Sequence[Figure]:
    """Measure; starts its own servers."""
    core, parsing, grouping = _core()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        ports = free_ports(4)
        hub, store, redis = (
            stack.enter_context(running(service))
            for service in (
                services.eventhubs(Path(folder) / "hub", CONFIG, ports[0], ports[1]),
                services.cosmos(Path(folder) / "cosmos", ports[2]),
                services.valkey(Path(folder) / "valkey", ports[3]),
            )
        )
        cycle, bare = asyncio.run(_cycles(hub.connection, store.connection, redis.connection))
    return [
        Figure("aggregation, core", core, "events/s", core / grouping, "polars, one thread", ">= 150,000 events/s"),
        Figure("aggregation, polars' group-by", grouping, "events/s"),
        Figure("aggregation, json.loads alone", parsing, "events/s", parsing / core, "the core"),
        Figure("aggregation, whole cycle", cycle, "events/s", cycle / bare, "the SDK's bare receive loop", ">= 0.8"),
        Figure("aggregation, bare receive loop", bare, "events/s"),
    ]


def _core() -> tuple[float, float, float]:
    """Events per second of the fold with dedup and documents' sizes, of json.loads alone, and of polars."""
    events = list(islice(bodies(), CORE_EVENTS))
    now = time.time()
    records = [Received(number, str(number), now, body) for number, body in enumerate(events)]
    texts = [body.decode() for body in events]
    return (
        _rate(lambda: _fold(records)),
        _rate(lambda: [json.loads(body) for body in events]),
        _rate(lambda: _grouped(texts)),
    )


def _grouped(texts: Sequence[str]) -> None:
    """Types, views and offers by minute, each event once: a part of what the core counts, by columns."""
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    import polars as pl

    data = pl.Struct(
        {"items": pl.List(pl.Struct({"item_id": pl.String})), "offer": pl.String, "total_ms": pl.Float64}
    )
    envelope = pl.Struct(dict.fromkeys(("id", "type", "time", "subject"), pl.String) | {"data": data})
    events = pl.Series("event", texts).str.json_decode(envelope).struct.unnest().unique("id")
    events = events.with_columns(pl.col("time").str.slice(0, 16)).unnest("data")
    for found in (
        events.group_by("time", "type").agg(pl.len(), pl.col("subject").n_unique()),
        events.explode("items").unnest("items").group_by("time", "item_id").len(),
        events.group_by("time", "offer").len(),
    ):
        assert found.height


def _fold(records: Sequence[Received]) -> None:
    state = State()
    for first in range(0, len(records), partitions.SLICE):
        state = advance(state, records[first : first + partitions.SLICE], lambda _: "GROCERY").state


def _rate(work: Callable[[], object]) -> float:
    rates = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        rates.append(CORE_EVENTS / (time.perf_counter() - start))
    return median_of(rates)


async def _cycles(hub: str, store: str, redis: str) -> tuple[float, float]:
    """Events per second of catching up, by a cycle and by receiving alone; clients live on, runs take turns."""
    log = partitions.EventHubPartitions(partitions.connector(hub, HUB, AGGREGATE_GROUP), HUB)
    bare = EventHubConsumerClient.from_connection_string(hub, "watch", eventhub_name=HUB)
    cycles, bares, filled = [], [], bodies()
    async with cosmos.connect(store) as client, memory.connect(redis) as counters, bare:
        aggregation = Aggregation(log, await _metrics(client), RedisHotCounters(counters))
        for run in range(RUNS + 1):
            await _fill(hub, filled)
            bares.append(await _receive(bare, after=run * EVENTS // 4 - 1))
            start = time.perf_counter()
            cycle = await aggregation.run(lambda _: "GROCERY", 120)
            cycles.append(EVENTS / (time.perf_counter() - start))
            assert (cycle.messages, cycle.lag) == (EVENTS, 0)
        await log.close()
    return median_of(cycles[1:]), median_of(bares[1:])  # the first run connects


async def _metrics(client: CosmosClient) -> CosmosMetrics:
    database = await client.create_database("bench")
    return CosmosMetrics(await database.create_container(METRICS.name, PartitionKey(METRICS.partition_key)))


async def _fill(hub: str, events: Iterator[bytes]) -> None:
    async with EventHubProducerClient.from_connection_string(hub, eventhub_name=HUB) as producer:
        for batch in range(EVENTS // BATCH):
            await producer.send_batch(
                [EventData(body) for body in islice(events, BATCH)], partition_id=str(batch % 4)
            )


async def _receive(client: EventHubConsumerClient, after: int) -> float:
    """Events per second when nothing is done with them; the same questions and the same links as a cycle has."""
    left, done = EVENTS, asyncio.Event()

    async def on_events(_: PartitionContext, events: list[EventData]) -> None:
        nonlocal left
        left -= len(events)
        if left <= 0:
            done.set()

    start = time.perf_counter()
    spans = await asyncio.gather(*(client.get_partition_properties(one) for one in "0123"))
    receiving = [
        asyncio.create_task(
            client.receive_batch(
                on_events, partition_id=span["id"], starting_position=after if after >= 0 else "-1",
                max_batch_size=partitions.SLICE, prefetch=partitions.SLICE,
            )
        )
        for span in spans
    ]  # fmt: skip
    await done.wait()
    rate = EVENTS / (time.perf_counter() - start)
    for task in receiving:
        task.cancel()
    await asyncio.wait(receiving)
    return rate


def main() -> None:
    """Print the figures."""
    for figure in run():
        ratio = "" if figure.ratio is None else f"  {figure.ratio:.2f} of {figure.peer} (aim {figure.aim or 'none'})"
        print(f"{figure.name:<32} {figure.value:>10,.0f} {figure.unit}{ratio}")


if __name__ == "__main__":
    main()
