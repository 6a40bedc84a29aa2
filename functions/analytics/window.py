"""What happened within one minute of event time: integers that can be added up."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from functions.analytics.histogram import Histogram


@dataclass(slots=True)
class Window:
    """Counters of a minute, or of any sum of minutes and partitions. Windows add up in any order.

    The name of each field with its words joined in camel case is its name in the document.
    """

    events: Counter[str] = field(default_factory=Counter)
    """By event type."""
    product_views: Counter[str] = field(default_factory=Counter)
    product_carts: Counter[str] = field(default_factory=Counter)
    product_purchases: Counter[str] = field(default_factory=Counter)
    department_views: Counter[str] = field(default_factory=Counter)
    department_carts: Counter[str] = field(default_factory=Counter)
    department_purchases: Counter[str] = field(default_factory=Counter)
    offers_made: Counter[str] = field(default_factory=Counter)
    offers_shown: Counter[str] = field(default_factory=Counter)
    offers_clicked: Counter[str] = field(default_factory=Counter)
    offers_redeemed: Counter[str] = field(default_factory=Counter)
    paths: Counter[str] = field(default_factory=Counter)
    """Decisions by path, warm or cold."""
    levels: Counter[str] = field(default_factory=Counter)
    arms: Counter[str] = field(default_factory=Counter)
    models: Counter[str] = field(default_factory=Counter)
    degraded: Counter[str] = field(default_factory=Counter)
    """Degraded decisions by what was down, joined with `+` when it was several."""
    shopper_views: Counter[str] = field(default_factory=Counter)
    """Products viewed by each shopper."""
    total_ms: Histogram = field(default_factory=Histogram)
    scoring_ms: Histogram = field(default_factory=Histogram)

    def add(self, other: "Window") -> None:
        """Count everything that another window counted."""
        for name in _COUNTERS:
            theirs = getattr(other, name)
            if theirs:
                getattr(self, name).update(theirs)
        self.total_ms.add(other.total_ms)
        self.scoring_ms.add(other.scoring_ms)

    def __add__(self, other: "Window") -> "Window":
        total = Window()
        total.add(self)
        total.add(other)
        return total

    def to_counts(self) -> dict[str, dict[str, int]]:
        """The counters as JSON, empty ones left out; histograms by bucket number."""
        counts = {_CAMEL[name]: dict(getattr(self, name)) for name in _COUNTERS if getattr(self, name)}
        for name in _HISTOGRAMS:
            buckets = getattr(self, name).buckets
            if buckets:
                counts[_CAMEL[name]] = {str(bucket): count for bucket, count in buckets.items()}
        return counts

    @classmethod
    def from_counts(cls, counts: Mapping[str, Mapping[str, int]]) -> "Window":
        """The window of its JSON; counters that are missing are empty, unknown ones are left out."""
        window = cls()
        for name in _COUNTERS:
            getattr(window, name).update(counts.get(_CAMEL[name], {}))
        for name in _HISTOGRAMS:
            buckets = {int(bucket): count for bucket, count in counts.get(_CAMEL[name], {}).items()}
            setattr(window, name, Histogram(buckets))
        return window


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(map(str.capitalize, tail))


_HISTOGRAMS = ("total_ms", "scoring_ms")
_COUNTERS = tuple(item.name for item in fields(Window) if item.name not in _HISTOGRAMS)
_CAMEL = {item.name: _camel(item.name) for item in fields(Window)}
