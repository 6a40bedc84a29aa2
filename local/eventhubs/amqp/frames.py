"""AMQP frames (AMQP 1.0, part 2.3): protocol headers, and frames cut out of a stream of bytes."""

import struct
from typing import NamedTuple

_HEADER = struct.Struct(">IBBH")  # size, data offset in words, type, channel
HEADER_SIZE = _HEADER.size
AMQP_TYPE, SASL_TYPE = 0, 1
SASL_PROTOCOL = b"AMQP\x03\x01\x00\x00"
AMQP_PROTOCOL = b"AMQP\x00\x01\x00\x00"


class FramingError(Exception):
    """The peer does not speak AMQP 1.0, or sends a frame larger than was agreed."""


class Frame(NamedTuple):
    """One frame; an empty body is a heartbeat."""

    kind: int
    channel: int
    body: bytes


def encode_frame(channel: int, body: bytes, kind: int = AMQP_TYPE) -> bytes:
    return _HEADER.pack(HEADER_SIZE + len(body), 2, kind, channel) + body


HEARTBEAT = encode_frame(0, b"")


class FrameBuffer:
    """Bytes of one peer that wait to be cut into protocol headers and frames."""

    def __init__(self, max_frame_size: int) -> None:
        self._data = bytearray()
        self._at = 0
        self._max = max_frame_size

    def feed(self, data: bytes) -> None:
        if self._at:
            del self._data[: self._at]
            self._at = 0
        self._data += data

    def protocol_header(self) -> bytes | None:
        """The next 8 bytes, or None when they have not all arrived."""
        if len(self._data) - self._at < len(AMQP_PROTOCOL):
            return None
        self._at += len(AMQP_PROTOCOL)
        return bytes(self._data[self._at - len(AMQP_PROTOCOL) : self._at])

    def frame(self) -> Frame | None:
        """The next whole frame, or None when it has not all arrived."""
        available = len(self._data) - self._at
        if available < HEADER_SIZE:
            return None
        size, offset, kind, channel = _HEADER.unpack_from(self._data, self._at)
        if size > self._max:
            raise FramingError(f"a frame of {size} bytes; {self._max} are allowed")
        if offset < 2 or size < 4 * offset:
            raise FramingError(f"a frame header that contradicts itself ({size} bytes, offset {offset})")
        if available < size:
            return None
        body = bytes(self._data[self._at + 4 * offset : self._at + size])
        self._at += size
        return Frame(kind, channel, body)
