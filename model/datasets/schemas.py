"""Columns of all frames."""

from collections.abc import Mapping

import polars as pl

type Columns = Mapping[str, pl.DataType | type[pl.DataType]]

MOMENT = pl.Datetime("ms", "UTC")
OFFERED: Columns = {"shopper": pl.String, "offer": pl.String, "time": MOMENT}

TABLES: Mapping[str, Columns] = {
    "interactions": {
        "shopper": pl.String,
        "product": pl.String,
        "type": pl.String,
        "time": MOMENT,
        "basket": pl.String,
        "session": pl.String,
        "quantity": pl.Float32,
        "spend": pl.Float32,
    },
    "products": {"id": pl.String, "name": pl.String, "category": pl.List(pl.String), "price": pl.Float64},
    "shoppers": {
        "id": pl.String,
        "segment": pl.String,
        "traits": pl.List(pl.Struct({"name": pl.String, "value": pl.String})),
    },
    "offers": {
        "id": pl.String,
        "name": pl.String,
        "campaign": pl.String,
        "kind": pl.String,
        "products": pl.List(pl.String),
        "starts": pl.Date,
        "ends": pl.Date,
    },
    "exposures": OFFERED,
    "redemptions": OFFERED,
}
"""Frames of `Tables`, and so the Parquet files of a prepared data set."""

ANONYMOUS: Columns = {"basket": pl.Int64, "product": pl.String, "day": pl.Int32}
SESSIONS: Columns = {
    "session": pl.Int64,
    "shopper": pl.String,
    "product": pl.String,
    "type": pl.String,
    "time": MOMENT,
}
OFFERED_BY_DAY: Columns = {**OFFERED, "day": pl.Int32}
"""Frames of a `Dataset` that may be empty."""


def empty(columns: Columns) -> pl.DataFrame:
    """A frame without rows."""
    return pl.DataFrame(schema=dict(columns))
