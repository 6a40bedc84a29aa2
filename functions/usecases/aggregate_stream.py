"""The aggregation for more than one instance: a trigger brings the events of the partitions that an instance leases.

The trigger's own checkpoint is only where it reads; what counts is ours. So a batch that comes twice counts once, and
what a batch that failed left out is read from the log before the next one.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from functions.analytics.counting import Departments
from functions.analytics.fold import Received
from functions.analytics.hot import Hot
from functions.analytics.partition import Checkpoint
from functions.telemetry import LAG, SILENT, Telemetry
from functions.usecases.aggregate import Aggregation, AggregationError
from functions.usecases.locate import located
from functions.usecases.partition_work import HEARTBEAT, Partition, PartitionWork, publish
from functions.usecases.stream_ports import (
    CheckpointConflictError,
    EventLog,
    HotCounters,
    LogUnavailableError,
    MetricsStore,
    Span,
)

ATTEMPTS = 3
"""Times that a batch is tried while other instances write the same checkpoint: a lease that has just moved."""
ASKED = 10.0
"""Seconds after which the log is asked again how much it holds."""
REFRESH = 30.0
"""Seconds after which the rankings are made anew from what all instances wrote."""
SECONDS = 30.0
"""For which one batch may read what is missing before it, and write hours and days."""

log = logging.getLogger(__name__)


class StreamAggregation:
    """One object for each process: it remembers the partitions whose events it got last."""

    def __init__(
        self,
        event_log: EventLog,
        store: MetricsStore,
        clock: Callable[[], float] = time.time,
        telemetry: Telemetry = SILENT,
    ) -> None:
        self._log, self._clock = event_log, clock
        self._work = PartitionWork(store, clock, telemetry)
        self._known: dict[str, Partition] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        self._asked, self._last = 0.0, dict[str, int]()

    async def take(
        self, name: str, came: Sequence[tuple[int, str, float, bytes]], department_of: Departments
    ) -> None:
        """Count a batch of a partition, in order and not empty, and what is missing before it.

        Of each event sequence number, offset, moment of arrival (epoch seconds) and body.
        Raises `StoreUnavailableError`, `LogUnavailableError` and `CheckpointConflictError`: nothing is lost, the next
        batch reads what this one left out.
        """
        records = [Received(*one) for one in came]
        async with self._turns.setdefault(name, asyncio.Lock()):
            for attempt in range(ATTEMPTS):
                try:
                    await self._take(name, records, department_of)
                    return
                except CheckpointConflictError:
                    if attempt + 1 == ATTEMPTS:
                        raise
                    log.warning("%s: another instance aggregates it; its state is loaded again", name)

    def forget(self) -> None:
        """Load everything anew with the next batches."""
        self._known.clear()

    async def _take(self, name: str, records: Sequence[Received], department_of: Departments) -> None:
        deadline = self._clock() + SECONDS
        partition = self._known.pop(name, None) or await self._work.load(name)
        self._notice_another_log(partition, records[-1])
        await self._notice_lag(partition)
        await self._fill(partition, records[0].sequence, department_of, deadline)
        done = partition.state.checkpoint.sequence
        if records[0].sequence <= done + 1:  # else the gap is not filled yet, and the log still has all of it
            await self._work.take(partition, [one for one in records if one.sequence > done], department_of)
        await self._work.roll_up(partition, deadline)
        partition.hot = Hot(int(self._clock()) // 60)  # the rankings are made from what all instances write
        self._known[name] = partition  # only now: after any error it is loaded anew

    def _notice_another_log(self, partition: Partition, last: Received) -> None:
        checkpoint = partition.state.checkpoint
        found = located(checkpoint, Span(partition.name, 0, last.sequence, last.enqueued))
        if found.sequence < checkpoint.sequence:
            partition.state = replace(partition.state, checkpoint=found)

    async def _notice_lag(self, partition: Partition) -> None:
        """Let the next transaction tell how much there is to do; the log is asked now and then."""
        if self._clock() - self._asked >= ASKED:
            self._asked = self._clock()
            self._last = {span.partition: span.last for span in await self._log.spans()}
        last = self._last.get(partition.name, -1)
        checkpoint = partition.state.checkpoint
        if last > checkpoint.last_enqueued:
            partition.state = replace(partition.state, checkpoint=replace(checkpoint, last_enqueued=last))

    async def _fill(self, partition: Partition, first: int, department_of: Departments, deadline: float) -> None:
        """Read what lies between the checkpoint and the batch."""
        if first <= partition.state.checkpoint.sequence + 1:
            return
        [span] = [one for one in await self._log.spans() if one.partition == partition.name]
        partition.state = replace(partition.state, checkpoint=located(partition.state.checkpoint, span))
        after = partition.state.checkpoint.sequence
        if after + 1 >= first:
            return
        async with self._log.read(partition.name, after, first - 1) as slices:
            async for records in slices:
                inside = [one for one in records if one.sequence < first]
                await self._work.take(partition, inside, department_of)
                if self._clock() >= deadline:
                    return


class Tending:
    """What no trigger does: partitions for which no event comes are looked after, and rankings are published.

    A batch that failed may have been the last for hours: what it left out is counted here.
    """

    def __init__(
        self,
        event_log: EventLog,
        store: MetricsStore,
        hot: HotCounters,
        clock: Callable[[], float] = time.time,
        telemetry: Telemetry = SILENT,
    ) -> None:
        self._log, self._store, self._hot, self._clock = event_log, store, hot, clock
        self._telemetry = telemetry
        self._work = PartitionWork(store, clock, telemetry)
        self._aggregation = Aggregation(event_log, store, hot, clock, telemetry)
        self._hots: dict[str, Hot] = {}
        self._published = 0.0

    async def __call__(self, department_of: Departments, seconds: float) -> None:
        """Work for about so many seconds; raises `AggregationError` and `StoreUnavailableError`."""
        deadline = self._clock() + seconds
        try:
            spans = await self._log.spans()
        except LogUnavailableError as error:
            raise AggregationError(str(error)) from error
        known = await self._store.checkpoints()
        self._telemetry.record(LAG, sum(_waiting(known, span) for span in spans))
        left = [span for span in spans if self._clock() - _checked(known, span) >= HEARTBEAT]
        await self._aggregation.look_after(left, department_of, seconds)
        if self._clock() - self._published >= REFRESH:
            await self._rank(spans, deadline)

    def forget(self) -> None:
        """Read the rankings of the last day anew."""
        self._hots.clear()

    async def _rank(self, spans: Sequence[Span], deadline: float) -> None:
        now = int(self._clock()) // 60
        for span in spans:
            hot = self._hots.setdefault(span.partition, Hot(now))
            hot.refresh(now)
            await self._work.restore(hot, span.partition, deadline)
        known = [self._hots[span.partition] for span in spans if span.partition in self._hots]
        await publish(self._hot, known, len(spans))
        self._published = self._clock()


def _checked(known: Mapping[str, Checkpoint], span: Span) -> float:
    checkpoint = known.get(span.partition)
    return checkpoint.checked if checkpoint else 0.0


def _waiting(known: Mapping[str, Checkpoint], span: Span) -> int:
    """Messages of a partition that are not counted yet."""
    checkpoint = known.get(span.partition)
    done = span.first - 1 if checkpoint is None else checkpoint.sequence
    return max(0, span.last - max(done, span.first - 1))
