"""From what a reader found to tables that later steps can trust, with a report of everything that was dropped."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import polars as pl

from model.datasets import checking, reasons, span
from model.datasets.cutting import learnable
from model.datasets.dataset import HORIZON, UNKNOWN_SEGMENT, UnusableDataError
from model.datasets.found import Found
from model.datasets.report import Report
from model.datasets.schemas import TABLES
from model.datasets.sieve import sift
from model.datasets.tables import About, Tables

MOST_DROPPED = 0.5
"""Share of the rows that may have a fault."""
NAME_LENGTH, CAMPAIGN_LENGTH = 256, 128
BEYOND = timedelta(days=365)
PURCHASE = "purchase"


def assemble(found: Found, now: datetime) -> Tables:
    """Tables of what can be used; raises `UnusableDataError` with every fault when that is too little."""
    kept, dropped = checking.interactions(found, now)
    if kept.is_empty():
        raise _unusable(found, dropped, "nothing is left")
    faulty = sum(count for reason, count in dropped.items() if reason not in reasons.NO_FAULT)
    if faulty > MOST_DROPPED * (faulty + kept.height):
        raise _unusable(found, dropped, f"more than {MOST_DROPPED:.0%} of the rows have a fault")
    try:
        about = span.about(found, kept)
    except span.TooShortError as error:
        raise _unusable(found, dropped, str(error)) from error
    interactions, aside = sift(kept, {reasons.KEPT_ASIDE: ~checking.before_the_end(about)})
    _judge(found, about, interactions, dropped)
    offers = _offers(found, about)
    exposures, lost = checking.promoted("exposures", found.exposures, found, about, now)
    redemptions, also_lost = checking.promoted("redemptions", found.redemptions, found, about, now)
    read = found.interactions.height + sum(found.dropped.values())
    apart, shared = _told_apart(interactions)
    notes = (*_notes(found, about, interactions), *shared, *lost, *also_lost)
    return Tables(
        about,
        interactions=_typed(apart),
        products=_products(found, interactions),
        shoppers=_shoppers(found, interactions),
        offers=offers,
        exposures=exposures,
        redemptions=redemptions,
        report=Report(read, dropped | aside, notes),
    )


def _judge(found: Found, about: About, rows: pl.DataFrame, dropped: Mapping[str, int]) -> None:
    """Whether there is something to learn from, and something to foresee."""
    early = learnable(rows.filter(pl.col("type") == about.target))["time"].dt.date() < about.cut
    if not early.any() or early.all():
        when = "from" if early.any() else "before"
        raise _unusable(found, dropped, f"there is no {about.target} {when} {about.cut}, where the test would begin")


def _notes(found: Found, about: About, rows: pl.DataFrame) -> tuple[str, ...]:
    """What was decided by itself."""
    notes = list(found.notes)
    if about.target != PURCHASE:
        bought = rows.filter(pl.col("type") == PURCHASE).height
        notes.append(f"There are too few purchases ({bought:,}): {about.target} plays their part.")
    if not rows["shopper"].is_not_null().any():
        notes.append("No shopper is known: only what was done together can be learned from.")
    if about.horizon < HORIZON:
        notes.append(f"The data is short: the test has {about.horizon} days instead of {HORIZON}.")
    return tuple(notes)


def _told_apart(rows: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Baskets and sessions are one shopper's: an id that several have, as a number may be, is made one of each."""
    notes = []
    for name in ("basket", "session"):
        several = pl.col(name).is_not_null() & (pl.col("shopper").drop_nulls().n_unique().over(name) > 1)
        if shared := rows.filter(several).get_column(name).n_unique():
            own = pl.when(several & pl.col("shopper").is_not_null()).then(pl.concat_str("shopper", pl.lit(" "), name))
            rows = rows.with_columns(own.otherwise(name).alias(name))
            notes.append(f"{shared:,} ids of a {name} are of several shoppers: each has one of its own.")
    return rows, notes


def _unusable(found: Found, dropped: Mapping[str, int], why: str) -> UnusableDataError:
    return UnusableDataError(found.name, [why, *(f"{count:,} rows dropped: {why}" for why, count in dropped.items())])


def _typed(rows: pl.DataFrame) -> pl.DataFrame:
    numbers = (pl.col("quantity").fill_null(1).cast(pl.Float32), pl.col("spend").cast(pl.Float32))
    return rows.with_columns(*numbers).select(TABLES["interactions"].keys()).sort("time", maintain_order=True)


def _products(found: Found, interactions: pl.DataFrame) -> pl.DataFrame:
    """The catalogue given, or every product of the interactions; what has no name is called by its id."""
    known = found.products.filter(pl.col("id").str.contains(checking.ID)).unique(
        "id", keep="first", maintain_order=True
    )
    if not found.complete:
        known = interactions.select(id="product").unique().join(known, on="id", how="left")
    sound = pl.col("price").is_finite() & pl.col("price").is_between(0, checking.MOST)
    return known.select(
        "id",
        name=pl.coalesce("name", "id").str.slice(0, NAME_LENGTH),
        category=pl.col("category").fill_null([]),
        price=pl.when(sound).then("price"),
    ).sort("id")


def _shoppers(found: Found, interactions: pl.DataFrame) -> pl.DataFrame:
    known = found.shoppers.unique("id", keep="first", maintain_order=True)
    return (
        interactions.select(id="shopper")
        .drop_nulls()
        .unique()
        .join(known, on="id", how="left")
        .with_columns(pl.col("segment").fill_null(UNKNOWN_SEGMENT), pl.col("traits").fill_null([]))
        .sort("id")
    )


def _offers(found: Found, about: About) -> pl.DataFrame:
    """Each offer once; one without an end, or without a beginning, reaches a year beyond the data."""
    earliest, latest = about.day_zero - BEYOND, about.end + BEYOND
    once = found.offers.filter(pl.col("id").str.contains(checking.ID)).unique("id", keep="first", maintain_order=True)
    return once.with_columns(
        pl.coalesce("name", "id").str.slice(0, NAME_LENGTH).alias("name"),
        pl.col("campaign").str.slice(0, CAMPAIGN_LENGTH),
        pl.col("starts", "ends").clip(earliest, latest),
    ).sort("id")
