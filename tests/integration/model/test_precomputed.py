"""Publishing pre-computed affinities to a real Valkey, read back by the app's own adapter."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from functions.adapters import memory, precomputed
from functions.contracts import AFFINITY_EVERYONE, affinity_of_shopper
from local.stack.process import Process
from model.precomputed import BATCH, SHOPPER_TTL, Precomputed, publish

LISTS = Precomputed(
    everyone=[("milk", 0.5)],
    segments={"young": [("soap", 0.4)], "old": [("tea", 0.3)]},
    groups=([("beer", 0.2)], [("wine", 0.1)]),
    shoppers={"anna": 0, "ben": 1, "carl": 0},
)


@pytest.fixture
async def redis(valkey: Process) -> AsyncIterator[Redis]:
    """An empty Redis."""
    async with memory.connect(valkey.connection) as client:
        await client.flushdb()
        yield client


async def test_the_app_reads_what_was_published(redis: Redis) -> None:
    """Everyone's list, each segment's, and a shopper's own, which expires one day."""
    assert await publish(redis, LISTS) == 6
    found = await precomputed.load(redis)
    assert found.everyone == (("milk", 0.5),)
    assert found.segments == {"old": (("tea", 0.3),), "young": (("soap", 0.4),)}
    assert json.loads(str(await redis.get(affinity_of_shopper("carl")))) == [["beer", 0.2]]
    assert 0 < await redis.ttl(affinity_of_shopper("carl")) <= SHOPPER_TTL
    assert await redis.ttl(AFFINITY_EVERYONE) == -1


async def test_publishing_again_changes_nothing(redis: Redis) -> None:
    """The same keys with the same content."""
    await publish(redis, LISTS)
    before = {key: await redis.dump(key) for key in await redis.keys()}
    await publish(redis, LISTS)
    assert {key: await redis.dump(key) for key in await redis.keys()} == before


async def test_what_is_no_more_is_removed(redis: Redis) -> None:
    """Lists of segments and shoppers that the new version does not know; nothing else is touched."""
    await publish(redis, LISTS)
    await redis.set("shopper:anna:recent", "another key")
    await publish(redis, Precomputed([("milk", 0.6)], {"old": [("tea", 0.2)]}, ([("rum", 1.0)],), {"ben": 0}))
    assert set(await redis.keys()) == {
        "affinity:everyone",
        "affinity:segments",
        "affinity:segment:old",
        "affinity:shopper:ben",
        "shopper:anna:recent",
    }
    assert (await precomputed.load(redis)).segments == {"old": (("tea", 0.2),)}


async def test_shoppers_keep_their_lists_when_there_are_no_new_ones(redis: Redis) -> None:
    """A model of data without traits leaves them until they expire, and removes segments that it does not have."""
    await publish(redis, LISTS)
    await publish(redis, Precomputed([("milk", 0.6)]))
    assert set(await redis.keys()) == {"affinity:everyone", *(affinity_of_shopper(id_) for id_ in LISTS.shoppers)}


async def test_no_reader_finds_nothing_while_lists_are_replaced(redis: Redis) -> None:
    """Read over and over while versions take turns: everyone and the segment that all have is always there."""
    versions = [
        LISTS,
        Precomputed([("milk", 0.6)], {"young": [("soap", 0.1)]}, ([("rum", 1.0)],), {"ben": 0}),
    ]
    await publish(redis, LISTS)
    done = asyncio.Event()

    async def read() -> int:
        reads = 0
        while not done.is_set():
            found = await precomputed.load(redis)
            assert found.everyone
            assert found.segments["young"]
            assert await redis.get(affinity_of_shopper("ben"))
            reads += 1
        return reads

    reading = asyncio.create_task(read())
    for turn in range(60):
        await publish(redis, versions[turn % 2])
    done.set()
    assert await reading > 20


async def test_many_shoppers_are_written_in_batches(redis: Redis) -> None:
    """However many there are, each has its list, and the next version removes all of them but its own."""
    shoppers = {f"s{number}": number % 2 for number in range(3 * BATCH + 7)}
    assert await publish(redis, Precomputed([("milk", 1.0)], {}, LISTS.groups, shoppers)) == len(shoppers) + 1
    assert await redis.dbsize() == len(shoppers) + 1
    await publish(redis, Precomputed([("milk", 1.0)], {}, LISTS.groups, {"s3": 0}))
    assert set(await redis.keys()) == {AFFINITY_EVERYONE, affinity_of_shopper("s3")}
