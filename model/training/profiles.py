"""Purchases as the histories of profiles: what the seed writes, and what the ranker is trained on."""

from collections.abc import Mapping

import polars as pl

from functions.personalization.features import decayed_weights
from functions.personalization.shopper import MAX_HISTORY, History

WEIGHT_DIGITS = 4


def profiles(past: pl.DataFrame, first_epoch_day: int, cut: int, tau: float) -> Mapping[str, History]:
    """The history of each shopper of `past` (see `Dataset.purchases`) at the cut, as a profile keeps it.

    At most `MAX_HISTORY` products, those with the largest recency-decayed weight, strongest first; `first_epoch_day`
    is the data's day 0 in days since 1970, `tau` in days.
    """
    day = pl.col("day") + first_epoch_day
    fading = pl.Series("weight", decayed_weights(cut - past["day"].to_numpy(), tau)).cast(pl.Float64)
    bought = past.with_columns(fading).group_by("shopper", "product")
    rows = (
        bought.agg(
            purchases=pl.len(), first=day.min(), last=day.max(), weight=pl.col("weight").sum().round(WEIGHT_DIGITS)
        )
        .sort("shopper", "weight", "last", "product", descending=[False, True, True, False])
        .group_by("shopper", maintain_order=True)
        .head(MAX_HISTORY)
        .group_by("shopper", maintain_order=True)
        .agg("product", "purchases", "first", "last", "weight")
        .join(past.group_by("shopper").agg(baskets=pl.col("basket").n_unique(), since=day.min()), on="shopper")
    )
    as_of = float(first_epoch_day + cut)
    return {
        shopper: History(tuple(products), tuple(purchases), tuple(first), tuple(last), tuple(weights), as_of, *visits)
        for shopper, products, purchases, first, last, weights, *visits in rows.iter_rows()
    }
