"""How long it takes to publish the lists of newcomers, against writing the same bytes to Redis with nothing else."""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from redis.asyncio import Redis

from functions.adapters import memory
from local.stack import services
from local.stack.ports import free_ports
from local.stack.process import running
from model.precomputed import BATCH, Precomputed, publish
from tests.bench.figures import Figure, median_of

SHOPPERS, GROUPS, LISTED, RUNS = 25_000, 500, 200, 3


def run() -> Sequence[Figure]:
    """Seconds for the lists of 25,000 shoppers, the first time and when they replace others."""
    with tempfile.TemporaryDirectory() as folder, running(services.valkey(Path(folder), free_ports(1)[0])) as valkey:
        return asyncio.run(_measure(valkey.connection))


async def _measure(connection: str) -> Sequence[Figure]:
    lists = _lists()
    async with memory.connect(connection) as redis:
        first, again, bare = [], [], []
        for _ in range(RUNS):
            await redis.flushdb()
            bare.append(await _bare(redis, lists))
            await redis.flushdb()
            first.append(await _published(redis, lists))
            again.append(await _published(redis, lists))
    floor = median_of(bare)
    return [
        Figure(
            f"lists of {SHOPPERS:,} newcomers, {name}",
            median_of(taken),
            "s",
            median_of(taken) / floor,
            "bare SETs",
            "< 10 s",
        )
        for name, taken in (("first", first), ("replaced", again))
    ]


async def _published(redis: "Redis", lists: Precomputed) -> float:
    started = time.perf_counter()
    await publish(redis, lists)
    return time.perf_counter() - started


async def _bare(redis: "Redis", lists: Precomputed) -> float:
    text = "x" * 16 * LISTED
    started = time.perf_counter()
    for batch in range(0, len(lists.shoppers), BATCH):
        pipeline = redis.pipeline(transaction=False)
        for number in range(batch, batch + BATCH):
            pipeline.set(f"bare:{number}", text)
        await pipeline.execute()
    return time.perf_counter() - started


def _lists() -> Precomputed:
    groups = tuple(
        [(f"{row * 7 + group:07}", round(1 / (row + 1), 5)) for row in range(LISTED)] for group in range(GROUPS)
    )
    shoppers = {f"shopper-{number}": number % GROUPS for number in range(SHOPPERS)}
    return Precomputed(groups[0], {f"segment-{number}": groups[number] for number in range(12)}, groups, shoppers)
