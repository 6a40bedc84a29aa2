"""The log of one partition: segments that follow each other, read by cursors, shortened by retention."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from local.eventhubs.log.position import By, Position, PositionError
from local.eventhubs.log.segment import SUFFIX, CorruptSegmentError, Place, Segment


@dataclass(frozen=True, slots=True)
class LogOptions:
    """Sizes in bytes, times in milliseconds; `retention_bytes` counts for one partition."""

    segment_bytes: int = 16 * 1024 * 1024
    retention_ms: int = 24 * 3600 * 1000
    retention_bytes: int = 1024 * 1024 * 1024
    fsync: bool = False


class PartitionLog:
    """An append-only log in its own directory; `dropped` says how many torn bytes opening removed."""

    def __init__(self, directory: Path, options: LogOptions) -> None:
        self._directory = directory
        self._options = options
        self._listeners: list[Callable[[], None]] = []
        self.dropped = 0
        self._segments = self._open()

    def _open(self) -> list[Segment]:
        self._directory.mkdir(parents=True, exist_ok=True)
        for draft in self._directory.glob("*.new"):
            draft.unlink()
        segments = [Segment.load(path) for path in sorted(self._directory.glob(f"*{SUFFIX}"))]
        if not segments:
            return [Segment.create(self._directory, Place())]
        for segment, following in pairwise(segments):
            segment.seal(following.start)
            if segment.path.stat().st_size < segment.size:
                raise CorruptSegmentError(f"{segment.path} is too short; move it and the older ones away")
        self.dropped = segments[-1].recover()
        return segments

    @property
    def _active(self) -> Segment:
        return self._segments[-1]

    @property
    def begin_sequence(self) -> int:
        """Sequence number of the oldest event that is kept."""
        return self._segments[0].start.sequence

    @property
    def end_sequence(self) -> int:
        """Sequence number that the next event gets."""
        return self._active.end.sequence

    @property
    def empty(self) -> bool:
        return self.begin_sequence == self.end_sequence

    @property
    def last_offset(self) -> int:
        return self._active.end.last_offset

    @property
    def last_enqueued_ms(self) -> int:
        return self._active.end.last_enqueued_ms

    @property
    def size_bytes(self) -> int:
        return sum(segment.size for segment in self._segments)

    def listen(self, wake: Callable[[], None]) -> None:
        """Call `wake` after each append."""
        self._listeners.append(wake)

    def unlisten(self, wake: Callable[[], None]) -> None:
        self._listeners.remove(wake)

    def append(self, records: Sequence[bytes], now_ms: int) -> None:
        """Store one delivery; once this returns it survives a killed process (with `fsync`, a power cut).

        Raises OSError when the disk refuses; nothing is stored then.
        """
        if not records:
            return
        if self._active.size >= self._options.segment_bytes and not self._active.empty:
            self._roll()
        self._active.append(records, max(now_ms, self.last_enqueued_ms), fsync=self._options.fsync)
        for wake in self._listeners:
            wake()

    def _roll(self) -> None:
        self._active.sync()  # only the last segment may have a torn tail
        following = Segment.create(self._directory, self._active.end)
        self._active.seal(following.start)
        self._segments.append(following)

    def expire(self, now_ms: int) -> int:
        """Remove the segments that are older than the time or beyond the size to keep; their number."""
        horizon = now_ms - self._options.retention_ms
        if not self._active.empty and self.last_enqueued_ms < horizon:
            self._roll()
        surplus = self.size_bytes - self._options.retention_bytes
        removed = 0
        for segment in self._segments[:-1]:
            if segment.end.last_enqueued_ms >= horizon and surplus <= 0:
                break
            segment.delete()
            surplus -= segment.size
            removed += 1
        del self._segments[:removed]
        return removed

    def seek(self, position: Position) -> int:
        """The sequence number of the first event that a reader from `position` gets.

        What retention has removed already starts at the beginning. Raises PositionError for an offset or a
        sequence number that the log has not reached.
        """
        match position.by:
            case By.BEGINNING:
                return self.begin_sequence
            case By.LATEST:
                return self.end_sequence
            case By.SEQUENCE:
                return self._seek_sequence(position)
            case By.OFFSET:
                return self._seek_offset(position)
            case By.TIME:
                return self._seek_time(position)

    def _seek_sequence(self, position: Position) -> int:
        first = position.value if position.inclusive else position.value + 1
        if first > self.end_sequence:
            raise PositionError(
                f"The supplied sequence number '{position.value}' is invalid. "
                f"The last sequence number in the system is '{self.end_sequence - 1}'"
            )
        return max(first, self.begin_sequence)

    def _seek_offset(self, position: Position) -> int:
        if position.value > self.last_offset:
            raise PositionError(
                f"The supplied offset '{position.value}' is invalid. "
                f"The last offset in the system is '{self.last_offset}'"
            )
        segment = self._segments[self._index(lambda one: one.start.offset, position.value)]
        smallest = position.value if position.inclusive else position.value + 1
        for block in segment.blocks(segment.position_of_offset(position.value)):
            for record in block.records(segment.base_offset):
                if record.offset >= smallest:
                    return record.sequence
        return segment.end.sequence

    def _seek_time(self, position: Position) -> int:
        earliest = position.value if position.inclusive else position.value + 1
        for segment in self._segments:
            if segment.empty or segment.end.last_enqueued_ms < earliest:
                continue
            for block in segment.blocks(segment.position_of_time(earliest)):
                if block.enqueued_ms >= earliest:
                    return block.first_sequence
        return self.end_sequence

    def _index(self, key: Callable[[Segment], int], value: int) -> int:
        return max(0, bisect_right(self._segments, value, key=key) - 1)

    def segment_with(self, sequence: int) -> Segment:
        """The segment that holds the event, the oldest one when retention has removed it."""
        return self._segments[self._index(lambda one: one.start.sequence, sequence)]

    def sync(self) -> None:
        self._active.sync()

    def close(self) -> None:
        self._active.close()
