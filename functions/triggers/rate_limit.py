"""How often each caller may call: a token bucket for each, in this process."""

import math
from collections import OrderedDict
from dataclasses import dataclass

BURST_SECONDS = 10
"""A caller who was quiet for this long may make the calls of this long at once."""
MOST_CALLERS = 10_000
"""Beyond, who has not called for longest is forgotten, which can only be in the caller's favour."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled: float
    """When, in seconds of the caller's clock."""


class RateLimit:
    """Admits `per_minute` calls of each caller on average, and `BURST_SECONDS` of them at once.

    In any `t` seconds a caller is admitted at most `burst + t * per_minute / 60` times. Each process counts for
    itself: an app that was scaled out to n instances admits up to n times as many.
    """

    def __init__(self, per_minute: float, callers: int = MOST_CALLERS) -> None:
        self._rate = per_minute / 60
        self.burst = max(1.0, self._rate * BURST_SECONDS)
        self._callers = callers
        self._buckets: OrderedDict[bytes, _Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, caller: bytes, now: float) -> int:
        """0 when the call is admitted, else the whole seconds after which the next one will be."""
        bucket = self._bucket(caller, now)
        bucket.tokens = min(self.burst, bucket.tokens + max(0.0, now - bucket.filled) * self._rate)
        bucket.filled = max(bucket.filled, now)
        if bucket.tokens < 1:
            return max(1, math.ceil((1 - bucket.tokens) / self._rate))
        bucket.tokens -= 1
        return 0

    def _bucket(self, caller: bytes, now: float) -> _Bucket:
        bucket = self._buckets.get(caller)
        if bucket is None:
            bucket = self._buckets[caller] = _Bucket(self.burst, now)
            if len(self._buckets) > self._callers:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(caller)
        return bucket
