"""The lake in Blob storage or Data Lake Storage, whose blob API it uses."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self

from azure.core import MatchConditions
from azure.core.exceptions import AzureError, ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.core.pipeline.transport import AioHttpTransport
from azure.storage.blob.aio import BlobPrefix, ContainerClient

from functions.adapters.identity import credential
from functions.contracts import LAKE
from functions.lake.blobs import Blob, LakeChangedError, LakeUnavailableError, Stored
from functions.settings import Connection, Entra

TOGETHER = 8
"""Requests at once."""


def connect(connection: Connection) -> ContainerClient:
    """A client of the lake's container; it connects with its first request, on the loop that is running then."""
    limits: dict[str, Any] = {
        "transport": AioHttpTransport(use_env_settings=False),  # or aiohttp looks for ~/.netrc with each request
        "retry_total": 2,
        "initial_backoff": 0.2,
        "increment_base": 2,
        "connection_timeout": 5,
        "read_timeout": 30,
    }
    if isinstance(connection, Entra):
        return ContainerClient(connection.address, LAKE, credential(connection.client_id), **limits)
    return ContainerClient.from_connection_string(connection, LAKE, **limits)


class BlobLake:
    """Implements `LakeStore`; makes the container when it is missed."""

    def __init__(self, container: ContainerClient) -> None:
        self._container = container
        self._turn = asyncio.Semaphore(TOGETHER)

    async def read(self, path: str) -> Stored | None:
        """A blob, None when there is none."""
        async with self._asking():
            try:
                stream = await self._container.download_blob(path)
                return Stored(await stream.readall(), _version(stream.properties.etag))
            except ResourceNotFoundError:
                return None

    async def write(self, path: str, data: bytes) -> None:
        """Write a blob, over the one that is there."""
        await self._upload(path, data, overwrite=True)

    async def replace(self, path: str, data: bytes, version: str | None) -> str:
        """Write a blob that must be at this version, and return its new one; raises `LakeChangedError`."""
        try:
            if version is None:
                return await self._upload(path, data, overwrite=False)
            return await self._upload(
                path, data, overwrite=True, etag=version, match_condition=MatchConditions.IfNotModified
            )
        except (ResourceExistsError, ResourceModifiedError) as error:
            raise LakeChangedError(path) from error

    async def files(self, folder: str) -> Sequence[Blob]:
        """All blobs in a folder; Data Lake Storage lists folders as well, which have no name with a dot."""
        async with self._asking():
            try:
                found = [one async for one in self._container.list_blobs(name_starts_with=folder)]
            except ResourceNotFoundError:
                return []
        return [
            Blob(one.name, one.last_modified, _version(one.etag))
            for one in found
            if "." in one.name.rpartition("/")[2]
        ]

    async def folders(self, folder: str) -> Sequence[str]:
        """The paths of the folders in a folder, each with a slash at its end."""
        async with self._asking():
            try:
                found = [one async for one in self._container.walk_blobs(name_starts_with=folder)]
            except ResourceNotFoundError:
                return []
        return [one.name for one in found if isinstance(one, BlobPrefix)]

    async def delete(self, blobs: Iterable[Blob]) -> None:
        """Delete the blobs that are still there and at the same version."""
        await asyncio.gather(*map(self._delete, blobs))

    async def close(self) -> None:
        """Close the connections."""
        await self._container.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _delete(self, blob: Blob) -> None:
        async with self._asking():
            try:
                await self._container.delete_blob(
                    blob.path, etag=blob.version, match_condition=MatchConditions.IfNotModified
                )
            except (ResourceNotFoundError, ResourceModifiedError):
                return

    async def _upload(self, path: str, data: bytes, **conditions: Any) -> str:
        async with self._asking():
            try:
                return await self._uploaded(path, data, conditions)
            except ResourceNotFoundError:
                await self._make()
                return await self._uploaded(path, data, conditions)

    async def _uploaded(self, path: str, data: bytes, conditions: dict[str, Any]) -> str:
        answer = await self._container.get_blob_client(path).upload_blob(data, **conditions)
        return _version(answer["etag"])

    async def _make(self) -> None:
        try:
            await self._container.create_container()
        except ResourceExistsError:
            return

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[None]:
        async with self._turn:
            try:
                yield
            except (ResourceExistsError, ResourceModifiedError):
                raise
            except (AzureError, OSError) as error:  # TimeoutError is an OSError
                raise LakeUnavailableError(f"the lake does not answer: {type(error).__name__}") from error


def _version(etag: str | None) -> str:
    """In quotes, which a list of blobs leaves out."""
    return f'"{(etag or "").strip('"')}"'
