"""Online Retail: a year of a British wholesaler of gifts, by D. Chen, London South Bank University; real, with dirt.

UCI Machine Learning Repository 352, CC0 by way of the R package `onlineretail`. As Parquet or CSV, also with the
column names of its successor, Online Retail II. Nothing is known of categories; a trait of customers is the country.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

from model.datasets import columns, files, reasons, wording
from model.datasets.assemble import assemble
from model.datasets.dataset import UNKNOWN_SEGMENT
from model.datasets.found import INTERACTIONS, Found, Reading
from model.datasets.reader import Reader
from model.datasets.schemas import TABLES
from model.datasets.sieve import sift
from model.datasets.tables import Tables

NAME = "online-retail"
PUBLISHED = "Online Retail, D. Chen, London South Bank University (UCI 352, CC0)"
COLUMNS: Mapping[str, columns.Parse] = {
    "InvoiceNo": columns.text,
    "StockCode": columns.text,
    "Description": columns.text,
    "Quantity": columns.number,
    "InvoiceDate": columns.time,
    "UnitPrice": columns.number,
    "CustomerID": columns.text,
    "Country": columns.text,
}
ALSO = {"Invoice": "InvoiceNo", "Price": "UnitPrice", "Customer ID": "CustomerID"}
"""Names in Online Retail II."""
CUT = date(2011, 9, 29)
"""Day 302; days from 330 are kept aside."""
NO_PRODUCT = r"^(POST|DOT|M|C\d|D|S|B|BANK CHARGES|AMAZONFEE|CRUK|GIFT.*|TEST.*|ADJUST.*)$"
"""Codes of postage, carriage, manual entries, discounts, samples, bad debt, fees, commission, vouchers and tests."""


def read(reading: Reading) -> Tables:
    """The tables of the file; raises `MissingDataError` or `UnusableDataError`."""
    raw = files.table(reading.path)
    raw = raw.rename({old: new for old, new in ALSO.items() if old in raw.columns and new not in raw.columns})
    lines = columns.parsed(raw, reading.path.name, COLUMNS, optional=("Country",))
    return assemble(_found(lines.with_columns(pl.col("StockCode").str.to_uppercase())), reading.now)


def _found(lines: pl.DataFrame) -> Found:
    """A cancellation takes nothing back: what is returned later was wanted, and was not known at the time."""
    sold, dropped = sift(
        lines,
        {
            reasons.NOT_FOR_SALE: pl.col("StockCode").str.contains(NO_PRODUCT),
            reasons.RETURNED: pl.col("InvoiceNo").str.starts_with("C") | (pl.col("Quantity") <= 0),
            reasons.FREE: pl.col("UnitPrice") <= 0,
        },
    )
    interactions = sold.select(
        shopper="CustomerID",
        product="StockCode",
        type=pl.lit("purchase"),
        time="InvoiceDate",
        basket="InvoiceNo",
        session=pl.lit(None, pl.String),
        quantity="Quantity",
        spend=pl.col("Quantity") * pl.col("UnitPrice"),
    )
    return Found(
        NAME,
        PUBLISHED,
        interactions.select(INTERACTIONS.keys()),
        products=_products(sold),
        shoppers=_shoppers(sold),
        dropped=dropped,
        cut=CUT,
    )


def _products(sold: pl.DataFrame) -> pl.DataFrame:
    """Each code by its most frequent description; what it costs is known from the invoices."""
    named = _most_frequent(sold, "StockCode", "Description")
    return named.select(
        id="StockCode",
        name=wording.titled(pl.col("Description")),
        category=pl.lit([], pl.List(pl.String)),
        price=pl.lit(None, pl.Float64),
    )


def _shoppers(sold: pl.DataFrame) -> pl.DataFrame:
    home = _most_frequent(sold, "CustomerID", "Country")
    trait = pl.struct(name=pl.lit("country"), value=pl.col("Country"))
    shoppers = home.select(id="CustomerID", segment=pl.lit(UNKNOWN_SEGMENT), traits=pl.concat_list(trait))
    return shoppers.cast(pl.Schema(TABLES["shoppers"]))


def _most_frequent(lines: pl.DataFrame, of: str, value: str) -> pl.DataFrame:
    counted = lines.select(of, value).drop_nulls().group_by(of, value).len()
    return counted.sort("len", value, descending=[True, False]).unique(of, keep="first", maintain_order=True)


READER = Reader(
    NAME,
    expects=f"a Parquet or CSV file with the columns {', '.join(COLUMNS)}, as the UCI repository has it",
    read=read,
)
