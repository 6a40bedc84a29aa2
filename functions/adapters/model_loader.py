"""Where a version of the model comes from: the code, the cache of this host, else Blob storage."""

import asyncio
import hashlib
import logging
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from functions.adapters.active_model import NAME, SHIPPED_VERSION, Version
from functions.adapters.model_folder import MANIFEST, ModelCorruptError
from functions.settings import Connection

if TYPE_CHECKING:
    from functions.adapters.onnx import OnnxModel

KEPT = 2
"""Versions kept in the cache: the active one and the one before, for the way back."""
FETCHING = ".fetching-"
ABANDONED = 3_600
"""Seconds after which a download that nobody finished is deleted."""

log = logging.getLogger(__name__)


class ModelLoader:
    """Loads versions. Other processes of the host may use the same cache at the same time."""

    def __init__(self, shipped: Path, cache: Path, connection: Connection, threads: int) -> None:
        self._shipped = shipped
        self._cache = cache
        self._connection = connection
        self._threads = threads

    async def load(self, version: Version) -> "OnnxModel":
        """The model, verified and tried out.

        Raises `ModelStoreError`, `ModelCorruptError`, `UnfitModelError`, and whatever ONNX Runtime, the disk and the
        memory raise.
        """
        if version == SHIPPED_VERSION:
            return await self._open(self._shipped)
        return await self._cached(version) or await self._fetched(version)

    async def _cached(self, version: Version) -> "OnnxModel | None":
        place = self._place(version)
        if not NAME.fullmatch(version.name) or not await asyncio.to_thread(place.exists):
            return None  # fetching tells of a name that is none
        try:
            await asyncio.to_thread(_check_manifest, place, version)
            model = await self._open(place)
            await asyncio.to_thread(os.utime, place)  # the last used are kept
        except (ModelCorruptError, FileNotFoundError) as error:  # another process may have just pruned it
            log.info("The cached model is fetched again: %s", error)
            await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)
            return None
        return model

    async def _fetched(self, version: Version) -> "OnnxModel":
        from functions.adapters.model_store import fetch  # the SDK takes a moment to import, and is seldom needed

        fresh = await asyncio.to_thread(_fresh, self._cache)
        try:
            await fetch(self._connection, version, fresh)
            model = await self._open(fresh)
            await asyncio.to_thread(_keep, fresh, self._place(version))
        finally:
            await asyncio.to_thread(shutil.rmtree, fresh, ignore_errors=True)
        return model

    async def _open(self, folder: Path) -> "OnnxModel":
        return await asyncio.to_thread(_opened, folder, self._threads)

    def _place(self, version: Version) -> Path:
        return self._cache / f"{version.name}-{version.manifest[:12]}"


def _opened(folder: Path, threads: int) -> "OnnxModel":
    from functions.adapters.model_trial import opened  # here, in a thread: ONNX Runtime takes a moment to import

    return opened(folder, threads, datetime.now(UTC))


def _check_manifest(folder: Path, version: Version) -> None:
    """Raise `ModelCorruptError` unless the manifest is the one activated, which names the hashes of all else."""
    if hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest() != version.manifest:
        raise ModelCorruptError(folder, f"{MANIFEST} is not the one that was activated")


def _fresh(cache: Path) -> Path:
    cache.mkdir(parents=True, exist_ok=True)
    return Path(mkdtemp(prefix=FETCHING, dir=cache))


def _keep(fresh: Path, place: Path) -> None:
    """Move a download to its place, unless another process was faster, and delete what is too old."""
    try:
        fresh.rename(place)
    except OSError as error:
        if not place.exists():
            raise
        log.debug("Another process fetched the same model: %s", error)
    aged = sorted(_aged(path for path in place.parent.iterdir() if path != place), reverse=True)
    done = [path for _, path in aged if not path.name.startswith(FETCHING)]
    abandoned = [path for at, path in aged if path.name.startswith(FETCHING) and time.time() - at > ABANDONED]
    for path in (*done[KEPT - 1 :], *abandoned):
        shutil.rmtree(path, ignore_errors=True)


def _aged(paths: Iterable[Path]) -> Iterator[tuple[float, Path]]:
    """When each was last used; what another process moves or deletes meanwhile is passed over."""
    for path in paths:
        with suppress(FileNotFoundError):
            yield path.stat().st_mtime, path
