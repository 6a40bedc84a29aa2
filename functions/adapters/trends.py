"""What is looked at most right now, as the aggregation counts it in Redis; asked at most every few seconds."""

import asyncio
import time
from collections.abc import Callable

from redis.asyncio import Redis
from redis.exceptions import RedisError

from functions.adapters.breaker import Breaker
from functions.contracts import trending
from functions.personalization.assortment import Affinities
from functions.usecases.ports import MemoryUnavailableError

MAX_AGE = 5.0
"""Seconds."""
PAUSE = 1.0
"""Seconds for which Redis is left alone after it failed: those who wait for their turn do not wait for it as well."""
MOST, FEWEST = 200, 20
"""Products that are read, and how many the last hour must have to be told from the last day."""


class RedisTrends:
    """Implements `Trends`."""

    def __init__(self, redis: Redis, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._clock = clock
        self._kept: tuple[float, Affinities] | None = None
        self._turn = asyncio.Lock()
        self._breaker = Breaker(PAUSE, clock)

    async def trending(self) -> Affinities:
        """Products by views, most first; raises `MemoryUnavailableError`."""
        async with self._turn:
            if self._kept is None or self._clock() - self._kept[0] >= MAX_AGE:
                self._kept = (self._clock(), await self._read())
            return self._kept[1]

    async def _read(self) -> Affinities:
        if not self._breaker.allows():
            raise MemoryUnavailableError("Redis failed a moment ago and is left alone")
        pipeline = self._redis.pipeline(transaction=False)
        for window in ("hour", "day"):
            pipeline.zrevrange(trending(window), 0, MOST - 1, withscores=True)
        try:
            hour, day = await pipeline.execute()
        except (RedisError, OSError) as error:
            self._breaker.failed()
            raise MemoryUnavailableError(f"Redis does not answer: {type(error).__name__}") from error
        self._breaker.succeeded()
        return tuple((product, float(views)) for product, views in (hour if len(hour) >= FEWEST else day))
