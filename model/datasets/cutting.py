"""From the tables of a data set to what was known at one moment of it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl

from model.datasets.dataset import Dataset, MissingDataError

if TYPE_CHECKING:
    from model.datasets.tables import About, Tables

STEP = 4
"""Weeks that go for one horizon."""
LEAST_BASKETS = 5
"""Baskets with a product before the cut that put it into the catalogue."""
LEAST_SHARE = 0.5
"""Share of the purchases that the catalogue must hold; where it would not, fewer baskets are enough."""


class TooEarlyError(MissingDataError):
    """Nothing, or not enough, happened before the moment asked for."""


def cut(tables: "Tables", weeks_before: int) -> Dataset:
    """The data set as it was known so many weeks before the test; see `Tables.cut`."""
    about = tables.about
    day = (about.cut - about.day_zero).days - weeks_before * about.horizon // STEP
    seen = _until(tables.interactions, about, day + about.horizon)
    bought = _bought(seen.filter(pl.col("type") == about.target))
    products = _catalogue(tables.products, bought.filter(pl.col("day") < day))
    if products.is_empty():
        raise TooEarlyError(f"Nothing of '{about.name}' is left {weeks_before} weeks before {about.cut}.")
    bought = bought.join(products.select(product="id"), on="product", how="semi")
    known = pl.col("shopper").is_not_null()
    return Dataset(
        name=about.name,
        source=about.source,
        day_zero=about.day_zero,
        cut=day,
        horizon=about.horizon,
        products=products,
        purchases=bought.filter(known).select("shopper", "basket", "product", "day", "spend"),
        shoppers=tables.shoppers.join(bought.select(id="shopper"), on="id", how="semi").sort("id"),
        offers=_offers(tables.offers, products),
        anonymous=bought.filter(~known, pl.col("day") < day).select("basket", "product", "day"),
        sessions=_sessions(seen, products),
        exposures=_until(tables.exposures, about, day + about.horizon),
        redemptions=_until(tables.redemptions, about, day + about.horizon),
        uncertain=about.uncertain,
    )


def learnable(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of known shoppers, or all where none is known."""
    known = rows.filter(pl.col("shopper").is_not_null())
    return rows if known.is_empty() else known


def _until(frame: pl.DataFrame, about: "About", end: int) -> pl.DataFrame:
    day = (pl.col("time").dt.date() - about.day_zero).dt.total_days().cast(pl.Int32)
    return frame.with_columns(day=day).filter(pl.col("day") < end)


def _numbered(frame: pl.DataFrame, name: str, *columns: str) -> pl.DataFrame:
    """With a column of numbers, one for each group of what was done together, in the order in which they come.

    Rows of one value in the first of `columns` that has one are together, else those of a shopper's day.
    """
    told = frame.with_columns(_together=_together(frame, columns)).filter(pl.col("_together").is_not_null())
    numbers = told.select(pl.col("_together").unique(maintain_order=True)).with_row_index(name)
    joined = told.drop(name, strict=False).join(numbers, on="_together", how="left", maintain_order="left")
    return joined.with_columns(pl.col(name).cast(pl.Int64)).drop("_together")


def _together(frame: pl.DataFrame, columns: Sequence[str]) -> pl.Expr:
    used = [name for name in columns if frame[name].null_count() < frame.height]
    if used and frame[used[0]].null_count() == 0:
        return pl.col(used[0])  # the usual case, at half the cost
    told = [pl.concat_str(pl.lit(f"{name} "), pl.col(name)) for name in used]
    return pl.coalesce(*told, pl.concat_str("shopper", pl.col("day").cast(pl.String), separator=" "))


def _bought(rows: pl.DataFrame) -> pl.DataFrame:
    """A row for each product of a basket; `paid` is for one unit."""
    paid = pl.col("spend").sum().cast(pl.Float64) / pl.col("quantity").sum()
    return (
        _numbered(rows, "basket", "basket", "session")
        .group_by("shopper", "basket", "product")
        .agg(day=pl.col("day").min(), spend=pl.col("spend").sum(), paid=paid)
        .sort("day", "basket", "product")
    )


def _catalogue(products: pl.DataFrame, past: pl.DataFrame) -> pl.DataFrame:
    """What was in enough baskets of known shoppers; where none is known, everybody's count.

    The price is the product's own, or the median paid for one unit before the cut.
    """
    paid = pl.col("paid").filter(pl.col("paid") > 0).median()
    known = learnable(past)
    bought = known.group_by("product").agg(baskets=pl.len(), paid=paid)
    kept = bought.filter(pl.col("baskets") >= _least_baskets(bought["baskets"]))
    return (
        products.join(kept, left_on="id", right_on="product")
        .with_columns(pl.coalesce("price", "paid", pl.lit(0.0)).round(2).alias("price"))
        .select("id", "name", "category", "price")
        .sort("id")
    )


def _least_baskets(baskets: pl.Series) -> int:
    enough = LEAST_SHARE * float(baskets.sum())
    fewer = range(LEAST_BASKETS, 1, -1)
    return next((least for least in fewer if float(baskets.filter(baskets >= least).sum()) >= enough), 1)


def _offers(offers: pl.DataFrame, products: pl.DataFrame) -> pl.DataFrame:
    """Those that cover something of the catalogue, and nothing else."""
    covered = (
        offers.select("id", product="products")
        .explode("product")
        .join(products.select(product="id"), on="product", how="semi")
        .group_by("id")
        .agg(products=pl.col("product").unique().sort())
    )
    return offers.drop("products").join(covered, on="id").select(offers.columns).sort("id")


def _sessions(seen: pl.DataFrame, products: pl.DataFrame) -> pl.DataFrame:
    """Everything done with products of the catalogue."""
    kept = seen.join(products.select(product="id"), on="product", how="semi", maintain_order="left")
    return (
        _numbered(kept, "session", "session", "basket")
        .select("session", "shopper", "product", "type", "time")
        .sort("session", "time", maintain_order=True)
    )
