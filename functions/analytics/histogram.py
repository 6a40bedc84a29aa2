"""A histogram of durations whose parts can be added up: quantiles over any range, partition and instance."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping

RELATIVE_ERROR = 0.02
"""A quantile is at most this far from a value at its rank, relative to that value."""

_GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
_LOG_GAMMA = math.log(_GAMMA)
_SMALLEST = 1e-3
"""Durations up to a microsecond (in ms) share the lowest bucket: nobody decides within one."""


class Histogram:
    """Counts in buckets that grow geometrically; bucket i holds values in (gamma^(i-1), gamma^i] milliseconds.

    Adding is commutative and associative, so that the order of events and the way they were split do not matter.
    Source: DDSketch (Masson, Rim, Lee, VLDB 2019), section 2.1, without its collapsing of buckets.
    """

    __slots__ = ("buckets",)

    def __init__(self, buckets: Mapping[int, int] | None = None) -> None:
        self.buckets: Counter[int] = Counter(buckets)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Histogram) and self.buckets == other.buckets

    __hash__ = None  # type: ignore[assignment]  # it can change: no set, no key

    def __repr__(self) -> str:
        return f"Histogram({dict(self.buckets)})"

    @property
    def count(self) -> int:
        """How many values were recorded."""
        return self.buckets.total()

    def record(self, durations: Iterable[float]) -> None:
        """Count durations (milliseconds), none negative."""
        log, ceil = math.log, math.ceil
        self.buckets.update([ceil(log(max(one, _SMALLEST)) / _LOG_GAMMA) for one in durations])

    def add(self, other: "Histogram") -> None:
        """Count everything that another histogram counted."""
        self.buckets.update(other.buckets)

    def quantile(self, share: float) -> float | None:
        """Milliseconds at rank floor(share * (count - 1)), within `RELATIVE_ERROR`; None when it is empty."""
        rank = math.floor(share * (self.count - 1))
        seen = 0
        for bucket in sorted(self.buckets):
            seen += self.buckets[bucket]
            if seen > rank:
                return 2 * _GAMMA**bucket / (_GAMMA + 1)
        return None
