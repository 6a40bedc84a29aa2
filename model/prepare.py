"""Prepare data for training: `python -m model.prepare --source NAME [--path FILE_OR_FOLDER] --out DIR`.

Reads a data set, tells what was dropped and why, and writes one Parquet layout that every later step reads.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from model import datasets
from model.datasets import prepared
from model.datasets.dataset import MissingDataError, UnknownDatasetError, UnusableDataError
from model.datasets.found import Reading
from model.datasets.reader import Reader
from model.datasets.tables import Tables


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 when a folder was written, 1 when there is no usable data."""
    options = _options().parse_args(arguments)
    console = Console(stderr=True)
    try:
        tables = _prepare(datasets.reader(options.source), options.path, options.out, console)
    except (MissingDataError, UnknownDatasetError, UnusableDataError, OSError) as error:
        console.print(str(error), style="red", markup=False, soft_wrap=True)
        return 1
    _tell(tables, options.out, console)
    return 0


def _prepare(reader: Reader, path: Path | None, out: Path, console: Console) -> Tables:
    if path is None and reader.needs_path:
        raise MissingDataError(f"--path is needed: {reader.expects}")
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console) as live:
        step = live.add_task(f"Reading {reader.name}", total=None)
        tables = reader.read(Reading(path or Path(), datetime.now(UTC)))
        live.update(step, description=f"Writing {out}")
        prepared.write(tables, out)
        live.update(step, total=1, completed=1)
    return tables


def _tell(tables: Tables, out: Path, console: Console) -> None:
    report = tables.report
    table = Table("rows", "", box=None)
    table.add_row(f"{report.read:,}", "read")
    for reason, count in report.dropped.items():
        table.add_row(f"{count:,}", reason)
    table.add_row(f"{report.kept:,}", "kept")
    console.print(table)
    for note in report.notes:
        console.print(note, markup=False, soft_wrap=True)
    counts = ", ".join(f"{frame.height:,} {name}" for name, frame in tables.frames().items())
    console.print(f"{out} holds {counts}; the test begins on {tables.about.cut}.", markup=False, soft_wrap=True)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m model.prepare", description=__doc__)
    parser.add_argument("--source", required=True, help="name of the reader")
    parser.add_argument("--path", type=Path, help="file or folder to read")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    return parser


if __name__ == "__main__":
    sys.exit(main())
