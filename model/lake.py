"""The lake as a folder: its events as Parquet files, with the shop's products and offers beside them.

Only what is new is fetched, and what is not in the lake any more is deleted: the folder is the lake as it was at that
moment, with each event once. `python -m model.prepare --source lake` does it by itself; for DuckDB see docs/lake.md.
"""

import argparse
import asyncio
import json
import logging
import sys
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date
from itertools import batched
from pathlib import Path
from uuid import uuid4

from azure.core.exceptions import AzureError
from rich.console import Console

from functions.adapters import cosmos, lake_store
from functions.adapters.active_model import StoreUnavailableError
from functions.adapters.lake_store import BlobLake
from functions.contracts import OFFERS, PRODUCTS
from functions.lake.blobs import LakeUnavailableError
from functions.lake.manifest import EVENTS, MANIFESTS, InvalidManifestError, Manifest
from functions.settings import InvalidSettingError, MissingSettingError, Settings
from model import local_settings
from model.local_settings import UnreadableSettingsError

FOLDER = Path(".local/data/lake")
"""Where it is put, unless it is said."""
ATTEMPTS = 5
"""How often a manifest is read anew because its files were replaced meanwhile."""
TOGETHER = 8
"""Files that are fetched at a time."""
CATALOGUE_LIMIT = 60.0
SERVICE_FAILED = (LakeUnavailableError, StoreUnavailableError, AzureError, OSError)
WAYS_OUT = (InvalidManifestError, InvalidSettingError, MissingSettingError, UnreadableSettingsError)
"""Errors whose text already says what to do."""

type Tell = Callable[[int, int], None]
"""Hears of manifests done, and of all there are."""


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What the folder holds, and how much of it is new."""

    files: int
    fetched: int


async def fetch(settings: Settings, folder: Path, since: date, tell: Tell) -> Mirrored:
    """Make a folder what the lake is; raises `LakeUnavailableError` or what Cosmos raises."""
    async with BlobLake(lake_store.connect(settings.lake_connection)) as store:
        mirrored = await mirror(store, folder, since, tell)
    await _catalogue(settings, folder)
    return mirrored


async def mirror(store: BlobLake, folder: Path, since: date = date.min, tell: Tell = lambda *_: None) -> Mirrored:
    """Make the folder `events` what the lake is, of dates from `since` on; raises `LakeUnavailableError`."""
    manifests = [blob.path for blob in await store.files(f"{MANIFESTS}/") if _date(blob.path) >= since]
    named, fetched = set[Path](), 0
    for number, path in enumerate(manifests):
        tell(number, len(manifests))
        paths, new = await _files(store, path, folder)
        named |= paths
        fetched += new
    for file in (folder / EVENTS).rglob("*"):
        if file.is_file() and file not in named:
            file.unlink()
    tell(len(manifests), len(manifests))
    return Mirrored(len(named), fetched)


async def _files(store: BlobLake, path: str, folder: Path) -> tuple[set[Path], int]:
    """The files of a manifest, in the folder, and how many are new; none where its date is too old by now."""
    for _ in range(ATTEMPTS):
        stored = await store.read(path)
        if stored is None:
            return set(), 0
        entries = [one.path for one in Manifest.from_json(stored.data).files if one.kind == EVENTS]
        missing = [one for one in entries if not (folder / one).exists()]
        if await _all_there(store, missing, folder):
            return {folder / one for one in entries}, len(missing)
    raise LakeUnavailableError(f"the files of {path} were replaced again and again while they were fetched")


async def _all_there(store: BlobLake, paths: Sequence[str], folder: Path) -> bool:
    """Whether each was still there, and is now in the folder."""
    for some in batched(paths, TOGETHER, strict=False):
        found = await asyncio.gather(*map(store.read, some))
        for path, stored in zip(some, found, strict=True):
            if stored is None:
                return False
            await asyncio.to_thread(_write, folder / path, stored.data)
    return True


def _write(file: Path, data: bytes) -> None:
    """All of the file, or nothing."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{uuid4().hex}")
    part.write_bytes(data)
    part.replace(file)


async def _catalogue(settings: Settings, folder: Path) -> None:
    """The shop's own documents, as `model.datasets.archive` reads them."""
    async with aclosing(_Database(settings)) as database:
        for container in (PRODUCTS.name, OFFERS.name):
            documents = await database.all(container)
            lines = "".join(json.dumps(document) + "\n" for document in documents)
            await asyncio.to_thread(_write, folder / f"{container}.jsonl", lines.encode())


class _Database:
    def __init__(self, settings: Settings) -> None:
        self._client = cosmos.connect(settings.cosmos_connection)
        self._database = self._client.get_database_client(settings.cosmos_database)

    async def all(self, container: str) -> Sequence[object]:
        return await cosmos.query(self._database.get_container_client(container), "SELECT * FROM c", CATALOGUE_LIMIT)

    async def aclose(self) -> None:
        await self._client.close()


def _date(path: str) -> date:
    return date.fromisoformat(path.split("date=")[1][:10])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 when the folder is the lake."""
    options = _options().parse_args(arguments)
    console = Console(stderr=True)
    logging.getLogger("azure").setLevel(logging.ERROR)
    try:
        with console.status("Fetching the lake ...", spinner="line"):
            found = asyncio.run(fetch(local_settings.read(), options.out, options.since, lambda *_: None))
    except WAYS_OUT as error:
        return _failed(console, str(error))
    except SERVICE_FAILED as error:
        return _failed(console, f"The lake was not fetched: is the stack up (`make up`)? It said: {error}")
    console.print(f"{options.out} holds {found.files:,} files of events, {found.fetched:,} of them new.")
    return 0


def _failed(console: Console, why: str) -> int:
    console.print(why, style="red", markup=False, highlight=False, soft_wrap=True)
    return 1


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m model.lake", description=__doc__)
    parser.add_argument("--out", type=Path, default=FOLDER, help=f"folder to write, {FOLDER} by default")
    parser.add_argument(
        "--since",
        type=date.fromisoformat,
        default=date.min,
        metavar="DATE",
        help="only what arrived on that day or later",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
