"""Decisions in the Cosmos container `decisions`, a logical partition for each shopper; they expire by themselves."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from azure.cosmos.aio import ContainerProxy

from functions.adapters import cosmos
from functions.events import DecisionData, DecisionEvent
from functions.usecases.ports import KeptDecision

TOGETHER = 16
"""Writes at once."""
_OF_SHOPPER = "SELECT TOP @count * FROM c ORDER BY c.time DESC"
_OF_OFFER = "SELECT TOP @count c.shopperId FROM c WHERE c.offer = @offer ORDER BY c.time DESC"


class CosmosDecisions:
    """Implements `DecisionLog`."""

    def __init__(self, container: ContainerProxy) -> None:
        self._container = container

    async def keep(self, decisions: Sequence[DecisionEvent]) -> None:
        """Write decisions, each in place of itself when it comes again; raises `StoreUnavailableError`."""
        turn = asyncio.Semaphore(TOGETHER)

        async def write(decision: DecisionEvent) -> None:
            async with turn:
                document = _document(decision)
                await cosmos.ask("write of a decision", lambda: self._container.upsert_item(document))

        await asyncio.gather(*map(write, decisions))

    async def of_shopper(self, shopper_id: str, count: int) -> Sequence[KeptDecision]:
        """The last decisions for a shopper, newest first; raises `StoreUnavailableError`."""
        found = await self._query(_OF_SHOPPER, shopper_id, count=count)
        return [
            KeptDecision(one["id"], datetime.fromisoformat(one["time"]), DecisionData.model_validate(one))
            for one in found
        ]

    async def shoppers_of(self, offer: str, count: int) -> Sequence[str]:
        """Whom an offer was made to in its last decisions; raises `StoreUnavailableError`."""
        return [one["shopperId"] for one in await self._query(_OF_OFFER, None, offer=offer, count=count)]

    async def _query(self, text: str, shopper_id: str | None, **given: str | int) -> list[dict[str, Any]]:
        parameters: list[dict[str, object]] = [{"name": f"@{name}", "value": value} for name, value in given.items()]
        own: dict[str, Any] = {} if shopper_id is None else {"partition_key": shopper_id}

        async def drain() -> list[dict[str, Any]]:
            pages = self._container.query_items(text, parameters=parameters, max_item_count=cosmos.PAGE, **own)
            return [document async for document in pages]

        return await cosmos.ask("query of decisions", drain)


def _document(decision: DecisionEvent) -> dict[str, Any]:
    """Times of one zone, so that they are in the order of their texts."""
    about = {"id": decision.id, "shopperId": decision.subject, "time": decision.time.astimezone(UTC).isoformat()}
    return about | decision.data.model_dump(mode="json", exclude_none=True)
