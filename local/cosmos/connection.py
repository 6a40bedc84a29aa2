"""HTTP/1.1 on one connection: bytes in, requests to the responder, bytes out.

Handlers never wait, so a request is answered as soon as its last byte is read, in one write.
"""

import asyncio
import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import cast
from urllib.parse import unquote

import httptools

from local.cosmos.wire import Request, Response

MAX_BODY_BYTES = 4 * 1024 * 1024
MAX_HEAD_BYTES = 64 * 1024
IDLE_SECONDS = 300.0
_WITHOUT_BODY = (204, 304)
_PHRASES = {status.value: status.phrase for status in HTTPStatus}

type Responder = Callable[[Request], Response]

log = logging.getLogger("local.cosmos")


class _RefusedError(Exception):
    """Something on the wire that ends the connection; carries the status to say so with."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Connection(asyncio.Protocol):
    """One client. `open_connections` is the set of all, to close them when the server stops."""

    def __init__(self, respond: Responder, open_connections: set["Connection"]) -> None:
        self._respond = respond
        self._open = open_connections
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._begin()

    def _begin(self) -> None:
        self._url = b""
        self._headers: dict[str, str] = {}
        self._head_size = 0
        self._body: list[bytes] = []
        self._body_size = 0

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to listen to the client."""
        self._transport = cast(asyncio.Transport, transport)
        self._open.add(self)
        self._wait()

    def connection_lost(self, _error: Exception | None) -> None:
        """Forget the client."""
        self._open.discard(self)
        self._transport = None
        if self._idle is not None:
            self._idle.cancel()

    def pause_writing(self) -> None:
        """Read no more requests while the client does not read its responses."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Read requests again."""
        if self._transport is not None:
            self._transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Answer the requests that these bytes complete."""
        self._wait()
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._refuse(_RefusedError(400, "protocol upgrades are not supported"))
        except httptools.HttpParserCallbackError as error:
            cause = error.__context__
            self._refuse(cause if isinstance(cause, _RefusedError) else _RefusedError(400, "malformed request"))
        except httptools.HttpParserError as error:
            self._refuse(_RefusedError(400, f"this is no HTTP: {error}"))

    def close(self) -> None:
        """End the connection after what was written is sent."""
        if self._transport is not None:
            self._transport.close()

    # What the parser calls.

    def on_url(self, url: bytes) -> None:
        """Take a piece of the target."""
        self._url += url
        self._count_head(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self._count_head(len(name) + len(value))
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """Let a client that asks first send its body."""
        if self._headers.get("expect", "").lower() == "100-continue" and self._transport is not None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        self._body_size += len(body)
        if self._body_size > MAX_BODY_BYTES:
            raise _RefusedError(413, f"the body takes more than {MAX_BODY_BYTES} bytes")
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Answer the request."""
        request = self._request()
        response = self._respond(request)
        keep = self._parser.should_keep_alive()
        self._begin()
        if self._transport is not None:
            self._transport.write(_encoded(response, request.headers.get("x-ms-activity-id", ""), keep))
            if not keep:
                self._transport.close()

    def _request(self) -> Request:
        path = self._url.partition(b"?")[0]
        try:
            segments = [unquote(part, errors="strict") for part in path.decode("ascii").split("/") if part]
        except UnicodeDecodeError:
            raise _RefusedError(400, "the path is no UTF-8 text") from None
        origin = f"http://{self._headers.get('host', 'localhost')}"
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        return Request(self._parser.get_method().decode("ascii"), origin, segments, self._headers, body)

    def _count_head(self, size: int) -> None:
        self._head_size += size
        if self._head_size > MAX_HEAD_BYTES:
            raise _RefusedError(431, f"the headers take more than {MAX_HEAD_BYTES} bytes")

    def _refuse(self, refusal: _RefusedError) -> None:
        log.warning("refused a request: %s", refusal)
        if self._transport is not None:
            self._transport.write(_encoded(Response(refusal.status), "", keep=False))
            self._transport.close()

    def _wait(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        self._idle = asyncio.get_running_loop().call_later(IDLE_SECONDS, self.close)


def _encoded(response: Response, activity: str, keep: bool) -> bytes:
    body = b"" if response.status in _WITHOUT_BODY else response.body
    lines = [
        f"HTTP/1.1 {response.status} {_PHRASES.get(response.status, 'Status')}",
        f"content-length: {len(body)}",
        "content-type: application/json",
        "x-ms-version: 2020-07-15",
        f"x-ms-activity-id: {activity}",
        *[f"{name}: {value}" for name, value in response.headers.items()],
    ]
    if "x-ms-request-charge" not in response.headers:
        lines.append("x-ms-request-charge: 1")
    if not keep:
        lines.append("connection: close")
    return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + body
