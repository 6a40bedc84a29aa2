"""Events on their way through the broker keep what they carry, and get only what the broker adds."""

from collections.abc import Iterable
from typing import Any, cast

import pytest
from azure.eventhub._pyamqp._decode import decode_payload
from azure.eventhub._pyamqp._encode import encode_payload
from azure.eventhub._pyamqp.message import Header, Message, Properties
from hypothesis import given
from hypothesis import strategies as st

from local.eventhubs.amqp import encode
from local.eventhubs.events import BATCH_FORMAT, annotated, decode_delivery
from local.eventhubs.log.block import Record
from local.eventhubs.refusals import MalformedMessageError

ADDED: dict[str | bytes, Any] = {b"x-opt-sequence-number": 7, b"x-opt-offset": b"99", b"x-opt-enqueued-time": 1234}


def encoded(message: Message) -> bytes:
    return bytes(encode_payload(bytearray(), message))


def delivered(record: bytes, delivery_annotations: bytes = b"") -> Message:
    """The stored event as a client decodes it."""
    return decode_payload(memoryview(annotated(Record(7, 99, 1234, record), delivery_annotations)))


def body_of(message: Message) -> bytes:
    return b"".join(cast(Iterable[bytes], message.data))


def batch(*messages: bytes, key: str | None = None) -> bytes:
    annotations = b""
    if key is not None:
        entry = (encode.symbol("x-opt-partition-key"), encode.string(key))
        annotations = encode.described(0x72, encode.map_of([entry]))
    return annotations + b"".join(encode.described(0x75, encode.binary(message)) for message in messages)


@given(
    body=st.binary(max_size=400),
    properties=st.dictionaries(st.text(min_size=1, max_size=9), st.one_of(st.text(), st.integers(0, 99)), max_size=4),
    annotations=st.dictionaries(
        st.text("abcdef-", min_size=1, max_size=300).map(str.encode), st.integers(0, 99), max_size=5
    ),
    durable=st.booleans(),
)
def test_a_message_keeps_everything_the_sender_put_in(
    body: bytes, properties: dict[str | bytes, Any], annotations: dict[str | bytes, Any], durable: bool
) -> None:
    """Header, properties, annotations and body come out as they went in, beside the broker's three."""
    message = Message(
        data=[body],
        header=Header(durable=durable),
        properties=Properties(message_id="id", content_type="text/plain"),
        application_properties=properties,
        message_annotations=annotations,
        delivery_annotations={b"on-the-way-in": 1},
    )
    delivery = decode_delivery(0, encoded(message))
    assert delivery.partition_key is None
    received = delivered(delivery.records[0])
    assert body_of(received) == body
    assert received.message_annotations == annotations | ADDED
    assert received.properties is not None
    assert received.properties.message_id == b"id"
    assert received.header is not None
    assert received.header.durable == durable
    assert len(received.application_properties or {}) == len(properties)
    assert not received.delivery_annotations


def test_a_sender_cannot_choose_its_place_in_the_log() -> None:
    """Sequence number, offset and time of the sender are dropped for the broker's."""
    message = Message(
        data=[b"x"], message_annotations={b"x-opt-sequence-number": 1, b"x-opt-offset": b"5", b"own": 2}
    )
    received = delivered(decode_delivery(0, encoded(message)).records[0])
    assert received.message_annotations == ADDED | {b"own": 2}


def test_each_event_of_a_batch_gets_the_batch_key() -> None:
    """The key stands on the batch, and every event shows it to its readers."""
    events = [encoded(Message(data=[body])) for body in (b"a", b"b" * 300)]
    delivery = decode_delivery(BATCH_FORMAT, batch(*events, key="kéy"))
    assert delivery.partition_key == "kéy"
    received = [delivered(record) for record in delivery.records]
    assert [body_of(one) for one in received] == [b"a", b"b" * 300]
    assert {(one.message_annotations or {})[b"x-opt-partition-key"] for one in received} == {"kéy".encode()}


def test_an_empty_batch_stores_nothing() -> None:
    """No event, no error."""
    assert decode_delivery(BATCH_FORMAT, b"").records == []


def test_the_end_of_the_partition_can_come_along() -> None:
    """Delivery annotations stand before the message's own."""
    record = decode_delivery(0, encoded(Message(data=[b"x"]))).records[0]
    extra = encode.described(0x71, encode.map_of([(encode.symbol("last"), encode.long(9))]))
    assert delivered(record, extra).delivery_annotations == {b"last": 9}


@given(message_format=st.sampled_from([0, BATCH_FORMAT]), payload=st.binary(min_size=1, max_size=80))
def test_no_bytes_get_another_error_out(message_format: int, payload: bytes) -> None:
    """A payload is stored or refused as malformed."""
    for data in (payload, b"\x00\x53\x75\xa0" + bytes([len(payload)]) + payload, b"\x00\x53\x72" + payload):
        try:
            decode_delivery(message_format, data)
        except MalformedMessageError:
            continue


def test_one_bad_event_refuses_its_batch() -> None:
    """A batch is taken whole or not at all."""
    with pytest.raises(MalformedMessageError):
        decode_delivery(BATCH_FORMAT, batch(encoded(Message(data=[b"good"])), b"\x00\x53\x75\xa0\x09short"))
