"""Consumers that share the work through Microsoft's checkpoint store on Azurite."""

import asyncio
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.eventhub import EventData
from azure.eventhub.aio import EventHubConsumerClient, PartitionContext
from azure.eventhub.extensions.checkpointstoreblobaio import BlobCheckpointStore
from azure.storage.blob.aio import ContainerClient

from tests.integration.eventhubs.clients import PATIENCE, producer
from tests.integration.eventhubs.conftest import ROOT, RunningBroker

AZURITE = ROOT / "node_modules/.bin/azurite-blob"
ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

pytestmark = [
    pytest.mark.skipif(not AZURITE.exists(), reason="needs `npm install`"),
    pytest.mark.usefixtures("sdk_leaks"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[str]:
    """Connection string of a blob storage of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--silent", "--skipApiVersionCheck", "--disableTelemetry", "--location", str(tmp_path)]
    process = subprocess.Popen(
        [str(AZURITE), "--blobPort", str(port), *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except ConnectionRefusedError:
            assert process.poll() is None
            time.sleep(0.05)
    yield (
        f"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={ACCOUNT_KEY};"
        f"BlobEndpoint=http://127.0.0.1:{port}/devstoreaccount1;"
    )
    process.terminate()
    process.wait()


class Worker:
    """One consumer of a group: which partitions it got, and what it saw; it checkpoints everything."""

    def __init__(self, broker: RunningBroker, storage: str) -> None:
        self.partitions: set[str] = set()
        self.seen: list[tuple[str, int]] = []
        self._store = BlobCheckpointStore.from_connection_string(storage, "checkpoints")
        self._client = EventHubConsumerClient.from_connection_string(
            broker.connection_string, consumer_group="agg", eventhub_name="balanced",
            checkpoint_store=self._store, load_balancing_interval=0.5, partition_ownership_expiration_interval=5,
            load_balancing_strategy="greedy",
        )  # fmt: skip

    async def work(self) -> None:
        async with self._store, self._client:
            await self._client.receive_batch(self._on_events, starting_position="-1", max_wait_time=0.2)

    async def _on_events(self, context: PartitionContext, events: list[EventData]) -> None:
        self.partitions.add(context.partition_id)
        if events:
            self.seen += [(context.partition_id, event.sequence_number or 0) for event in events]
            await context.update_checkpoint(events[-1])


async def wait_until_shared(workers: list[Worker], count: int) -> None:
    """Each worker has two partitions, and together they have seen `count` events."""
    for _ in range(int(PATIENCE / 0.1)):
        for worker in workers:
            worker.partitions.clear()
        await asyncio.sleep(0.5)
        if all(len(worker.partitions) == 2 for worker in workers):
            seen = {place for worker in workers for place in worker.seen}
            if len(seen) >= count:
                return
    pytest.fail(f"{[worker.partitions for worker in workers]}")


async def test_two_consumers_share_the_partitions_and_a_third_goes_on(broker: RunningBroker, storage: str) -> None:
    """Two get two partitions each and see everything; one that comes after them sees only what is new."""
    async with ContainerClient.from_connection_string(storage, "checkpoints") as container:
        await container.create_container()
    async with producer(broker.connection_string, "balanced") as client:
        for number in range(40):
            await client.send_event(EventData(str(number)))
        first, second = Worker(broker, storage), Worker(broker, storage)
        working = [asyncio.create_task(worker.work()) for worker in (first, second)]
        await wait_until_shared([first, second], 40)
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
        for partition in "0123":
            await client.send_event(EventData("new"), partition_id=partition)
    third = Worker(broker, storage)
    task = asyncio.create_task(third.work())
    for _ in range(int(PATIENCE / 0.1)):
        if len(third.seen) >= 4:
            break
        await asyncio.sleep(0.1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert sorted(third.seen) == [(partition, 10) for partition in "0123"]
