"""Peers that are no AMQP client, or a hostile one, cost one line in the log."""

import asyncio
import contextlib
import json
import struct
import urllib.request

import pytest

from tests.integration.eventhubs.clients import PATIENCE, bodies, receive, send
from tests.integration.eventhubs.conftest import RunningBroker, StartBroker

TLS_HELLO = b"\x16\x03\x01\x00\xf8\x01\x00\x00\xf4\x03\x03" + bytes(240)
SASL = b"AMQP\x03\x01\x00\x00"
GARBAGE = {
    "an HTTP request": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a TLS hello": TLS_HELLO,
    "random bytes": bytes(range(256)) * 40,
    "a huge frame": SASL + struct.pack(">IBBH", 2**32 - 1, 2, 1, 0),
    "a frame of nothing": SASL + struct.pack(">IBBH", 0, 0, 0, 0),
    "SASL that is none": SASL + struct.pack(">IBBH", 20, 2, 1, 0) + b"\x00\x53\x41\xff" + bytes(8),
}


async def ended(writer: asyncio.StreamWriter) -> None:
    """Close the connection, which the broker may have ended before."""
    writer.transport.abort()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


@pytest.mark.parametrize("kind", GARBAGE)
async def test_garbage_is_closed_with_one_line(broker: RunningBroker, kind: str) -> None:
    """The connection ends, the log has one line and no traceback."""
    before = len(broker.log())
    reader, writer = await asyncio.open_connection("127.0.0.1", broker.port)
    name = "{}:{}".format(*writer.get_extra_info("sockname"))
    writer.write(GARBAGE[kind])
    await asyncio.wait_for(reader.read(), PATIENCE)
    await ended(writer)
    lines = [line for line in broker.log()[before:].splitlines() if name in line]
    assert len(lines) == 1
    assert "Traceback" not in broker.log()


async def test_half_a_frame_and_many_idle_peers_disturb_nobody(broker: RunningBroker) -> None:
    """A hundred connections that say half a sentence are left waiting while others work."""
    idle = []
    for _ in range(100):
        _, writer = await asyncio.open_connection("127.0.0.1", broker.port)
        writer.write(SASL[:5])
        idle.append(writer)
    await send(broker.connection_string, "offers", ["still here"], partition_id="0")
    for writer in idle:
        await ended(writer)
    assert broker.process.poll() is None
    assert "Traceback" not in broker.log()


async def test_a_reader_that_goes_away_in_the_middle_is_forgotten(broker: RunningBroker) -> None:
    """Its place is free again, and the next reader starts where it wants."""
    await send(broker.connection_string, "garbage", ["x" * 1000] * 500, partition_id="0")
    for _ in range(2):
        events = await receive(broker.connection_string, "garbage", 1, partition_id="0", starting_position="-1")
        assert bodies(events) == ["x" * 1000]
    for _ in range(200):
        partition = (await inspected(broker))["garbage"][0]
        if partition["readers"] == []:
            break
        await asyncio.sleep(0.05)
    assert partition["readers"] == []


async def inspected(broker: RunningBroker) -> dict[str, list[dict[str, object]]]:
    text = await asyncio.to_thread(http_get, broker, "/")
    return {hub["name"]: hub["partitions"] for hub in json.loads(text)["hubs"]}


def http_get(broker: RunningBroker, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{broker.http_port}{path}", timeout=PATIENCE) as response:
        body: bytes = response.read()
    return body


async def test_inspection_shows_the_logs(start_broker: StartBroker) -> None:
    """Hubs, partitions, first and last number, bytes and readers; health beside it."""
    broker = start_broker()
    assert json.loads(await asyncio.to_thread(http_get, broker, "/health")) == {"status": "healthy"}
    await send(broker.connection_string, "offers", ["a", "b"], partition_id="1")
    partitions = (await inspected(broker))["offers"]
    assert [one["last_sequence_number"] for one in partitions] == [-1, 1, -1, -1]
    assert partitions[1]["begin_sequence_number"] == 0
    assert partitions[1]["readers"] == []


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET /other HTTP/1.1\r\n\r\n", b"404"),
        (b"POST / HTTP/1.1\r\n\r\n", b"405"),
        (b"\x00\xff\r\n\r\n", b"405"),
        (b"GET / " + b"x" * 20_000, b""),
    ],
)
async def test_inspection_takes_no_garbage(broker: RunningBroker, request_bytes: bytes, status: bytes) -> None:
    """Unknown paths and methods get their status, a head without an end gets nothing."""
    reader, writer = await asyncio.open_connection("127.0.0.1", broker.http_port)
    writer.write(request_bytes)
    try:
        answer = await asyncio.wait_for(reader.read(), PATIENCE)
    except ConnectionResetError:
        answer = b""
    assert answer[9:12] == status
    await ended(writer)
