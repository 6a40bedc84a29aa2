"""Health checks: each asks a server once, within a second; a server that is not there yet is False."""

import http.client
import json
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

type Check = Callable[[], bool]

TIMEOUT = 1.0


def http_answers(*urls: str) -> Check:
    """True when every URL answers at all: for servers that refuse anonymous requests but are up."""
    return lambda: all(_status_and_body(url) is not None for url in urls)


def http_ok(url: str) -> Check:
    """True when the URL answers 200."""
    return lambda: (answer := _status_and_body(url)) is not None and answer[0] == http.HTTPStatus.OK


def functions_host_running(url: str) -> Check:
    """True when a Functions host reports the state `Running` at its `/admin/host/status`."""

    def check() -> bool:
        answer = _status_and_body(url)
        return answer is not None and answer[0] == http.HTTPStatus.OK and _state_of(answer[1]) == "Running"

    return check


def redis_answers(host: str, port: int) -> Check:
    """True when a Redis-compatible server answers PING with PONG: it has then loaded its data set."""

    def check() -> bool:
        try:
            with socket.create_connection((host, port), timeout=TIMEOUT) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False

    return check


def _status_and_body(url: str) -> tuple[int, bytes] | None:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=TIMEOUT)
    try:
        connection.request("GET", parts.path or "/")
        response = connection.getresponse()
        return response.status, response.read(65536)
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _state_of(body: bytes) -> object:
    try:
        status = json.loads(body)
    except ValueError:
        return None
    return status.get("state") if isinstance(status, dict) else None
