"""The data contract of Microsoft's retired Intelligent Recommendations: a folder of CSV entities without headers.

Each entity is a file, several files, or a folder of that name; `model.json` (Common Data Model) tells the order of
the columns, else it is that of the contract. Source: Microsoft Learn, Intelligent Recommendations, data contract.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import polars as pl

from model.datasets import columns, files
from model.datasets.assemble import assemble
from model.datasets.dataset import MissingDataError, UnusableDataError
from model.datasets.found import INTERACTIONS, Found, Reading
from model.datasets.reader import Reader
from model.datasets.schemas import MOMENT, TABLES
from model.datasets.tables import Tables

NAME = "intelligent-recommendations"
PUBLISHED = "a data contract of Intelligent Recommendations"
ITEMS, EVENTS, FILTERS, AVAILABLE, OPTED_OUT = (
    "Reco_ItemsAndVariants",
    "Reco_Interactions",
    "Reco_ItemAndVariantFilters",
    "Reco_ItemAndVariantAvailabilities",
    "Reco_OptOutUsers",
)
ENTITIES: Mapping[str, Mapping[str, columns.Parse]] = {
    EVENTS: {
        "InteractionGroupingId": columns.text,
        "ItemId": columns.text,
        "ItemVariantId": columns.text,
        "UserId": columns.text,
        "InteractionType": columns.interaction,
        "TimeStamp": columns.time,
    },
    ITEMS: {
        "ItemId": columns.text,
        "ItemVariantId": columns.text,
        "Title": columns.text,
        "Description": columns.text,
        "ReleaseDate": columns.time,
    },
    FILTERS: {
        "ItemId": columns.text,
        "ItemVariantId": columns.text,
        "FilterName": columns.text,
        "FilterValue": columns.text,
        "FilterType": columns.text,
    },
    AVAILABLE: {
        "ItemId": columns.text,
        "ItemVariantId": columns.text,
        "StartDate": columns.time,
        "EndDate": columns.time,
        "Channel": columns.text,
        "Catalog": columns.text,
    },
    OPTED_OUT: {"UserId": columns.text, "LastModifiedDate": columns.time},
}
"""Columns of the entities that are read, in the order of the contract; images and lists are of no use here."""
NEEDED = ("ItemId", "UserId", "TimeStamp", "FilterName", "FilterValue")
CATEGORY_FILTERS, PRICE_FILTERS = ("category", "department"), ("price",)
MODEL, SUFFIXES = "model.json", (".csv", ".csv.gz")


def read(reading: Reading) -> Tables:
    """The tables of the folder; raises `MissingDataError` or `UnusableDataError`."""
    if not reading.path.is_dir():
        raise MissingDataError(f"{reading.path} is not a folder: name the root folder of the data contract")
    entities, faults = {}, []
    orders = _orders(reading.path)
    for name in ENTITIES:
        try:
            entities[name] = _entity(reading.path, name, orders.get(name, tuple(ENTITIES[name])))
        except UnusableDataError as error:
            faults += [f"{name}: {fault}" for fault in error.faults]
    if faults:
        raise UnusableDataError(reading.path.name, faults)
    if entities[EVENTS].is_empty():
        raise MissingDataError(f"{reading.path} holds no rows of {EVENTS}: nothing can be learned without them")
    return assemble(_found(entities, reading.now), reading.now)


def _found(entities: Mapping[str, pl.DataFrame], now: datetime) -> Found:
    """Variants are taken together: what is recommended is the item."""
    events, items = entities[EVENTS], entities[ITEMS]
    interactions = events.select(
        shopper="UserId",
        product="ItemId",
        type=pl.col("InteractionType").fill_null("purchase"),
        time="TimeStamp",
        basket="InteractionGroupingId",
        session=pl.lit(None, pl.String),
        quantity=pl.lit(None, pl.Float64),
        spend=pl.lit(None, pl.Float64),
    )
    products = _products(items, entities[FILTERS])
    bounded = not entities[AVAILABLE].is_empty()
    if bounded:
        times = events["TimeStamp"]
        products = _available(products, entities[AVAILABLE], times.filter(times <= now))
    return Found(
        NAME,
        PUBLISHED,
        interactions.select(INTERACTIONS.keys()),
        products=products,
        complete=bounded or not items.is_empty(),
        opted_out=entities[OPTED_OUT]["UserId"].drop_nulls().unique(),
        notes=() if bounded else (f"There is no {AVAILABLE}: every item counts as available.",),
    )


def _products(items: pl.DataFrame, filters: pl.DataFrame) -> pl.DataFrame:
    """Each item by its own row, or by that of its first variant; category and price are filters of the shop's own."""
    masters_first = items.sort(pl.col("ItemVariantId").is_not_null(), maintain_order=True)
    named = masters_first.drop_nulls("ItemId").unique("ItemId", keep="first", maintain_order=True)
    category = _filter(filters, CATEGORY_FILTERS, columns.path).rename({"value": "category"})
    price = _filter(filters, PRICE_FILTERS, columns.number).rename({"value": "price"})
    return (
        named.join(category, on="ItemId", how="left")
        .join(price, on="ItemId", how="left")
        .select("category", "price", id="ItemId", name="Title")
        .select(TABLES["products"].keys())
    )


def _filter(filters: pl.DataFrame, names: Sequence[str], parse: columns.Parse) -> pl.DataFrame:
    """The first value of each item under one of these names."""
    wanted = filters.filter(pl.col("FilterName").str.to_lowercase().is_in(names)).drop_nulls(
        ["ItemId", "FilterValue"]
    )
    first = wanted.unique("ItemId", keep="first", maintain_order=True)
    return first.select("ItemId", parse(first["FilterValue"]).alias("value"))


def _available(products: pl.DataFrame, windows: pl.DataFrame, times: pl.Series) -> pl.DataFrame:
    """Items that could be had, in any channel, when the interactions end."""
    last = pl.lit(times.max(), MOMENT)
    started = pl.col("StartDate").is_null() | (pl.col("StartDate") <= last)
    open_still = pl.col("EndDate").is_null() | (pl.col("EndDate") >= last)
    available = windows.filter(started, open_still).select(id="ItemId").drop_nulls().unique()
    if products.is_empty():
        nothing = {name: pl.lit(None, kind) for name, kind in TABLES["products"].items() if name != "id"}
        return available.with_columns(**nothing).select(TABLES["products"].keys())
    return products.join(available, on="id", how="semi")


def _entity(root: Path, name: str, order: Sequence[str]) -> pl.DataFrame:
    """All rows of an entity, none where it is not there or empty."""
    kinds = ENTITIES[name]
    parts, faults = [], []
    for file in _files(root, name):
        try:
            parts.append(columns.parsed(_named(file, order, kinds), file.name, kinds, kinds.keys() - set(NEEDED)))
        except UnusableDataError as error:
            faults += [f"{file.name}: {fault}" for fault in error.faults]
    if faults:
        raise UnusableDataError(name, faults)
    empty = columns.parsed(pl.DataFrame(schema=dict.fromkeys(kinds, pl.String)), name, kinds)
    return pl.concat([empty, *parts])


def _files(root: Path, name: str) -> list[Path]:
    named = (file for file in root.rglob("*") if file.name.startswith(name) or file.parent.name == name)
    return sorted(file for file in named if file.name.endswith(SUFFIXES) and file.is_file() and file.stat().st_size)


def _named(file: Path, order: Sequence[str], kinds: Collection[str]) -> pl.DataFrame:
    """The columns by the header, if there is one, else by their order; attributes of the shop's own are left out."""
    raw, names = files.table(file, header=False), order
    header = [str(value) for value in raw.head(1).rows()[0]] if raw.height else []
    if set(header) & set(order):
        raw, names = raw.slice(1), header
    own = {name for name in (*order, *names) if name not in kinds and (name in order or "Attribute" in name)}
    known = {column: name for column, name in zip(raw.columns, names, strict=False) if name not in own}
    if len(set(known.values())) < len(known):
        raise UnusableDataError(file.name, ["a column is there twice"])
    return raw.select(known.keys()).rename(known)


def _orders(root: Path) -> Mapping[str, Sequence[str]]:
    """The columns of each entity in the order that model.json tells, if there is one."""
    model = root / MODEL
    if not model.is_file():
        return {}
    try:
        entities = json.loads(model.read_bytes())["entities"]
        return {each["name"]: tuple(str(column["name"]) for column in each["attributes"]) for each in entities}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise UnusableDataError(MODEL, [f"it is not a model of entities: {files.first_line(error)}"]) from None


READER = Reader(
    NAME,
    expects=f"the root folder of a data contract: CSV files {EVENTS}, {ITEMS} and the like, and perhaps {MODEL}",
    read=read,
)
