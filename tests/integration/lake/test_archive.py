"""The promise on real servers: whoever is killed, the lake holds what the hub does, each event once."""

import asyncio
import random
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from azure.eventhub import EventData
from azure.eventhub.aio import EventHubProducerClient

from functions.adapters.lake_store import BlobLake, connect
from functions.events import to_json_batch
from functions.lake.blobs import LakeUnavailableError
from local.stack.process import Process
from model.lake import mirror
from tests.integration.lake.conftest import ROOT, Host
from tests.integration.lake.log import HUB, covered, dead_letters, everything, in_folder, manifests
from tests.stack import until
from tests.unit.analytics.shop_events import view

QUICK = {
    "maxEventBatchSize": "25",
    "minEventBatchSize": "1",
    "loadBalancingUpdateInterval": "00:00:01",
    "partitionOwnershipExpirationInterval": "00:00:02",
}
"""Many small files, and partitions of a killed host that are soon taken over."""
KILLS = 4


async def test_killed_again_and_again_it_archives_each_event_once(
    hub: Process, storage: Process, host: Host, tmp_path: Path
) -> None:
    """The host is killed, so is the compaction, and the storage is away for a while; a reader looks on."""
    with host(**QUICK) as server:
        await _killed(hub, storage, server, tmp_path)


async def _killed(hub: Process, storage: Process, host: Process, tmp_path: Path) -> None:
    stopping = asyncio.Event()
    working = [
        asyncio.create_task(_produce(hub.connection, stopping)),
        asyncio.create_task(_compact(storage.connection, stopping)),
        asyncio.create_task(_look_on(storage.connection, tmp_path / "seen", stopping)),
    ]
    choose = random.Random(1)
    for kill in range(KILLS):
        before = covered(manifests(storage.connection))
        await _until(lambda: covered(manifests(storage.connection)) != before)  # noqa: B023
        await asyncio.sleep(choose.uniform(0, 1))
        if kill == 1:
            await asyncio.to_thread(storage.stop)
            await asyncio.sleep(2)
            await asyncio.to_thread(storage.start)
        else:
            host.kill()
            await asyncio.to_thread(host.start)
    stopping.set()
    await asyncio.gather(*working)
    held, dead = await everything(hub.connection)
    messages = len({(partition, sequence) for partition, sequence, _ in held}) + dead
    await _until(lambda: sum(covered(manifests(storage.connection)).values()) == messages)
    assert await _mirrored(storage.connection, tmp_path / "end") == held
    assert dead_letters(storage.connection) == dead > 0
    assert all(len(one.covered) == 1 for one in manifests(storage.connection))
    assert any(one.replaced for one in manifests(storage.connection)), "files became one meanwhile"


async def _produce(connection: str, stopping: asyncio.Event) -> None:
    """Messages of one event, of many, and of none."""
    number = 0
    async with EventHubProducerClient.from_connection_string(connection, eventhub_name=HUB) as producer:
        while not stopping.is_set():
            bodies = []
            for _ in range(20):
                number += 3
                one, *others = (view(f"e{number + place}") for place in range(3))
                together = to_json_batch((one, *others))
                bodies.append(b"broken" if number % 50 == 0 else together if number % 2 else one)
            await producer.send_batch([EventData(body) for body in bodies], partition_key=f"s{number % 8}")
            await asyncio.sleep(0.02)


async def _compact(connection: str, stopping: asyncio.Event) -> None:
    """Compaction, killed at random moments."""
    choose = random.Random(2)
    while not stopping.is_set():
        worker = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.integration.lake.compactor", connection,
            cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            assert worker.stdout
            with suppress(TimeoutError):
                async with asyncio.timeout(20):
                    while await worker.stdout.readline() != b"merged\n" and not stopping.is_set():
                        pass
            await asyncio.sleep(choose.uniform(0, 0.3))
        finally:
            worker.kill()
            await worker.wait()


async def _look_on(connection: str, folder: Path, stopping: asyncio.Event) -> None:
    """At any moment each event is there once, and what was there stays there."""
    seen: dict[tuple[str, int, int], str] = {}
    while not stopping.is_set():
        with suppress(LakeUnavailableError):
            found = await _mirrored(connection, folder)
            assert seen.items() <= found.items()
            seen = found
        await asyncio.sleep(0.5)
    assert seen


async def _mirrored(connection: str, folder: Path) -> dict[tuple[str, int, int], str]:
    async with BlobLake(connect(connection)) as store:
        await mirror(store, folder)
    return await asyncio.to_thread(in_folder, folder)


async def _until(condition: Callable[[], bool]) -> None:
    await asyncio.to_thread(until, condition, "the lake has what was sent", 90)
