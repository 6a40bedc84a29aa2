"""Rows that cannot be used are counted under the first reason that applies, and dropped."""

from collections import Counter
from collections.abc import Mapping

import polars as pl

_FAULT = "_fault"


def sift(rows: pl.DataFrame, faults: Mapping[str, pl.Expr]) -> tuple[pl.DataFrame, dict[str, int]]:
    """The rows without a fault, and how many have which; `faults` maps a reason to what is true of a bad row."""
    if not faults:
        return rows, {}
    first = pl.coalesce([pl.when(expression).then(pl.lit(reason)) for reason, expression in faults.items()])
    marked = rows.with_columns(first.alias(_FAULT))
    counted = dict(marked[_FAULT].drop_nulls().value_counts().iter_rows())
    kept = marked.filter(pl.col(_FAULT).is_null()).drop(_FAULT)
    return kept, {reason: counted[reason] for reason in faults if reason in counted}


def added(*counted: Mapping[str, int]) -> dict[str, int]:
    """Counts by reason, those under the same reason added up."""
    return dict(sum(map(Counter, counted), Counter[str]()))
