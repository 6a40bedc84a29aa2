"""Seeding into a real Cosmos stand-in and a real Valkey, read back by the app's own adapters."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from azure.cosmos.aio import DatabaseProxy
from azure.cosmos.exceptions import CosmosHttpResponseError
from redis.asyncio import Redis

from functions.adapters import cosmos as adapter
from functions.adapters import memory
from functions.adapters.shelf import CachedShelf
from functions.adapters.simulation_store import CosmosSimulations
from functions.contracts import PRODUCTS, SETTINGS, SHOPPERS, SIMULATION, Container
from functions.settings import Settings
from local.stack.process import Process
from model.datasets import online_retail, prepared
from model.seed import promotions, stores
from model.seed.plan import Document
from model.seed.run import OtherDatasetError, Seeding, seed
from tests.unit.model.datasets.shops import reading
from tests.unit.model.datasets.test_online_retail import SAMPLE
from tests.unit.model.small import small_source

TODAY = date(2026, 11, 21)


@dataclass
class Shop:
    """A shop of its own for a test: what seeds it, and clients to look into it."""

    seeding: Seeding
    database: DatabaseProxy
    redis: Redis

    async def ids(self, container: str) -> set[str]:
        found = self.database.get_container_client(container).query_items("SELECT VALUE c.id FROM c")
        return {str(each) async for each in found}


@pytest.fixture
async def shop(cosmos: Process, valkey: Process, tmp_path: Path) -> AsyncIterator[Shop]:
    """An empty database and an empty Redis."""
    settings = Settings.read(environment(cosmos, valkey, f"seed-{uuid4().hex[:8]}"))
    data = tmp_path / "data"
    data.write_text("1")
    client, redis = adapter.connect(settings.cosmos_connection), memory.connect(settings.redis_connection)
    async with client, redis:
        await redis.flushdb()
        database = client.get_database_client(settings.cosmos_database)
        yield Shop(Seeding(settings, small_source(data), TODAY), database, redis)


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The containers into which documents were written in bulk."""
    written: list[str] = []
    upsert = stores.upsert

    async def counted(
        database: DatabaseProxy, container: Container, documents: Iterable[Document], done: Callable[[], None]
    ) -> None:
        written.append(container.name)
        await upsert(database, container, documents, done)

    monkeypatch.setattr(stores, "upsert", counted)
    return written


def environment(cosmos: Process, valkey: Process, database: str) -> dict[str, str]:
    return {
        "AzureWebJobsStorage": "not used",
        "EventHubConnection": "not used",
        "CosmosConnection": cosmos.connection,
        "CosmosDatabase": database,
        "RedisConnection": valkey.connection,
    }


async def test_the_app_reads_what_was_seeded(shop: Shop) -> None:
    """Catalogue, offers, policy, affinities, profiles and wants, each through the adapter that serves it."""
    assert await seed(shop.seeding) == "seeded"
    shelf = CachedShelf(shop.database, shop.redis, 60, 60)
    assortment = await shelf.current()
    assert len(assortment.catalog) == 60
    assert len(assortment.offers) == 3 + 5
    assert assortment.policy == promotions.policy()
    assert assortment.everyone
    assert set(assortment.segments) == {"single", "family", "unknown"}
    await shelf.settled()
    simulated = await CosmosSimulations(shop.database.get_container_client(SIMULATION.name)).shoppers()
    shoppers = adapter.CosmosShoppers(shop.database.get_container_client(SHOPPERS.name))
    assert len(simulated) == 40
    assert await shoppers.read(simulated[0]) is not None


async def test_a_seeded_shop_is_left_alone(shop: Shop, writes: list[str]) -> None:
    """The second run reads a marker, and nothing more."""
    await seed(shop.seeding)
    writes.clear()
    assert await seed(shop.seeding) == "already seeded"
    assert writes == []


async def test_a_week_later_only_what_has_dates_is_written(shop: Shop, writes: list[str]) -> None:
    """Within the week nothing moves; then profiles and offers do, the catalogue does not."""
    await seed(shop.seeding)
    writes.clear()
    assert await seed(replace(shop.seeding, today=TODAY + timedelta(days=1))) == "already seeded"
    assert await seed(replace(shop.seeding, today=TODAY + timedelta(days=7))) == "seeded"
    assert set(writes) == {"shoppers", "offers"}


async def test_lost_affinities_come_back(shop: Shop, writes: list[str]) -> None:
    """An emptied Redis is filled again without writing a document."""
    await seed(shop.seeding)
    await shop.redis.flushdb()
    writes.clear()
    assert await seed(shop.seeding) == "seeded"
    assert writes == []
    assert await shop.redis.get("affinity:everyone")


async def test_seeding_leaves_what_shoppers_did_since(shop: Shop) -> None:
    """A reseed replaces affinities; recent actions and simulation runs stay. A reset removes them."""
    await seed(shop.seeding)
    await shop.redis.zadd("shopper:s001:recent", {"e|view_item|p0001": 1})
    await shop.redis.set("affinity:segment:gone", "[]")
    await seed(replace(shop.seeding, today=TODAY + timedelta(days=7)))
    assert await shop.redis.exists("shopper:s001:recent")
    assert not await shop.redis.exists("affinity:segment:gone")
    assert await seed(replace(shop.seeding, reset=True)) == "seeded"
    assert not await shop.redis.exists("shopper:s001:recent")


async def test_two_data_sets_are_not_mixed(shop: Shop) -> None:
    """Another one is refused until the first is deleted."""
    await seed(shop.seeding)
    other = replace(shop.seeding, source=replace(shop.seeding.source, name="other"))
    with pytest.raises(OtherDatasetError, match="--reset"):
        await seed(other)
    assert await seed(replace(other, reset=True)) == "seeded"


async def test_a_prepared_data_set_is_seeded(shop: Shop, tmp_path: Path) -> None:
    """Online Retail: products without categories, shoppers by country; anew when it was prepared with other data."""
    prepared.write(online_retail.read(reading(SAMPLE)), tmp_path / "prepared")
    seeding = replace(shop.seeding, source=prepared.source(tmp_path / "prepared"))
    assert await seed(seeding) == "seeded"
    assert await seed(seeding) == "already seeded"
    assert "85099B" in await shop.ids(PRODUCTS.name)
    assert "12413" in await shop.ids(SHOPPERS.name)
    shelf = CachedShelf(shop.database, shop.redis, 60, 60)
    assortment = await shelf.current()
    assert {product.category for product in assortment.catalog.products} == {()}
    assert len(assortment.offers) == 5
    await shelf.settled()
    (tmp_path / "less.csv").write_text("\n".join(SAMPLE.read_text().splitlines()[:300]))
    prepared.write(online_retail.read(reading(tmp_path / "less.csv")), tmp_path / "prepared")
    assert await seed(seeding) == "seeded"


KILLED = """
import asyncio, os, sys
from datetime import date
from pathlib import Path
from functions.settings import Settings
from model.seed.run import Seeding, seed
from tests.unit.model.small import small_source
source = small_source(Path(sys.argv[1]), products=1_500)
asyncio.run(seed(Seeding(Settings.read(os.environ), source, date.fromisoformat(sys.argv[2]))))
"""


async def test_a_seed_that_was_killed_is_completed(shop: Shop, cosmos: Process, valkey: Process) -> None:
    """SIGKILL while the catalogue is being written; the next run writes the rest, and the marker last."""
    settings = shop.seeding.settings
    source = small_source(shop.seeding.source.files()[0], products=1_500)
    command = [sys.executable, "-c", KILLED, str(source.files()[0]), TODAY.isoformat()]
    env = {**os.environ, **environment(cosmos, valkey, settings.cosmos_database)}
    killed = await asyncio.create_subprocess_exec(*command, env=env)
    try:
        await until_there_are(100, shop, killed)
    finally:
        killed.kill()
        await killed.wait()
    assert 100 <= len(await shop.ids(PRODUCTS.name)) < 1_500
    assert await seed(replace(shop.seeding, source=source)) == "seeded"
    assert len(await shop.ids(PRODUCTS.name)) == 1_500
    assert "seed" in await shop.ids(SETTINGS.name)
    assert await seed(replace(shop.seeding, source=source)) == "already seeded"


async def until_there_are(products: int, shop: Shop, running: asyncio.subprocess.Process) -> None:
    while running.returncode is None:
        try:
            if len(await shop.ids(PRODUCTS.name)) >= products:
                return
        except CosmosHttpResponseError:
            pass  # the database is not there yet
        await asyncio.sleep(0.05)
    raise AssertionError(f"the seed ended by itself with {running.returncode}")


async def test_a_shop_of_another_data_set_comes_up_again(shop: Shop, cosmos: Process, valkey: Process) -> None:
    """`make up` seeds without naming a data set: the one that is there stays, and nothing has failed."""
    await seed(replace(shop.seeding, source=replace(shop.seeding.source, name="my own")))
    before = await shop.ids(PRODUCTS.name)
    env = {**os.environ, **environment(cosmos, valkey, shop.seeding.settings.cosmos_database)}
    command = [sys.executable, "-m", "model.seed"]
    ended = await asyncio.to_thread(subprocess.run, command, env=env, capture_output=True, text=True, check=False)
    assert (ended.returncode, await shop.ids(PRODUCTS.name)) == (0, before)
    assert "seeded with my own and stays as it is" in ended.stderr


def test_one_is_told_when_cosmos_is_away(cosmos: Process, valkey: Process, tmp_path: Path) -> None:
    """One line that says what to do, not a stack trace nor a secret; the exit code is 1."""
    nobody = "AccountEndpoint=http://127.0.0.1:1/;AccountKey=c2VjcmV0;"
    env = {**os.environ, **environment(cosmos, valkey, "away"), "CosmosConnection": nobody}
    ended = subprocess.run([sys.executable, "-m", "model.seed"], env=env, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "is the stack up" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "Unclosed" not in ended.stderr
    assert "c2VjcmV0" not in ended.stderr


def test_one_is_told_when_nothing_was_prepared(cosmos: Process, valkey: Process, tmp_path: Path) -> None:
    """In one line; the exit code is 1."""
    env = {**os.environ, **environment(cosmos, valkey, "nothing")}
    command = [sys.executable, "-m", "model.seed", "--data", str(tmp_path)]
    ended = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "is not a prepared data set" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
