"""Rankings in a real Redis."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from functions.adapters.hot_counters import RedisHotCounters
from functions.adapters.memory import connect
from functions.contracts import TOP_SHOPPERS, trending
from functions.usecases.stream_ports import HotUnavailableError, Ranking
from local.stack.ports import free_ports
from local.stack.process import Process


@pytest.fixture
async def redis(valkey: Process) -> AsyncIterator[Redis]:
    """A client of a Redis without rankings."""
    async with connect(valkey.connection) as client:
        await client.delete(TOP_SHOPPERS, *map(trending, ("minute", "hour", "day")))
        yield client


def ranking(**products: int) -> Ranking:
    return Ranking(dict.fromkeys(("minute", "hour", "day"), products), {"anna": 3, "ben": 1})


async def test_rankings_are_replaced_as_a_whole(redis: Redis) -> None:
    """Publishing twice changes nothing, and what is no longer ranked is gone."""
    counters = RedisHotCounters(redis)
    await counters.publish(ranking(p1=5, p2=2))
    await counters.publish(ranking(p1=5, p2=2))
    assert await redis.zrevrange(trending("hour"), 0, -1, withscores=True) == [["p1", 5.0], ["p2", 2.0]]
    assert await redis.zrevrank(TOP_SHOPPERS, "ben") == 1
    await counters.publish(ranking(p3=1))
    assert await redis.zrevrange(trending("hour"), 0, -1) == ["p3"]
    await counters.publish(ranking())
    assert not await redis.exists(trending("hour"))


async def test_rankings_that_nobody_renews_end(redis: Redis) -> None:
    """Every key has a time to live."""
    await RedisHotCounters(redis).publish(ranking(p1=1))
    for key in (TOP_SHOPPERS, *map(trending, ("minute", "hour", "day"))):
        assert 0 < await redis.ttl(key) <= 86_400


async def test_without_redis_publishing_is_an_error_of_its_own() -> None:
    """The aggregation can tell it from others, and goes on."""
    [port] = free_ports(1)
    async with connect(f"redis://127.0.0.1:{port}/0") as nobody:
        with pytest.raises(HotUnavailableError):
            await RedisHotCounters(nobody).publish(ranking(p1=1))
