"""Reads a partition's log in order."""

from collections.abc import Iterator
from itertools import chain, islice

from local.eventhubs.log.block import Record
from local.eventhubs.log.partition import PartitionLog
from local.eventhubs.log.segment import CorruptSegmentError, Segment


class Cursor:
    """Reads a log in order from a sequence number; holds at most one chunk of it in memory."""

    def __init__(self, log: PartitionLog, sequence: int) -> None:
        self._log = log
        self._sequence = sequence
        self._segment = log.segment_with(sequence)
        self._position = self._segment.position_of_sequence(sequence)
        self._stream: Iterator[Record] = iter(())

    @property
    def behind(self) -> int:
        """How many events are stored and not read."""
        return self._log.end_sequence - self._sequence

    def read(self, limit: int) -> list[Record]:
        """The next `limit` events, fewer only at the end of the log.

        Raises CorruptSegmentError when the disk gives back something else than was written.
        """
        records: list[Record] = []
        while len(records) < limit:
            if taken := list(islice(self._stream, limit - len(records))):
                self._sequence = taken[-1].sequence + 1
                records += taken
            elif self.behind > 0:
                self._stream = chain.from_iterable(self._blocks())
            else:
                break
        return records

    def _blocks(self) -> Iterator[Iterator[Record]]:
        """What is left of one segment: the records of each block after those that were read."""
        segment = self._current_segment()
        try:
            for block in segment.blocks(self._position):
                self._position = block.end
                if block.end_sequence > self._sequence:
                    yield block.records(segment.base_offset, self._sequence)
        except FileNotFoundError as error:
            if self._sequence >= self._log.begin_sequence:
                raise CorruptSegmentError(f"{segment.path} has disappeared") from error
            self._sequence = self._log.begin_sequence  # retention was faster

    def _current_segment(self) -> Segment:
        segment = self._log.segment_with(max(self._sequence, self._log.begin_sequence))
        if segment is not self._segment:
            self._segment = segment
            self._position = segment.position_of_sequence(self._sequence)
        return segment
