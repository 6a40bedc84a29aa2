"""What is hot right now, kept as running totals."""

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping

from functions.analytics.fold import HORIZON
from functions.analytics.sliding import Sliding
from functions.analytics.window import Window

MINUTE_SPAN, HOUR_SPAN, DAY_HOURS = 2, 61, 25
"""Buckets that together cover at least the last minute, hour (in minutes) and day (in hours)."""
STRETCHES = (3, 5, 6, 6, 6)
"""Hours that are restored at a time: the next one, as clocks may be ahead, and those of the day."""


class Hot:
    """One partition: products by views in the last minute, hour and day; shoppers by views in the last day."""

    def __init__(self, now: int) -> None:
        self.minute, self.hour, self.day = Sliding(1, MINUTE_SPAN), Sliding(1, HOUR_SPAN), Sliding(60, DAY_HOURS)
        self.shoppers = Sliding(60, DAY_HOURS)
        self.missing = _stretches(now)
        """Stretches of time (epoch minutes, from and before) not restored yet, latest first."""
        self.slide(now)

    def slide(self, now: int) -> None:
        """Move to the epoch minute `now`."""
        for sliding in (self.minute, self.hour, self.day, self.shoppers):
            sliding.slide(now)

    def add(self, minute: int, window: Window) -> None:
        """Count a window, or what was added to it."""
        for products in (self.minute, self.hour, self.day):
            products.add(minute, window.product_views)
        self.shoppers.add(minute, window.shopper_views)

    def refresh(self, now: int) -> None:
        """Let the hours that can still change be restored first, once more; `now` is an epoch minute."""
        stretch = ((now - HORIZON) // 60 * 60, (now // 60 + 2) * 60)
        self.missing = [stretch, *(one for one in self.missing if one != stretch)]

    def restore(self, windows: Iterable[tuple[int, Window]]) -> None:
        """Replace what is known of the first missing stretch by its windows (minute, window) as they were written."""
        first, last = self.missing.pop(0)
        for sliding in (self.minute, self.hour, self.day, self.shoppers):
            sliding.clear(first, last)
        for minute, window in windows:
            self.add(minute, window)


def _stretches(now: int) -> list[tuple[int, int]]:
    """The last day in a few stretches of whole hours: short ones first, as what is recent is asked for first."""
    end = (now // 60 + 2) * 60
    stretches = []
    for hours in STRETCHES:
        stretches.append((end - hours * 60, end))
        end -= hours * 60
    return stretches


def top(totals: Iterable[Mapping[str, int]], count: int) -> dict[str, int]:
    """The `count` largest sums over several totals, largest first; the smaller id wins a tie."""
    total: Counter[str] = Counter()
    for one in totals:
        total.update(one)
    return dict(heapq.nsmallest(count, total.items(), key=lambda entry: (-entry[1], entry[0])))
