"""The alerts: what they are judged from is read, and what moves slowly is kept for a moment."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

from functions.lake.blobs import LakeUnavailableError
from functions.lake.manifest import InvalidManifestError
from functions.usecases.alerts import Alerts, ArchiveFigures, Signs, judge
from functions.usecases.archive_progress import Progress
from functions.usecases.metrics import Metrics, PartitionFigures, StepFigures
from functions.usecases.metrics_query import MetricsQuery
from functions.usecases.stream_ports import Parked, ParkedEvents

MAX_AGE = timedelta(seconds=20)
"""How old what moves slowly may be: pages ask every two seconds."""
LIVE, DAY, HOUR = timedelta(minutes=10), timedelta(days=1), timedelta(hours=1)
RETENTION = timedelta(days=7)
"""For how long a hub keeps events at most: what happened before it does not wait for the lake."""

log = logging.getLogger(__name__)


type _Slow = tuple[Sequence[StepFigures], Mapping[str, Progress] | None, Parked]


class ReadAlerts:
    """The use case; one object for each process. `clock` gives the time with its zone."""

    def __init__(
        self,
        read_metrics: Callable[[MetricsQuery], Awaitable[Metrics]],
        progress: Callable[[int], Awaitable[Mapping[str, Progress]]],
        events: ParkedEvents,
        clock: Callable[[], datetime],
    ) -> None:
        self._read_metrics, self._progress, self._events, self._clock = read_metrics, progress, events, clock
        self._turn = asyncio.Lock()
        self._kept: tuple[datetime, _Slow] | None = None

    async def __call__(self) -> Alerts:
        """What is out of its band now; raises `StoreUnavailableError`."""
        now = self._clock()
        live = await self._read_metrics(MetricsQuery(start=now - LIVE, end=now + timedelta(minutes=1), top=1))
        async with self._turn:
            if self._kept is None or now - self._kept[0] > MAX_AGE:
                self._kept = now, await self._slow(now, len(live.lag.partitions))
            hours, progress, parked = self._kept[1]
        archive = None if progress is None else [_behind(one, progress, now) for one in live.lag.partitions]
        signs = Signs(now, live, hours, archive, parked)
        return Alerts(checked=now, alerts=judge(signs), archive=archive)

    async def _slow(self, now: datetime, partitions: int) -> _Slow:
        day = await self._read_metrics(MetricsQuery(start=now - DAY, end=now + timedelta(minutes=1), top=1))
        return day.series, await self._archived(partitions), await self._events.parked(now - HOUR)

    async def _archived(self, partitions: int) -> Mapping[str, Progress] | None:
        try:
            return await self._progress(partitions)
        except (LakeUnavailableError, InvalidManifestError) as error:
            log.warning("How far the lake is is not known: %s", error)
            return None


def _behind(one: PartitionFigures, progress: Mapping[str, Progress], now: datetime) -> ArchiveFigures:
    """The hub's partition `0` is counted as `events-0`, after the hub's name."""
    found = progress.get(one.partition.rpartition("-")[2])
    archived = found.sequence if found else -1
    gone = found is None and now - one.event_time > RETENTION
    return ArchiveFigures(
        partition=one.partition,
        archived=found.sequence if found else None,
        last_enqueued=one.last_enqueued,
        lag=0 if gone else max(0, one.last_enqueued - archived),
        written=found.written if found else None,
    )
