"""The whole system on free ports, seeded with the real data: for end-to-end tests and benchmarks."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue import QueueClient

from functions.contracts import USER_ACTIONS, USER_RESPONSES
from local.stack import services
from local.stack.ports import free_ports
from local.stack.process import Process, running

ROOT = Path(__file__).resolve().parents[1]


class NotReachedError(AssertionError):
    """Something that had to happen did not happen in time."""


@dataclass(frozen=True)
class SeededStack:
    """Running servers; each can be killed and started again."""

    azurite: Process
    valkey: Process
    eventhubs: Process
    cosmos: Process
    functions: Process
    settings: Mapping[str, str]
    """The app's connection strings."""

    def get(self, path: str) -> Any:
        """The JSON answer of a GET to the functions host."""
        with urllib.request.urlopen(f"{self.functions.connection}{path}", timeout=30) as answer:
            return json.load(answer)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """The JSON answer of a POST to the functions host."""
        return self._sent("POST", path, body)

    def put(self, path: str, body: Mapping[str, Any]) -> Any:
        """The JSON answer of a PUT to the functions host."""
        return self._sent("PUT", path, body)

    def delete(self, path: str) -> Any:
        """The JSON answer of a DELETE to the functions host."""
        return self._sent("DELETE", path, {})

    def _sent(self, method: str, path: str, body: Mapping[str, Any]) -> Any:
        headers = {"content-type": "application/json"}
        url = f"{self.functions.connection}{path}"
        request = urllib.request.Request(url, json.dumps(body).encode(), headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def queue(self, name: str) -> QueueClient:
        """A client of one of the queues."""
        return QueueClient.from_connection_string(self.azurite.connection, name)

    def waiting(self, name: str) -> int:
        """Messages in a queue, those being worked on included; 0 when there is no such queue."""
        try:
            return self.queue(name).get_queue_properties().approximate_message_count or 0
        except ResourceNotFoundError:
            return 0

    def loop_is_idle(self) -> bool:
        """Whether no message of the loop is left; asked twice, as one may move behind our back between two looks."""
        return not any(self.waiting(queue) for queue in (USER_ACTIONS, USER_RESPONSES) * 2)


def until(condition: Callable[[], bool], what: str, seconds: float = 60, pause: float = 0.1) -> None:
    """Wait until the condition holds, or raise `NotReachedError` saying what was waited for.

    While a server is away the condition may fail with an error of the connection: it is asked again.
    """
    deadline = time.monotonic() + seconds
    while not _holds(condition):
        if time.monotonic() > deadline:
            raise NotReachedError(f"not reached within {seconds:g} s: {what}")
        time.sleep(pause)


def _holds(condition: Callable[[], bool]) -> bool:
    try:
        return condition()
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


@contextmanager
def seeded_stack(folder: Path, only: Sequence[str] = ()) -> Iterator[SeededStack]:
    """Start everything with data in `folder`, seed it, and stop it at the end; `only` picks some functions."""
    ports = free_ports(8)
    with ExitStack() as stack:
        azurite, valkey, eventhubs, cosmos = (
            stack.enter_context(running(service))
            for service in (
                services.azurite(folder / "azurite", ports[:3]),
                services.valkey(folder / "valkey", ports[3]),
                services.eventhubs(folder / "eventhubs", ROOT / "eventhubs.config.json", ports[4], ports[5]),
                services.cosmos(folder / "cosmos", ports[6]),
            )
        )
        settings = {backend.service.setting: backend.connection for backend in (azurite, valkey, eventhubs, cosmos)}
        subprocess.run([sys.executable, "-m", "model.seed"], cwd=ROOT, env=os.environ | settings, check=True)
        host = stack.enter_context(running(services.functions(ROOT, ports[7], settings, only)))
        yield SeededStack(azurite, valkey, eventhubs, cosmos, host, settings)
