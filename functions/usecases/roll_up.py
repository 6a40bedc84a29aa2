"""Minutes that can no longer change are added up to hours, and hours to days, each once."""

from functions.analytics.partition import Checkpoint
from functions.analytics.rollup import DAY_HOURS, HOUR, Rollup, closed
from functions.analytics.window import Window
from functions.usecases.stream_ports import MetricsStore


async def next_rollups(
    store: MetricsStore, partition: str, checkpoint: Checkpoint
) -> tuple[int, tuple[Rollup, ...]] | None:
    """What is to be written next with the checkpoint, and the hour up to which all is rolled up then.

    None when nothing is closed that is not rolled up already. Raises `StoreUnavailableError`.
    """
    end, rolled = closed(checkpoint.clock), checkpoint.rolled
    if rolled >= end:
        return None
    first = await store.first_minute(partition, rolled * HOUR)
    hour = end if first is None else min(first // HOUR, end)
    if not rolled:  # nothing lies before the first window
        rolled = hour
    made = [] if hour > rolled or hour == end else [await _hour(store, partition, hour)]
    after = hour + 1 if made else hour
    day = rolled // DAY_HOURS
    if after // DAY_HOURS > day:
        hours = await store.rollups("hour", day * DAY_HOURS, (day + 1) * DAY_HOURS, partition)
        if hours or made:
            made.append(
                Rollup("day", day, Window.sum([*(one.window for one in hours), *(one.window for one in made)]))
            )
    return after, tuple(made)


async def _hour(store: MetricsStore, partition: str, hour: int) -> Rollup:
    windows = await store.windows(hour * HOUR, (hour + 1) * HOUR, partition)
    return Rollup("hour", hour, Window.sum([one.window for one in windows]))
