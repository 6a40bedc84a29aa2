"""Counts what a process says to HTTP services: a forwarder in front of each, which remembers every exchange."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import httptools

from local.stack.ports import LOOPBACK

CHUNK = 65_536


@dataclass
class Exchange:
    """A request and its answer; `charge` is what the answer says that it cost in request units."""

    service: str
    method: str = ""
    target: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    charge: float = 0.0
    answer: bytes = b""

    @property
    def path(self) -> list[str]:
        """The parts of the target's path."""
        return [part for part in self.target.partition("?")[0].split("/") if part]


class Tap:
    """Forwarders: by name of the service, the port on which one listens and the port of the service."""

    def __init__(self, ports: Mapping[str, tuple[int, int]]) -> None:
        self._ports = ports
        self._seen: list[Exchange] = []
        self._loop = asyncio.new_event_loop()

    def taken(self) -> list[Exchange]:
        """What was exchanged since this was asked for last."""
        seen, self._seen = self._seen, []
        return seen

    def _take(self, exchange: Exchange) -> None:
        self._seen.append(exchange)

    @contextmanager
    def running(self) -> Iterator["Tap"]:
        """Forward in a thread until the end."""
        ready = threading.Event()
        thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._serve(ready)), name="tap")
        thread.start()
        ready.wait()
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._stopped.set)
            thread.join()
            self._loop.close()

    async def _serve(self, ready: threading.Event) -> None:
        self._stopped = asyncio.Event()
        async with asyncio.TaskGroup() as connections:
            servers = [await self._listen(connections, name, *ports) for name, ports in self._ports.items()]
            ready.set()
            await self._stopped.wait()
            for server in servers:
                server.close()
                server.abort_clients()

    async def _listen(self, connections: asyncio.TaskGroup, service: str, port: int, target: int) -> asyncio.Server:
        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connections.create_task(self._forward(service, target, reader, writer))

        return await asyncio.start_server(connected, LOOPBACK, port)

    async def _forward(
        self, service: str, target: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        theirs, mine = await asyncio.open_connection(LOOPBACK, target)
        waiting = deque[Exchange]()
        asked = _Asked(service, waiting)
        answered = _Answered(waiting, self._take)
        with suppress(ConnectionError):
            await asyncio.gather(_pump(reader, mine, asked.feed), _pump(theirs, writer, answered.feed))


class _Asked:
    """The requests of a connection, read by httptools."""

    def __init__(self, service: str, waiting: deque[Exchange]) -> None:
        self._service, self._waiting = service, waiting
        self._now = Exchange(service)
        self._parser = httptools.HttpRequestParser(self)
        self.feed = self._parser.feed_data

    def on_message_begin(self) -> None:
        """Begin an exchange."""
        self._now = Exchange(self._service)
        self._waiting.append(self._now)

    def on_url(self, url: bytes) -> None:
        """Take a piece of the target."""
        self._now.target += url.decode()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self._now.headers[name.decode().lower()] = value.decode()

    def on_headers_complete(self) -> None:
        """Take the method, which the parser knows by now."""
        self._now.method = self._parser.get_method().decode()

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        self._now.body += body


class _Answered:
    """The answers of a connection, in the order of their requests."""

    def __init__(self, waiting: deque[Exchange], done: Callable[[Exchange], None]) -> None:
        self._waiting, self._done = waiting, done
        self._parser = httptools.HttpResponseParser(self)
        self._headless = False

    def feed(self, data: bytes) -> None:
        """Read on. What answers HEAD tells of a body that does not come: there the parser is lost."""
        self._parser.feed_data(data)
        if self._headless:
            self._headless, self._parser = False, httptools.HttpResponseParser(self)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take what it cost."""
        if name.lower() == b"x-ms-request-charge":
            self._waiting[0].charge = float(value)

    def on_headers_complete(self) -> None:
        """End an exchange that has no body."""
        if self._waiting[0].method == "HEAD":
            self._headless = True
            self._done(self._waiting.popleft())

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        self._waiting[0].answer += body

    def on_message_complete(self) -> None:
        """End an exchange."""
        if not self._headless:
            self._done(self._waiting.popleft())


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, look: Callable[[bytes], object]) -> None:
    while data := await reader.read(CHUNK):
        look(data)
        writer.write(data)
        await writer.drain()
    writer.close()
