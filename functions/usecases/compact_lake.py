"""Keeping the lake: small files become large ones; what nobody needs any more is deleted, and what is too old.

Whenever it is killed a reader finds each event once: the new file is written first, then a single conditional write
of the manifest puts it in the place of the old ones, and those are deleted later.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain

from functions.lake import rows
from functions.lake.blobs import Blob, LakeChangedError
from functions.lake.manifest import DEAD_LETTER, EVENTS, MANIFESTS, Entry, Kind, Manifest, entry_of
from functions.lake.packing import packs
from functions.usecases.lake_files import GRACE, exchange, read_manifest
from functions.usecases.lake_ports import LakeStore

RECENT = timedelta(days=2)
"""Manifests that nobody changed for so long are left alone."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Compacted:
    """What was done: so many files became so many, and so many were deleted."""

    files: int = 0
    into: int = 0
    deleted: int = 0

    def __add__(self, other: "Compacted") -> "Compacted":
        return Compacted(self.files + other.files, self.into + other.into, self.deleted + other.deleted)


class CompactLake:
    """The use case. `clock` tells the time, `new_id` gives names that nobody else has."""

    def __init__(
        self, store: LakeStore, retention_days: int, clock: Callable[[], datetime], new_id: Callable[[], str]
    ) -> None:
        self._store = store
        self._retention = timedelta(days=retention_days)
        self._clock = clock
        self._new_id = new_id

    async def run(self, seconds: float) -> Compacted:
        """Work for about so many seconds; raises `LakeUnavailableError`: the next run goes on."""
        deadline = self._clock() + timedelta(seconds=seconds)
        done = Compacted(deleted=await self._expire())
        since = self._clock() - RECENT
        manifests = await self._store.files(f"{MANIFESTS}/")
        for path in [one.path for one in manifests if one.modified > since]:
            if self._clock() >= deadline:
                log.info("The lake is not compacted completely: the next run goes on")
                break
            done += await self._keep(path)
        return done

    async def _expire(self) -> int:
        """Delete the dates that are too old, manifests first; how many blobs."""
        oldest, deleted = (self._clock() - self._retention).date(), 0
        for kind in (MANIFESTS, EVENTS, DEAD_LETTER):
            for folder in await self._store.folders(f"{kind}/"):
                if date.fromisoformat(folder.rstrip("/").rpartition("=")[2]) < oldest:
                    blobs = await self._store.files(folder)
                    await self._store.delete(blobs)
                    deleted += len(blobs)
        return deleted

    async def _keep(self, path: str) -> Compacted:
        """Compact the files of a manifest, and delete those that it does not name."""
        known, done = await read_manifest(self._store, path), Compacted()
        if known is None:
            return done
        manifest, _ = known
        for pack in packs(manifest, self._clock()):
            if await self._merge(manifest, pack):
                done += Compacted(len(pack), 1)
        return done + Compacted(deleted=await self._sweep(manifest))

    async def _merge(self, manifest: Manifest, pack: Sequence[Entry]) -> bool:
        """Put one file in the place of several; False when somebody else did meanwhile."""
        stored = await asyncio.gather(*(self._store.read(one.path) for one in pack))
        contents = [one.data for one in stored if one]
        if len(contents) < len(pack):
            return False
        merged, content = await asyncio.to_thread(_merged, manifest, pack, contents, self._new_id())
        return await exchange(self._store, manifest.path, pack, (merged, content), self._clock)

    async def _sweep(self, manifest: Manifest) -> int:
        """Delete files that are neither in the manifest nor recent, unless somebody writes them anew; how many."""
        known = await read_manifest(self._store, manifest.path)
        if known is None:
            return 0
        current, version = known
        before = self._clock() - GRACE
        kept = current.without_replaced(before)
        found = [*await self._files(EVENTS, manifest), *await self._files(DEAD_LETTER, manifest)]
        unused = [one for one in found if one.modified < before and one.path not in kept.paths]
        await self._store.delete(unused)
        if kept != current:
            try:
                await self._store.replace(manifest.path, kept.to_json(), version)
            except LakeChangedError:
                log.info("%s was changed meanwhile: the next run forgets what was replaced", manifest.path)
        return len(unused)

    async def _files(self, kind: Kind, manifest: Manifest) -> Sequence[Blob]:
        found = await self._store.files(f"{kind}/date={manifest.date}/")
        return [one for one in found if f"/partition={manifest.partition}/" in one.path]


def _merged(manifest: Manifest, pack: Sequence[Entry], contents: Sequence[bytes], new_id: str) -> tuple[Entry, bytes]:
    first = pack[0]
    hour = datetime.combine(manifest.date, time(first.hour), UTC)
    if first.kind == EVENTS:
        content = rows.to_file(chain.from_iterable(map(rows.from_file, contents)))
    else:
        content = b"".join(contents)
    span = first.first, max(one.last for one in pack)
    count = sum(one.rows for one in pack)
    return entry_of(first.kind, manifest.partition, hour, span, count, content, new_id), content
