"""A lake in memory that can be killed at any operation, and checks its promises after each."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from functions.lake import rows
from functions.lake.blobs import Blob, LakeChangedError, LakeUnavailableError, Stored
from functions.lake.manifest import EVENTS, MANIFESTS, Manifest
from functions.lake.rows import Row
from functions.usecases.lake_files import GRACE

type Place = tuple[str, int, int]
"""Partition, sequence, position."""


class KilledError(BaseException):
    """The process died here: nothing can catch it."""


@dataclass
class FakeLake:
    """Implements `LakeStore`. `kill_at` and `fail_at` are numbers of operations yet to come.

    A killed operation that writes may have been done (`done`). Before each operation others get `turns` turns; one
    that takes longer than two minutes fails, as that of a real client does.
    """

    now: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)
    blobs: dict[str, tuple[bytes, datetime, int]] = field(default_factory=dict)
    kill_at: int = -1
    fail_at: int = -1
    done: bool = False
    turns: Callable[[], int] = lambda: 0
    superseded: list[tuple[datetime, Manifest]] = field(default_factory=list)
    _version: int = 0

    async def read(self, path: str) -> Stored | None:
        await self._operation()
        found = self.blobs.get(path)
        return Stored(found[0], str(found[2])) if found else None

    async def write(self, path: str, data: bytes) -> None:
        await self._operation(lambda: self._put(path, data))
        self._put(path, data)

    async def replace(self, path: str, data: bytes, version: str | None) -> str:
        def put() -> None:
            current = self.blobs.get(path)
            if (str(current[2]) if current else None) != version:
                raise LakeChangedError(path)
            if current and path.startswith(MANIFESTS):
                self.superseded.append((self.now, Manifest.from_json(current[0])))
            self._put(path, data)

        await self._operation(put)
        put()
        return str(self._version)

    async def files(self, folder: str) -> Sequence[Blob]:
        await self._operation()
        found = [(path, modified, version) for path, (_, modified, version) in self.blobs.items()]
        return [Blob(path, at, str(version)) for path, at, version in found if path.startswith(folder)]

    async def folders(self, folder: str) -> Sequence[str]:
        await self._operation()
        return sorted(
            {f"{folder}{path[len(folder) :].split('/')[0]}/" for path in self.blobs if path.startswith(folder)}
        )

    async def delete(self, blobs: Iterable[Blob]) -> None:
        for blob in blobs:
            await self._operation(lambda blob=blob: self._drop(blob))  # type: ignore[misc]
            self._drop(blob)

    def manifests(self) -> list[Manifest]:
        """All that there are."""
        return [
            Manifest.from_json(data) for path, (data, _, _) in self.blobs.items() if path.startswith(f"{MANIFESTS}/")
        ]

    def events(self) -> dict[Place, Row]:
        """What a reader sees, none of it twice."""
        found: dict[Place, Row] = {}
        for manifest in self.manifests():
            for entry in manifest.files:
                data = self.blobs[entry.path][0]
                if entry.kind != EVENTS:
                    assert data.count(b"\n") == entry.rows
                    continue
                read = list(rows.from_file(data))
                assert len(read) == entry.rows
                for row in read:
                    place = (manifest.partition, row.sequence, row.position)
                    assert place not in found, "an event is there twice"
                    found[place] = row
        return found

    def _put(self, path: str, data: bytes) -> None:
        self._version += 1
        self.blobs[path] = (data, self.now, self._version)

    def _drop(self, blob: Blob) -> None:
        path = blob.path
        if path not in self.blobs or str(self.blobs[path][2]) != blob.version:
            return
        since = self.now - GRACE
        readable = [*self.manifests(), *(manifest for at, manifest in self.superseded if at > since)]
        expired = "date=" in path and self.now - self._date(path) > timedelta(days=5)
        named = any(path == entry.path for manifest in readable for entry in manifest.files)
        assert expired or not named, "a file is deleted that a reader may still be reading"
        self.blobs.pop(path, None)

    def _date(self, path: str) -> datetime:
        return datetime.fromisoformat(path.split("date=")[1][:10]).replace(tzinfo=UTC)

    async def _operation(self, work: Callable[[], None] | None = None) -> None:
        began = self.now
        for _ in range(self.turns()):
            await asyncio.sleep(0)
        if self.now - began > timedelta(minutes=2):
            raise LakeUnavailableError("no answer")
        self.kill_at -= 1
        self.fail_at -= 1
        if self.kill_at == -1 or self.fail_at == -1:
            if self.done and work is not None:
                work()
            raise KilledError if self.kill_at == -1 else LakeUnavailableError("the storage is away")
