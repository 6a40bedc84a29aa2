"""What the aggregation does with one partition, whoever brings its events: a timer that pulls, or a trigger."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from functions.analytics.counting import Departments
from functions.analytics.fold import SKEW, Received
from functions.analytics.hot import Hot, top
from functions.analytics.partition import State, Step, advance, beat, roll
from functions.telemetry import SILENT, Telemetry, batch
from functions.usecases.roll_up import next_rollups
from functions.usecases.stream_ports import HotCounters, HotUnavailableError, MetricsStore, Ranking

TOP = 1_000
"""Entries of each published ranking."""
HEARTBEAT = 60.0
"""Seconds after which an idle partition's checkpoint is written again: an old one means that nobody aggregates."""
STEP_BYTES = 2_000_000
"""Bytes of messages that are folded at a time: some thousands of events, and fewer transactions than with less."""
_FAULTS_LOGGED = 5

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Partition:
    """What this process knows of a partition, as of its own last transaction."""

    name: str
    state: State
    version: str | None
    hot: Hot
    read: int = 0
    steps: int = 0


class PartitionWork:
    """Works on partitions in transactions. `clock` gives epoch seconds. All raise `StoreUnavailableError`.

    Exactly once: windows, remembered ids and checkpoint of a step are one transaction, conditional on the checkpoint
    that the step started from. What is remembered of a partition must be dropped whenever the outcome of a
    transaction is not certain, and be loaded again from the store.
    """

    def __init__(self, store: MetricsStore, clock: Callable[[], float], telemetry: Telemetry = SILENT) -> None:
        self._store, self._clock, self._telemetry = store, clock, telemetry

    async def load(self, name: str) -> Partition:
        """The partition as the store knows it."""
        loaded = await self._store.load(name)
        return Partition(name, loaded.state, loaded.version, Hot(int(self._clock()) // 60))

    async def take(self, partition: Partition, records: Sequence[Received], department_of: Departments) -> None:
        """Count the next records; raises `CheckpointConflictError`."""
        while records:
            front = _front(records)
            with batch(self._telemetry, "count events", [record.body for record in front]):
                step = advance(partition.state, front, department_of)
                await self.commit(partition, step)
            _report_faults(partition.name, step)
            for minute, window in step.tally.windows.items():
                partition.hot.add(minute, window)
            partition.read += step.taken
            records = records[step.taken :]

    async def beat(self, partition: Partition) -> None:
        """Say that the partition is looked after, and how much time passed without an event when all was read."""
        quiet = 0 if partition.state.checkpoint.lag else int(self._clock()) // 60 - SKEW
        await self.commit(partition, beat(partition.state, quiet))

    async def roll_up(self, partition: Partition, deadline: float) -> None:
        """Write the hours and days that are closed, as time allows."""
        while self._clock() < deadline:
            found = await next_rollups(self._store, partition.name, partition.state.checkpoint)
            if found is None:
                return
            step = roll(partition.state, *found)
            if step.rollups:
                await self.commit(partition, step)
            else:
                partition.state = step.state  # an hour without events: the next transaction tells of it

    async def commit(self, partition: Partition, step: Step) -> None:
        """Write a step; raises `CheckpointConflictError`."""
        checkpoint = replace(step.state.checkpoint, checked=self._clock())
        step = replace(step, state=replace(step.state, checkpoint=checkpoint))
        partition.version = await self._store.commit(partition.name, step, partition.version)
        partition.state = step.state
        partition.steps += 1

    async def restore(self, hot: Hot, name: str, deadline: float) -> None:
        """Read back the last day's windows, as time allows, until the running totals are complete."""
        hot.slide(int(self._clock()) // 60)
        while hot.missing and self._clock() < deadline:
            stored = await self._store.views(name, *hot.missing[0])
            hot.restore((one.minute, one.window) for one in stored)


async def publish(hot: HotCounters, known: Sequence[Hot], partitions: int) -> None:
    """Publish absolute numbers, never increments: whatever is repeated, they are right."""
    if len(known) < partitions or any(one.missing for one in known):
        log.info("The hot counters are not published: not all partitions are known yet")
        return
    ranking = Ranking(
        {
            "minute": top([one.minute.total for one in known], TOP),
            "hour": top([one.hour.total for one in known], TOP),
            "day": top([one.day.total for one in known], TOP),
        },
        top([one.shoppers.total for one in known], TOP),
    )
    try:
        await hot.publish(ranking)
    except HotUnavailableError as error:
        log.warning("The hot counters were not published, the next cycle does it: %s", error)


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
