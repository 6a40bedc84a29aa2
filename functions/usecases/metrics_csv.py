"""One table of the metrics as CSV (RFC 4180), for whoever draws it elsewhere."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from functions.usecases.metrics import (
    ListFigures,
    Metrics,
    OfferFigures,
    PartFigures,
    ProductFigures,
    StepFigures,
)
from functions.usecases.metrics_query import Table

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would calculate: an apostrophe before it makes it a text."""
_ROWS: Mapping[Table, type[BaseModel]] = {
    "series": StepFigures,
    "offers": OfferFigures,
    "placements": PartFigures,
    "segments": PartFigures,
    "paths": PartFigures,
    "models": PartFigures,
    "lists": ListFigures,
    "products": ProductFigures,
    "departments": ProductFigures,
}
_FIRST = ("start", "offer", "name", "list", "model")
"""Columns that name a row stand before its figures."""


def as_csv(metrics: Metrics, table: Table) -> str:
    """A header with the names of the JSON answer, then the rows; nothing is an empty field."""
    fields = sorted(_ROWS[table].model_fields, key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_ROWS[table].model_fields[name].alias or name for name in fields)
    writer.writerows([_cell(getattr(row, name)) for name in fields] for row in _rows(metrics, table))
    return text.getvalue()


def _rows(metrics: Metrics, table: Table) -> Sequence[BaseModel]:
    of = metrics.breakdown if table in ("placements", "segments", "paths", "models") else metrics
    rows: Sequence[BaseModel] = getattr(of, table)
    return rows


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
