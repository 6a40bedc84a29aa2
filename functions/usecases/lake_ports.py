"""What the lake needs of its storage. Adapters implement it, tests fake it."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from functions.lake.blobs import Blob, Stored


class LakeStore(Protocol):
    """Blobs by path. Everything raises `LakeUnavailableError`."""

    async def read(self, path: str) -> Stored | None:
        """A blob, None when there is none."""

    async def write(self, path: str, data: bytes) -> None:
        """Write a blob, over the one that is there."""

    async def replace(self, path: str, data: bytes, version: str | None) -> str:
        """Write a blob that must be at this version (None: must not be there), and return its new one.

        Raises `LakeChangedError`.
        """

    async def files(self, folder: str) -> Sequence[Blob]:
        """All blobs in a folder and the folders in it."""

    async def folders(self, folder: str) -> Sequence[str]:
        """The paths of the folders in a folder."""

    async def delete(self, blobs: Iterable[Blob]) -> None:
        """Delete the blobs that are still there and at the same version."""
