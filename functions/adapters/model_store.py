"""Published models in Blob storage: `<version>/<file>`, of which `manifest.json` comes last and never changes."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.core.pipeline.transport import AioHttpTransport
from azure.storage.blob.aio import ContainerClient

from functions.adapters.active_model import NAME, Version
from functions.adapters.identity import credential
from functions.adapters.model_folder import MANIFEST
from functions.contracts import MODELS
from functions.settings import Connection, Entra

PARALLEL = 4
"""Connections that fetch one file."""


class ModelStoreError(Exception):
    """A version could not be fetched from Blob storage; the text says why."""


@asynccontextmanager
async def container(connection: Connection) -> AsyncIterator[ContainerClient]:
    """A client of the container of models, which asks thrice at most."""
    transport = AioHttpTransport(use_env_settings=False)  # or aiohttp looks for ~/.netrc with each request
    limits: dict[str, Any] = {
        "transport": transport,
        "retry_total": 2,
        "initial_backoff": 1,
        "increment_base": 2,
        "connection_timeout": 5,
        "read_timeout": 60,
    }
    if isinstance(connection, Entra):
        client = ContainerClient(connection.address, MODELS, credential(connection.client_id), **limits)
    else:
        client = ContainerClient.from_connection_string(connection, MODELS, **limits)
    async with client:
        yield client


async def fetch(connection: Connection, version: Version, folder: Path) -> None:
    """Download all files of a version into an empty folder, the manifest last; raises `ModelStoreError`.

    Only the manifest is verified here, against the version's own hash; whoever loads the folder verifies the rest.
    """
    if not NAME.fullmatch(version.name):
        raise ModelStoreError(f"'{version.name[:80]}' is no name of a version")
    async with container(connection) as models:
        manifest = await read(models, f"{version.name}/{MANIFEST}")
        if hashlib.sha256(manifest).hexdigest() != version.manifest:
            raise ModelStoreError(f"{MANIFEST} of {version.name} is not the one that was activated")
        for name in names(manifest):
            await asyncio.to_thread((folder / name).write_bytes, await read(models, f"{version.name}/{name}"))
    await asyncio.to_thread((folder / MANIFEST).write_bytes, manifest)


async def read(models: ContainerClient, blob: str) -> bytes:
    """The content of a blob; raises `ModelStoreError`."""
    try:
        stream = await models.download_blob(blob, max_concurrency=PARALLEL)
        return await stream.readall()
    except ResourceNotFoundError as error:
        raise ModelStoreError(f"there is no blob {MODELS}/{blob}") from error
    except (AzureError, OSError) as error:  # TimeoutError is an OSError
        raise ModelStoreError(f"Blob storage does not answer: {type(error).__name__}") from error


def names(manifest: bytes) -> list[str]:
    """The files that a manifest names; raises `ModelStoreError`."""
    try:
        found = sorted(json.loads(manifest)["files"])
    except (ValueError, KeyError, TypeError) as error:
        raise ModelStoreError(f"{MANIFEST} is invalid: {error!r}") from error
    for name in found:
        if not NAME.fullmatch(name):
            raise ModelStoreError(f"{MANIFEST} names '{name}', which is not a file of the folder")
    return found
