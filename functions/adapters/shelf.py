"""What the shop has to offer, kept in memory and refreshed in the background."""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from azure.cosmos.aio import DatabaseProxy
from redis.asyncio import Redis

from functions.adapters import cosmos, precomputed
from functions.adapters.catalog_store import CatalogStore
from functions.adapters.precomputed import Precomputed
from functions.adapters.refreshed import Refreshed
from functions.contracts import OFFERS, POLICY_ID, PRODUCTS, SETTINGS
from functions.personalization.assortment import Assortment, UnfitFallbackError
from functions.personalization.catalog import Catalog
from functions.personalization.offers import InvalidOfferError, Offer, Policy
from functions.usecases.ports import MemoryUnavailableError, NotSeededError, StoreUnavailableError

OFFERS_PAGE = 100
"""Offers in a page: they may name thousands of products, and a page is decoded on the event loop."""

log = logging.getLogger(__name__)


class CachedShelf:
    """Implements `Shelf`.

    Offers, policy and affinities are at most `offers_max_age` seconds old when all is well, the catalogue
    `catalog_max_age` more; see `Refreshed` for how long they are served when it is not. A shop that was emptied and
    filled anew is known by its policy's resource id, which is another one: then the catalogue is not older either.
    """

    def __init__(self, database: DatabaseProxy, redis: Redis, catalog_max_age: float, offers_max_age: float) -> None:
        self._offers = database.get_container_client(OFFERS.name)
        self._settings = database.get_container_client(SETTINGS.name)
        self._redis = redis
        store = CatalogStore(database.get_container_client(PRODUCTS.name), redis, catalog_max_age)
        self._catalog = Refreshed("catalogue", store.load, catalog_max_age)
        self._assortment = Refreshed("assortment", self._load, offers_max_age)
        self._last: Assortment | None = None
        self._shop: str | None = None
        self._precomputed = Precomputed()

    async def current(self) -> Assortment:
        """The assortment; the same object as long as nothing in it changed. Raises `StoreUnavailableError`."""
        return await self._assortment.get()

    async def settled(self) -> None:
        """Wait until no refresh is under way."""
        await self._assortment.settled()
        await self._catalog.settled()

    async def _load(self) -> Assortment:
        # One after the other: nobody waits for a refresh, and when one read fails none is left running. The policy is
        # seeded last and read first: a catalogue that is still being written is not kept.
        policy, shop = await self._load_policy()
        catalog = await (self._catalog.get() if self._shop in (None, shop) else self._catalog.renewed())
        self._shop = shop
        offers, affinities = await self._load_offers(), await self._load_precomputed()
        self._last = await asyncio.to_thread(_renewed, self._last, catalog, offers, policy, affinities)
        return self._last

    async def _load_offers(self) -> Mapping[str, Offer]:
        documents = await cosmos.query(self._offers, "SELECT * FROM c", page=OFFERS_PAGE)
        return await asyncio.to_thread(lambda: {offer.id: offer for offer in _valid(documents)})

    async def _load_policy(self) -> tuple[Policy, str]:
        """The policy, and the resource id of its document."""
        document = await cosmos.read(self._settings, POLICY_ID)
        if document is None:
            raise NotSeededError
        try:
            return Policy.from_document(document), str(document["_rid"])
        except InvalidOfferError as error:
            raise StoreUnavailableError(f"the policy is invalid: {error}") from error

    async def _load_precomputed(self) -> Precomputed:
        try:
            self._precomputed = await precomputed.load(self._redis)
        except MemoryUnavailableError as error:
            log.warning("Pre-computed affinities stay as they were: %s", error)
        return self._precomputed


def _valid(documents: Iterable[Mapping[str, Any]]) -> Iterable[Offer]:
    for document in documents:
        try:
            yield Offer.from_document(document)
        except InvalidOfferError as error:
            log.warning("An offer is left out: %s", error)


def _renewed(
    last: Assortment | None, catalog: Catalog, offers: Mapping[str, Offer], policy: Policy, known: Precomputed
) -> Assortment:
    """The last assortment if nothing changed, else a new one that is ready to serve."""
    if last is not None and last.catalog is catalog:
        now = (offers, policy, known.segments, known.everyone)
        if now == (last.offers, last.policy, last.segments, last.everyone):
            return last
    try:
        assortment = Assortment(catalog, offers, policy, known.segments, known.everyone)
    except UnfitFallbackError as error:
        raise StoreUnavailableError(str(error)) from error
    if assortment.missing:
        log.warning("The policy names offers that do not exist: %s", ", ".join(assortment.missing))
    _ = assortment.coverage  # worked out here, in a thread, rather than by the first decision
    return assortment
