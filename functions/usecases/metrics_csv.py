"""One table of the metrics as CSV (RFC 4180), for whoever draws it elsewhere."""

import csv
import io
from datetime import datetime
from typing import Any

from functions.usecases.metrics import Metrics
from functions.usecases.metrics_query import Table
from functions.usecases.metrics_tables import columns, rows

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would calculate: an apostrophe before it makes it a text."""


def as_csv(metrics: Metrics, table: Table) -> str:
    """A header with the names of the JSON answer, then the rows; nothing is an empty field."""
    fields = columns(table)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(fields.values())
    writer.writerows([_cell(getattr(row, name)) for name in fields] for row in rows(metrics, table))
    return text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
