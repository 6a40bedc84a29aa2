"""Which rows can be used, and under which reason each other one is dropped."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import get_args

import polars as pl

from functions.events import InteractionType
from model.datasets import reasons, span
from model.datasets.found import Found
from model.datasets.sieve import added, sift
from model.datasets.tables import About

EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
MOST = 1e6
"""Largest quantity and largest price of one unit."""
ID = r"^[^\s|/\\?#\p{Cc}]{1,128}$"
"""`functions.events.ID_PATTERN`, and no control characters, which Python and Rust do not hold for the same."""


def interactions(found: Found, now: datetime) -> tuple[pl.DataFrame, dict[str, int]]:
    """The interactions that can be used, in the order found, and how many rows were dropped for which reason."""
    rows, dropped = sift(found.interactions, _faults(found, now))
    kept = rows.unique(maintain_order=True)
    again = {reasons.DUPLICATE: rows.height - kept.height}
    kept, strays = sift(kept, {reasons.STRAY_DATE: pl.lit(span.stray(kept["time"]))}) if kept.height else (kept, {})
    return kept, added(found.dropped, dropped, again, strays)


def _faults(found: Found, now: datetime) -> Mapping[str, pl.Expr]:
    quantity, spend = pl.col("quantity").fill_null(1), pl.col("spend").fill_null(0)
    price = pl.when(quantity != 0).then(spend / quantity).otherwise(0)
    absurd = ~quantity.is_finite() | (quantity.abs() > MOST) | ~price.is_finite() | ~price.is_between(0, MOST)
    faults = {
        reasons.NO_PRODUCT: pl.col("product").is_null(),
        reasons.NO_TIME: pl.col("time").is_null(),
        reasons.WRONG_DATE: _wrong_date(now),
        reasons.ALONE: pl.all_horizontal(pl.col("shopper", "basket", "session").is_null()),
        reasons.BAD_ID: ~pl.col("product").str.contains(ID) | ~pl.col("shopper").fill_null("-").str.contains(ID),
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


def before_the_end(about: About) -> pl.Expr:
    """Whether a row is of a time before the end of the test: all later ones are kept aside."""
    return pl.col("time").dt.date() < about.end


def promoted(
    name: str, frame: pl.DataFrame, found: Found, about: About, now: datetime
) -> tuple[pl.DataFrame, Iterable[str]]:
    """What can be used of exposures or redemptions, and a line for each reason for which others are dropped."""
    shopper, offer = pl.col("shopper"), pl.col("offer")
    kept, dropped = sift(
        frame,
        {
            reasons.NO_TIME: pl.col("time").is_null(),
            reasons.WRONG_DATE: _wrong_date(now),
            reasons.BAD_ID: ~shopper.fill_null("").str.contains(ID) | ~offer.fill_null("").str.contains(ID),
            reasons.OPTED_OUT: shopper.is_in(found.opted_out.implode()),
            reasons.KEPT_ASIDE: ~before_the_end(about),
        },
    )
    lines = (f"{count:,} {name} dropped: {reason}" for reason, count in dropped.items())
    return kept.unique().sort("time", "shopper", "offer"), lines
