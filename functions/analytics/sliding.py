"""A running total over the last buckets of time: nobody adds a day up every ten seconds."""

from collections import Counter
from collections.abc import Mapping


class Sliding:
    """Counts over the last `span` buckets of `width` minutes each, with their sum kept up to date."""

    def __init__(self, width: int, span: int) -> None:
        self.total: Counter[str] = Counter()
        self._width, self._span = width, span
        self._first = 0
        self._buckets: dict[int, Counter[str]] = {}

    def slide(self, now: int) -> None:
        """Forget the buckets that the minute `now` leaves behind."""
        self._first = max(self._first, now // self._width - self._span + 1)
        for bucket in [bucket for bucket in self._buckets if bucket < self._first]:
            self._take(self._buckets.pop(bucket))

    def add(self, minute: int, counts: Mapping[str, int]) -> None:
        """Count in the bucket of a minute, if it is still within the span."""
        bucket = minute // self._width
        if bucket >= self._first and counts:
            self._buckets.setdefault(bucket, Counter()).update(counts)
            self.total.update(counts)

    def clear(self, first: int, last: int) -> None:
        """Forget what was counted in the buckets of the minutes from `first` to before `last`."""
        for bucket in range(first // self._width, (last - 1) // self._width + 1):
            self._take(self._buckets.pop(bucket, Counter()))

    def _take(self, counts: Counter[str]) -> None:
        for key, value in counts.items():
            left = self.total[key] - value
            if left:
                self.total[key] = left
            else:
                del self.total[key]
