"""A table of your own: one CSV or Parquet file with a row for each thing that a shopper did with a product."""

from collections.abc import Mapping

import polars as pl

from model.datasets import columns, files
from model.datasets.assemble import assemble
from model.datasets.found import INTERACTIONS, Found, Reading
from model.datasets.reader import Reader
from model.datasets.schemas import TABLES
from model.datasets.tables import Tables

NAME = "table"
COLUMNS: Mapping[str, columns.Parse] = {
    "shopper": columns.text,
    "product": columns.text,
    "time": columns.time,
    "type": columns.interaction,
    "basket": columns.text,
    "session": columns.text,
    "quantity": columns.number,
    "price": columns.number,
    "spend": columns.number,
    "name": columns.text,
    "category": columns.path,
}
NEEDED = ("shopper", "product", "time")


def read(reading: Reading) -> Tables:
    """The tables of the file; raises `MissingDataError` or `UnusableDataError`."""
    optional = COLUMNS.keys() - NEEDED
    rows = columns.parsed(files.table(reading.path), reading.path.name, COLUMNS, optional)
    quantity = pl.col("quantity").fill_null(1)
    interactions = rows.with_columns(
        pl.col("type").fill_null("purchase"), spend=pl.coalesce("spend", pl.col("price") * quantity)
    )
    return assemble(
        Found(
            reading.path.name.split(".")[0],
            f"a table of one's own, {reading.path.name}",
            interactions.select(INTERACTIONS.keys()),
            products=_products(rows),
        ),
        reading.now,
    )


def _products(rows: pl.DataFrame) -> pl.DataFrame:
    """Each product by the latest name and the latest category told; what it costs is known from what was paid."""
    named, placed = pl.col("name").is_not_null(), pl.col("category").list.len() > 0
    told = rows.filter(named | placed).sort("time", maintain_order=True).group_by("product", maintain_order=True)
    latest = told.agg(
        pl.col("name").filter(named).last(),
        pl.col("category").filter(placed).last(),
        price=pl.lit(None, pl.Float64),
    )
    return latest.rename({"product": "id"}).select(TABLES["products"].keys())


READER = Reader(
    NAME,
    expects=f"a CSV or Parquet file with the columns {', '.join(NEEDED)}, and any of "
    f"{', '.join(name for name in COLUMNS if name not in NEEDED)}",
    read=read,
)
