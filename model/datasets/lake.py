"""The lake that `archive` fills: events in Parquet files, of which `python -m model.lake` makes a folder."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import polars as pl
from polars.exceptions import PanicException, PolarsError

from functions.lake.manifest import EVENTS
from model import lake, local_settings
from model.datasets import archive, files
from model.datasets.dataset import MissingDataError, UnusableDataError
from model.datasets.found import Reading
from model.datasets.reader import Reader
from model.datasets.tables import Tables

NAME = "lake"
PUBLISHED = "the lake of this system's own events"


def read(reading: Reading) -> Tables:
    """The tables of a folder, or of the lake itself; raises `MissingDataError` or `UnusableDataError`."""
    folder = reading.path if reading.path != Path() else _fetched(reading)
    named = files.tree(folder / EVENTS if (folder / EVENTS).is_dir() else folder, (".parquet",))
    return archive.tables_of(_events(reading, named), folder, (NAME, PUBLISHED), reading.now)


def _fetched(reading: Reading) -> Path:
    try:
        asyncio.run(lake.fetch(local_settings.read(), lake.FOLDER, date.min, reading.tell))
    except (*lake.WAYS_OUT, *lake.SERVICE_FAILED) as error:
        raise MissingDataError(
            f"The lake cannot be read: is the stack up (`make up`)? Or name a folder with --path. It said: {error}"
        ) from error
    return lake.FOLDER


def _events(reading: Reading, named: Sequence[Path]) -> Iterator[bytes]:
    faults = []
    for number, file in enumerate(named):
        reading.tell(number, len(named))
        try:
            events = pl.read_parquet(file, columns=["event"])["event"]
        except (PolarsError, PanicException, OSError) as error:
            faults.append(f"{file.name} is damaged, or no file of the lake: {files.first_line(error)}")
            continue
        yield from (text.encode() for text in events)
    reading.tell(len(named), len(named))
    if faults:
        raise UnusableDataError("The lake", faults)


READER = Reader(
    NAME,
    expects=f"a folder of `python -m model.lake`; without --path the lake is fetched into {lake.FOLDER}",
    read=read,
    needs_path=False,
)
