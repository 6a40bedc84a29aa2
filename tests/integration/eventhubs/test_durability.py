"""What was acknowledged is there, whatever happens to the broker."""

import asyncio
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count

import pytest
from azure.eventhub import EventData
from azure.eventhub.exceptions import EventHubError

from local.eventhubs.log.cursor import Cursor
from local.eventhubs.log.partition import LogOptions, PartitionLog
from tests.integration.eventhubs.clients import bodies, producer, receive, send
from tests.integration.eventhubs.conftest import ROOT, RunningBroker, StartBroker

pytestmark = [pytest.mark.usefixtures("sdk_leaks"), pytest.mark.filterwarnings("ignore::ResourceWarning")]


async def publish(
    broker: RunningBroker, partition: str, numbers: Iterator[int], acknowledged: list[list[str]]
) -> None:
    """Send batches of random sizes until the broker dies; note those that it acknowledged."""
    async with producer(broker.connection_string, "offers", retry_total=0) as client:
        while True:
            names = [f"{partition}/{next(numbers)}" for _ in range(random.randint(1, 200))]
            batch = await client.create_batch(partition_id=partition)
            for name in names:
                batch.add(EventData(name))
            try:
                await client.send_batch(batch)
            except EventHubError:
                return
            acknowledged.append(names)


async def until(counted: Callable[[], int], goal: int) -> None:
    """Wait until other tasks have brought a count to its goal."""
    for _ in range(3000):
        if counted() >= goal:
            return
        await asyncio.sleep(0.01)
    pytest.fail("it did not happen")


async def test_a_kill_under_load_loses_no_acknowledged_event(start_broker: StartBroker) -> None:
    """Three times kill -9 while four senders are at work: every acknowledged batch is stored once, in order and
    whole, and one that was not acknowledged is stored whole or not at all."""
    broker = start_broker()
    acknowledged: dict[str, list[list[str]]] = {partition: [] for partition in "0123"}
    numbers = {partition: count() for partition in "0123"}

    def stored() -> int:
        return sum(map(len, acknowledged.values()))

    for _ in range(3):
        goal = stored() + 25
        senders = asyncio.gather(*(publish(broker, p, numbers[p], acknowledged[p]) for p in "0123"))
        await until(stored, goal)
        broker.kill()
        await senders
        broker.start()
    assert broker.stop() == 0
    for partition, batches in acknowledged.items():
        log = PartitionLog(broker.directory / "data" / "offers" / partition, LogOptions())
        events = Cursor(log, 0).read(10**9)
        log.close()
        names = [record.data.split(b"\xa0", 1)[1][1:].decode() for record in events]
        sent = {name for batch in batches for name in batch}
        assert [name for name in names if name in sent] == [name for batch in batches for name in batch]
        assert len(names) == len(set(names))


async def test_events_and_numbers_survive_a_restart(start_broker: StartBroker) -> None:
    """After an orderly stop the log goes on where it was."""
    broker = start_broker()
    await send(broker.connection_string, "single", ["a", "b"])
    assert broker.stop() == 0
    broker.start()
    await send(broker.connection_string, "single", ["c"])
    events = await receive(broker.connection_string, "single", 3, partition_id="0", starting_position="-1")
    assert bodies(events) == ["a", "b", "c"]
    assert [event.sequence_number for event in events] == [0, 1, 2]


async def test_a_client_outlives_a_restart(start_broker: StartBroker) -> None:
    """The SDK's own retries bridge the gap."""
    broker = start_broker()
    async with producer(broker.connection_string, "single") as client:
        await client.send_event(EventData("before"))
        assert broker.stop() == 0
        broker.start()
        await client.send_event(EventData("after"))
    events = await receive(broker.connection_string, "single", 2, partition_id="0", starting_position="-1")
    assert bodies(events) == ["before", "after"]


async def test_retention_moves_the_beginning(start_broker: StartBroker) -> None:
    """Old segments go while the broker runs; a reader that asks for them starts at the beginning that is left."""
    broker = start_broker("--segment-mib", "0.01", "--retention-mib", "0.1", "--retention-every", "0.1")
    url = broker.connection_string
    async with producer(url, "single") as client:
        for number in range(30):
            await client.send_event(EventData(f"{number}:" + "x" * 10_000))
        for _ in range(100):
            properties = await client.get_partition_properties("0")
            if properties["beginning_sequence_number"] > 0:
                break
        assert properties["last_enqueued_sequence_number"] == 29
    begin = properties["beginning_sequence_number"]
    assert 15 < begin < 29
    events = await receive(url, "single", 1, partition_id="0", starting_position=0, starting_position_inclusive=True)
    assert events[0].sequence_number is not None
    assert events[0].sequence_number >= begin


def refusal(*arguments: str) -> str:
    """The one line that a broker says when it does not start."""
    done = subprocess.run(
        [sys.executable, "-m", "local.eventhubs", *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_it_refuses_to_start_in_one_line(start_broker: StartBroker) -> None:
    """A data directory in use, a taken port, a bad configuration: one line, with the way out."""
    broker = start_broker()
    config, data = str(broker.directory / "Config.json"), str(broker.directory / "data")
    locked = refusal("--config", config, "--data", data, "--port", "0", "--http-port", "0")
    assert f"data is in use by process {broker.process.pid}; stop it or choose another --data" in locked
    other = str(broker.directory / "other")
    taken = refusal("--config", config, "--data", other, "--port", str(broker.port), "--http-port", "0")
    assert "choose another --port or --http-port" in taken
    assert str(broker.port) in taken
    assert "does not exist" in refusal("--config", config + "x", "--data", other)


async def test_it_says_goodbye(start_broker: StartBroker) -> None:
    """On a signal the peers are told, the process ends with 0, and a second signal is not needed."""
    broker = start_broker()
    async with producer(broker.connection_string, "single") as client:
        await client.send_event(EventData("x"))
        began = time.monotonic()
        broker.process.send_signal(signal.SIGINT)
        assert await asyncio.to_thread(broker.process.wait, 20) == 0
        assert time.monotonic() - began < 15
