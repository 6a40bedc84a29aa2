"""Rankings in Redis as sorted sets, replaced as a whole: a repeated publication changes nothing."""

import asyncio
from collections.abc import Mapping

from redis.asyncio import Redis
from redis.exceptions import RedisError

from functions.contracts import DAY, HOUR, MINUTE, TOP_SHOPPERS, trending
from functions.usecases.stream_ports import HotUnavailableError, Ranking

TIME_LIMIT = 3.0
"""Seconds that a publication may take."""
_LIVES = {"minute": 5 * MINUTE, "hour": HOUR, "day": DAY}
"""Seconds after which a ranking that nobody renews is gone."""


class RedisHotCounters:
    """Implements `HotCounters`."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def publish(self, ranking: Ranking) -> None:
        """Replace the rankings, each atomically; raises `HotUnavailableError`."""
        try:
            async with asyncio.timeout(TIME_LIMIT):
                for window, products in ranking.trending.items():
                    await self._replace(trending(window), products, _LIVES[window])
                await self._replace(TOP_SHOPPERS, ranking.top_shoppers, DAY)
        except (RedisError, OSError) as error:  # TimeoutError is an OSError
            raise HotUnavailableError(f"Redis did not take the rankings: {type(error).__name__}") from error

    async def _replace(self, key: str, scores: Mapping[str, int], life: int) -> None:
        # A transaction for each key: in a cluster, keys live on different nodes.
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.delete(key)
            if scores:
                pipe.zadd(key, dict(scores))
                pipe.expire(key, life)
            await pipe.execute()
