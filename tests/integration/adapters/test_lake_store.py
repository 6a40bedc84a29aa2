"""The lake in a real Blob storage."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from azure.storage.blob.aio import ContainerClient

from functions.adapters.lake_store import BlobLake
from functions.lake.blobs import LakeChangedError, LakeUnavailableError
from local.stack.ports import free_ports
from local.stack.process import Process


@pytest.fixture
async def lake(azurite: Process) -> AsyncIterator[BlobLake]:
    """A lake of whose container nobody has heard yet."""
    async with BlobLake(ContainerClient.from_connection_string(azurite.connection, f"lake-{uuid4()}")) as store:
        yield store


async def test_a_lake_that_is_not_there_is_empty(lake: BlobLake) -> None:
    """Nothing has to be made before the first event."""
    assert await lake.read("manifest/date=2026-03-01/0.json") is None
    assert await lake.files("manifest/") == []
    assert await lake.folders("events/") == []


async def test_what_is_written_is_read_and_listed(lake: BlobLake) -> None:
    """The last content counts; folders are those right below."""
    await lake.write("events/date=2026-03-01/hour=01/a.parquet", b"1")
    await lake.write("events/date=2026-03-01/hour=01/a.parquet", b"2")
    await lake.write("events/date=2026-03-02/hour=01/b.parquet", b"3")
    stored = await lake.read("events/date=2026-03-01/hour=01/a.parquet")
    assert stored
    assert stored.data == b"2"
    assert await lake.folders("events/") == ["events/date=2026-03-01/", "events/date=2026-03-02/"]
    [blob] = await lake.files("events/date=2026-03-01/")
    assert (blob.path, blob.version) == ("events/date=2026-03-01/hour=01/a.parquet", stored.version)
    assert abs((blob.modified - datetime.now(UTC)).total_seconds()) < 60


async def test_only_who_read_the_last_version_replaces_it(lake: BlobLake) -> None:
    """And of two that both find nothing, one begins."""
    first = await lake.replace("manifest/m.json", b"1", None)
    with pytest.raises(LakeChangedError):
        await lake.replace("manifest/m.json", b"2", None)
    second = await lake.replace("manifest/m.json", b"3", first)
    with pytest.raises(LakeChangedError):
        await lake.replace("manifest/m.json", b"4", first)
    stored = await lake.read("manifest/m.json")
    assert stored
    assert (stored.data, stored.version) == (b"3", second)


async def test_what_was_written_anew_is_not_deleted(lake: BlobLake) -> None:
    """Nor does it matter whether a blob is still there."""
    await lake.write("events/a.parquet", b"1")
    await lake.write("events/b.parquet", b"1")
    listed = await lake.files("events/")
    await lake.write("events/b.parquet", b"1")
    await lake.delete(listed)
    await lake.delete(listed)
    assert [blob.path for blob in await lake.files("events/")] == ["events/b.parquet"]


async def test_a_storage_that_is_away_is_an_error() -> None:
    """The one that says so, for everything that is asked of it."""
    [port] = free_ports(1)
    nowhere = f"AccountName=a;AccountKey=YQ==;BlobEndpoint=http://127.0.0.1:{port}/a"
    async with BlobLake(ContainerClient.from_connection_string(nowhere, "lake", retry_total=0)) as store:
        for asked in (store.read("a"), store.write("a", b""), store.replace("a", b"", None), store.files("a/")):
            with pytest.raises(LakeUnavailableError, match="the lake does not answer"):
                await asked
