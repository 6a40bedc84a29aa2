"""What happened within one minute of event time: integers that can be added up."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import chain, count
from typing import Any

import numpy as np

from functions.analytics.distinct import Distinct
from functions.analytics.histogram import Histogram


@dataclass(slots=True)
class Window:
    """Counters of a minute, or of any sum of minutes and partitions. Windows add up in any order.

    The name of each field with its words joined in camel case is its name in the document. Revenue is in hundredths
    of the shop's currency, of purchased items that carry a price. Offers are counted by cell (`functions.analytics.
    cells`), lists by `list~model`.
    """

    events: Counter[str] = field(default_factory=Counter)
    """By event type."""
    product_views: Counter[str] = field(default_factory=Counter)
    product_clicks: Counter[str] = field(default_factory=Counter)
    product_carts: Counter[str] = field(default_factory=Counter)
    product_purchases: Counter[str] = field(default_factory=Counter)
    product_revenue: Counter[str] = field(default_factory=Counter)
    department_views: Counter[str] = field(default_factory=Counter)
    department_clicks: Counter[str] = field(default_factory=Counter)
    department_carts: Counter[str] = field(default_factory=Counter)
    department_purchases: Counter[str] = field(default_factory=Counter)
    department_revenue: Counter[str] = field(default_factory=Counter)
    list_impressions: Counter[str] = field(default_factory=Counter)
    list_clicks: Counter[str] = field(default_factory=Counter)
    list_carts: Counter[str] = field(default_factory=Counter)
    list_purchases: Counter[str] = field(default_factory=Counter)
    list_revenue: Counter[str] = field(default_factory=Counter)
    offers_made: Counter[str] = field(default_factory=Counter)
    offers_shown: Counter[str] = field(default_factory=Counter)
    offers_clicked: Counter[str] = field(default_factory=Counter)
    offers_redeemed: Counter[str] = field(default_factory=Counter)
    offers_revenue: Counter[str] = field(default_factory=Counter)
    paths: Counter[str] = field(default_factory=Counter)
    """Decisions by path, warm or cold."""
    segments: Counter[str] = field(default_factory=Counter)
    """Decisions by the shopper's segment, empty for who has none: they name the segments of cells."""
    levels: Counter[str] = field(default_factory=Counter)
    arms: Counter[str] = field(default_factory=Counter)
    models: Counter[str] = field(default_factory=Counter)
    degraded: Counter[str] = field(default_factory=Counter)
    """Degraded decisions by what was down, joined with `+` when it was several."""
    shopper_views: Counter[str] = field(default_factory=Counter)
    """Products viewed by each shopper."""
    shopper_made: Counter[str] = field(default_factory=Counter)
    """Offers made to each shopper, by `shopper|offer`."""
    shopper_clicked: Counter[str] = field(default_factory=Counter)
    """Offers clicked by each shopper, by `shopper|offer`."""
    shoppers: Distinct = field(default_factory=Distinct)
    """How many shoppers (or sessions) there were."""
    total_ms: Histogram = field(default_factory=Histogram)
    scoring_ms: Histogram = field(default_factory=Histogram)

    def add(self, other: "Window", *, small: bool = False) -> None:
        """Count everything that another window counted; `small` leaves out what grows with catalogue and shoppers."""
        for name in _SMALL if small else _COUNTERS:
            theirs = getattr(other, name)
            if theirs:
                ours: Counter[str] = getattr(self, name)
                ours.update(theirs)
        for name in _MERGED:
            getattr(self, name).add(getattr(other, name))

    def __add__(self, other: "Window") -> "Window":
        total = Window()
        total.add(self)
        total.add(other)
        return total

    @classmethod
    def sum(cls, windows: Sequence["Window"]) -> "Window":
        """What all of them counted: as if added one by one, in a fraction of the time where counters are large."""
        total = cls()
        for name in _COUNTERS:
            setattr(total, name, _added_up([found for window in windows if (found := getattr(window, name))]))
        for name in _MERGED:
            for window in windows:
                getattr(total, name).add(getattr(window, name))
        return total

    def to_counts(self) -> dict[str, Any]:
        """The counters as JSON, empty ones left out; histograms by bucket number."""
        counts: dict[str, Any] = {_CAMEL[name]: dict(found) for name in _COUNTERS if (found := getattr(self, name))}
        for name in _HISTOGRAMS:
            buckets = getattr(self, name).buckets
            if buckets:
                counts[_CAMEL[name]] = {str(bucket): count for bucket, count in buckets.items()}
        if self.shoppers:
            counts["shoppers"] = self.shoppers.to_text()
        return counts

    @classmethod
    def from_counts(cls, counts: Mapping[str, Any]) -> "Window":
        """The window of its JSON; counters that are missing are empty, unknown ones are left out."""
        window = cls()
        for name in _COUNTERS:
            if found := counts.get(_CAMEL[name]):
                setattr(window, name, Counter(found))
        for name in _HISTOGRAMS:
            buckets = {int(bucket): count for bucket, count in counts.get(_CAMEL[name], {}).items()}
            setattr(window, name, Histogram(buckets))
        if "shoppers" in counts:
            window.shoppers = Distinct.from_text(counts["shoppers"])
        return window


def _added_up(counters: Sequence[Counter[str]]) -> Counter[str]:
    """The sum of counters; their numbers and its own fit into 64 bits."""
    if len(counters) < 2:
        return Counter(*counters)
    place: defaultdict[str, int] = defaultdict(count().__next__)
    size = sum(map(len, counters))
    places = np.fromiter(map(place.__getitem__, chain.from_iterable(counters)), np.int64, size)
    counts = np.fromiter(chain.from_iterable(each.values() for each in counters), np.int64, size)
    sums = np.zeros(len(place), np.int64)
    np.add.at(sums, places, counts)
    return Counter(dict(zip(place, sums.tolist(), strict=True)))


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(map(str.capitalize, tail))


_HISTOGRAMS = ("total_ms", "scoring_ms")
_MERGED = (*_HISTOGRAMS, "shoppers")
_COUNTERS = tuple(item.name for item in fields(Window) if item.name not in _MERGED)
_SMALL = tuple(name for name in _COUNTERS if not name.startswith(("product_", "list_", "shopper_")))
_CAMEL = {item.name: _camel(item.name) for item in fields(Window)}
