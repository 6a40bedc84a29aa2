"""A real host process on a small app that a test has written."""

import http.client
import itertools
import json
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from azure.storage.queue import QueueClient

from local.stack import services
from local.stack.checks import http_ok
from local.stack.ports import free_ports
from local.stack.process import Process, running

WAIT = 30.0
_number = itertools.count()

HEADER = """
import asyncio, json, logging, os, time, typing
import azure.functions as func
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
"""


@dataclass(frozen=True)
class Answer:
    """An HTTP response; header names in lower case."""

    status: int
    body: bytes
    headers: Sequence[tuple[str, str]]

    def header(self, name: str) -> str | None:
        """The first header of this name."""
        return next((value for key, value in self.headers if key == name), None)

    def json(self) -> object:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class RunningApp:
    """The host's process and what a test asks of it."""

    process: Process

    def request(
        self, method: str, path: str, body: bytes | str | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send one request and read the response."""
        connection = http.client.HTTPConnection(self.process.connection.removeprefix("http://"), timeout=WAIT)
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            pairs = [(name.lower(), value) for name, value in response.getheaders()]
            return Answer(response.status, response.read(), pairs)
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        """GET a path."""
        return self.request("GET", path, headers=headers)

    def log(self) -> str:
        """What the host has written so far."""
        return self.process.log.read_text()

    def wait_for(self, text: str, times: int = 1) -> str:
        """Wait until the log holds a text that many times, and return the log."""
        until(lambda: self.log().count(text) >= times, lambda: f"no {times} x {text!r} in\n{self.log()}")
        return self.log()


def until(condition: Callable[[], object], complaint: Callable[[], str]) -> None:
    """Wait until a condition holds; the time is generous, because machines may be slow."""
    deadline = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < deadline, complaint()
        time.sleep(0.02)


def write_app(folder: Path, code: str, host: Mapping[str, object] | None = None) -> Path:
    """Write a function app in a new folder below this one."""
    app = folder / f"app{next(_number)}"
    app.mkdir()
    (app / "function_app.py").write_text(HEADER + textwrap.dedent(code))
    (app / "host.json").write_text(json.dumps({"version": "2.0", **(host or {})}))
    return app


@contextmanager
def running_app(app: Path, settings: Mapping[str, str], flags: Sequence[str] = ()) -> Iterator[RunningApp]:
    """Run the host on an app during a `with` block."""
    [port] = free_ports(1)
    service = services.functions(app, port, settings, quiet=False)
    service = replace(service, command=[*service.command, *flags])
    if "--enable-auth" in flags:
        service = replace(service, ready=http_ok(f"{service.connection}/admin/host/ping"))
    with running(service) as process:
        yield RunningApp(process)


def queue_name() -> str:
    """A queue that no other test uses."""
    return f"queue-{time.time_ns()}"


def bodies(queue: QueueClient) -> list[str]:
    """The contents of the visible messages of a queue; empty when it does not exist."""
    return [message.content for message in queue.peek_messages(32)] if queue_exists(queue) else []


def queue_exists(queue: QueueClient) -> bool:
    """Whether the queue has been created."""
    from azure.core.exceptions import ResourceNotFoundError

    try:
        queue.get_queue_properties()
    except ResourceNotFoundError:
        return False
    return True
