"""A prepared data set: a folder of Parquet files, and prepared.json, which is written last."""

import json
import shutil
from dataclasses import asdict
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
from polars.exceptions import PanicException, PolarsError

from model.datasets.dataset import Dataset, MissingDataError, Source
from model.datasets.report import Report
from model.datasets.schemas import TABLES
from model.datasets.tables import About, Tables

LAYOUT = 2
"""Version of the layout."""
CARD = "prepared.json"
_PREPARE = "run `python -m model.prepare` again"


class OtherFilesError(Exception):
    """A folder that would be replaced is not a prepared data set."""


def check_replaceable(folder: Path) -> None:
    """Raises `OtherFilesError` when the folder is there, and is neither empty nor a prepared data set."""
    if folder.exists() and not (folder / CARD).exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OtherFilesError(f"{folder} holds other files than a prepared data set: name another folder")


def write(tables: Tables, folder: Path) -> None:
    """Write the folder whole: a data set that is there is replaced when everything is written, and not before.

    Raises `OtherFilesError` and `OSError`.
    """
    check_replaceable(folder)
    folder = folder.resolve()
    beside, before = (folder.with_name(f".{folder.name}.{end}") for end in ("new", "old"))
    for leftover in (beside, before):
        shutil.rmtree(leftover, ignore_errors=True)
    beside.mkdir(parents=True)
    try:
        for name, frame in tables.frames().items():
            frame.write_parquet(beside / f"{name}.parquet", compression="zstd")
        (beside / CARD).write_text(json.dumps(_card(tables), indent=2) + "\n")
        if folder.exists():
            folder.rename(before)
        beside.rename(folder)
    finally:
        for leftover in (beside, before):
            shutil.rmtree(leftover, ignore_errors=True)


def read(folder: Path) -> Tables:
    """The tables of a prepared folder, or `MissingDataError`."""
    card = _read_card(folder)
    try:
        dates = {key: date.fromisoformat(card["about"][key]) for key in _DATES}
        about = About(**{**card["about"], **dates, "uncertain": tuple(card["about"]["uncertain"])})
        frames = {name: pl.read_parquet(folder / f"{name}.parquet") for name in TABLES}
        report = Report.from_document(card["report"])
    except (OSError, PolarsError, PanicException, KeyError, TypeError, ValueError) as error:
        raise MissingDataError(f"{folder} is not whole ({_line(error)}): {_PREPARE}") from error
    for name, columns in TABLES.items():
        if frames[name].schema != pl.Schema(columns):
            raise MissingDataError(f"{folder}/{name}.parquet does not have the columns of this layout: {_PREPARE}")
    return Tables(about, report=report, **frames)


def source(folder: Path) -> Source:
    """A prepared folder as the source of a shop's data, or `MissingDataError`."""
    about = read(folder).about
    names = (CARD, *(f"{name}.parquet" for name in TABLES))
    return Source(about.name, about.cut, lambda: [folder / name for name in names], partial(_cut, folder))


_DATES = ("day_zero", "cut")


def _cut(folder: Path, weeks_before: int) -> Dataset:
    return read(folder).cut(weeks_before)


def _read_card(folder: Path) -> Any:
    try:
        card = json.loads((folder / CARD).read_bytes())
    except (OSError, ValueError) as error:
        raise MissingDataError(f"{folder} is not a prepared data set ({_line(error)}): {_PREPARE}") from error
    if not isinstance(card, dict) or card.get("layout") != LAYOUT:
        raise MissingDataError(f"{folder} was prepared by another version: {_PREPARE}")
    return card


def _card(tables: Tables) -> dict[str, Any]:
    about = tables.about
    return {
        "layout": LAYOUT,
        "about": {**asdict(about), **{key: getattr(about, key).isoformat() for key in _DATES}},
        "counts": {name: frame.height for name, frame in tables.frames().items()},
        "report": tables.report.to_document(),
    }


def _line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
