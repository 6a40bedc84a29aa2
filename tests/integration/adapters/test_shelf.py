"""The cached shelf on real Cosmos and Valkey."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from azure.cosmos.aio import DatabaseProxy
from redis.asyncio import Redis

from functions.adapters import cosmos as store
from functions.adapters.catalog_store import CatalogStore
from functions.adapters.memory import connect
from functions.adapters.shelf import CachedShelf
from functions.contracts import (
    AFFINITY_EVERYONE,
    AFFINITY_SEGMENTS,
    CATALOG_PACKED,
    OFFERS,
    POLICY_ID,
    PRODUCTS,
    SETTINGS,
    affinity_of_segment,
)
from functions.usecases.ports import StoreUnavailableError
from local.stack.process import Process
from tests.small_shop import OFFER_LIST, POLICY, PRODUCT_LIST

LONG = 3_600.0


@pytest.fixture
async def shelf(shop: DatabaseProxy, redis: Redis) -> AsyncIterator[CachedShelf]:
    """A shelf that is never refreshed by itself."""
    shelf = CachedShelf(shop, redis, LONG, LONG)
    yield shelf
    await shelf.settled()


async def test_everything_is_on_the_shelf(shelf: CachedShelf) -> None:
    """Catalogue, offers and policy come from Cosmos."""
    assortment = await shelf.current()
    assert set(assortment.catalog.products) == set(PRODUCT_LIST)
    assert dict(assortment.offers) == {offer.id: offer for offer in OFFER_LIST}
    assert assortment.policy == POLICY
    assert (assortment.segments, assortment.everyone) == ({}, ())


async def test_affinities_come_from_redis(shelf: CachedShelf, redis: Redis) -> None:
    """The lists of the named segments, and of everyone; a damaged one is left out alone."""
    await redis.sadd(AFFINITY_SEGMENTS, "young", "old")
    await redis.set(affinity_of_segment("young"), json.dumps([["p1", 0.5]]))
    await redis.set(affinity_of_segment("old"), "no JSON")
    await redis.set(AFFINITY_EVERYONE, json.dumps([["p2", 0.9], ["p1", 0.1]]))
    assortment = await shelf.current()
    assert assortment.segments == {"young": (("p1", 0.5),), "old": ()}
    assert assortment.everyone == (("p2", 0.9), ("p1", 0.1))


async def test_first_callers_share_one_load(
    shop: DatabaseProxy, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many decisions wait for a new process, the catalogue is read once."""
    loads: list[None] = []
    load = CatalogStore.load

    async def counted(self: CatalogStore) -> object:
        loads.append(None)
        return await load(self)

    monkeypatch.setattr(CatalogStore, "load", counted)
    shelf = CachedShelf(shop, redis, LONG, LONG)
    found = await asyncio.gather(*(shelf.current() for _ in range(50)))
    assert len(loads) == 1
    assert {id(assortment) for assortment in found} == {id(found[0])}


async def test_an_invalid_offer_is_skipped_by_name(
    shop: DatabaseProxy, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    """One bad document costs its own offer and no other, and the log says which and why."""
    await shop.get_container_client(OFFERS.name).upsert_item({"id": "bad", "name": "Bad", "dailyCap": 0})
    shelf = CachedShelf(shop, redis, LONG, LONG)
    assert set((await shelf.current()).offers) == {offer.id for offer in OFFER_LIST}
    assert "'bad'" in caplog.text
    assert "dailyCap" in caplog.text


async def test_an_invalid_product_is_skipped_by_name(
    shop: DatabaseProxy, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    """The same holds for products."""
    await shop.get_container_client(PRODUCTS.name).upsert_item({"id": "bad", "name": "Bad", "category": ["X"]})
    shelf = CachedShelf(shop, redis, LONG, LONG)
    assert len((await shelf.current()).catalog) == len(PRODUCT_LIST)
    assert "'bad'" in caplog.text


async def test_a_new_process_reads_the_packed_catalogue(
    shelf: CachedShelf, shop: DatabaseProxy, redis: Redis
) -> None:
    """The second process finds the catalogue in Redis, equal, and does not query it."""
    first = await shelf.current()
    assert 0 < await redis.ttl(CATALOG_PACKED) <= LONG
    await shop.delete_container(PRODUCTS.name)
    second = await CachedShelf(shop, redis, LONG, LONG).current()
    assert second.catalog.products == first.catalog.products


async def test_a_damaged_packed_catalogue_is_replaced(shop: DatabaseProxy, redis: Redis) -> None:
    """It is queried instead, and packed anew."""
    await redis.set(CATALOG_PACKED, b"catalog-1\nrubbish")
    assert len((await CachedShelf(shop, redis, LONG, LONG).current()).catalog) == len(PRODUCT_LIST)
    assert await CatalogStore(shop.get_container_client(PRODUCTS.name), redis, LONG).load()


async def test_a_change_is_seen_after_the_age(shop: DatabaseProxy, redis: Redis) -> None:
    """The old assortment is served while the new one is read; unchanged, it stays the same object."""
    shelf = CachedShelf(shop, redis, LONG, 0.01)
    first = await shelf.current()
    await refreshed(shelf)
    assert await shelf.current() is first
    changed = POLICY.model_copy(update={"threshold": 0.9})
    await shop.get_container_client(SETTINGS.name).upsert_item({"id": POLICY_ID, **changed.to_document()})
    await refreshed(shelf)
    assert (await shelf.current()).policy == changed
    await shelf.settled()


@pytest.mark.parametrize(
    "document", [None, {"id": POLICY_ID, "fallback": "nothing"}, {"id": POLICY_ID, "treshold": 1}]
)
async def test_without_a_sound_policy_there_is_no_shelf(
    shop: DatabaseProxy, redis: Redis, document: dict[str, object] | None
) -> None:
    """A missing policy, one without a real fallback and one with a typo are said to be so."""
    settings = shop.get_container_client(SETTINGS.name)
    await (settings.upsert_item(document) if document else settings.delete_item(POLICY_ID, POLICY_ID))
    with pytest.raises(StoreUnavailableError, match="policy"):
        await CachedShelf(shop, redis, LONG, LONG).current()


async def test_an_empty_catalogue_says_what_to_do(database: DatabaseProxy, redis: Redis) -> None:
    """Nothing was seeded: the error tells how."""
    with pytest.raises(StoreUnavailableError, match=r"model\.seed"):
        await CatalogStore(database.get_container_client(PRODUCTS.name), redis, LONG).load()


async def test_redis_down(shop: DatabaseProxy, own_valkey: Process) -> None:
    """The shelf stands without Redis."""
    redis = connect(own_valkey.connection)
    own_valkey.stop()
    assert len((await CachedShelf(shop, redis, LONG, LONG).current()).catalog) == len(PRODUCT_LIST)
    await redis.aclose()


async def test_redis_goes_down(shop: DatabaseProxy, own_valkey: Process) -> None:
    """The affinities stay as they were."""
    redis = connect(own_valkey.connection)
    await redis.set(AFFINITY_EVERYONE, json.dumps([["p2", 0.9]]))
    shelf = CachedShelf(shop, redis, LONG, 0.01)
    await shelf.current()
    own_valkey.stop()
    await refreshed(shelf)
    assert (await shelf.current()).everyone == (("p2", 0.9),)
    await shelf.settled()
    await redis.aclose()


async def test_cosmos_goes_down_and_comes_back(own_cosmos: Process, redis: Redis) -> None:
    """What is on the shelf stays there, and a change is seen when Cosmos is back."""
    client = store.connect(own_cosmos.connection)
    database = client.get_database_client("personalization")
    shelf = CachedShelf(database, redis, LONG, 0.05)
    first = await shelf.current()
    own_cosmos.stop()
    await refreshed(shelf, 0.06)
    assert await shelf.current() is first
    await asyncio.sleep(0.5)  # ten times the age: the hard bound
    with pytest.raises(StoreUnavailableError):
        await shelf.current()
    own_cosmos.start()
    await database.get_container_client(OFFERS.name).delete_item("milk", "milk")
    await shelf.current()
    await refreshed(shelf, 0.06)
    assert set((await shelf.current()).offers) == {"bread", "voucher"}
    await shelf.settled()
    await client.close()


async def refreshed(shelf: CachedShelf, age: float = 0.02) -> None:
    """Let the assortment grow old, and wait for the refresh that the next caller sets off."""
    await asyncio.sleep(age)
    await shelf.current()
    await shelf.settled()


async def test_a_shop_that_is_still_being_seeded_is_not_kept(shop: DatabaseProxy, redis: Redis) -> None:
    """The seed writes the policy last: whoever asks before has to wait, and then gets the whole catalogue."""
    shelf, products = CachedShelf(shop, redis, LONG, LONG), shop.get_container_client(PRODUCTS.name)
    settings, last = shop.get_container_client(SETTINGS.name), PRODUCT_LIST[-1]
    await settings.delete_item(POLICY_ID, POLICY_ID)
    await products.delete_item(last.id, last.id)
    with pytest.raises(StoreUnavailableError, match="there is no policy"):
        await shelf.current()
    await products.upsert_item(last.to_document())
    await settings.upsert_item({"id": POLICY_ID, **POLICY.to_document()})
    assert set((await shelf.current()).catalog.products) == set(PRODUCT_LIST)
    await shelf.settled()


async def test_a_shop_that_was_filled_anew_has_its_new_catalogue(shop: DatabaseProxy, redis: Redis) -> None:
    """`model.seed --reset` under running functions: the old catalogue is not served until it is old."""
    shelf = CachedShelf(shop, redis, LONG, 0.0)
    before = (await shelf.current()).catalog
    settings = shop.get_container_client(SETTINGS.name)
    await settings.upsert_item({"id": POLICY_ID, **POLICY.to_document()})
    assert (await shelf.current()).catalog is before
    await settings.delete_item(POLICY_ID, POLICY_ID)
    new = replace(PRODUCT_LIST[0], id="new")
    await shop.get_container_client(PRODUCTS.name).upsert_item(new.to_document())
    await redis.delete(CATALOG_PACKED)
    await settings.create_item({"id": POLICY_ID, **POLICY.to_document()})
    assert set((await shelf.current()).catalog.products) == {*PRODUCT_LIST, new}
    await shelf.settled()
