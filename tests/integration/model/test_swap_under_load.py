"""Versions are activated, broken and rolled back while decisions are made without a pause."""

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from azure.cosmos.aio import ContainerProxy
from azure.storage.blob.aio import ContainerClient

from functions.adapters import cosmos as cosmos_adapter
from functions.adapters import memory, model_store
from functions.app import App
from functions.contracts import SETTINGS
from functions.events import DecisionEvent, Interaction, InteractionEvent, Item
from functions.settings import Settings
from local.stack.process import Process
from model import artifact
from model.registry import store, switch
from tests import small_shop

AT_ONCE = 4
"""Decisions under way at any time."""
MAX_AGE = 1.0
"""Seconds between two looks in this test; 10 unless the settings say otherwise."""
PATIENCE = 60.0


@dataclass
class Load:
    """Decisions one after the other, `AT_ONCE` at a time, of shoppers whom the model knows; what came and failed."""

    app: App
    decided: list[DecisionEvent] = field(default_factory=list)
    failed: list[Exception] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep deciding in the body."""
        tasks = [asyncio.create_task(self._decide()) for _ in range(AT_ONCE)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _decide(self) -> None:
        while True:
            number = next(self.numbers)
            item = Item(item_id=f"p{number % 30}")
            action = InteractionEvent(
                id=f"load-{number}",
                source="/test",
                subject=f"s{number % 12}",
                time=datetime.now(UTC),
                type="view_item",
                data=Interaction(items=(item,)),
            )
            try:
                self.decided.append(await self.app.make_offer(action))
            except Exception as error:  # noqa: BLE001 - the test tells of it
                self.failed.append(error)

    def versions(self) -> list[str]:
        """The versions in the order in which decisions asked for the model, each run of equal ones once.

        A decision's time is taken right before it asks, with nothing in between.
        """
        in_order = sorted(self.decided, key=lambda decision: decision.time)
        return [version for version, _ in itertools.groupby(decision.data.model for decision in in_order)]

    async def until(self, version: str, since: int = 0) -> DecisionEvent:
        """The first decision by a version, after so many others."""
        async with asyncio.timeout(PATIENCE):
            while True:
                if found := [decision for decision in self.decided[since:] if decision.data.model == version]:
                    return min(found, key=lambda decision: decision.time)
                await asyncio.sleep(0.01)

    async def some(self, count: int = 100) -> None:
        """As many more decisions."""
        wanted = len(self.decided) + count
        async with asyncio.timeout(PATIENCE):
            while True:
                if len(self.decided) >= wanted:
                    return
                await asyncio.sleep(0.01)


@dataclass
class Shop:
    """The small shop on real servers, with the registry's hands on it."""

    app: App
    models: ContainerClient
    folder: Path

    async def publish(self, name: str, products: tuple[str, ...] = small_shop.PRODUCT_IDS) -> str:
        """Publish a version of the small model; its name, which nobody else uses."""
        version = f"{name}-{uuid4().hex[:8]}"
        folder = small_shop.write_model(self.folder / version, products, version)
        await store.publish(self.models, folder, artifact.read(folder), lambda _: None)
        return version

    async def activate(self, version: str) -> datetime:
        """Activate a version; when that was done."""
        published = await store.find(self.models, version)
        return await self._switch(await switch.to_version(self.documents, published.version, datetime.now(UTC)))

    async def roll_back(self) -> datetime:
        """Activate the version before; when that was done."""
        return await self._switch(await switch.to_previous(self.documents, datetime.now(UTC)))

    async def _switch(self, change: switch.Switch) -> datetime:
        await switch.make(self.documents, change)
        return datetime.now(UTC)

    @property
    def documents(self) -> ContainerProxy:
        return self.app.database.get_container_client(SETTINGS.name)

    async def failure(self, version: str) -> str:
        """Why a version could not be taken, as the metrics tell it."""
        async with asyncio.timeout(PATIENCE):
            while True:
                told = (await self.app.metrics.models()).failures
                if found := [failure for failure in told if failure.version == version]:
                    assert found[0].count == 1
                    return found[0].reason
                await asyncio.sleep(0.05)


@pytest.fixture
async def shop(
    azurite: Process, cosmos: Process, valkey: Process, eventhubs: Process, tmp_path: Path
) -> AsyncIterator[Shop]:
    """The app in this process on all servers."""
    name = f"swap-{uuid4()}"
    async with cosmos_adapter.connect(cosmos.connection) as client:
        await small_shop.seed(await small_shop.create(client, name))
        redis = memory.connect(valkey.connection)
        await redis.flushdb()
        await redis.aclose()
        servers = {server.service.setting: server.connection for server in (azurite, cosmos, valkey, eventhubs)}
        shipped = small_shop.write_model(tmp_path / "shipped", version="shipped-1")
        own = {
            "CosmosDatabase": name,
            "ModelFolder": str(shipped),
            "ModelCache": str(tmp_path / "cache"),
            "ModelMaxAgeSeconds": str(MAX_AGE),
        }
        app = App(Settings.read({**servers, **own}))
        async with model_store.container(azurite.connection) as models:
            yield Shop(app, models, tmp_path)
            async for blob in models.list_blob_names():
                await models.delete_blob(blob)
        await app.close()
        await client.delete_database(name)


async def test_a_swap_under_load(
    shop: Shop, caplog: pytest.LogCaptureFixture, record_testsuite_property: Callable[[str, object], None]
) -> None:
    """No request fails, and each decision is stamped by the version that was active when it was made."""
    load = Load(shop.app)
    second, third, foreign = (
        await shop.publish("two"),
        await shop.publish("three"),
        await shop.publish("foreign", tuple(f"x{number}" for number in range(30))),
    )
    flipped = bytearray(await model_store.read(shop.models, f"{third}/candidates.onnx"))
    flipped[len(flipped) // 2] ^= 1
    await shop.models.upload_blob(f"{third}/candidates.onnx", bytes(flipped), overwrite=True)

    async with load.running():
        await load.until("shipped-1")
        await load.some()

        activated = await shop.activate(second)
        noticed = (await load.until(second)).time - activated
        await load.some()

        await shop.activate(third)
        assert "candidates.onnx does not have the hash" in await shop.failure(third)
        await load.some()

        await shop.activate(foreign)
        assert "wrong catalogue: the shop has 0%" in await shop.failure(foreign)
        await load.some()

        await shop.activate(second)  # what served all the time
        fourth = await shop.publish("four")
        await shop.activate(fourth)
        await load.until(fourth)
        await load.some()
        await shop.roll_back()
        await load.until(second, since=len(load.decided))
        await load.some()

    assert load.failed == []
    assert load.versions() == ["shipped-1", second, fourth, second]
    assert noticed.total_seconds() < MAX_AGE + 5
    warnings = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len([line for line in warnings if "cannot be taken" in line]) == 2
    [instance] = (await shop.app.metrics.models()).instances
    assert (instance.version, instance.swaps) == (second, 3)
    record_testsuite_property("decisions", len(load.decided))
    record_testsuite_property("noticed within, s", noticed.total_seconds())


async def test_many_processes_start_and_swap_at_once(shop: Shop) -> None:
    """Three processes' apps share a cache: each takes every version, none disturbs another."""
    versions = [await shop.publish(name) for name in ("a", "b", "c")]
    async with AsyncExitStack() as stack:
        loads = [Load(App(shop.app.settings)) for _ in range(3)]
        for load in loads:
            stack.push_async_callback(load.app.close)
            await stack.enter_async_context(load.running())
        for version in versions:
            await shop.activate(version)
            await asyncio.gather(*(load.until(version) for load in loads))
    for load in loads:
        assert load.failed == []
        assert load.versions()[-3:] == versions
