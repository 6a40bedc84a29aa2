"""Versions of the model fetched from real Blob storage into the cache of a host."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from azure.storage.blob.aio import ContainerClient

from functions.adapters import model_store
from functions.adapters.active_model import SHIPPED_VERSION, Version
from functions.adapters.model_folder import ModelCorruptError
from functions.adapters.model_loader import ABANDONED, FETCHING, ModelLoader
from functions.adapters.model_store import ModelStoreError
from local.stack.ports import free_ports
from local.stack.process import Process
from model import artifact
from model.registry import store
from tests.small_shop import PRODUCT_IDS, write_model


@pytest.fixture
async def models(azurite: Process) -> AsyncIterator[ContainerClient]:
    """The container of models."""
    async with model_store.container(azurite.connection) as client:
        yield client
        async for name in client.list_blob_names():
            await client.delete_blob(name)


@pytest.fixture
def loader(azurite: Process, tmp_path: Path) -> ModelLoader:
    """A loader of a process on a host without any model in its cache."""
    return ModelLoader(write_model(tmp_path / "shipped"), tmp_path / "cache", azurite.connection, 1)


@pytest.fixture
async def version(models: ContainerClient, tmp_path: Path) -> Version:
    """A published version."""
    return await publish(models, tmp_path / "v1", "v1")


async def publish(models: ContainerClient, folder: Path, name: str, products: int = len(PRODUCT_IDS)) -> Version:
    """Publish a version of the small model."""
    write_model(folder, PRODUCT_IDS[:products], version=name)
    await store.publish(models, folder, artifact.read(folder), lambda _: None)
    return (await store.find(models, name)).version


def names(folder: Path) -> set[str]:
    """What is in a folder."""
    return {path.name for path in folder.iterdir()}


async def test_a_version_is_fetched_once(
    loader: ModelLoader, version: Version, models: ContainerClient, tmp_path: Path
) -> None:
    """The second time it comes from the cache, also when Blob storage has lost it."""
    assert (await loader.load(version)).version == "v1"
    async for name in models.list_blob_names():
        await models.delete_blob(name)
    assert (await loader.load(version)).version == "v1"
    assert names(tmp_path / "cache") == {f"v1-{version.manifest[:12]}"}


async def test_the_shipped_version_needs_no_storage(tmp_path: Path) -> None:
    """It comes with the code."""
    loader = ModelLoader(write_model(tmp_path / "shipped"), tmp_path / "cache", "UseDevelopmentStorage=true", 1)
    assert (await loader.load(SHIPPED_VERSION)).version == "small-1"


async def test_processes_of_a_host_share_the_cache(azurite: Process, version: Version, tmp_path: Path) -> None:
    """However many fetch the same version at the same time, all get it, and one copy stays."""
    shipped, cache = write_model(tmp_path / "shipped"), tmp_path / "cache"
    loaders = [ModelLoader(shipped, cache, azurite.connection, 1) for _ in range(12)]
    found = await asyncio.gather(*(loader.load(version) for loader in loaders))
    assert [model.version for model in found] == ["v1"] * 12
    assert len(names(cache)) == 1


@pytest.mark.parametrize("file", ["candidates.onnx", "products.json", "manifest.json"])
async def test_a_damaged_cache_is_fetched_again(
    loader: ModelLoader, version: Version, tmp_path: Path, file: str
) -> None:
    """A disk that filled up, or a file that was changed, costs one more download."""
    await loader.load(version)
    [kept] = (tmp_path / "cache").iterdir()
    (kept / file).write_bytes(b"")
    assert (await loader.load(version)).version == "v1"
    assert (kept / file).read_bytes()


async def test_a_cached_manifest_is_the_one_that_was_activated(
    loader: ModelLoader, version: Version, tmp_path: Path
) -> None:
    """One that was changed, if only by another name of the version, costs one more download."""
    await loader.load(version)
    [kept] = (tmp_path / "cache").iterdir()
    before = (kept / "manifest.json").read_text()
    (kept / "manifest.json").write_text(before.replace('"v1"', '"v2"'))
    assert (await loader.load(version)).version == "v1"
    assert (kept / "manifest.json").read_text() == before


async def test_no_path_of_a_name_is_followed_in_the_cache(loader: ModelLoader, tmp_path: Path) -> None:
    """What lies beside the cache is neither read nor deleted, whatever somebody wrote into the settings."""
    (tmp_path / "cache").mkdir()
    (tmp_path / "mine-000000000000").mkdir()
    with pytest.raises(ModelStoreError, match="no name of a version"):
        await loader.load(Version("../mine", "0" * 64))
    assert (tmp_path / "mine-000000000000").is_dir()


async def test_a_corrupt_blob_is_refused_and_not_kept(
    loader: ModelLoader, version: Version, models: ContainerClient, tmp_path: Path
) -> None:
    """One flipped bit is enough."""
    content = bytearray(await model_store.read(models, "v1/candidates.onnx"))
    content[len(content) // 2] ^= 1
    await models.upload_blob("v1/candidates.onnx", bytes(content), overwrite=True)
    with pytest.raises(ModelCorruptError, match=r"candidates\.onnx does not have the hash"):
        await loader.load(version)
    assert names(tmp_path / "cache") == set()


async def test_a_missing_blob_is_named(loader: ModelLoader, version: Version, models: ContainerClient) -> None:
    """The log line says what to look for."""
    await models.delete_blob("v1/products.json")
    with pytest.raises(ModelStoreError, match=r"there is no blob models/v1/products\.json"):
        await loader.load(version)


@pytest.mark.parametrize("name", ["../../etc/passwd", "never", "?"])
async def test_a_version_that_is_not_there_is_refused(loader: ModelLoader, tmp_path: Path, name: str) -> None:
    """Whatever somebody wrote into the settings, no path is followed."""
    with pytest.raises(ModelStoreError):
        await loader.load(Version(name, "0" * 64))
    assert names(tmp_path) == {"shipped", "cache"}


async def test_storage_that_is_down_is_told_within_seconds(version: Version, tmp_path: Path) -> None:
    """And the message is one line without secrets."""
    [port] = free_ports(1)
    down = f"DefaultEndpointsProtocol=http;AccountName=x;AccountKey=c2VjcmV0;BlobEndpoint=http://127.0.0.1:{port}/x;"
    loader = ModelLoader(tmp_path, tmp_path / "cache", down, 1)
    started = time.monotonic()
    with pytest.raises(ModelStoreError, match=r"Blob storage does not answer: ServiceRequestError$"):
        await loader.load(version)
    assert time.monotonic() - started < 15


async def test_two_versions_are_kept(loader: ModelLoader, models: ContainerClient, tmp_path: Path) -> None:
    """The one that serves and the one before; what a killed process left behind goes too, in time."""
    cache = tmp_path / "cache"
    cache.mkdir()
    for name, age in (("old", ABANDONED + 60), ("new", 60)):
        (cache / f"{FETCHING}{name}").mkdir()
        os.utime(cache / f"{FETCHING}{name}", (time.time() - age,) * 2)
    versions = [await publish(models, tmp_path / name, name) for name in ("v1", "v2", "v3")]
    for version in versions:
        await loader.load(version)
    assert names(cache) == {f"{FETCHING}new", *(f"{each.name}-{each.manifest[:12]}" for each in versions[1:])}
