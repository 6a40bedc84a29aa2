"""Microsoft's asynchronous Python SDK, unmodified."""

import asyncio
import json
import time
import urllib.request
from collections.abc import AsyncIterator
from typing import Any

import pytest
from azure.cosmos import PartitionKey, exceptions
from azure.cosmos.aio import ContainerProxy

from local.stack.process import Process
from local.stack.services import COSMOS_KEY
from tests.integration.cosmos.clients import async_client, endpoint


@pytest.fixture
async def items(cosmos: Process) -> AsyncIterator[ContainerProxy]:
    """A container of its own for each test."""
    async with async_client(cosmos) as client:
        database = await client.create_database_if_not_exists("async")
        container = await database.create_container("items", PartitionKey("/pk"), default_ttl=-1)
        yield container
        await database.delete_container("items")


async def ask(items: ContainerProxy, query: str) -> list[Any]:
    return [found async for found in items.query_items(query)]


async def test_a_bulk_load_and_what_can_be_asked_about_it(items: ContainerProxy) -> None:
    """Many writers at once lose nothing; queries merge over the ranges."""
    numbers = iter(range(400))

    async def write() -> None:
        for number in numbers:
            await items.upsert_item({"id": str(number), "pk": f"p{number % 50}", "n": number})

    await asyncio.gather(*[write() for _ in range(16)])
    assert await ask(items, "SELECT VALUE COUNT(1) FROM c") == [400]
    ordered = await ask(items, "SELECT VALUE c.n FROM c WHERE c.n >= 390 ORDER BY c.n DESC")
    assert ordered == list(range(399, 389, -1))
    chosen = await items.read_items([(str(number), f"p{number % 50}") for number in range(100)])
    assert len(chosen) == 100


async def test_batches_patches_and_conditions(items: ContainerProxy) -> None:
    """The asynchronous client sees the same answers as the synchronous one."""
    await items.execute_item_batch([("upsert", ({"id": "1", "pk": "a", "n": 1},))], "a")
    patched = await items.patch_item("1", "a", [{"op": "incr", "path": "/n", "value": 1}])
    assert patched["n"] == 2
    with pytest.raises(exceptions.CosmosBatchOperationError):
        await items.execute_item_batch([("delete", ("1",)), ("read", ("none",))], "a")
    assert (await items.read_item("1", "a"))["n"] == 2
    feed = [item["id"] async for item in items.query_items_change_feed(start_time="Beginning")]
    assert feed == ["1"]


async def test_what_is_busy_is_tried_again(items: ContainerProxy, cosmos: Process) -> None:
    """Five refusals with 429 slow the client down by as much as it was told, and the write goes through."""
    await items.upsert_item({"id": "1", "pk": "a"})
    faults(cosmos, {"status": 429, "count": 5, "retryAfterMs": 40})
    before = time.monotonic()
    await items.upsert_item({"id": "1", "pk": "a", "n": 2})
    assert time.monotonic() - before >= 0.2
    assert faults(cosmos) == {"left": 0, "given": 5}


async def test_what_stays_busy_fails(items: ContainerProxy, cosmos: Process) -> None:
    """After its nine attempts the client gives up with the 429."""
    faults(cosmos, {"status": 429, "count": 1000, "retryAfterMs": 1})
    try:
        with pytest.raises(exceptions.CosmosHttpResponseError) as refused:
            await items.upsert_item({"id": "1", "pk": "a"})
    finally:
        faults(cosmos, method="DELETE")
    assert refused.value.status_code == 429


async def test_a_document_expires(items: ContainerProxy) -> None:
    """After its time to live a document is not found any more."""
    await items.upsert_item({"id": "1", "pk": "a", "ttl": 1})
    await asyncio.sleep(1.1)
    with pytest.raises(exceptions.CosmosResourceNotFoundError):
        await items.read_item("1", "a")


def faults(cosmos: Process, fault: dict[str, int] | None = None, method: str | None = None) -> Any:
    """Switch faults on, off, or ask about them."""
    body = None if fault is None else json.dumps(fault).encode()
    request = urllib.request.Request(f"{endpoint(cosmos)}_faults", body, {"x-account-key": COSMOS_KEY}, method=method)
    with urllib.request.urlopen(request) as response:
        return json.load(response)
