"""Events between the wire and the log: taken out of deliveries, stored without being decoded, annotated.

A stored event is: length of the header section (2 bytes), count of message annotations (2), their
length (4), the header section, the annotations, and the remaining sections as they came.
"""

import struct
from dataclasses import dataclass

from local.eventhubs.amqp import encode
from local.eventhubs.amqp.decode import AmqpDecodeError, decode
from local.eventhubs.amqp.sections import (
    DATA,
    DELIVERY_ANNOTATIONS,
    HEADER,
    MESSAGE_ANNOTATIONS,
    Section,
    binary_value,
    map_entries,
    sections,
)
from local.eventhubs.log.block import Record
from local.eventhubs.refusals import MalformedMessageError

BATCH_FORMAT = 0x80013700
_STORED = struct.Struct(">HHI")
_COUNTS = struct.Struct(">II")
_PARTITION_KEY = "x-opt-partition-key"
_BY_BROKER = frozenset({"x-opt-sequence-number", "x-opt-offset", "x-opt-enqueued-time"})
_SEQUENCE, _OFFSET, _TIME = (
    encode.symbol(name) for name in ("x-opt-sequence-number", "x-opt-offset", "x-opt-enqueued-time")
)
_ANNOTATIONS_SECTION = b"\x00\x53\x72\xd1"


@dataclass(frozen=True, slots=True)
class Delivery:
    """The events of one delivery, ready to be stored, and the partition key they share, if any."""

    records: list[bytes]
    partition_key: str | None


def decode_delivery(message_format: int, payload: bytes) -> Delivery:
    """One event, or a batch of them in data sections; MalformedMessageError when it is neither."""
    try:
        if message_format != BATCH_FORMAT:
            record, key = _stored(payload, None)
            return Delivery([record], key)
        return _decode_batch(payload)
    except AmqpDecodeError as error:
        raise MalformedMessageError(str(error)) from error


def _decode_batch(payload: bytes) -> Delivery:
    batch_key, messages = None, []
    for section in sections(payload):
        if section.code == DATA:
            messages.append(binary_value(payload, section))
        elif section.code == MESSAGE_ANNOTATIONS:
            batch_key = _annotations(payload, section)[2]
    records = []
    for message in messages:
        record, key = _stored(message, batch_key)
        batch_key = batch_key or key
        records.append(record)
    return Delivery(records, batch_key)


def _stored(message: bytes, batch_key: str | None) -> tuple[bytes, str | None]:
    """The event as stored, and its partition key: its own, or that of its batch."""
    header, annotations, count, key = b"", b"", 0, None
    body: list[bytes] = []
    for section in sections(message):
        if section.code == HEADER:
            header = message[section.start : section.end]
        elif section.code == MESSAGE_ANNOTATIONS:
            annotations, count, key = _annotations(message, section)
        elif section.code != DELIVERY_ANNOTATIONS:
            body.append(message[section.start : section.end])
    if not body:
        raise AmqpDecodeError("a message without a body")
    if key is None and batch_key is not None:
        annotations += encode.symbol(_PARTITION_KEY) + encode.string(batch_key)
        count, key = count + 1, batch_key
    if count > 0xFFFF or len(header) > 0xFFFF:
        raise AmqpDecodeError("a message header or annotations of absurd size")
    return b"".join((_STORED.pack(len(header), count, len(annotations)), header, annotations, *body)), key


def _annotations(message: bytes, section: Section) -> tuple[bytes, int, str | None]:
    """The annotations that the sender may set, their number, and the partition key among them."""
    kept, key = [], None
    for name, start, value, end in map_entries(message, section):
        if name == _PARTITION_KEY:
            key = _text(decode(message, value)[0])
        if name not in _BY_BROKER:
            kept.append(message[start:end])
    return b"".join(kept), len(kept), key


def _text(value: object) -> str | None:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return None if value is None else str(value)


def annotated(record: Record, delivery_annotations: bytes) -> bytes:
    """A stored event as a message for a reader, with its place in the partition."""
    data = record.data
    header_length, count, annotations_length = _STORED.unpack_from(data)
    header_end = _STORED.size + header_length
    body_start = header_end + annotations_length
    annotations = b"".join(
        (
            _SEQUENCE, encode.long(record.sequence), _OFFSET, encode.string(str(record.offset)),
            _TIME, encode.timestamp(record.enqueued_ms), data[header_end:body_start],
        )
    )  # fmt: skip
    counts = _COUNTS.pack(len(annotations) + 4, 6 + 2 * count)
    return b"".join(
        (
            data[_STORED.size : header_end], delivery_annotations,
            _ANNOTATIONS_SECTION, counts, annotations, data[body_start:],
        )
    )  # fmt: skip
