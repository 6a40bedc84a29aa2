"""From what a reader found to tables that later steps can trust, with a report of everything that was dropped."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import get_args

import polars as pl

from functions.events import InteractionType
from model.datasets import reasons, span
from model.datasets.cutting import learnable
from model.datasets.dataset import HORIZON, UNKNOWN_SEGMENT, UnusableDataError
from model.datasets.found import Found
from model.datasets.report import Report
from model.datasets.schemas import TABLES
from model.datasets.sieve import sift
from model.datasets.tables import About, Tables

EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
MOST = 1e6
"""Largest quantity and largest price of one unit."""
MOST_DROPPED = 0.5
"""Share of the rows that may have a fault."""
NAME_LENGTH, CAMPAIGN_LENGTH = 256, 128
BEYOND = timedelta(days=365)
PURCHASE = "purchase"
_ID = r"^[^\s|/\\?#\p{Cc}]{1,128}$"
"""`functions.events.ID_PATTERN`, and no control characters, which Python and Rust do not hold for the same."""


def assemble(found: Found, now: datetime) -> Tables:
    """Tables of what can be used; raises `UnusableDataError` with every fault when that is too little."""
    kept, dropped = _checked(found, now)
    if kept.is_empty():
        raise _unusable(found, dropped, "nothing is left")
    faulty = sum(count for reason, count in dropped.items() if reason not in reasons.NO_FAULT)
    if faulty > MOST_DROPPED * (faulty + kept.height):
        raise _unusable(found, dropped, f"more than {MOST_DROPPED:.0%} of the rows have a fault")
    try:
        about = span.about(found, kept)
    except span.TooShortError as error:
        raise _unusable(found, dropped, str(error)) from error
    interactions, aside = sift(kept, {reasons.KEPT_ASIDE: ~_before(about)})
    _judge(found, about, interactions, dropped)
    read = found.interactions.height + sum(found.dropped.values())
    report = Report(read, dropped | aside, _notes(found, about, interactions))
    return _tables(found, about, interactions, report, now)


def _checked(found: Found, now: datetime) -> tuple[pl.DataFrame, dict[str, int]]:
    rows, dropped = sift(found.interactions, _faults(found, now))
    kept = rows.unique(maintain_order=True)
    again = {reasons.DUPLICATE: rows.height - kept.height} if rows.height > kept.height else {}
    kept, strays = sift(kept, {reasons.STRAY_DATE: pl.lit(span.stray(kept["time"]))}) if kept.height else (kept, {})
    return kept, {**found.dropped, **dropped, **again, **strays}


def _faults(found: Found, now: datetime) -> Mapping[str, pl.Expr]:
    quantity, spend = pl.col("quantity").fill_null(1), pl.col("spend").fill_null(0)
    price = pl.when(quantity != 0).then(spend / quantity).otherwise(0)
    absurd = ~quantity.is_finite() | (quantity.abs() > MOST) | ~price.is_finite() | ~price.is_between(0, MOST)
    faults = {
        reasons.NO_PRODUCT: pl.col("product").is_null(),
        reasons.NO_TIME: pl.col("time").is_null(),
        reasons.WRONG_DATE: _wrong_date(now),
        reasons.ALONE: pl.all_horizontal(pl.col("shopper", "basket", "session").is_null()),
        reasons.BAD_ID: ~pl.col("product").str.contains(_ID) | ~pl.col("shopper").fill_null("-").str.contains(_ID),
        reasons.OPTED_OUT: pl.col("shopper").is_in(found.opted_out.implode()),
        reasons.UNKNOWN_TYPE: ~pl.col("type").is_in(get_args(InteractionType)).fill_null(False),
        reasons.NOT_A_NUMBER: absurd,
        reasons.RETURNED: quantity <= 0,
    }
    if found.complete:
        faults[reasons.NOT_IN_CATALOGUE] = ~pl.col("product").is_in(found.products["id"].implode())
    return faults


def _wrong_date(now: datetime) -> pl.Expr:
    return (pl.col("time") < EARLIEST) | (pl.col("time") > now + timedelta(days=1))


def _before(about: About) -> pl.Expr:
    return pl.col("time").dt.date() < about.end


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


def _unusable(found: Found, dropped: Mapping[str, int], why: str) -> UnusableDataError:
    return UnusableDataError(found.name, [why, *(f"{count:,} rows dropped: {why}" for why, count in dropped.items())])


def _tables(found: Found, about: About, rows: pl.DataFrame, report: Report, now: datetime) -> Tables:
    interactions = rows.with_columns(
        pl.col("quantity").fill_null(1).cast(pl.Float32), pl.col("spend").cast(pl.Float32)
    ).sort("time", maintain_order=True)
    offers = _offers(found, about)
    promoted = [_promoted(frame, found, about, offers, now) for frame in (found.exposures, found.redemptions)]
    return Tables(
        about,
        interactions=interactions.select(TABLES["interactions"].keys()),
        products=_products(found, interactions),
        shoppers=_shoppers(found, interactions),
        offers=offers,
        exposures=promoted[0],
        redemptions=promoted[1],
        report=report,
    )


def _products(found: Found, interactions: pl.DataFrame) -> pl.DataFrame:
    """The catalogue given, or every product of the interactions; what has no name is called by its id."""
    known = found.products.filter(pl.col("id").str.contains(_ID)).unique("id", keep="first", maintain_order=True)
    if not found.complete:
        known = interactions.select(id="product").unique().join(known, on="id", how="left")
    sound = pl.col("price").is_finite() & pl.col("price").is_between(0, MOST)
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
    once = found.offers.filter(pl.col("id").str.contains(_ID)).unique("id", keep="first", maintain_order=True)
    return once.with_columns(
        pl.coalesce("name", "id").str.slice(0, NAME_LENGTH).alias("name"),
        pl.col("campaign").str.slice(0, CAMPAIGN_LENGTH),
        pl.col("starts", "ends").clip(earliest, latest),
    ).sort("id")


def _promoted(frame: pl.DataFrame, found: Found, about: About, offers: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """What can be used of exposures or redemptions: of known offers and of shoppers who did not opt out."""
    sound = pl.col("shopper").str.contains(_ID) & pl.col("offer").is_in(offers["id"].implode())
    allowed = ~pl.col("shopper").is_in(found.opted_out.implode()) & ~_wrong_date(now) & _before(about)
    return frame.filter(sound, allowed).unique().sort("time", "shopper", "offer")
