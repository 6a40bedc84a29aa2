"""What the windows in the container `metrics` hold of a shopper: views, and offers made and clicked, by minute."""

import json
import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import CosmosBatchOperationError, CosmosResourceNotFoundError

from functions.adapters import cosmos
from functions.adapters.partition_key import partition_of
from functions.adapters.personal_documents import plain
from functions.analytics.documents import CHECKPOINT_ID, erased_document, told_of
from functions.analytics.partition import BATCH_BYTES
from functions.usecases.ports import Erased, StoreUnavailableError

MOST = 90
"""Windows that are read to be rewritten in one transaction; 100 operations are the most."""
ATTEMPTS = 10
"""Transactions in a row that an aggregation may get ahead of."""
TIME_LIMIT = 60.0
"""Seconds that a query may take: it looks at every window of a month."""
WINDOWS = "SELECT TOP 90 * FROM c WHERE c.kind = 'window' AND IS_DEFINED(c.shoppers[NAME])"
PARTITIONS = "SELECT c.partition FROM c WHERE c.kind = 'window' AND IS_DEFINED(c.shoppers[NAME])"
VIEWS = "SELECT c.start, c.shoppers[NAME] AS did FROM c WHERE c.kind = 'window' AND IS_DEFINED(c.shoppers[NAME])"

log = logging.getLogger(__name__)
type Document = dict[str, Any]


class PersonalViews:
    """Implements `Place`. `clock` gives epoch seconds.

    The aggregation holds windows, and a day's views of shoppers, in memory. Whatever is rewritten here is one
    transaction with the checkpoint, so that what it writes next is refused, and it loads its state anew: without the
    shopper, and with the note that nothing from before this minute counts for it, also not what waits in the stream.
    """

    def __init__(self, container: ContainerProxy, clock: Callable[[], float]) -> None:
        self._container = container
        self._clock = clock

    async def export(self, shopper_id: str) -> list[Document]:
        """Views, and offers made and clicked, by minute; raises `StoreUnavailableError`."""
        found = await self._query(_about(shopper_id, VIEWS))
        return [{"start": one["start"], **told_of(one["did"])} for one in found]

    async def erase(self, shopper_id: str) -> Erased:
        """Take the shopper out of all windows; raises `StoreUnavailableError`."""
        found = await self._query(_about(shopper_id, PARTITIONS))
        own = {document["partition"] for document in found} | await self._home(shopper_id)
        return Erased(sum([await self._erase(partition, shopper_id) for partition in sorted(own)]))

    async def _home(self, shopper_id: str) -> set[str]:
        """The partition in which the shopper's events arrive; none before anything was aggregated."""
        found = await self._query("SELECT c.partition FROM c WHERE c.kind = 'checkpoint'")
        names = sorted((document["partition"] for document in found), key=lambda name: (len(name), name))
        return {names[partition_of(shopper_id, len(names))]} if names else set()

    async def _erase(self, partition: str, shopper_id: str) -> int:
        done, refused = 0, 0
        while refused < ATTEMPTS:
            checkpoint = await self._checkpoint(partition)
            found = await self._query(_about(shopper_id, WINDOWS), partition)
            windows = _fitting(found)
            if not await self._rewrite(partition, shopper_id, checkpoint, windows):
                refused += 1
                continue
            done, refused = done + len(windows), 0
            if len(windows) == len(found) < MOST:
                return done
        raise StoreUnavailableError(f"{partition}: an erasure was refused {ATTEMPTS} times")

    async def _checkpoint(self, partition: str) -> Document | None:
        try:
            return await cosmos.ask(
                "read of the checkpoint", lambda: self._container.read_item(CHECKPOINT_ID, partition_key=partition)
            )
        except CosmosResourceNotFoundError:
            return None

    async def _rewrite(
        self, partition: str, shopper_id: str, checkpoint: Document | None, windows: Sequence[Document]
    ) -> bool:
        """Write the windows without the shopper; False when the checkpoint, or a window, is another."""
        operations: list[Any] = [("replace", (one["id"], _without(shopper_id, one))) for one in windows]
        operations.append(("upsert", (erased_document(partition, shopper_id, int(self._clock() // 60)),)))
        if checkpoint is not None:
            match = {"if_match_etag": checkpoint["_etag"]}
            operations.insert(0, ("replace", (CHECKPOINT_ID, plain(checkpoint)), match))

        async def write() -> bool:
            try:
                await self._container.execute_item_batch(operations, partition_key=partition)
            except CosmosBatchOperationError as error:
                log.info("%s: operation %d of an erasure: %s", partition, error.error_index, error.status_code)
                return False
            return True

        return await cosmos.ask(f"erasure in {partition}", write)

    async def _query(self, text: str, partition: str | None = None) -> list[Document]:
        async def drain() -> list[Document]:
            ask = partial(self._container.query_items, text, max_item_count=cosmos.PAGE)
            pages = ask() if partition is None else ask(partition_key=partition)
            return [document async for document in pages]

        return await cosmos.ask("query of a shopper's views", drain, TIME_LIMIT)


def _about(shopper_id: str, query: str) -> str:
    """The query with the id as the name of a property, which no parameter can be; texts are JSON's in both."""
    return query.replace("NAME", json.dumps(shopper_id, ensure_ascii=False))


def _without(shopper_id: str, window: Document) -> Document:
    views = {shopper: count for shopper, count in window["shoppers"].items() if shopper != shopper_id}
    return {**plain(window), "shoppers": views}


def _fitting(windows: Sequence[Document]) -> Sequence[Document]:
    """As many from the front as one transaction can hold, at least one if there is one."""
    size = 0
    for place, window in enumerate(windows):
        size += len(json.dumps(window))
        if place and size > BATCH_BYTES:
            return windows[:place]
    return windows
