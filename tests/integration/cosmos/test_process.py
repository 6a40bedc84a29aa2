"""The process: what survives its death, what it says when it cannot start, what it does with garbage."""

import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from azure.core.exceptions import AzureError
from azure.cosmos import ContainerProxy

from local.stack import services
from local.stack.ports import free_ports
from local.stack.process import Process, running
from tests.integration.cosmos.clients import container, endpoint

WRITES_BEFORE_THE_KILL = 60


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    """Four writers under way when the process is killed: every write that was answered is there afterwards."""
    [port] = free_ports(1)
    with running(services.cosmos(tmp_path, port)) as server:
        items = container(server, "killed")
        acknowledged: list[str] = []
        writers = [threading.Thread(target=write, args=(items, name, acknowledged)) for name in "abcd"]
        for writer in writers:
            writer.start()
        while len(acknowledged) < WRITES_BEFORE_THE_KILL:
            writers[0].join(0.01)
        server.kill()
        for writer in writers:
            writer.join()
        server.start()
        stored = {item["id"] for item in container(server, "killed").read_all_items()}
        assert len(acknowledged) >= WRITES_BEFORE_THE_KILL
        assert set(acknowledged) <= stored


def write(items: ContainerProxy, name: str, acknowledged: list[str]) -> None:
    """Write until the server is gone; batches of two alternate with single documents."""
    number = 0
    while True:
        first, second = f"{name}-{number}", f"{name}-{number + 1}"
        try:
            items.create_item({"id": first, "pk": name}, retry_write=0, timeout=2)
            acknowledged.append(first)
            batch = [("create", ({"id": identifier, "pk": name},)) for identifier in (second, f"{second}-twin")]
            items.execute_item_batch(batch, name, timeout=2)
            acknowledged += [second, f"{second}-twin"]
        except AzureError:
            return
        number += 2


def command(data: Path, port: int, *more: str) -> list[str]:
    return [sys.executable, "-m", "local.cosmos", "--data", str(data), "--port", str(port), *more]


def refused(arguments: list[str]) -> str:
    """Run a process that cannot start; gives its one line."""
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1, done
    [line] = done.stderr.splitlines()
    return line


def test_a_start_that_fails_says_why_in_one_line(cosmos: Process, tmp_path: Path) -> None:
    """A port or a data directory in use, and a broken key."""
    assert cosmos.service.data is not None
    port = int(endpoint(cosmos).rstrip("/").rpartition(":")[2])
    assert "give another --port" in refused(command(tmp_path, port))
    assert "in use by process" in refused(command(cosmos.service.data, 0))
    assert "no base64" in refused(command(tmp_path, 0, "--key", "no base64!"))


def test_it_stops_quietly(tmp_path: Path) -> None:
    """SIGTERM ends the process with 0, although clients are connected."""
    [port] = free_ports(1)
    with running(services.cosmos(tmp_path, port)) as server:
        items = container(server, "quiet")
        items.upsert_item({"id": "1", "pk": "a"})
        server.stop()
        assert server.outcome() == "exit code 0"
        assert len(server.tail().splitlines()) == 1


@pytest.mark.parametrize(
    ("garbage", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"400"),
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET /%ff HTTP/1.1\r\nhost: x\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nx: " + b"y" * 100_000 + b"\r\n\r\n", b"431"),
        (b"POST /dbs HTTP/1.1\r\ncontent-length: 9000000\r\n\r\n" + b"x" * 5_000_000, b"413"),
        (b"POST /dbs HTTP/1.1\r\ncontent-length: x\r\n\r\n", b"400"),
        (b"GET /dbs HTTP/1.0\r\n\r\n", b"401"),
    ],
)
def test_garbage_is_answered_and_forgotten(cosmos: Process, garbage: bytes, status: bytes) -> None:
    """Bytes that are no request get an error and a closed connection, and the server goes on."""
    port = int(endpoint(cosmos).rstrip("/").rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        try:
            connection.sendall(garbage)
            answer = connection.recv(100)
        except ConnectionError:
            answer = b"HTTP/1.1 " + status
    assert answer.split(b" ")[1] == status
    assert cosmos.service.ready()
    assert "Traceback" not in cosmos.tail(200)


def test_pieces_and_pipelines_of_requests(cosmos: Process) -> None:
    """A request may come byte by byte, and several in one packet; each is answered in its turn."""
    port = int(endpoint(cosmos).rstrip("/").rpartition(":")[2])
    request = b"GET /ready HTTP/1.1\r\nhost: x\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        for byte in request:
            connection.sendall(bytes([byte]))
        connection.sendall(request * 2 + request.replace(b"host: x", b"connection: close"))
        answers = b""
        while piece := connection.recv(4096):
            answers += piece
    assert answers.count(b"HTTP/1.1 200 OK") == 4
