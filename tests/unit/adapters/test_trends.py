"""What is looked at most, where Redis does not answer."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest
from redis.asyncio import Redis
from redis.exceptions import TimeoutError as RedisTimeoutError

from functions.adapters.trends import MAX_AGE, PAUSE, RedisTrends
from functions.usecases.ports import MemoryUnavailableError

VIEWS = [(f"p{number}", 9.0) for number in range(30)]


class Silent:
    """A Redis whose answers a test gives."""

    def __init__(self, answer: Callable[[], Awaitable[list[list[tuple[str, float]]]]]) -> None:
        self.asked = 0
        self.answer = answer

    def pipeline(self, transaction: bool) -> "Silent":
        return self

    def zrevrange(self, *_: object, withscores: bool) -> None:
        """Queued."""

    async def execute(self) -> list[list[tuple[str, float]]]:
        self.asked += 1
        return await self.answer()


class Clock:
    """Stands still until a test moves it."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def trends(redis: Silent, clock: Clock) -> RedisTrends:
    client: Redis = redis  # type: ignore[assignment]
    return RedisTrends(client, clock)


async def test_nobody_waits_for_a_redis_that_does_not_answer_but_the_first() -> None:
    """Those who came meanwhile are told at once, and Redis is asked again when the pause is over."""

    async def never() -> list[list[tuple[str, float]]]:
        await asyncio.sleep(0.05)
        raise RedisTimeoutError

    async def answered() -> list[list[tuple[str, float]]]:
        return [VIEWS, []]

    redis, clock = Silent(never), Clock()
    asked = trends(redis, clock)
    started = time.perf_counter()
    told = await asyncio.gather(*(asked.trending() for _ in range(20)), return_exceptions=True)
    assert all(isinstance(each, MemoryUnavailableError) for each in told)
    assert time.perf_counter() - started < 0.5
    assert redis.asked == 1
    redis.answer, clock.now = answered, PAUSE
    assert await asked.trending() == tuple(VIEWS)


@pytest.mark.parametrize(("hour", "expected"), [(VIEWS, 30), (VIEWS[:3], 25)])
async def test_the_hour_tells_if_it_has_enough(hour: list[tuple[str, float]], expected: int) -> None:
    """Else the day; it is asked once in a few seconds."""

    async def answered() -> list[list[tuple[str, float]]]:
        return [hour, VIEWS[:25]]

    redis, clock = Silent(answered), Clock()
    asked = trends(redis, clock)
    assert len(await asked.trending()) == len(await asked.trending()) == expected
    clock.now = MAX_AGE
    await asked.trending()
    assert redis.asked == 2
