"""What Cosmos holds of a shopper in containers whose partition key is the shopper's id."""

from contextlib import suppress
from typing import Any

from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import CosmosResourceNotFoundError

from functions.adapters import cosmos
from functions.usecases.ports import Erased

ALL = "SELECT * FROM c"
SIMULATED = "SELECT * FROM c WHERE IS_DEFINED(c.products)"
"""Of the container `simulation`: a run is nobody's, even if it has a shopper's id."""


class PersonalDocuments:
    """Implements `Place`: the documents of a query in the shopper's logical partition."""

    def __init__(self, container: ContainerProxy, query: str = ALL) -> None:
        self._container = container
        self._query = query

    async def export(self, shopper_id: str) -> list[dict[str, Any]]:
        """The documents, without what Cosmos adds; raises `StoreUnavailableError`."""
        return [plain(document) for document in await self._of(shopper_id)]

    async def erase(self, shopper_id: str) -> Erased:
        """Delete the documents; raises `StoreUnavailableError`."""
        found = await self._of(shopper_id)
        for document in found:
            await self._delete(document["id"], shopper_id)
        return Erased(len(found))

    async def _of(self, shopper_id: str) -> list[dict[str, Any]]:
        async def drain() -> list[dict[str, Any]]:
            pages = self._container.query_items(self._query, partition_key=shopper_id, max_item_count=cosmos.PAGE)
            return [document async for document in pages]

        return await cosmos.ask(f"query of {self._container.id} for a shopper", drain)

    async def _delete(self, document_id: str, shopper_id: str) -> None:
        with suppress(CosmosResourceNotFoundError):  # as it is when a repeated request finds its own work done
            await cosmos.ask(
                f"deletion in {self._container.id}",
                lambda: self._container.delete_item(document_id, partition_key=shopper_id),
            )


def plain(document: dict[str, Any]) -> dict[str, Any]:
    """A document without what Cosmos adds."""
    return {name: value for name, value in document.items() if not name.startswith("_")}
