"""Published versions in Blob storage: the manifest is uploaded last, and nothing is ever overwritten."""

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob.aio import BlobClient, ContainerClient

from functions.adapters import model_store
from functions.adapters.active_model import NAME, Version
from functions.adapters.model_folder import MANIFEST
from functions.adapters.model_store import ModelStoreError
from functions.contracts import SHIPPED
from model.artifact import Manifest
from model.registry.errors import NotPublishableError, OtherContentError, UnknownVersionError

JUDGEMENTS = ("evaluation.json", "evaluation.md")
"""What was found out about a version; it is no part of it, and may be renewed."""
DIGEST = "sha256"
"""Metadata of each blob: the hash of its content."""

type Advance = Callable[[int], None]
"""Called with the bytes that were done."""


@dataclass(frozen=True, slots=True)
class Published:
    """A version that was published, and what its manifest says."""

    version: Version
    manifest: Manifest


async def publish(models: ContainerClient, folder: Path, manifest: Manifest, done: Advance) -> bool:
    """Upload a verified folder; False when it was there already, True when anything was missing.

    Raises `OtherContentError`, `NotPublishableError` and the SDK's `AzureError`.
    """
    _check_names(folder, manifest)
    with suppress(ResourceExistsError):  # made when the first version was published
        await models.create_container()
    fresh = False
    for name in (*sorted(manifest.files), MANIFEST):  # the manifest last: with it the version is there, and complete
        content = (folder / name).read_bytes()
        if name == MANIFEST:
            await _judge(models, folder, manifest.version)
        fresh |= await _create(models.get_blob_client(f"{manifest.version}/{name}"), content, manifest.version)
        done(len(content))
    return fresh


def size(folder: Path, manifest: Manifest) -> int:
    """Bytes of everything that makes a version."""
    return sum((folder / name).stat().st_size for name in (*manifest.files, MANIFEST))


async def find(models: ContainerClient, name: str) -> Published:
    """A published version; raises `UnknownVersionError` and `ModelStoreError`."""
    if not NAME.fullmatch(name):
        raise UnknownVersionError(name)
    try:
        content = await model_store.read(models, f"{name}/{MANIFEST}")
    except ModelStoreError as error:
        if isinstance(error.__cause__, ResourceNotFoundError):
            raise UnknownVersionError(name) from None
        raise
    return _published(name, content)


async def names(models: ContainerClient) -> list[str]:
    """The name of every version; raises `ModelStoreError`."""
    try:
        blobs = [blob async for blob in models.list_blob_names()]
    except ResourceNotFoundError:
        return []  # nothing was published yet
    except (AzureError, OSError) as error:
        raise ModelStoreError(f"Blob storage does not answer: {type(error).__name__}") from error
    return [blob.removesuffix(f"/{MANIFEST}") for blob in blobs if blob.endswith(f"/{MANIFEST}")]


def _published(name: str, content: bytes) -> Published:
    try:
        manifest = Manifest(**json.loads(content))
    except (ValueError, TypeError) as error:
        raise ModelStoreError(f"{name}/{MANIFEST} is not a manifest of this release: {error}") from error
    return Published(Version(name, hashlib.sha256(content).hexdigest()), manifest)


def _check_names(folder: Path, manifest: Manifest) -> None:
    if not NAME.fullmatch(manifest.version) or manifest.version == SHIPPED:
        raise NotPublishableError(folder, f"a version cannot be called '{manifest.version[:80]}'")
    for name in manifest.files:
        if not NAME.fullmatch(name):
            raise NotPublishableError(folder, f"its manifest names '{name}', which is not a file of the folder")


async def _judge(models: ContainerClient, folder: Path, version: str) -> None:
    for name in JUDGEMENTS:
        if (folder / name).exists():
            await models.upload_blob(f"{version}/{name}", (folder / name).read_bytes(), overwrite=True)


async def _create(blob: BlobClient, content: bytes, version: str) -> bool:
    """Upload a blob unless it is there; a blob is there whole or not at all."""
    digest = hashlib.sha256(content).hexdigest()
    try:
        await blob.upload_blob(content, overwrite=False, metadata={DIGEST: digest}, max_concurrency=4)
    except ResourceExistsError:
        known = await blob.get_blob_properties()
        if known.metadata.get(DIGEST) != digest or known.size != len(content):
            raise OtherContentError(version, blob.blob_name.rsplit("/", 1)[-1]) from None
        return False
    return True
