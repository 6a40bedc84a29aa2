"""The windows of a range added up: from days and hours where they are written, from minutes at the edges."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from functions.analytics.partition import Checkpoint
from functions.analytics.rollup import DAY_HOURS, HOUR, MINUTES, Kind
from functions.analytics.window import Window
from functions.usecases.metrics_query import WIDTHS, StepName
from functions.usecases.stream_ports import MetricsStore
from functions.usecases.together import together

MOST_MINUTES = 400
"""Minutes that are kept once they cannot change, for the next who asks."""
MOST_PREFIXES = 4
"""Sums of hours and days that are kept."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Hours or days that follow each other, from number `first` to before `last`."""

    kind: Kind
    first: int
    last: int


@dataclass(slots=True)
class Ranged:
    """Sums up to before the epoch minute `until`: of everything, and of each step without products and lists."""

    until: int
    total: Window = field(default_factory=Window)
    steps: dict[int, Window] = field(default_factory=dict)
    """By the first epoch minute of the step."""


def stretches(first: int, last: int, rolled: int) -> list[Stretch]:
    """The whole days and hours from the full hour `first` to before `last` (minutes) that are written up to `rolled`.

    They follow each other without gaps; what is left at the end are minutes.
    """
    found: list[Stretch] = []
    hour, end = first // HOUR, min(last // HOUR, rolled)
    while hour < end:
        whole_day = hour % DAY_HOURS == 0 and hour + DAY_HOURS <= end
        kind: Kind = "day" if whole_day else "hour"
        width = DAY_HOURS if whole_day else 1
        number = hour // width
        if found and found[-1].kind == kind:
            found[-1] = Stretch(kind, found[-1].first, number + 1)
        else:
            found.append(Stretch(kind, number, number + 1))
        hour += width
    return found


class MetricsRanges:
    """Reads ranges, and remembers of them what can no longer change; one object for each process."""

    def __init__(self, store: MetricsStore) -> None:
        self._store = store
        self._turn = asyncio.Lock()
        self._partitions, self._sealed = frozenset[str](), 0
        self._minutes: OrderedDict[int, Window] = OrderedDict()
        self._prefixes: OrderedDict[tuple[int, StepName], Ranged] = OrderedDict()

    async def read(self, first: int, last: int, step: StepName, checkpoints: Mapping[str, Checkpoint]) -> Ranged:
        """The epoch minutes from `first` to before `last`; raises `StoreUnavailableError`."""
        sealed = min((one.watermark for one in checkpoints.values()), default=0)
        rolled = min((one.rolled for one in checkpoints.values()), default=0) if step != "minute" else 0
        async with self._turn:
            self._check(frozenset(checkpoints), sealed)
            until = max(first, min(last // HOUR, rolled) * HOUR)
            before, minutes = await together(
                self._prefix(first, last, step, rolled), self._read_minutes(until, last, sealed)
            )
            steps = {start: one + Window() for start, one in before.steps.items()}
            for minute, window in minutes.items():
                _add(steps, minute, window, step)
            return Ranged(last, Window.sum([before.total, *minutes.values()]), steps)

    def _check(self, partitions: frozenset[str], sealed: int) -> None:
        """Forget everything when a partition came, which may bring old events, or when the store was made anew."""
        if partitions != self._partitions or sealed < self._sealed:
            self._minutes.clear()
            self._prefixes.clear()
        self._partitions, self._sealed = partitions, sealed

    async def _prefix(self, first: int, last: int, step: StepName, rolled: int) -> Ranged:
        """What hours and days tell of the range; kept, and continued by the next who asks for the same beginning."""
        kept = self._prefixes.pop((first, step), None)
        if kept is None or kept.until > last:
            kept = Ranged(first)
        for stretch in stretches(kept.until, last, rolled):
            await self._extend(kept, stretch, step)
        self._prefixes[first, step] = kept  # only now: after an error it is read anew
        while len(self._prefixes) > MOST_PREFIXES:
            self._prefixes.popitem(last=False)
        return kept

    async def _extend(self, kept: Ranged, stretch: Stretch, step: StepName) -> None:
        found = await self._store.rollups(stretch.kind, stretch.first, stretch.last)
        kept.total.add(Window.sum([one.window for one in found]))
        small = found
        if step == "hour" and stretch.kind == "day":
            first, last = stretch.first * DAY_HOURS, stretch.last * DAY_HOURS
            small = await self._store.rollups("hour", first, last, small=True)
        for one in small:
            _add(kept.steps, one.minute, one.window, step)
        kept.until = stretch.last * MINUTES[stretch.kind]

    async def _read_minutes(self, first: int, last: int, sealed: int) -> Mapping[int, Window]:
        """Minutes with windows; those that can still change, or were not asked for lately, from the store."""
        missing = next((minute for minute in range(first, min(last, sealed)) if minute not in self._minutes), None)
        start = max(first, min(last, sealed)) if missing is None else missing
        found = {minute: kept for minute in range(first, start) if (kept := self._minutes[minute]).events}
        fresh: dict[int, Window] = {}
        for one in await self._store.windows(start, last):
            fresh.setdefault(one.minute, Window()).add(one.window)
        for minute in range(start, min(last, sealed)):
            self._minutes[minute] = fresh.get(minute) or Window()
        while len(self._minutes) > MOST_MINUTES:
            self._minutes.popitem(last=False)
        return {**found, **fresh}


def _add(steps: dict[int, Window], minute: int, window: Window, step: StepName) -> None:
    start = minute - minute % WIDTHS[step]
    steps.setdefault(start, Window()).add(window, small=True)
