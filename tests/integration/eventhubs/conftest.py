"""A broker as its users start it: a process of its own, on free ports, with the data in a temporary directory."""

import asyncio
import gc
import json
import os
import re
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from azure.eventhub._pyamqp.aio import _client_async
from azure.eventhub.aio import _client_base_async
from azure.eventhub.aio._eventprocessor import event_processor
from azure.eventhub.aio._transport import _pyamqp_transport_async

ROOT = Path(__file__).parents[3]
# Tests that share a broker have an event hub each, so that none reads what another sent.
HUBS = {
    "offers": 4,
    "single": 1,
    "garbage": 1,
    "keys": 4,
    "turns": 4,
    "buffered": 4,
    "balanced": 4,
    "sync": 1,
    "sizes": 1,
    "positions": 1,
    "readers": 1,
    "owners": 1,
    "tracked": 1,
    "dialogue": 1,
}
CONFIG = {
    "UserConfig": {
        "NamespaceConfig": [
            {
                "Type": "EventHub",
                "Name": "emulatorNs1",
                "Entities": [
                    {"Name": name, "PartitionCount": count, "ConsumerGroups": [{"Name": "agg"}]}
                    for name, count in HUBS.items()
                ],
            }
        ],
        "LoggingConfig": {"Type": "File"},
    }
}


@dataclass
class RunningBroker:
    """The process and where it listens; it can be killed and started again on the same port and data."""

    directory: Path
    arguments: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    port: int = 0
    http_port: int = 0

    def start(self) -> None:
        self.log_path = self.directory / "broker.log"
        command = [sys.executable, "-m", "local.eventhubs", "--config", str(self.directory / "Config.json")]
        command += ["--data", str(self.directory / "data"), "--port", str(self.port)]
        command += ["--http-port", str(self.http_port), *self.arguments]
        with self.log_path.open("a") as log:
            start = log.tell()
            self.process = subprocess.Popen(command, cwd=ROOT, stderr=log, env={**os.environ, **self.environment})
        self._wait_until_ready(start)

    def _wait_until_ready(self, start: int) -> None:
        while True:
            text = self.log()[start:]
            found = re.search(r"ready on [\d.]+:(\d+), inspection on http://[\d.]+:(\d+)/", text)
            if found:
                self.port, self.http_port = int(found[1]), int(found[2])
                return
            assert self.process.poll() is None, text
            time.sleep(0.02)

    def log(self) -> str:
        return self.log_path.read_text()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)

    @property
    def connection_string(self) -> str:
        return connection_string(self.port)


def connection_string(port: int, key: str = "SAS_KEY_VALUE") -> str:
    return (
        f"Endpoint=sb://127.0.0.1:{port};SharedAccessKeyName=RootManageSharedAccessKey;"
        f"SharedAccessKey={key};UseDevelopmentEmulator=true;"
    )


type StartBroker = Callable[..., RunningBroker]


class QuickPolls:
    """`asyncio` for the SDK's modules, but what they poll every 50 ms or every second is polled every 2 ms."""

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    async def sleep(self, delay: float) -> None:
        await asyncio.sleep(0.002 if delay in (0.05, 1) else delay)


@pytest.fixture(autouse=True, scope="session")
def _quick_polls() -> Iterator[None]:
    """Opening a client takes the SDK half a second of sleeping between frames; the tests have no time for that."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (_client_async, _client_base_async, _pyamqp_transport_async, event_processor):
            patch.setattr(module, "asyncio", QuickPolls())
        yield


@pytest.fixture
def sdk_leaks() -> Iterator[None]:
    """The SDK forgets the sockets of connections that broke and of tasks that were cancelled: they are collected
    here, where the warning is expected, and not in some other test."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gc.collect()


@pytest.fixture
def start_broker(tmp_path: Path) -> Iterator[StartBroker]:
    """Starts brokers with given arguments and configuration; stops them all after the test."""
    started: list[RunningBroker] = []

    def start(*arguments: str, config: dict[str, Any] = CONFIG) -> RunningBroker:
        directory = tmp_path / str(len(started))
        directory.mkdir()
        (directory / "Config.json").write_text(json.dumps(config))
        running = RunningBroker(directory, list(arguments))
        running.start()
        started.append(running)
        return running

    yield start
    for running in started:
        running.stop()


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBroker]:
    """One broker that the tests share."""
    directory = tmp_path_factory.mktemp("broker")
    (directory / "Config.json").write_text(json.dumps(CONFIG))
    running = RunningBroker(directory, [])
    running.start()
    yield running
    assert running.stop() == 0
