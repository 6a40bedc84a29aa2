"""How far the lake is behind the hub, by its own manifests."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from functions.lake.manifest import MANIFESTS, Manifest
from functions.usecases.lake_ports import LakeStore

DATES = 8
"""Dates that are looked at: the hub keeps no event longer."""


@dataclass(frozen=True, slots=True)
class Progress:
    """The last message of a partition that is in the lake, and when the lake got it."""

    sequence: int
    written: datetime


@dataclass(frozen=True, slots=True)
class ArchiveProgress:
    """The use case."""

    store: LakeStore

    async def __call__(self, partitions: int) -> Mapping[str, Progress]:
        """By partition, of so many; those of which nothing is found are left out. Raises `LakeUnavailableError`."""
        found: dict[str, Progress] = {}
        folders = sorted(await self.store.folders(f"{MANIFESTS}/"), reverse=True)[:DATES]
        for folder in folders:
            written = {one.path: one.modified for one in await self.store.files(folder)}
            wanted = [path for path in written if _partition(path) not in found]
            for path, stored in zip(wanted, await asyncio.gather(*map(self.store.read, wanted)), strict=True):
                covered = Manifest.from_json(stored.data).covered if stored else ()
                if covered:
                    found[_partition(path)] = Progress(covered[-1][1], written[path])
            if len(found) >= partitions:
                break
        return found


def _partition(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".json")
