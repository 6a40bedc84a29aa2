"""From the event log to exact numbers within seconds: each partition is worked off in transactional steps."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from functions.analytics.counting import Departments
from functions.telemetry import LAG, SILENT, Telemetry
from functions.usecases.locate import located
from functions.usecases.partition_work import HEARTBEAT, Partition, PartitionWork, publish
from functions.usecases.ports import StoreUnavailableError
from functions.usecases.stream_ports import (
    CheckpointConflictError,
    EventLog,
    HotCounters,
    LogUnavailableError,
    MetricsStore,
    Span,
)

log = logging.getLogger(__name__)


class AggregationError(Exception):
    """Partitions that could not be worked on; the others were, and the next cycle goes on from the checkpoints."""


@dataclass(frozen=True, slots=True)
class Cycle:
    """What a cycle did: messages read, transactions written, and messages that were left for the next one."""

    messages: int
    steps: int
    lag: int


class Aggregation:
    """Aggregates all partitions; one object for each process, because it remembers between cycles."""

    def __init__(
        self,
        event_log: EventLog,
        store: MetricsStore,
        hot: HotCounters,
        clock: Callable[[], float] = time.time,
        telemetry: Telemetry = SILENT,
    ) -> None:
        self._log, self._hot, self._clock, self._telemetry = event_log, hot, clock, telemetry
        self._work = PartitionWork(store, clock, telemetry)
        self._known: dict[str, Partition] = {}
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
            await publish(self._hot, [one.hot for one in self._of(spans)], len(spans))
            if any(failures):
                raise AggregationError("; ".join(filter(None, failures)))
            cycle = self._summary(spans)
            self._telemetry.record(LAG, cycle.lag)
            return cycle

    async def look_after(self, spans: Sequence[Span], department_of: Departments, seconds: float) -> None:
        """Work on some partitions that are usually somebody else's; raises `AggregationError`."""
        async with self._turn:
            deadline = self._clock() + seconds
            attempts = (self._attempt(span, department_of, deadline, ranked=False) for span in spans)
            failures = await asyncio.gather(*attempts)
            self.forget()
            if any(failures):
                raise AggregationError("; ".join(filter(None, failures)))

    def forget(self) -> None:
        """Load everything anew with the next cycle."""
        self._known.clear()

    async def _attempt(self, span: Span, department_of: Departments, deadline: float, *, ranked: bool = True) -> str:
        """Work on a partition; the reason when it failed, empty when it did not."""
        try:
            partition = self._known.pop(span.partition, None) or await self._work.load(span.partition)
            await self._look_after(partition, span, department_of, deadline)
            if ranked:
                await self._work.restore(partition.hot, partition.name, deadline)
            self._known[span.partition] = partition  # only now: after any error it is loaded anew
        except CheckpointConflictError:
            log.warning("%s: another instance aggregates it; what was not written is read again", span.partition)
        except (LogUnavailableError, StoreUnavailableError) as error:
            return f"{span.partition}: {error}"
        return ""

    async def _look_after(
        self, partition: Partition, span: Span, department_of: Departments, deadline: float
    ) -> None:
        partition.read = partition.steps = 0
        before = partition.state.checkpoint
        partition.state = replace(partition.state, checkpoint=located(before, span))
        await self._catch_up(partition, span, department_of, deadline)
        moved = partition.state.checkpoint.sequence != before.sequence
        if not partition.steps and (moved or self._clock() - before.checked >= HEARTBEAT):
            await self._work.beat(partition)
        await self._work.roll_up(partition, deadline)

    async def _catch_up(self, partition: Partition, span: Span, department_of: Departments, deadline: float) -> None:
        after = partition.state.checkpoint.sequence
        if after >= span.last:
            return
        async with self._log.read(span.partition, after, span.last) as slices:
            async for records in slices:
                await self._work.take(partition, records, department_of)
                if self._clock() >= deadline:
                    return

    def _of(self, spans: Sequence[Span]) -> list[Partition]:
        return [self._known[span.partition] for span in spans if span.partition in self._known]

    def _summary(self, spans: Sequence[Span]) -> Cycle:
        known = self._of(spans)
        return Cycle(
            sum(one.read for one in known),
            sum(one.steps for one in known),
            sum(one.state.checkpoint.lag for one in known),
        )
