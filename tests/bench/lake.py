"""The lake: making files of events against reading their JSON, archiving against the SDK's bare receive loop."""

import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from uuid import uuid4

from azure.eventhub import EventData
from azure.eventhub.aio import EventHubConsumerClient, EventHubProducerClient, PartitionContext

from functions.adapters.lake_store import BlobLake, connect
from functions.lake import rows
from functions.lake.rows import Message
from functions.usecases.archive_events import ArchiveEvents
from functions.usecases.compact_lake import CompactLake
from local.stack import services
from local.stack.ports import free_ports
from local.stack.process import running
from tests.bench.events import bodies
from tests.bench.figures import Figure, median_of

HUB, GROUP = "events", "archive"
EVENTS, BATCH, RUNS = 30_000, 1_000, 3
CONFIG = Path(__file__).resolve().parents[2] / "eventhubs.config.json"

type Receive = Callable[[PartitionContext, list[EventData]], Awaitable[None]]


def run() -> Sequence[Figure]:
    """Measure; starts its own servers."""
    core, parsing, size = _core()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        ports = free_ports(5)
        hub, storage = (
            stack.enter_context(running(service))
            for service in (
                services.eventhubs(Path(folder) / "hub", CONFIG, ports[0], ports[1]),
                services.azurite(Path(folder) / "azurite", ports[2:]),
            )
        )
        archived, bare, compacted = asyncio.run(_archived(hub.connection, storage.connection))
    return [
        Figure("lake, events to Parquet", core, "events/s", core / parsing, "json.loads of the same events"),
        Figure("lake, bytes of an event", size, "bytes"),
        Figure("lake, archive", archived, "events/s", archived / bare, "the SDK's bare receive loop", ">= 0.3"),
        Figure("lake, bare receive loop", bare, "events/s"),
        Figure("lake, compact", compacted, "events/s"),
    ]


def _core() -> tuple[float, float, float]:
    """Events per second made into files, and of json.loads alone; bytes of an event in a file."""
    now = datetime.now(UTC)
    messages = [Message(number, now, body) for number, body in enumerate(islice(bodies(), EVENTS))]
    batches = [messages[first : first + BATCH] for first in range(0, EVENTS, BATCH)]
    size = sum(len(rows.to_file(rows.read(batch)[0])) for batch in batches) / EVENTS
    made = [_rate(lambda: [rows.to_file(rows.read(batch)[0]) for batch in batches]) for _ in range(RUNS)]
    parsed = [_rate(lambda: [json.loads(message.body) for message in messages]) for _ in range(RUNS)]
    return median_of(made), median_of(parsed), size


def _rate(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return EVENTS / (time.perf_counter() - start)


async def _archived(hub: str, storage: str) -> tuple[float, float, float]:
    """Events per second of archiving, of receiving alone and of compacting; runs take turns."""
    archives, bares = [], []
    async with BlobLake(connect(storage)) as lake:
        archive = ArchiveEvents(lake, time.monotonic)

        async def on_events(context: PartitionContext, events: list[EventData]) -> None:
            await archive.archive(context.partition_id, [_message(event) for event in events])

        async def nothing(_: PartitionContext, events: list[EventData]) -> None:
            """They are received."""

        for number in range(RUNS + 1):
            after = await _fill(hub, number)
            bares.append(await _receive(hub, after, nothing))
            archives.append(await _receive(hub, after, on_events))
        later = datetime.now(UTC) + timedelta(hours=2)
        compaction = CompactLake(lake, 90, lambda: later, lambda: uuid4().hex[:8])
        start = time.perf_counter()
        await compaction.run(600)
        compacted = EVENTS * (RUNS + 1) / (time.perf_counter() - start)
    return median_of(archives[1:]), median_of(bares[1:]), compacted


async def _fill(hub: str, number: int) -> int:
    """Send events; the last sequence number of a partition before."""
    events = islice(bodies(), EVENTS)
    async with EventHubProducerClient.from_connection_string(hub, eventhub_name=HUB) as producer:
        for batch in range(EVENTS // 300):
            await producer.send_batch([EventData(body) for body in islice(events, 300)], partition_id=str(batch % 4))
    return number * EVENTS // 4 - 1


async def _receive(hub: str, after: int, on_events: Receive) -> float:
    """Events per second of receiving what was sent last and doing something with it."""
    left, done = EVENTS, asyncio.Event()

    async def received(context: PartitionContext, events: list[EventData]) -> None:
        nonlocal left
        await on_events(context, events)
        left -= len(events)
        if left <= 0:
            done.set()

    async with EventHubConsumerClient.from_connection_string(hub, GROUP, eventhub_name=HUB) as client:
        start = time.perf_counter()
        receiving = [
            asyncio.create_task(
                client.receive_batch(
                    received, partition_id=one, starting_position=after if after >= 0 else "-1",
                    max_batch_size=BATCH, prefetch=2 * BATCH,
                )
            )
            for one in "0123"
        ]  # fmt: skip
        await done.wait()
        rate = EVENTS / (time.perf_counter() - start)
        for task in receiving:
            task.cancel()
        await asyncio.wait(receiving)
    return rate


def _message(event: EventData) -> Message:
    assert event.sequence_number is not None
    assert event.enqueued_time is not None
    return Message(event.sequence_number, event.enqueued_time, b"".join(event.body))  # type: ignore[arg-type]
