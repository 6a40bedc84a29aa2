"""From the event log to exact numbers within seconds: each partition is worked off in transactional steps."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from functions.analytics.counting import Departments
from functions.analytics.fold import SKEW, Received
from functions.analytics.hot import Hot, top
from functions.analytics.partition import State, Step, advance, beat, roll
from functions.usecases.locate import located
from functions.usecases.ports import StoreUnavailableError
from functions.usecases.roll_up import next_rollups
from functions.usecases.stream_ports import (
    CheckpointConflictError,
    EventLog,
    HotCounters,
    HotUnavailableError,
    LogUnavailableError,
    MetricsStore,
    Ranking,
    Span,
)

TOP = 1_000
"""Entries of each published ranking."""
HEARTBEAT = 60.0
"""Seconds after which an idle partition's checkpoint is written again: an old one means that nobody aggregates."""
STEP_BYTES = 500_000
"""Bytes of messages that are folded at a time; about 2,000 events."""
_FAULTS_LOGGED = 5

log = logging.getLogger(__name__)


class AggregationError(Exception):
    """Partitions that could not be worked on; the others were, and the next cycle goes on from the checkpoints."""


@dataclass(frozen=True, slots=True)
class Cycle:
    """What a cycle did: messages read, transactions written, and messages that were left for the next one."""

    messages: int
    steps: int
    lag: int


@dataclass(slots=True)
class _Partition:
    """What this process knows of a partition, as of its own last transaction."""

    state: State
    version: str | None
    hot: Hot
    read: int = 0
    steps: int = 0


class Aggregation:
    """Aggregates all partitions; one object for each process, because it remembers between cycles.

    Exactly once: windows, remembered ids and checkpoint of a step are one transaction, conditional on the checkpoint
    that the step started from. What is remembered of a partition is dropped whenever the outcome of a transaction is
    not certain, and is loaded again from the store.
    """

    def __init__(
        self, event_log: EventLog, store: MetricsStore, hot: HotCounters, clock: Callable[[], float] = time.time
    ) -> None:
        self._log, self._store, self._hot, self._clock = event_log, store, hot, clock
        self._known: dict[str, _Partition] = {}
        self._turn = asyncio.Lock()

    async def run(self, department_of: Departments, seconds: float) -> Cycle:
        """Work until caught up, or for about so many seconds; raises `AggregationError` when a partition failed."""
        async with self._turn:
            deadline = self._clock() + seconds
            try:
                spans = await self._log.spans()
            except LogUnavailableError as error:
                raise AggregationError(str(error)) from error
            failures = await asyncio.gather(*(self._attempt(span, department_of, deadline) for span in spans))
            await self._publish(spans)
            if any(failures):
                raise AggregationError("; ".join(filter(None, failures)))
            return self._summary(spans)

    def forget(self) -> None:
        """Load everything anew with the next cycle."""
        self._known.clear()

    async def _attempt(self, span: Span, department_of: Departments, deadline: float) -> str:
        """Work on a partition; the reason when it failed, empty when it did not."""
        try:
            await self._work(span, department_of, deadline)
        except CheckpointConflictError:
            log.warning("%s: another instance aggregates it; what was not written is read again", span.partition)
        except (LogUnavailableError, StoreUnavailableError) as error:
            return f"{span.partition}: {error}"
        return ""

    async def _work(self, span: Span, department_of: Departments, deadline: float) -> None:
        partition = self._known.pop(span.partition, None) or await self._load(span.partition)
        partition.read = partition.steps = 0
        before = partition.state.checkpoint
        partition.state = replace(partition.state, checkpoint=located(before, span))
        await self._catch_up(partition, span, department_of, deadline)
        moved = partition.state.checkpoint.sequence != before.sequence
        if not partition.steps and (moved or self._clock() - before.checked >= HEARTBEAT):
            await self._commit(partition, span.partition, beat(partition.state, self._quiet_until(partition)))
        await self._roll_up(partition, span.partition, deadline)
        await self._restore(partition, span.partition, deadline)
        self._known[span.partition] = partition  # only now: after any error it is loaded anew

    async def _load(self, name: str) -> _Partition:
        loaded = await self._store.load(name)
        return _Partition(loaded.state, loaded.version, Hot(int(self._clock()) // 60))

    async def _catch_up(self, partition: _Partition, span: Span, department_of: Departments, deadline: float) -> None:
        after = partition.state.checkpoint.sequence
        if after >= span.last:
            return
        async with self._log.read(span.partition, after, span.last) as slices:
            async for records in slices:
                await self._take(partition, span.partition, records, department_of)
                if self._clock() >= deadline:
                    return

    async def _take(
        self, partition: _Partition, name: str, records: Sequence[Received], department_of: Departments
    ) -> None:
        while records:
            step = advance(partition.state, _front(records), department_of)
            await self._commit(partition, name, step)
            _report_faults(name, step)
            for minute, window in step.tally.windows.items():
                partition.hot.add(minute, window)
            partition.read += step.taken
            records = records[step.taken :]

    def _quiet_until(self, partition: _Partition) -> int:
        """The epoch minute before which nothing can arrive any more: all there is was read just now."""
        return 0 if partition.state.checkpoint.lag else int(self._clock()) // 60 - SKEW

    async def _roll_up(self, partition: _Partition, name: str, deadline: float) -> None:
        """Write the hours and days that are closed, as time allows."""
        while self._clock() < deadline:
            found = await next_rollups(self._store, name, partition.state.checkpoint)
            if found is None:
                return
            step = roll(partition.state, *found)
            if step.rollups:
                await self._commit(partition, name, step)
            else:
                partition.state = step.state  # an hour without events: the next transaction tells of it

    async def _commit(self, partition: _Partition, name: str, step: Step) -> None:
        checkpoint = replace(step.state.checkpoint, checked=self._clock())
        step = replace(step, state=replace(step.state, checkpoint=checkpoint))
        partition.version = await self._store.commit(name, step, partition.version)
        partition.state = step.state
        partition.steps += 1

    async def _restore(self, partition: _Partition, name: str, deadline: float) -> None:
        """Read back the last day's windows, as time allows, until the running totals are complete."""
        partition.hot.slide(int(self._clock()) // 60)
        while partition.hot.missing and self._clock() < deadline:
            stored = await self._store.views(name, *partition.hot.missing[0])
            partition.hot.restore((one.minute, one.window) for one in stored)

    async def _publish(self, spans: Sequence[Span]) -> None:
        """Publish absolute numbers, never increments: whatever is repeated, they are right."""
        known = [self._known[span.partition].hot for span in spans if span.partition in self._known]
        if len(known) < len(spans) or any(hot.missing for hot in known):
            log.info("The hot counters are not published: not all partitions are known yet")
            return
        ranking = Ranking(
            {
                "minute": top([hot.minute.total for hot in known], TOP),
                "hour": top([hot.hour.total for hot in known], TOP),
                "day": top([hot.day.total for hot in known], TOP),
            },
            top([hot.shoppers.total for hot in known], TOP),
        )
        try:
            await self._hot.publish(ranking)
        except HotUnavailableError as error:
            log.warning("The hot counters were not published, the next cycle does it: %s", error)

    def _summary(self, spans: Sequence[Span]) -> Cycle:
        known = [self._known[span.partition] for span in spans if span.partition in self._known]
        return Cycle(
            sum(one.read for one in known),
            sum(one.steps for one in known),
            sum(one.state.checkpoint.lag for one in known),
        )


def _front(records: Sequence[Received]) -> Sequence[Received]:
    """As many messages as are folded within some hundredths of a second, at least one: the event loop waits."""
    size = 0
    for place, record in enumerate(records):
        size += len(record.body)
        if place and size > STEP_BYTES:
            return records[:place]
    return records


def _report_faults(name: str, step: Step) -> None:
    faults = step.tally.faults
    for fault in faults[:_FAULTS_LOGGED]:
        log.warning("%s: the event at offset %s is invalid: %s", name, fault.offset, fault.reason)
    if len(faults) > _FAULTS_LOGGED:
        last = faults[-1].offset
        log.warning("%s: and %d more invalid events up to offset %s", name, len(faults) - _FAULTS_LOGGED, last)
    if step.tally.late:
        log.warning("%s: %d events came too late to be counted", name, step.tally.late)
