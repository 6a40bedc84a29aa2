"""The receiving end of OTLP over HTTP."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google.protobuf.message import DecodeError

MOST_BYTES = 16_000_000
"""Of an export."""

type Take = Callable[[str, bytes], None]
"""Gets the path (`/v1/traces`, `/v1/metrics`) and the body of each export; raises `DecodeError`."""


@contextmanager
def receiving(port: int, take: Take) -> Iterator[str]:
    """Receive on a port of loopback (0: a free one) until the end; the address. Raises `OSError` when it is taken."""

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers.get("content-length", 0))
            self._answer(413 if size > MOST_BYTES else self._took(self.rfile.read(size)))

        def _took(self, body: bytes) -> int:
            try:
                take(self.path, body)
            except DecodeError:
                return 400
            return 200

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the library names it
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", port), Door) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
