"""Offers of which only the events are known."""

import polars as pl

from model.datasets.schemas import TABLES


def seen(given: pl.DataFrame, used: pl.DataFrame) -> pl.DataFrame:
    """Each offer that was given or used, as a campaign of its own from its first day to its last."""
    day = pl.col("time").dt.date()
    found = pl.concat([given, used]).drop_nulls().group_by(id="offer").agg(starts=day.min(), ends=day.max())
    empty = pl.lit([], pl.List(pl.String))
    named = found.with_columns(name="id", campaign="id", kind=pl.lit(None, pl.String), products=empty)
    return named.select(TABLES["offers"].keys()).sort("id")


def clicks_only(redeemed: int, clicked: int) -> tuple[str, ...]:
    """What the report says where clicks stand for redemptions."""
    if redeemed or not clicked:
        return ()
    return (f"No redemption was recorded: {clicked:,} clicks on offers stand for redemptions.",)
