"""The catalogue: read through a packed copy in Redis, else queried from Cosmos."""

import asyncio
import logging
from typing import Any

from azure.cosmos.aio import ContainerProxy
from redis.asyncio import Redis
from redis.client import NEVER_DECODE
from redis.exceptions import RedisError

from functions.adapters import cosmos
from functions.adapters.packed_catalog import NotPackedCatalogError, catalog_of, pack, unpack
from functions.contracts import CATALOG_PACKED
from functions.personalization.catalog import Catalog
from functions.usecases.ports import StoreUnavailableError

TIME_LIMIT = 60.0
"""Seconds for the query of the whole catalogue."""
QUERY = "SELECT * FROM c"

log = logging.getLogger(__name__)


class CatalogStore:
    """Loads the catalogue. A packed copy lives `max_age` seconds, so a catalogue is at most that much older."""

    def __init__(self, container: ContainerProxy, redis: Redis, max_age: float) -> None:
        self._container = container
        self._redis = redis
        self._max_age = max_age

    async def load(self) -> Catalog:
        """The catalogue, built in a thread; raises `StoreUnavailableError`, also when there are no products."""
        return await self._unpacked() or await self._queried()

    async def _unpacked(self) -> Catalog | None:
        try:
            packed = await self._packed()
            return await asyncio.to_thread(unpack, packed) if packed else None
        except (RedisError, OSError, NotPackedCatalogError) as error:
            log.warning("The packed catalogue cannot be used, it is queried instead: %r", error)
            return None

    async def _packed(self) -> bytes | None:
        command: Any = self._redis.execute_command  # `get` would decode the bytes
        packed: bytes | None = await command("GET", CATALOG_PACKED, **{NEVER_DECODE: True})
        return packed

    async def _queried(self) -> Catalog:
        documents = await cosmos.query(self._container, QUERY, TIME_LIMIT)
        catalog = await asyncio.to_thread(catalog_of, documents)
        if not len(catalog):
            raise StoreUnavailableError("there are no products: seed the data with `python -m model.seed`")
        log.info("The catalogue of %d products was read", len(catalog))
        await self._keep(catalog)
        return catalog

    async def _keep(self, catalog: Catalog) -> None:
        try:
            await self._redis.set(CATALOG_PACKED, await asyncio.to_thread(pack, catalog), ex=round(self._max_age))
        except (RedisError, OSError) as error:
            log.warning("The catalogue was not packed for the next process: %r", error)
