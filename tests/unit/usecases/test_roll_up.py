"""Hours and days, and ranges that are read from them."""

import asyncio
import json
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from functions.analytics.fold import LATENESS, SKEW, Received
from functions.analytics.rollup import DAY_HOURS, HOUR, MINUTES, Rollup, rollup_document, rollup_window
from functions.analytics.window import Window
from functions.usecases.aggregate import Aggregation
from functions.usecases.metrics_query import WIDTHS, StepName
from functions.usecases.metrics_range import MetricsRanges, Ranged, stretches
from tests.unit.analytics.shop_events import NOW, log_of, numbered
from tests.unit.usecases.stream_fakes import FakeHot, FakeLog, FakeMetrics

MIDNIGHT = NOW - NOW % 1440
"""The epoch minute at which a day begins."""
END = MIDNIGHT + 60 * HOUR
steps = st.sampled_from(["minute", "hour", "day"])
moments = st.lists(st.integers(10, 59 * HOUR), min_size=1, max_size=12)


def log_at(minutes: Sequence[int]) -> list[Received]:
    """Three events at each of these minutes after midnight, arriving in order."""
    records: list[Received] = []
    for place, minute in enumerate(sorted(minutes)):
        bodies = [numbered(number, MIDNIGHT + minute) for number in range(place * 3, place * 3 + 3)]
        records += log_of(bodies, MIDNIGHT + minute, len(records))
    return records


class Worked:
    """A store, and the aggregation that fills it, looked after at some epoch minutes."""

    def __init__(self, *partitions: Sequence[Received]) -> None:
        self.store, self._now = FakeMetrics(), 0.0
        log = FakeLog({f"events-{number}": list(records) for number, records in enumerate(partitions)})
        self._aggregation = Aggregation(log, self.store, FakeHot(), lambda: self._now)

    async def at(self, minute: int) -> None:
        """Two cycles: the second finds nothing new, and says that time has passed."""
        for self._now in (minute * 60.0, minute * 60.0 + 60):
            await self._aggregation.run({"p1": "GROCERY"}.get, 8)

    async def read(self, ranges: MetricsRanges, first: int, last: int, step: StepName) -> Ranged:
        """A range, as it is answered."""
        return await ranges.read(first, last, step, await self.store.checkpoints())

    def plainly(self, first: int, last: int, step: StepName) -> Ranged:
        """The same, added up minute by minute."""
        plain = Ranged(last)
        for name in self.store.documents:
            for one in self.store.stored(name):
                if first <= one.minute < last:
                    plain.total.add(one.window)
                    start = one.minute - one.minute % WIDTHS[step]
                    plain.steps.setdefault(start, Window()).add(one.window, small=True)
        return plain


def same(found: Ranged, plain: Ranged) -> bool:
    """Whether they tell the same; nothing that is read in ranges is known by a shopper's name."""
    plain.total.shopper_views.clear()
    plain.total.shopper_made.clear()
    plain.total.shopper_clicked.clear()
    return found.total == plain.total and found.steps == plain.steps


@settings(max_examples=60, deadline=None)
@given(moments, moments, st.integers(0, 59), st.integers(1, 60), steps, st.integers(0, 30))
def test_a_range_is_what_its_minutes_are(
    left: list[int], right: list[int], start: int, hours: int, step: StepName, odd: int
) -> None:
    """From days, hours or minutes, asked anew or again while the log is worked off: the figures are the same."""
    first = MIDNIGHT + start * HOUR
    first -= first % WIDTHS[step]
    last = min(first + hours * HOUR + odd, END)
    asyncio.run(_compare(Worked(log_at(left), log_at(right)), first, max(last, first + 1), step))


async def _compare(worked: Worked, first: int, last: int, step: StepName) -> None:
    ranges = MetricsRanges(worked.store)
    for now in (MIDNIGHT + 20 * HOUR, MIDNIGHT + 21 * HOUR, MIDNIGHT + 50 * HOUR, END):
        await worked.at(now)
        for until in (first + (last - first) // 2 + 1, last):
            assert same(await worked.read(ranges, first, until, step), worked.plainly(first, until, step))
            again = await worked.read(MetricsRanges(worked.store), first, until, step)
            assert same(again, worked.plainly(first, until, step))


async def test_an_hour_is_written_once_it_cannot_change() -> None:
    """Not before the last late event could have come, and without an event to tell that time has passed."""
    worked = Worked(log_at([10 * HOUR + 5]))
    closing = MIDNIGHT + 11 * HOUR + LATENESS + SKEW
    await worked.at(closing - 2)
    assert not await worked.store.rollups("hour", 0, 10**9)
    await worked.at(closing)
    [hour] = await worked.store.rollups("hour", 0, 10**9)
    assert hour.minute == MIDNIGHT + 10 * HOUR
    assert hour.window.events.total() == 3
    assert not await worked.store.rollups("day", 0, 10**9)


async def test_a_day_is_the_sum_of_its_hours() -> None:
    """It is written with its last hour, or with the first after it when the last ones were quiet."""
    worked = Worked(log_at([HOUR, 5 * HOUR, 25 * HOUR]))
    await worked.at(MIDNIGHT + 30 * HOUR)
    [day] = await worked.store.rollups("day", 0, 10**9)
    assert (day.minute, day.window.events.total()) == (MIDNIGHT, 6)


async def test_a_long_range_reads_few_documents() -> None:
    """Whole days and hours are read as such; what cannot change any more is not read again."""
    worked = Worked(log_at([hour * HOUR + 30 for hour in range(1, 59)]))
    await worked.at(END)
    ranges = MetricsRanges(worked.store)
    worked.store.read.clear()
    await worked.read(ranges, MIDNIGHT, END, "hour")
    assert [(kind, last - first) for kind, first, last in worked.store.read] == [
        ("day", 2), ("hour", 48), ("hour", 11), ("minute", HOUR),
    ]  # fmt: skip
    worked.store.read.clear()
    await worked.read(ranges, MIDNIGHT, END, "hour")
    [(kind, first, last)] = worked.store.read
    assert (kind, last - first) == ("minute", LATENESS + SKEW - 1)


async def test_a_partition_that_comes_later_may_bring_old_events() -> None:
    """What was remembered of the others is not the whole any more."""
    worked, both = Worked(log_at([5 * HOUR])), Worked(log_at([5 * HOUR]), log_at([5 * HOUR]))
    await worked.at(END)
    await both.at(END)
    ranges = MetricsRanges(worked.store)
    assert (await worked.read(ranges, MIDNIGHT, END, "hour")).total.events.total() == 3
    worked.store.documents = both.store.documents
    assert (await worked.read(ranges, MIDNIGHT, END, "hour")).total.events.total() == 6


def test_a_rollup_survives_its_document() -> None:
    """All but shoppers' names is read back; products and lists can be left out."""
    window = Window()
    for name in ("events", "product_views", "list_clicks", "offers_made", "department_views", "shopper_views"):
        getattr(window, name)["x"] = 2
    window.shoppers.record(["anna"])
    document = json.loads(json.dumps(rollup_document("p", Rollup("hour", 5, window))))
    assert "shopperViews" not in json.dumps(document)
    read, small = rollup_window(document), rollup_window({"counts": document["counts"]})
    window.shopper_views.clear()
    assert read == window
    window.product_views.clear()
    window.list_clicks.clear()
    assert small == window


@given(st.integers(0, 100), st.integers(1, 5_000), st.integers(0, 120))
def test_stretches_follow_each_other_without_gaps(first: int, length: int, rolled: int) -> None:
    """They begin where the range does, end within it, and never go beyond what is written."""
    begin, end = first * HOUR, first * HOUR + length
    at = begin
    for stretch in stretches(begin, end, rolled):
        width = MINUTES[stretch.kind]
        assert stretch.first * width == at
        assert stretch.last > stretch.first
        at = stretch.last * width
    assert at <= max(begin, min(end, rolled * HOUR))
    assert at == begin or end - at < HOUR or at == rolled * HOUR
    assert all(one.first % DAY_HOURS or one.last - one.first < DAY_HOURS
               for one in stretches(begin, end, rolled) if one.kind == "hour")  # fmt: skip
