"""Prepare data for training: read it, tell what was dropped and why, write the one Parquet layout of all later steps.

Nothing is written when the data cannot be used; the report then lists every fault that was found.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from model import datasets
from model.datasets import prepared
from model.datasets.dataset import MissingDataError, UnknownDatasetError, UnusableDataError
from model.datasets.found import Reading
from model.datasets.prepared import OtherFilesError
from model.datasets.reader import Reader
from model.datasets.tables import Tables

FAULTS = (MissingDataError, OtherFilesError, UnknownDatasetError, UnusableDataError)
"""Errors whose text already says what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 when a folder was written, 1 when there is no usable data."""
    options = _options().parse_args(arguments)
    console = Console(stderr=True)
    try:
        tables = _prepare(datasets.reader(options.source), options.path, options.out, console)
    except FAULTS as error:
        return _failed(console, str(error))
    except OSError as error:
        return _failed(console, f"{options.out} cannot be written: {error.strerror or error}")
    _tell(tables, options.out, console)
    return 0


def _prepare(reader: Reader, path: Path | None, out: Path, console: Console) -> Tables:
    if reader.needs_path and (path is None or not path.exists()):
        there = f"{path} does not exist" if path else "--path is needed"
        raise MissingDataError(f"{there}: it must name {reader.expects}")
    prepared.check_replaceable(out)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as live:
        step = live.add_task(f"Reading {reader.name}", total=None)

        def tell(read: int, whole: int) -> None:
            live.update(step, completed=read, total=whole)

        tables = reader.read(Reading(path or Path(), datetime.now(UTC), tell))
        live.update(step, description=f"Writing {escape(str(out))}", total=None)
        prepared.write(tables, out)
        live.update(step, total=1, completed=1)
    return tables


def _tell(tables: Tables, out: Path, console: Console) -> None:
    report, table = tables.report, Table("rows", "", box=None)
    table.add_row(f"{report.read:,}", "read")
    for reason, count in report.dropped.items():
        table.add_row(f"{count:,}", escape(reason))
    table.add_row(f"{report.kept:,}", "kept")
    console.print(table)
    counts = ", ".join(f"{frame.height:,} {name}" for name, frame in tables.frames().items())
    told = (*report.notes, f"{out} holds {counts}.", f"The test begins on {tables.about.cut}.")
    for line in told:
        console.print(line, markup=False, soft_wrap=True)


def _failed(console: Console, why: str) -> int:
    console.print(why, style="red", markup=False, soft_wrap=True)
    return 1


def _options() -> argparse.ArgumentParser:
    sources = "\n".join(f"  {name:28} {reader.expects}" for name, reader in datasets.READERS.items())
    parser = argparse.ArgumentParser(
        prog="python -m model.prepare",
        description=__doc__,
        epilog=f"sources, and what --path must name:\n{sources}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--source", required=True, metavar="NAME", help="what kind of data it is, see below")
    parser.add_argument("--path", type=Path, help="file or folder to read")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    return parser


if __name__ == "__main__":
    sys.exit(main())
