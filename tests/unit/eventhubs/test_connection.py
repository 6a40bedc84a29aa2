"""A connection without a network: the handshake, and peers that do not keep to the protocol."""

import asyncio
import struct
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.eventhubs.amqp import encode, performatives
from local.eventhubs.amqp.decode import decode
from local.eventhubs.amqp.frames import AMQP_PROTOCOL, HEARTBEAT, SASL_PROTOCOL, SASL_TYPE, encode_frame
from local.eventhubs.config import HubConfig
from local.eventhubs.connection import Connection
from local.eventhubs.hub import Namespace
from local.eventhubs.limits import Limits
from local.eventhubs.log.partition import LogOptions
from local.eventhubs.sas import sign
from local.eventhubs.server import Connections

KEYS = {"Root": "secret"}
SASL_ANONYMOUS = encode_frame(0, encode.described(0x41, encode.list_of([encode.symbol("ANONYMOUS")])), SASL_TYPE)
OPEN = encode_frame(0, encode.described(0x10, encode.list_of([encode.string("me"), encode.string("host")])))
BEGIN = encode_frame(1, encode.described(0x11, encode.list_of([encode.NULL, *[encode.uint(0)] * 3])))
GREETING = SASL_PROTOCOL + SASL_ANONYMOUS + AMQP_PROTOCOL + OPEN + BEGIN


class FakeTransport(asyncio.Transport):
    """Collects what the broker sends."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 4711)})
        self.sent = bytearray()
        self.closed = False
        self.waiting = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent += data

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self.high = high

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = True

    def performatives(self) -> list[tuple[int, list[Any]]]:
        """Code and fields of every frame that was sent."""
        found, at = [], 0
        while at < len(self.sent):
            if self.sent[at : at + 4] == b"AMQP":
                at += 8
                continue
            size = struct.unpack_from(">I", self.sent, at)[0]
            body = bytes(self.sent[at + 8 : at + size])
            at += size
            code, start = performatives.performative(body)
            found.append((code, decode(body, start)[0]))
        return found


@pytest.fixture(scope="module")
def namespace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Namespace]:
    data = tmp_path_factory.mktemp("data")
    opened = Namespace.open([HubConfig("offers", 2)], data, LogOptions(), KEYS)
    yield opened
    opened.close()


async def talk(namespace: Namespace, *chunks: bytes, limits: Limits | None = None) -> FakeTransport:
    """What a broker sends to a peer that sends these chunks and goes away."""
    limits = limits or Limits()
    connection, transport = Connection(namespace, limits, Connections(10)), FakeTransport()
    connection.connection_made(transport)
    for chunk in chunks:
        connection.data_received(chunk)
        await asyncio.sleep(0)
    connection.connection_lost(None)
    return transport


async def test_the_handshake_offers_what_the_sdks_ask_for(namespace: Namespace) -> None:
    """SASL mechanisms, its outcome, open with every field set, begin."""
    transport = await talk(namespace, GREETING)
    (mechanisms, outcome, opened, begun) = transport.performatives()
    assert mechanisms == (0x40, [["ANONYMOUS", "MSSBCBS", "PLAIN", "EXTERNAL"]])
    assert outcome == (0x44, [0, None])
    assert opened[0] == 0x10
    assert opened[1][2:5] == [1024 * 1024, 255, 240_000]
    assert begun == (0x11, [1, 0, 0x7FFFFFFF, 0x7FFFFFFF, 63, None, None, None])
    assert not transport.closed


@pytest.mark.parametrize(
    ("response", "accepted"), [(b"\0Root\0secret", True), (b"\0Root\0wrong", False), (b"", False)]
)
async def test_plain_sasl_wants_the_key(namespace: Namespace, response: bytes, accepted: bool) -> None:
    """Right and it goes on, wrong and it is closed."""
    init = encode.described(0x41, encode.list_of([encode.symbol("PLAIN"), encode.binary(response)]))
    transport = await talk(namespace, SASL_PROTOCOL + encode_frame(0, init, SASL_TYPE))
    assert transport.performatives()[1] == (0x44, [0 if accepted else 1, None])
    assert transport.closed != accepted


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"AMQP\x00\x00\x09\x01",
        SASL_PROTOCOL + AMQP_PROTOCOL,
        SASL_PROTOCOL + struct.pack(">IBBH", 2**31, 2, 1, 0),
        AMQP_PROTOCOL + encode_frame(0, encode.described(0x11, encode.list_of([]))),
        GREETING + OPEN,
        GREETING + BEGIN,
        GREETING + encode_frame(300, encode.described(0x11, encode.list_of([]))),
        GREETING + encode_frame(1, encode.described(0x99, encode.list_of([]))),
        GREETING + encode_frame(1, encode.described(0x12, encode.string("no list"))),
        GREETING + encode_frame(1, b"\xff"),
    ],
)
async def test_a_peer_that_breaks_the_protocol_is_closed_with_one_line(
    namespace: Namespace, garbage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """HTTP, TLS, the old AMQP, impossible sizes, wrong order: one warning, connection closed."""
    transport = await talk(namespace, garbage, b"and more")
    assert transport.closed
    assert len(caplog.records) == 1
    assert caplog.records[0].levelname == "WARNING"
    assert "\n" not in caplog.messages[0]


@settings(max_examples=300, deadline=None)
@given(
    greeting=st.sampled_from([b"", SASL_PROTOCOL, AMQP_PROTOCOL, AMQP_PROTOCOL + OPEN, GREETING]),
    chunks=st.lists(
        st.one_of(
            st.binary(min_size=1, max_size=60),
            st.tuples(st.integers(0x10, 0x18), st.binary(max_size=30)).map(
                lambda pair: encode_frame(1, b"\x00\x53" + bytes([pair[0]]) + pair[1])
            ),
            st.tuples(
                st.integers(0x10, 0x18),
                st.lists(
                    st.one_of(
                        st.just(encode.NULL),
                        st.booleans().map(encode.boolean),
                        st.integers(0, 9).map(encode.uint),
                        st.integers(-(2**63), 2**63 - 1).map(encode.long),
                        st.text(max_size=5).map(encode.string),
                        st.just(encode.described(0x28, encode.list_of([encode.string("$cbs")]))),
                    ),
                    max_size=14,
                ),
            ).map(lambda pair: encode_frame(1, encode.described(pair[0], encode.list_of(pair[1])))),
        ),
        max_size=6,
    ),
)
def test_no_bytes_stop_the_broker(namespace: Namespace, greeting: bytes, chunks: list[bytes]) -> None:
    """Any bytes and any frames at any stage are answered or refused; no error escapes."""
    asyncio.run(talk(namespace, greeting, *chunks))


async def test_too_many_connections_are_closed_at_once(
    namespace: Namespace, caplog: pytest.LogCaptureFixture
) -> None:
    """The one above the limit gets nothing but the end."""
    registry = Connections(1)
    transports = [FakeTransport(), FakeTransport()]
    for transport in transports:
        Connection(namespace, Limits(connections=1), registry).connection_made(transport)
    assert [transport.closed for transport in transports] == [False, True]
    assert "there are 1 connections already" in caplog.text


QUICK = Limits(tick_seconds=0.005, handshake_seconds=0.02, idle_seconds=0.05)


async def until_closed(transport: FakeTransport) -> None:
    for _ in range(1000):
        if transport.closed:
            return
        await asyncio.sleep(0.005)
    pytest.fail("still open")


@pytest.mark.parametrize(
    ("greeting", "reason"), [(SASL_PROTOCOL[:4], "no AMQP open within 0.02 s"), (GREETING, "silent for 0.05 s")]
)
async def test_a_peer_that_falls_silent_is_closed(
    namespace: Namespace, greeting: bytes, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    """In the handshake soon, later after the time that the broker announced in its open."""
    connection, transport = Connection(namespace, QUICK, Connections(10)), FakeTransport()
    connection.connection_made(transport)
    connection.data_received(greeting)
    await until_closed(transport)
    connection.connection_lost(None)
    assert reason in caplog.text


async def test_a_quiet_connection_is_kept_alive_by_heartbeats(namespace: Namespace) -> None:
    """A peer that announced an idle time hears something within half of it."""
    fields = [encode.string("me"), encode.string("host"), encode.NULL, encode.NULL, encode.uint(20)]
    opening = encode_frame(0, encode.described(0x10, encode.list_of(fields)))
    connection, transport = Connection(namespace, Limits(tick_seconds=0.005), Connections(10)), FakeTransport()
    connection.connection_made(transport)
    connection.data_received(AMQP_PROTOCOL + opening)
    for _ in range(1000):
        if transport.sent.endswith(HEARTBEAT):
            break
        await asyncio.sleep(0.005)
    connection.connection_lost(None)
    assert transport.sent.endswith(HEARTBEAT)


def attach(handle: int, address: str, *, receiver: bool) -> bytes:
    """An attach of a link to or from an address."""
    end = encode.described(0x28 if receiver else 0x29, encode.list_of([encode.string(address)]))
    other = encode.described(0x29 if receiver else 0x28, encode.list_of([encode.string("here")]))
    source, target = (end, other) if receiver else (other, end)
    fields = [
        encode.string(f"link {handle}"),
        encode.uint(handle),
        encode.boolean(receiver),
        encode.NULL,
        encode.NULL,
    ]
    return encode_frame(1, encode.described(0x12, encode.list_of([*fields, source, target])))


def put_token(token: str) -> bytes:
    """A request on the sender link 0 to `$cbs`."""
    operation = encode.map_of([(encode.string("operation"), encode.string("put-token"))])
    message = encode.described(0x74, operation) + encode.described(0x77, encode.string(token))
    head = encode.list_of([encode.uint(0), encode.uint(0), encode.binary(b"t"), encode.uint(0)])
    return encode_frame(1, encode.described(0x14, head) + message)


async def test_a_link_ends_when_its_token_expires(namespace: Namespace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sender attaches with a valid token and is detached as unauthorized once the time is over."""
    limits = Limits(tick_seconds=0.005)
    connection, transport = Connection(namespace, limits, Connections(10)), FakeTransport()
    connection.connection_made(transport)
    token = sign("sb%3A%2F%2Fhost%2Foffers", "Root", "secret", int(time.time()) + 60)
    for chunk in (GREETING, attach(0, "$cbs", receiver=False), put_token(token), attach(1, "offers", receiver=False)):
        connection.data_received(chunk)
    await asyncio.sleep(0)
    assert [code for code, _ in transport.performatives()].count(0x12) == 2
    assert 0x16 not in [code for code, _ in transport.performatives()]
    later = time.time() + 61
    monkeypatch.setattr("local.eventhubs.authorization.time.time", lambda: later)
    for _ in range(1000):
        detached = [fields for code, fields in transport.performatives() if code == 0x16]
        if detached:
            break
        await asyncio.sleep(0.005)
    connection.connection_lost(None)
    assert [(fields[0], fields[2].value[0]) for fields in detached] == [(1, "amqp:unauthorized-access")]


@pytest.mark.parametrize(
    ("address", "receiver", "condition"),
    [
        ("offers", False, "amqp:unauthorized-access"),
        ("offers/ConsumerGroups/$Default/Partitions/0", True, "amqp:unauthorized-access"),
        ("a/b/c", False, "amqp:not-found"),
    ],
)
async def test_nothing_attaches_without_a_token(
    namespace: Namespace, address: str, receiver: bool, condition: str
) -> None:
    """The attach is answered, as the SDKs need it, and detached at once with the reason."""
    transport = await talk(namespace, GREETING, attach(0, address, receiver=receiver))
    (answered, detached) = transport.performatives()[-2:]
    assert answered[0] == 0x12
    assert detached[0] == 0x16
    assert detached[1][2].value[0] == condition


async def test_a_session_has_so_many_links(namespace: Namespace) -> None:
    """The third link of two, and a handle that is taken, are refused."""
    chunks = [attach(handle, "$cbs", receiver=False) for handle in (0, 0, 1, 2)]
    transport = await talk(namespace, GREETING, *chunks, limits=Limits(links=2))
    refused = [fields for code, fields in transport.performatives() if code == 0x16]
    assert [(fields[0], fields[2].value[0]) for fields in refused] == [
        (0, "amqp:resource-limit-exceeded"),
        (2, "amqp:resource-limit-exceeded"),
    ]


async def test_a_peer_that_does_not_read_is_cut_off(namespace: Namespace, caplog: pytest.LogCaptureFixture) -> None:
    """What waits for it is limited."""
    transport = FakeTransport()
    transport.waiting = 10**9
    connection = Connection(namespace, Limits(), Connections(10))
    connection.connection_made(transport)
    connection.data_received(GREETING)
    await asyncio.sleep(0)
    connection.connection_lost(None)
    assert transport.closed
    assert "does not read" in caplog.text
