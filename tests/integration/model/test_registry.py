"""Publishing, activating and rolling back versions, on real Blob storage, Cosmos and Redis."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from azure.core.exceptions import AzureError
from azure.cosmos.aio import ContainerProxy
from azure.storage.blob.aio import ContainerClient

from functions.adapters import cosmos as cosmos_adapter
from functions.adapters import model_store
from functions.adapters.active_model import SHIPPED_VERSION, ActiveModel, InvalidActiveModelError, Version, read
from functions.contracts import MODEL_ID, SETTINGS
from local.stack.process import Process
from model import artifact
from model.registry import store, switch
from model.registry.errors import (
    LostSwitchError,
    NothingToRollBackError,
    OtherContentError,
    UnknownVersionError,
)
from tests import small_shop

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
ONE, TWO = Version("one", "1" * 64), Version("two", "2" * 64)


@pytest.fixture
async def models(azurite: Process) -> AsyncIterator[ContainerClient]:
    """The container of models, which is not there yet."""
    async with model_store.container(azurite.connection) as client:
        yield client
        if await client.exists():
            async for name in client.list_blob_names():
                await client.delete_blob(name)


@pytest.fixture
async def settings(cosmos: Process) -> AsyncIterator[ContainerProxy]:
    """The container `settings`, empty."""
    async with cosmos_adapter.connect(cosmos.connection) as client:
        database = await small_shop.create(client, f"test-{uuid4()}")
        yield database.get_container_client(SETTINGS.name)
        await client.delete_database(database.id)


async def publish(models: ContainerClient, folder: Path) -> bool:
    """Publish a folder."""
    return await store.publish(models, folder, artifact.read(folder), lambda _: None)


async def test_what_was_published_can_be_fetched(models: ContainerClient, azurite: Process, tmp_path: Path) -> None:
    """The same files, and every byte of progress told."""
    folder, done = small_shop.write_model(tmp_path / "model", version="v1"), list[int]()
    manifest = artifact.read(folder)
    assert await store.publish(models, folder, manifest, done.append)
    assert sum(done) == store.size(folder, manifest)
    found = await store.find(models, "v1")
    assert found.manifest == manifest
    (tmp_path / "fetched").mkdir()
    await model_store.fetch(azurite.connection, found.version, tmp_path / "fetched")
    assert artifact.read(tmp_path / "fetched") == manifest
    assert await store.names(models) == ["v1"]


async def test_publishing_again_changes_nothing(models: ContainerClient, tmp_path: Path) -> None:
    """The same content is fine; judgements may be renewed."""
    folder = small_shop.write_model(tmp_path / "model", version="v1")
    assert await publish(models, folder)
    (folder / "evaluation.json").write_text("{}")
    assert not await publish(models, folder)
    assert await model_store.read(models, "v1/evaluation.json") == b"{}"


async def test_other_content_under_the_same_name_is_refused(models: ContainerClient, tmp_path: Path) -> None:
    """What is published stays as it was."""
    await publish(models, small_shop.write_model(tmp_path / "one", version="v1"))
    before = await model_store.read(models, "v1/candidates.onnx")
    other = small_shop.write_model(tmp_path / "other", small_shop.PRODUCT_IDS[:20], version="v1")
    with pytest.raises(OtherContentError, match=r"v1 was published with another candidates\.onnx"):
        await publish(models, other)
    assert await model_store.read(models, "v1/candidates.onnx") == before


async def test_what_was_broken_off_is_not_there_and_is_completed(
    models: ContainerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upload that stops before the manifest publishes nothing; the next one goes on."""
    folder = small_shop.write_model(tmp_path / "model", version="v1")

    async def broken(*_: object) -> None:
        raise AzureError("the line is cut")

    with monkeypatch.context() as patch:
        patch.setattr(store, "_judge", broken)
        with pytest.raises(AzureError):
            await publish(models, folder)
    assert await store.names(models) == []
    with pytest.raises(UnknownVersionError):
        await store.find(models, "v1")
    assert await publish(models, folder)
    assert (await store.find(models, "v1")).manifest == artifact.read(folder)


@pytest.mark.parametrize("name", ["nothing", "", "../secret", "a/b", "x" * 100, "?", "shipped"])
async def test_a_version_that_was_never_published_is_named(models: ContainerClient, name: str) -> None:
    """Whatever was typed, also while nothing at all was published."""
    with pytest.raises(UnknownVersionError, match="--list"):
        await store.find(models, name)
    assert await store.names(models) == []


async def test_a_corrupt_manifest_is_not_served(models: ContainerClient, azurite: Process, tmp_path: Path) -> None:
    """The hash that was activated is that of the manifest as it was published."""
    await publish(models, small_shop.write_model(tmp_path / "model", version="v1"))
    version = (await store.find(models, "v1")).version
    manifest = json.loads(await model_store.read(models, "v1/manifest.json"))
    await models.upload_blob("v1/manifest.json", json.dumps(manifest | {"tau": 1}), overwrite=True)
    with pytest.raises(model_store.ModelStoreError, match="not the one that was activated"):
        await model_store.fetch(azurite.connection, version, tmp_path)


async def test_switching_forth_and_back(settings: ContainerProxy) -> None:
    """The version before is remembered; a rollback of a rollback leads forward again."""
    assert await read(settings) == (ActiveModel(), None)
    await switch.make(settings, await switch.to_version(settings, ONE, NOW))
    await switch.make(settings, await switch.to_version(settings, TWO, NOW))
    assert (await read(settings))[0] == ActiveModel(TWO, ONE, NOW)
    await switch.make(settings, await switch.to_previous(settings, NOW))
    assert (await read(settings))[0] == ActiveModel(ONE, TWO, NOW)
    await switch.make(settings, await switch.to_previous(settings, NOW))
    assert (await read(settings))[0] == ActiveModel(TWO, ONE, NOW)


async def test_the_first_version_can_be_rolled_back_to_the_shipped_one(settings: ContainerProxy) -> None:
    """Which was what served before."""
    await switch.make(settings, await switch.to_version(settings, ONE, NOW))
    await switch.make(settings, await switch.to_previous(settings, NOW))
    assert (await read(settings))[0] == ActiveModel(SHIPPED_VERSION, ONE, NOW)


async def test_activating_again_keeps_the_way_back(settings: ContainerProxy) -> None:
    """The version before is still the one before, and the document tells of a new attempt."""
    await switch.make(settings, await switch.to_version(settings, ONE, NOW))
    later = NOW.replace(hour=13)
    await switch.make(settings, await switch.to_version(settings, ONE, later))
    assert (await read(settings))[0] == ActiveModel(ONE, SHIPPED_VERSION, later)


async def test_there_may_be_nothing_to_roll_back_to(settings: ContainerProxy) -> None:
    """Said in one line with the way out."""
    with pytest.raises(NothingToRollBackError, match="before shipped"):
        await switch.to_previous(settings, NOW)


@pytest.mark.parametrize("first", [True, False])
async def test_of_two_who_switch_at_once_one_wins(settings: ContainerProxy, first: bool) -> None:
    """The other is told who won, whether or not there was a document before; nothing is written over."""
    if not first:
        await switch.make(settings, await switch.to_version(settings, Version("zero", ""), NOW))
    one, two = await asyncio.gather(*(switch.to_version(settings, version, NOW) for version in (ONE, TWO)))
    await switch.make(settings, one)
    with pytest.raises(LostSwitchError, match="one was activated by somebody else at the same moment, two was not"):
        await switch.make(settings, two)
    assert (await read(settings))[0].version == ONE


@pytest.mark.parametrize("document", [{}, {"version": 7}, {"version": "one", "manifest": "", "activated": "never"}])
async def test_a_document_that_says_nothing_is_replaced(
    settings: ContainerProxy, document: dict[str, object]
) -> None:
    """Reading it says what to do, and activating does it."""
    await settings.upsert_item({"id": MODEL_ID, **document})
    with pytest.raises(InvalidActiveModelError, match=r"python -m model\.activate"):
        await read(settings)
    await switch.make(settings, await switch.to_version(settings, ONE, NOW))
    assert (await read(settings))[0] == ActiveModel(ONE, SHIPPED_VERSION, NOW)


async def test_a_write_whose_answer_was_lost_is_no_lost_race(settings: ContainerProxy) -> None:
    """The document is as it was wanted: that is what counts."""
    change = await switch.to_version(settings, ONE, NOW)
    await switch.make(settings, change)
    await switch.make(settings, change)
    assert (await settings.read_item(MODEL_ID, MODEL_ID))["version"] == "one"
