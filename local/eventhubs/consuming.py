"""Receivers: events go from the log to a reader as fast as its credit and its socket allow."""

import asyncio

from local.eventhubs.amqp import encode
from local.eventhubs.amqp.sections import DELIVERY_ANNOTATIONS
from local.eventhubs.events import annotated
from local.eventhubs.hub import Partition, now_ms
from local.eventhubs.links import Channel, OutgoingLink
from local.eventhubs.log.cursor import Cursor
from local.eventhubs.log.segment import CorruptSegmentError
from local.eventhubs.refusals import StorageFailedError

EVENTS_PER_TURN = 128
BYTES_PER_TURN = 1024 * 1024


class ReaderLink(OutgoingLink):
    """One reader of one partition. `runtime_metric` adds the partition's end to each event."""

    def __init__(
        self,
        channel: Channel,
        handle: int,
        partition: Partition,
        start: int,
        *,
        group: str,
        owner_level: int | None,
        runtime_metric: bool,
    ) -> None:
        super().__init__(channel, handle, partition.hub)
        self._partition = partition
        self._cursor = Cursor(partition.log, start)
        self._group = group.lower()
        self._owner_level = owner_level
        self._runtime_metric = runtime_metric
        self._turn: asyncio.Handle | None = None
        self._closed = False

    @property
    def group(self) -> str:
        return self._group

    @property
    def owner_level(self) -> int | None:
        return self._owner_level

    def opened(self) -> None:
        self._partition.log.listen(self.wake)

    def closed(self) -> None:
        if not self._closed:
            self._closed = True
            self._partition.release(self)
            self._partition.log.unlisten(self.wake)
            if self._turn is not None:
                self._turn.cancel()

    def wake(self) -> None:
        if self._turn is None and not self._closed:
            self._turn = asyncio.get_running_loop().call_soon(self._take_turn)

    def _take_turn(self) -> None:
        """Send some events, then let the other links have their turn."""
        self._turn = None
        if self.channel.congested:
            return  # woken again when the socket has room
        try:
            self._send_events()
        except (CorruptSegmentError, OSError) as error:
            self.refuse(StorageFailedError(f"The partition cannot be read: {error}"))
            return
        if self._cursor.behind and self.room > 0:
            self.wake()
        elif self.drain:
            self.finish_drain()

    def _send_events(self) -> None:
        annotations = self._partition_end() if self._runtime_metric else b""
        budget = BYTES_PER_TURN
        for _ in range(min(self.room, EVENTS_PER_TURN)):
            if budget <= 0 or not (records := self._cursor.read(1)):
                break
            message = annotated(records[0], annotations)
            self.emit(message)
            budget -= len(message)

    def _partition_end(self) -> bytes:
        log = self._partition.log
        entries = [
            (encode.symbol("last_enqueued_sequence_number"), encode.long(log.end_sequence - 1)),
            (encode.symbol("last_enqueued_offset"), encode.string(str(log.last_offset))),
            (encode.symbol("last_enqueued_time_utc"), encode.timestamp(log.last_enqueued_ms)),
            (encode.symbol("runtime_info_retrieval_time_utc"), encode.timestamp(now_ms())),
        ]
        return encode.described(DELIVERY_ANNOTATIONS, encode.map_of(entries))
