"""The made-up data set with offers that were given to everybody, and used by those who like what they cover."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import numpy as np
import polars as pl

from model.datasets.dataset import Dataset
from model.datasets.schemas import OFFERED_BY_DAY, TABLES
from tests.unit.model.small import DAY_ZERO, small_dataset

CUT, DAYS = 140, 20
LIKED = 12
"""Purchases of what an offer covers from which a shopper redeems it, most of the time."""


def promoted_dataset(shoppers: int = 60, seed: int = 1) -> Dataset:
    """Every 20 days a campaign of six offers begins, each on five products."""
    data, dice = small_dataset(shoppers=shoppers, cut=CUT, seed=seed), np.random.default_rng(seed)
    products, bought = data.products["id"].to_list(), data.purchases
    offers, given, used = [], [], []
    for start in range(0, CUT + data.horizon, DAYS):
        for number in range(6):
            covered = products[number * 5 : number * 5 + 5]
            begins = DAY_ZERO + timedelta(days=start)
            name, kind = f"{start}-{number}", "AB"[number % 2]
            offers.append((name, name, str(start), kind, covered, begins, begins + timedelta(days=DAYS - 1)))
            likes = bought.filter(pl.col("day") < start, pl.col("product").is_in(covered)).group_by("shopper").len()
            liked = dict(likes.iter_rows())
            for shopper in data.shoppers["id"]:
                given.append(_event(shopper, name, start))
                if dice.random() < (0.7 if liked.get(shopper, 0) >= LIKED else 0.05):
                    used.append(_event(shopper, name, start + int(dice.integers(0, DAYS))))
    columns = dict(OFFERED_BY_DAY)
    end = pl.col("day") < CUT + data.horizon
    return replace(
        data,
        offers=pl.DataFrame(offers, dict(TABLES["offers"]), orient="row"),
        exposures=pl.DataFrame(given, columns, orient="row").filter(end),
        redemptions=pl.DataFrame(used, columns, orient="row").filter(end),
    )


def _event(shopper: str, offer: str, day: int) -> tuple[str, str, datetime, int]:
    return shopper, offer, datetime.combine(DAY_ZERO, time(), UTC) + timedelta(days=day), day
