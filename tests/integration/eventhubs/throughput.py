"""Events a second through the broker with the asynchronous SDK, and the broker's own share of the time.

Run: python -m tests.integration.eventhubs.throughput [--events 100000] [--fsync]
"""

import argparse
import asyncio
import json
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
from azure.eventhub import EventData
from azure.eventhub.aio import PartitionContext

from tests.integration.eventhubs.clients import consumer, producer
from tests.integration.eventhubs.conftest import CONFIG, RunningBroker

BODY = b"x" * 200


@dataclass
class Stopwatch:
    """Wall-clock time, and processor time of the broker."""

    broker: psutil.Process

    def __post_init__(self) -> None:
        self.began, self.busy = time.perf_counter(), self._busy()

    def _busy(self) -> float:
        times = self.broker.cpu_times()
        return float(times.user + times.system)

    def report(self, what: str, events: int) -> None:
        seconds, busy = time.perf_counter() - self.began, self._busy() - self.busy
        print(
            f"{what:4} {events / seconds:9,.0f} events/s   the broker worked {busy:.2f} of {seconds:.2f} s, "
            f"{1e6 * busy / events:.1f} us/event   {self.broker.memory_info().rss / 2**20:.0f} MiB resident"
        )


async def fill(broker: RunningBroker, partition: str, events: int) -> None:
    async with producer(broker.connection_string, "offers") as client:
        sent = 0
        while sent < events:
            batch = await client.create_batch(partition_id=partition)
            try:
                while sent + len(batch) < events:
                    batch.add(EventData(BODY))
            except ValueError:
                pass  # the batch is full
            sent += len(batch)
            await client.send_batch(batch)


async def drain(broker: RunningBroker, events: int) -> None:
    seen, done = 0, asyncio.Event()

    async def on_events(_: PartitionContext, received: list[EventData]) -> None:
        nonlocal seen
        seen += len(received)
        if seen >= events:
            done.set()

    async with consumer(broker.connection_string, "offers") as client:
        reading = asyncio.create_task(
            client.receive_batch(on_events, starting_position="-1", max_batch_size=1000, prefetch=3000)
        )
        await done.wait()
        reading.cancel()


async def measure(broker: RunningBroker, events: int) -> None:
    process = psutil.Process(broker.process.pid)
    watch = Stopwatch(process)
    await asyncio.gather(*(fill(broker, partition, events // 4) for partition in "0123"))
    watch.report("in", events)
    watch = Stopwatch(process)
    await drain(broker, events // 4 * 4)
    watch.report("out", events)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--fsync", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "Config.json").write_text(json.dumps(CONFIG))
        broker = RunningBroker(Path(name), ["--fsync"] if options.fsync else [])
        broker.start()
        try:
            asyncio.run(measure(broker, options.events))
        finally:
            broker.stop()


if __name__ == "__main__":
    main()
