"""Health checks against servers that are up, wrong, or not there."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from local.stack.checks import functions_host_running, http_answers, http_ok, redis_answers
from local.stack.ports import free_ports


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """A server that gives every request the same bytes; yields its port."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            self.request.sendall(answer)

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def http(status: str, body: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


@pytest.mark.parametrize(
    ("answer", "ok", "answers"),
    [(http("200 OK"), True, True), (http("400 Bad Request"), False, True), (b"-ERR what?\r\n", False, False)],
)
def test_http(answer: bytes, ok: bool, answers: bool) -> None:
    """200 is ok; a refusal is an answer; what is not HTTP is neither."""
    with answering(answer) as port:
        assert http_ok(f"http://127.0.0.1:{port}/")() is ok
        assert http_answers(f"http://127.0.0.1:{port}/")() is answers


@pytest.mark.parametrize(
    ("body", "running"),
    [('{"state": "Running"}', True), ('{"state": "Error"}', False), ("[]", False), ("soon", False)],
)
def test_a_functions_host(body: str, running: bool) -> None:
    """Only a host that says it runs does."""
    with answering(http("200 OK", body)) as port:
        assert functions_host_running(f"http://127.0.0.1:{port}/admin/host/status")() is running


@pytest.mark.parametrize(("answer", "ready"), [(b"+PONG\r\n", True), (b"-LOADING data\r\n", False)])
def test_redis(answer: bytes, ready: bool) -> None:
    """A server that still loads its data is not ready."""
    with answering(answer) as port:
        assert redis_answers("127.0.0.1", port)() is ready


def test_nobody_is_there() -> None:
    """A closed port is no error, only not ready yet."""
    [port] = free_ports(1)
    assert not http_ok(f"http://127.0.0.1:{port}/")()
    assert not redis_answers("127.0.0.1", port)()
