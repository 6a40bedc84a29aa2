"""Files of the lake that take the place of others."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from functions.lake.blobs import LakeChangedError
from functions.lake.manifest import Entry, Manifest
from functions.usecases.lake_ports import LakeStore

GRACE = timedelta(minutes=15)
"""For how long a file is kept that no manifest names: somebody may be about to name it, or still read it."""


async def read_manifest(store: LakeStore, path: str) -> tuple[Manifest, str] | None:
    """A manifest and its version; None when there is none. Raises `InvalidManifestError`, too."""
    stored = await store.read(path)
    return (Manifest.from_json(stored.data), stored.version) if stored else None


async def exchange(
    store: LakeStore,
    path: str,
    old: Sequence[Entry],
    new: tuple[Entry, bytes] | None,
    clock: Callable[[], datetime],
) -> bool:
    """Put a new file, or nothing, in the place of old ones of a manifest; False when somebody else did meanwhile."""
    began = clock()
    if new is not None:
        await store.write(new[0].path, new[1])
    while clock() - began < GRACE / 2 and (known := await read_manifest(store, path)):
        manifest, version = known
        if not set(old) <= set(manifest.files):
            return False
        changed = manifest.with_replaced(old, [new[0]] if new is not None else [], clock())
        try:
            await store.replace(path, changed.to_json(), version)
        except LakeChangedError:
            continue
        return True
    return False
