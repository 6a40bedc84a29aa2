"""Who was made which offers in the last day, given back to a Redis that lost it: the caps of offers count by it."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from functions.contracts import DAY, MINUTE, OFFERS_KEPT, offers_of_shopper
from functions.usecases.stream_ports import HotUnavailableError, MadeInMinute

TIME_LIMIT = 3.0
"""Seconds that a request may take."""
TOGETHER = 500
"""Shoppers in a request."""


class RedisOfferMemory:
    """Implements `OfferMemory`."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def kept(self) -> bool:
        """Whether Redis still holds what it was given; raises `HotUnavailableError`."""
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.expire(OFFERS_KEPT, 2 * DAY)
        [found] = await self._run(pipeline)
        return bool(found)

    async def keep(self) -> None:
        """Note that all was restored; raises `HotUnavailableError`."""
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.set(OFFERS_KEPT, 1, ex=2 * DAY)
        await self._run(pipeline)

    async def restore(self, made: Mapping[str, Mapping[MadeInMinute, int]]) -> None:
        """Add what is missing of each shopper's offers; done again it adds nothing. Raises `HotUnavailableError`.

        What was made since Redis came back is there already, by its decision: of a minute only so many are added as
        the windows count more than Redis does.
        """
        shoppers = list(made)
        for first in range(0, len(shoppers), TOGETHER):
            some = shoppers[first : first + TOGETHER]
            reading, writing = self._redis.pipeline(transaction=False), self._redis.pipeline(transaction=False)
            for shopper in some:
                reading.zrange(offers_of_shopper(shopper), 0, -1, withscores=True)
            for shopper, held in zip(some, await self._run(reading), strict=True):
                missing = _missing(made[shopper], held)
                if missing:
                    writing.zadd(offers_of_shopper(shopper), missing)
                    writing.expire(offers_of_shopper(shopper), DAY)
            await self._run(writing)

    async def _run(self, pipeline: Any) -> list[Any]:
        try:
            async with asyncio.timeout(TIME_LIMIT):
                answers: list[Any] = await pipeline.execute()
        except (RedisError, OSError) as error:  # TimeoutError is an OSError
            raise HotUnavailableError(f"Redis does not answer: {type(error).__name__}") from error
        return answers


def _missing(made: Mapping[MadeInMinute, int], held: list[tuple[str, float]]) -> dict[str, float]:
    """Members to add, with their scores; `w` and the minute stand for the decision, which windows do not tell."""
    known = Counter((member.split("|", 1)[0], int(score) // MINUTE) for member, score in held)
    return {
        f"{offer}|w{minute}-{number}": float(minute * MINUTE)
        for (offer, minute), count in made.items()
        for number in range(known[offer, minute], count)
    }
