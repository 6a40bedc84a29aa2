"""The promise: whenever processes are killed, the numbers equal a plain count over the log."""

import asyncio
import random
import sys
import time
from collections import Counter
from pathlib import Path

from azure.cosmos.aio import ContainerProxy
from azure.eventhub import EventData
from azure.eventhub.aio import EventHubProducerClient

from functions.adapters import partitions
from functions.adapters.metrics_store import CosmosMetrics
from functions.contracts import AGGREGATE_GROUP
from functions.usecases.aggregate import Aggregation
from local.stack.process import Process
from tests.integration.aggregate.conftest import database
from tests.integration.aggregate.hub import HUB, everything
from tests.integration.aggregate.worker import Nowhere
from tests.unit.analytics.shop_events import counted, decision, plain_count, promotion, view

KILLS = 3


async def test_killed_again_and_again_under_load_it_counts_each_event_once(hub: Process, cosmos: Process) -> None:
    """Two processes at once, each killed at random moments while events arrive, some of them twice or broken."""
    async with database(cosmos.connection) as (name, metrics):
        stopping = asyncio.Event()
        producing = asyncio.create_task(_produce(hub.connection, stopping))
        arguments = [hub.connection, cosmos.connection, name]
        await asyncio.gather(_kill_again_and_again(arguments, 1), _kill_again_and_again(arguments, 2))
        stopping.set()
        await producing
        before = await _sequences(metrics)
        await _finish(hub.connection, metrics)
        log = await everything(hub.connection)
        assert 0 < sum(before.values()) < len(log), "the killed processes did a part of the work"
        good = [body for body in log if body != b"broken"]
        store = CosmosMetrics(metrics)
        windows = await store.windows(0, 10**9)
        shoppers = await store.views("events-0", 0, 10**9)
        found = counted([(one.minute, one.window) for one in windows])
        expected = plain_count(good)
        assert found == Counter({key: count for key, count in expected.items() if not key[0].startswith("shopper")})
        assert shoppers or not expected
        checkpoints = (await store.checkpoints()).values()
        assert sum(one.invalid for one in checkpoints) == len(log) - len(good)
        assert sum(one.counted for one in checkpoints) == len(set(good))
        assert sum(one.counted + one.duplicates + one.invalid for one in checkpoints) == len(log)


async def _produce(connection: str, stopping: asyncio.Event) -> None:
    """Send batches of some shoppers; some events are sent again, a few are broken."""
    choose, number, sent = random.Random(1), 0, list[list[bytes]]([[] for _ in range(8)])
    async with EventHubProducerClient.from_connection_string(connection, eventhub_name=HUB) as producer:
        while not stopping.is_set():
            shopper = choose.randrange(len(sent))
            batch = []
            for _ in range(choose.randrange(1, 30)):
                number += 1
                batch.append(_event(number, shopper, choose))
            again = choose.choices(sent[shopper], k=len(batch) // 5) if sent[shopper] else []
            sent[shopper] += batch
            batch += again + [b"broken"] * (choose.random() < 0.2)
            await producer.send_batch([EventData(body) for body in batch], partition_key=f"s{shopper}")
            await asyncio.sleep(0.05)


def _event(number: int, shopper: int, choose: random.Random) -> bytes:
    minute = time.time() / 60 - choose.choice([0, 0, 0, 1, 5])
    match number % 3:
        case 0:
            return decision(f"e{number}", f"o{number % 5}", minute)
        case 1:
            return promotion("select_promotion", f"e{number}", f"o{number % 5}", minute)
        case _:
            return view(f"e{number}", f"p{number % 50}", minute, f"s{shopper}")


async def _kill_again_and_again(arguments: list[str], seed: int) -> None:
    choose = random.Random(seed)
    for _ in range(KILLS):
        worker = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.integration.aggregate.worker", *arguments,
            cwd=Path(__file__).parents[3], stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            assert worker.stdout
            for _ in range(choose.randrange(1, 6)):
                await worker.stdout.readline()  # it begins to write
            await asyncio.sleep(choose.uniform(0, 0.03))
        finally:
            worker.kill()
            await worker.wait()


async def _sequences(metrics: ContainerProxy) -> dict[str, int]:
    return {name: one.sequence + 1 for name, one in (await CosmosMetrics(metrics).checkpoints()).items()}


async def _finish(connection: str, metrics: ContainerProxy) -> None:
    log = partitions.EventHubPartitions(partitions.connector(connection, HUB, AGGREGATE_GROUP), HUB)
    aggregation = Aggregation(log, CosmosMetrics(metrics), Nowhere())
    try:
        while (await aggregation.run(lambda _: "GROCERY", 30)).lag:
            pass
    finally:
        await log.close()
