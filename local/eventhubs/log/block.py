"""The unit of writing: one block for each accepted delivery, so that a batch is kept whole or not at all.

Layout, big-endian: magic (4), CRC-32 of all that follows (4), body length (4), count of records (4),
sequence number of the first record (8), enqueued time in ms (8); then for each record its length (4)
and its bytes.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_START = struct.Struct(">4sI")
_REST = struct.Struct(">IIQQ")
_LENGTH = struct.Struct(">I")
_MAGIC = b"EHB1"
HEADER_SIZE = _START.size + _REST.size
MAX_BODY = 64 * 1024 * 1024


class CorruptBlockError(Exception):
    """The bytes at this place are not a block that was written whole."""


class Record(NamedTuple):
    """One stored record; `offset` is its byte position in the whole log of its partition."""

    sequence: int
    offset: int
    enqueued_ms: int
    data: bytes


class Block(NamedTuple):
    """A block at `position` of a file, checked against its CRC."""

    position: int
    first_sequence: int
    record_count: int
    enqueued_ms: int
    body: bytes

    @property
    def end(self) -> int:
        return self.position + HEADER_SIZE + len(self.body)

    @property
    def end_sequence(self) -> int:
        return self.first_sequence + self.record_count

    def records(self, base_offset: int, first: int = 0) -> Iterator[Record]:
        """Its records from sequence number `first`; `base_offset` is where the file starts in the log."""
        at, origin = 0, base_offset + self.position + HEADER_SIZE
        for sequence in range(self.first_sequence, self.end_sequence):
            start = at + _LENGTH.size
            end = start + _LENGTH.unpack_from(self.body, at)[0]
            if sequence >= first:
                yield Record(sequence, origin + at, self.enqueued_ms, self.body[start:end])
            at = end

    def last_offset(self, base_offset: int) -> int:
        at, origin = 0, base_offset + self.position + HEADER_SIZE
        for _ in range(self.record_count - 1):
            at += _LENGTH.size + _LENGTH.unpack_from(self.body, at)[0]
        return origin + at


def encode_block(first_sequence: int, enqueued_ms: int, records: Sequence[bytes]) -> bytes:
    parts: list[bytes] = []
    for record in records:
        parts += (_LENGTH.pack(len(record)), record)
    body = b"".join(parts)
    if len(body) > MAX_BODY:
        raise ValueError(f"a block of {len(body)} bytes; {MAX_BODY} are allowed")
    rest = _REST.pack(len(body), len(records), first_sequence, enqueued_ms) + body
    return _START.pack(_MAGIC, zlib.crc32(rest)) + rest


def parse_block(buffer: bytes, at: int, position: int) -> Block | None:
    """The block at `at` of `buffer`, which is byte `position` of its file; None when it is cut off.

    Raises CorruptBlockError when the bytes cannot be the start of a block or fail their CRC.
    """
    head = buffer[at : at + HEADER_SIZE]
    if not _MAGIC.startswith(head[:4]):
        raise CorruptBlockError(f"no block starts at byte {position}")
    if len(head) < HEADER_SIZE:
        if head[:4] != _MAGIC[: len(head)]:
            raise CorruptBlockError(f"no block starts at byte {position}")
        return None
    _, crc = _START.unpack_from(head)
    length, count, sequence, enqueued_ms = _REST.unpack_from(head, _START.size)
    if length > MAX_BODY:
        raise CorruptBlockError(f"a block of impossible length at byte {position}")
    end = at + HEADER_SIZE + length
    if end > len(buffer):
        return None
    if zlib.crc32(memoryview(buffer)[at + _START.size : end]) != crc:
        raise CorruptBlockError(f"wrong checksum in the block at byte {position}")
    return Block(position, sequence, count, enqueued_ms, buffer[at + HEADER_SIZE : end])


def missing_bytes(buffer: bytes, at: int) -> int:
    """How many bytes the block at `at` takes as far as its header tells, to read a cut-off block whole."""
    if len(buffer) - at < HEADER_SIZE:
        return HEADER_SIZE
    return HEADER_SIZE + int(_REST.unpack_from(buffer, at + _START.size)[0])


def find_block(buffer: bytes, first_sequence: int) -> int | None:
    """Where in `buffer` a whole block with this sequence number or a later one starts."""
    at = buffer.find(_MAGIC)
    while at >= 0:
        try:
            block = parse_block(buffer, at, at)
        except CorruptBlockError:
            block = None
        if block is not None and block.first_sequence >= first_sequence:
            return at
        at = buffer.find(_MAGIC, at + 1)
    return None
