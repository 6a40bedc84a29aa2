"""Fast memory on a real Valkey."""

import asyncio
import json
import os
import signal
import time
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis

from functions.actions import quick
from functions.adapters.breaker import Breaker
from functions.adapters.memory import MAX_RECENT, RedisMemories, connect
from functions.contracts import DAY, TOP_SHOPPERS, affinity_of_shopper, offers_of_shopper, recent_of_shopper
from functions.events import Interaction, InteractionEvent, Item, Search, SearchEvent, decision_id
from functions.personalization.shopper import Memory, Recent
from functions.usecases.ports import MemoryUnavailableError
from local.stack.process import Process

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def viewed(*products: str, event: str = "e1", at: datetime = NOON) -> InteractionEvent:
    """The shopper s1 looked at products."""
    items = tuple(Item(item_id=product) for product in products)
    data = Interaction(items=items)
    return InteractionEvent(id=event, source="/test", subject="s1", time=at, type="view_item", data=data)


async def test_a_new_shopper_remembers_its_action_alone(redis: Redis) -> None:
    """The action itself is part of what is recalled."""
    assert await RedisMemories(redis).recall(viewed("p1")) == Memory(recent=(Recent("p1", "view_item", NOON),))


async def test_recent_products_come_newest_first(redis: Redis) -> None:
    """The order is that of the events' times, not of their arrival."""
    memories = RedisMemories(redis)
    await memories.recall(viewed("new", event="e2", at=NOON + timedelta(seconds=1)))
    memory = await memories.recall(viewed("old", event="e1"))
    assert [recent.product for recent in memory.recent] == ["new", "old"]


async def test_a_second_delivery_changes_nothing(redis: Redis) -> None:
    """The same event, and the same decision, count once."""
    memories = RedisMemories(redis)
    for _ in range(2):
        await memories.offer_made("s1", "bread", "d1", NOON)
        memory = await memories.recall(viewed("p1", "p2"))
    assert (len(memory.recent), memory.offered) == (2, {"bread": 1})


async def test_a_search_is_not_remembered_as_a_product(redis: Redis) -> None:
    """Only interactions with products are kept."""
    search = SearchEvent(id="e1", source="/test", subject="s1", time=NOON, data=Search(search_term="milk"))
    assert await RedisMemories(redis).recall(search) == Memory()
    assert not await redis.exists(recent_of_shopper("s1"))


async def test_a_list_that_was_shown_is_not_remembered_as_something_done(redis: Redis) -> None:
    """Else a page of lists would push out what the shopper really looked at."""
    shown = viewed("p2", "p3", event="e2").model_copy(update={"type": "view_item_list"})
    memories = RedisMemories(redis)
    await memories.note([quick(viewed("p1")), quick(shown)])
    assert [recent.product for recent in (await memories.recall(shown)).recent] == ["p1"]


async def test_memory_is_bounded(redis: Redis) -> None:
    """The newest products are kept, and the key expires."""
    memories = RedisMemories(redis)
    for start in range(3):
        products = [f"p{start * 60 + n}" for n in range(60)]
        memory = await memories.recall(viewed(*products, event=f"e{start}", at=NOON + timedelta(seconds=start)))
    assert len(memory.recent) == await redis.zcard(recent_of_shopper("s1")) == MAX_RECENT
    assert {recent.time for recent in memory.recent} == {NOON + timedelta(seconds=1), NOON + timedelta(seconds=2)}
    assert await redis.ttl(recent_of_shopper("s1")) > 0


async def test_offers_count_for_a_day(redis: Redis) -> None:
    """An offer made 24 hours before the action does not count any more."""
    memories = RedisMemories(redis)
    await memories.offer_made("s1", "bread", "d1", NOON - timedelta(hours=24))
    await memories.offer_made("s1", "bread", "d2", NOON - timedelta(hours=23, minutes=59))
    await memories.offer_made("s1", "milk", "d3", NOON)
    assert (await memories.recall(viewed("p1"))).offered == {"bread": 1, "milk": 1}
    assert 0 < await redis.ttl(offers_of_shopper("s1")) <= DAY


async def test_an_offer_does_not_count_against_the_action_that_got_it(redis: Redis) -> None:
    """Delivered again, an action finds the memory of its first delivery."""
    memories, action = RedisMemories(redis), viewed("p1")
    await memories.offer_made("s1", "bread", decision_id(action.id), NOON)
    await memories.offer_made("s1", "bread", "another", NOON)
    assert (await memories.recall(action)).offered == {"bread": 1}


async def test_affinities_and_rank_are_recalled(redis: Redis) -> None:
    """What others computed comes with the same round trip."""
    await redis.set(affinity_of_shopper("s1"), json.dumps([["p9", 0.9], ["p8", 0.1]]))
    await redis.zadd(TOP_SHOPPERS, {"s0": 10, "s1": 7, "s2": 1})
    memory = await RedisMemories(redis).recall(viewed("p1"))
    assert (memory.affinity, memory.views_rank) == ((("p9", 0.9), ("p8", 0.1)), 1)


async def test_a_damaged_value_costs_only_itself(redis: Redis, caplog: pytest.LogCaptureFixture) -> None:
    """Affinities that cannot be read are left out, and the log names the key."""
    await redis.set(affinity_of_shopper("s1"), "[[1")
    assert (await RedisMemories(redis).recall(viewed("p1"))).affinity == ()
    assert affinity_of_shopper("s1") in caplog.text


async def test_one_round_trip(redis: Redis) -> None:
    """A recall is one read from the socket's point of view: all commands travel together."""
    memories = RedisMemories(redis)
    await memories.recall(viewed("p1"))
    before = (await redis.info("stats"))["total_reads_processed"]
    await memories.recall(viewed("p1"))
    after = (await redis.info("stats"))["total_reads_processed"]
    assert after - before == 2  # the recall, and this question itself


async def test_redis_stopped_and_started_again(own_valkey: Process) -> None:
    """Down, it is said at once; up again, the same object works without a new process."""
    redis = connect(own_valkey.connection)
    memories = RedisMemories(redis, Breaker(pause=0.05))
    await memories.recall(viewed("p1"))
    own_valkey.stop()
    with pytest.raises(MemoryUnavailableError):
        await memories.recall(viewed("p1"))
    own_valkey.start()
    await asyncio.sleep(0.06)
    assert (await memories.recall(viewed("p2", event="e2"))).recent
    await redis.aclose()


async def test_a_hanging_redis_is_waited_for_once(own_valkey: Process) -> None:
    """The first caller waits for its time-out, those after it are told at once."""
    redis = connect(own_valkey.connection)
    memories = RedisMemories(redis, Breaker(pause=60))
    await memories.recall(viewed("p1"))
    assert own_valkey.pid
    os.kill(own_valkey.pid, signal.SIGSTOP)
    try:
        with pytest.raises(MemoryUnavailableError, match="does not answer"):
            await memories.recall(viewed("p1"))
        started = time.perf_counter()
        for _ in range(100):
            with pytest.raises(MemoryUnavailableError, match="left alone"):
                await memories.recall(viewed("p1"))
        assert time.perf_counter() - started < 0.5  # one more time-out would be that long
    finally:
        os.kill(own_valkey.pid, signal.SIGCONT)
    await redis.aclose()


async def test_what_is_noted_is_looked_up(redis: Redis) -> None:
    """Of several subjects together, newest first, once however often it is noted; looking writes nothing."""
    memories = RedisMemories(redis)
    other = viewed("p3", event="e3", at=NOON + timedelta(seconds=2)).model_copy(update={"subject": "visit"})
    search = SearchEvent(id="e9", source="/test", subject="s1", time=NOON, data=Search(search_term="milk"))
    for _ in range(2):
        await memories.note([quick(viewed("p1", "p2")), quick(search), quick(other)])
    memory = await memories.look(["s1", "visit"])
    assert [each.product for each in memory.recent] == ["p3", "p2", "p1"]
    assert (await memories.look(["nobody"])) == Memory()
    assert sorted(await redis.keys()) == sorted(map(recent_of_shopper, ["s1", "visit"]))
    await memories.note([quick(search)])


async def test_the_precomputed_list_is_looked_up(redis: Redis) -> None:
    """That of the first subject that has one."""
    await redis.set(affinity_of_shopper("s1"), json.dumps([["p1", 2.0]]))
    assert (await RedisMemories(redis).look(["visit", "s1"])).affinity == (("p1", 2.0),)
