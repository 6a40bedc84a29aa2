"""Who was made which offers, restored in a real Redis."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from redis.asyncio import Redis

from functions.adapters.memory import RedisMemories, connect
from functions.adapters.offer_memory import RedisOfferMemory
from functions.contracts import OFFERS_KEPT
from functions.events import VisitEvent
from functions.usecases.aggregate import Aggregation
from functions.usecases.restore_offers import RestoreOffers
from functions.usecases.stream_ports import HotUnavailableError
from local.stack.ports import free_ports
from local.stack.process import Process
from tests.unit.analytics.shop_events import NOW, decision, log_of
from tests.unit.usecases.stream_fakes import FakeHot, FakeLog, FakeMetrics

MOMENT = datetime.fromtimestamp(NOW * 60 + 30, UTC)


@pytest.fixture
async def redis(valkey: Process) -> AsyncIterator[Redis]:
    """A client of a Redis that holds nothing."""
    async with connect(valkey.connection) as client:
        await client.flushdb()
        yield client


async def offered(redis: Redis, shopper: str) -> dict[str, int]:
    """What the caps of a shopper's offers count."""
    asking = VisitEvent(id="ask", source="/test", subject=shopper, time=MOMENT)
    return dict((await RedisMemories(redis).recall(asking)).offered)


async def lost(redis: Redis, *shoppers: str) -> RestoreOffers:
    """Decisions are in the windows, but not in Redis; one that came since is in both."""
    events = [decision(f"d{n}", f"o{n % 2}", NOW - n * 60, shoppers[n % len(shoppers)]) for n in range(6)]
    log, store = FakeLog({"events-0": []}), FakeMetrics()
    for number, one in enumerate(reversed(events)):
        log.partitions["events-0"] += log_of([one], NOW - (5 - number) * 60, number)
    await Aggregation(log, store, FakeHot(), MOMENT.timestamp).run({"p1": "GROCERY"}.get, 8)
    await RedisMemories(redis).offer_made(shoppers[0], "o0", "d0", datetime.fromtimestamp(NOW * 60, UTC))
    return RestoreOffers(store, RedisOfferMemory(redis), MOMENT.timestamp)


async def test_caps_count_again_what_redis_lost(redis: Redis) -> None:
    """Everything of the last day, once, with what was made since Redis came back."""
    restore = await lost(redis, "s1")
    assert await offered(redis, "s1") == {"o0": 1}
    await restore(8)
    assert await offered(redis, "s1") == {"o0": 3, "o1": 3}


async def test_restoring_again_adds_nothing(redis: Redis) -> None:
    """A process that died half-way through leaves it to the next, which begins anew."""
    restore = await lost(redis, "s1", "s2")
    await restore(8)
    await redis.delete(OFFERS_KEPT)
    await restore(8)
    assert await offered(redis, "s1") == {"o0": 3}
    assert await offered(redis, "s2") == {"o1": 3}


async def test_what_is_kept_is_left_alone(redis: Redis) -> None:
    """As long as Redis lost nothing, nothing is read from the windows."""
    restore = await lost(redis, "s1")
    await RedisOfferMemory(redis).keep()
    await restore(8)
    assert await offered(redis, "s1") == {"o0": 1}


async def test_it_goes_on_where_time_ended(redis: Redis) -> None:
    """What a cycle does not reach is the next one's."""
    restore = await lost(redis, "s1")
    await restore(0)
    assert not await redis.exists(OFFERS_KEPT)
    await restore(8)
    assert await offered(redis, "s1") == {"o0": 3, "o1": 3}
    assert await redis.ttl(OFFERS_KEPT) > 0


async def test_without_redis_the_cycle_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    """It is told, and done when Redis is back."""
    [port] = free_ports(1)
    async with connect(f"redis://127.0.0.1:{port}/0") as nobody:
        with pytest.raises(HotUnavailableError):
            await RedisOfferMemory(nobody).kept()
        await RestoreOffers(FakeMetrics(), RedisOfferMemory(nobody), MOMENT.timestamp)(8)
    assert "is not looked after: Redis does not answer" in caplog.text
