"""One file of a partition's log: a header that says where in the log it starts, then blocks.

A segment keeps a sparse index (a place every 64 KiB) and never its events. The one being written
holds its file open; sealed ones open theirs for each read of a chunk.
"""

import os
import struct
import zlib
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from local.eventhubs.log.block import (
    Block,
    CorruptBlockError,
    encode_block,
    find_block,
    missing_bytes,
    parse_block,
)

CHUNK = 256 * 1024
INDEX_EVERY = 64 * 1024
SUFFIX = ".segment"
_HEADER = struct.Struct(">4sQQqQ")
_CRC = struct.Struct(">I")
_MAGIC = b"EHS1"
_HEADER_SIZE = _HEADER.size + _CRC.size


class CorruptSegmentError(Exception):
    """A file of the log is damaged in a place that no crash explains."""


@dataclass(frozen=True, slots=True)
class Place:
    """The end of a log: what its next record gets, and what its last one had (-1 and 0: there was none)."""

    sequence: int = 0
    offset: int = 0
    last_offset: int = -1
    last_enqueued_ms: int = 0


class Segment:
    """Blocks in one file, from `start` on."""

    def __init__(self, path: Path, start: Place) -> None:
        self.path = path
        self.start = start
        self.end = start
        self.size = _HEADER_SIZE
        self._descriptor: int | None = None
        self._indexed = False
        self._positions = array("Q")
        self._sequences = array("Q")
        self._times = array("Q")

    @classmethod
    def create(cls, directory: Path, start: Place) -> Self:
        """A new segment, open for appending; its header appears whole or not at all."""
        path = directory / f"{start.sequence:020d}{SUFFIX}"
        header = _HEADER.pack(_MAGIC, start.sequence, start.offset, start.last_offset, start.last_enqueued_ms)
        draft = path.with_suffix(".new")
        with draft.open("wb") as file:
            file.write(header + _CRC.pack(zlib.crc32(header)))
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
        _sync_directory(directory)
        segment = cls(path, start)
        segment._indexed = True
        segment._descriptor = os.open(path, os.O_RDWR)
        return segment

    @classmethod
    def load(cls, path: Path) -> Self:
        """A segment from its file, of which only the header is read; `recover` or `seal` must follow."""
        with path.open("rb") as file:
            raw = file.read(_HEADER_SIZE)
        if len(raw) < _HEADER_SIZE or zlib.crc32(raw[: _HEADER.size]) != _CRC.unpack_from(raw, _HEADER.size)[0]:
            raise CorruptSegmentError(f"{path} has a damaged header; move the file away to go on without it")
        _, sequence, offset, last_offset, last_enqueued_ms = _HEADER.unpack_from(raw)
        return cls(path, Place(sequence, offset, last_offset, last_enqueued_ms))

    def seal(self, end: Place) -> None:
        """Nothing is appended from here on; `end` is where the next segment starts."""
        self.close()
        self.end = end
        self.size = _HEADER_SIZE + end.offset - self.start.offset

    def recover(self) -> int:
        """Open for appending and drop a torn tail, which was never acknowledged; the bytes dropped.

        Raises CorruptSegmentError when whole blocks follow the damage: no crash leaves that behind.
        """
        self._descriptor = os.open(self.path, os.O_RDWR)
        on_disk = os.fstat(self._descriptor).st_size
        self.size = on_disk
        good, last = _HEADER_SIZE, None
        try:
            for block in self._scan(_HEADER_SIZE, self._note):
                good, last = block.end, block
        except CorruptBlockError:
            pass  # the tail that a crash left: cut off below
        self._indexed = True
        self.size = good
        if last is not None:
            self._advance(last.end_sequence, last.last_offset(self.base_offset), last.enqueued_ms)
        if good != on_disk:
            self._check_nothing_follows(good, on_disk)
            os.ftruncate(self._descriptor, good)
        return on_disk - good

    def _check_nothing_follows(self, good: int, on_disk: int) -> None:
        tail = self._read(good, on_disk - good)
        if (at := find_block(tail, self.end.sequence)) is not None:
            raise CorruptSegmentError(
                f"{self.path} is damaged at byte {good}, and events follow from byte {good + at} on; "
                f"move the file away to go on without them"
            )

    @property
    def base_offset(self) -> int:
        """What to add to a position in the file to get an offset in the log."""
        return self.start.offset - _HEADER_SIZE

    @property
    def empty(self) -> bool:
        return self.end.sequence == self.start.sequence

    def append(self, records: Sequence[bytes], enqueued_ms: int, *, fsync: bool) -> None:
        """Write `records` as one block; once this returns, a killed process loses none of them.

        Raises OSError when the disk refuses, with the file as it was before.
        """
        assert self._descriptor is not None, "a sealed segment"
        block = Block(self.size, self.end.sequence, len(records), enqueued_ms, b"")
        data = encode_block(block.first_sequence, enqueued_ms, records)
        try:
            _write_all(self._descriptor, data, self.size)
            if fsync:
                os.fsync(self._descriptor)
        except OSError:
            os.ftruncate(self._descriptor, self.size)
            raise
        self._note(block)
        self.size += len(data)
        last_offset = self.base_offset + self.size - len(records[-1]) - 4
        self._advance(block.end_sequence, last_offset, enqueued_ms)

    def _advance(self, sequence: int, last_offset: int, enqueued_ms: int) -> None:
        self.end = Place(sequence, self.base_offset + self.size, last_offset, enqueued_ms)

    def _note(self, block: Block) -> None:
        """Put the block into the index when the last entry is far enough away."""
        if not self._positions or block.position - self._positions[-1] >= INDEX_EVERY:
            self._positions.append(block.position)
            self._sequences.append(block.first_sequence)
            self._times.append(block.enqueued_ms)

    def blocks(self, position: int) -> Iterator[Block]:
        """The blocks from `position` to the present end of the file.

        Raises CorruptSegmentError when one fails its checksum, FileNotFoundError when retention was faster.
        """
        try:
            yield from self._scan(position)
        except CorruptBlockError as error:
            raise CorruptSegmentError(f"{self.path}: {error}") from error

    def _scan(self, position: int, note: Callable[[Block], None] | None = None) -> Iterator[Block]:
        want = CHUNK
        while position < self.size:
            buffer, at = self._read(position, min(want, self.size - position)), 0
            while at < len(buffer) and (block := parse_block(buffer, at, position)) is not None:
                if note is not None:
                    note(block)
                yield block
                at += block.end - position
                position = block.end
            if at == 0:
                need = missing_bytes(buffer, 0)
                if need <= len(buffer) or need > self.size - position:
                    raise CorruptBlockError(f"the file ends inside the block at byte {position}")
            want = CHUNK if at else need

    def _read(self, position: int, size: int) -> bytes:
        if self._descriptor is not None:
            return os.pread(self._descriptor, size, position)
        with self.path.open("rb") as file:
            file.seek(position)
            return file.read(size)

    def position_of_sequence(self, sequence: int) -> int:
        """Where to start scanning for a sequence number."""
        self._ensure_index()
        return self._entry(bisect_right(self._sequences, sequence) - 1)

    def position_of_offset(self, offset: int) -> int:
        """Where to start scanning for an offset of the log."""
        self._ensure_index()
        return self._entry(bisect_right(self._positions, max(0, offset - self.base_offset)) - 1)

    def position_of_time(self, milliseconds: int) -> int:
        """Where to start scanning for the first event at or after a time."""
        self._ensure_index()
        return self._entry(bisect_left(self._times, milliseconds) - 1)

    def _entry(self, index: int) -> int:
        return self._positions[index] if index >= 0 else _HEADER_SIZE

    def _ensure_index(self) -> None:
        if not self._indexed:
            for block in self.blocks(_HEADER_SIZE):
                self._note(block)
            self._indexed = True

    def sync(self) -> None:
        if self._descriptor is not None:
            os.fsync(self._descriptor)

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def delete(self) -> None:
        self.close()
        self.path.unlink()


def _sync_directory(directory: Path) -> None:
    """A new name in a directory is on the disk only once the directory is."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, data: bytes, position: int) -> None:
    view, done = memoryview(data), 0
    while done < len(data):
        done += os.pwrite(descriptor, view[done:], position + done)
