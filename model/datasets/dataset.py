"""What every data set looks like to training and seeding, whoever published it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import polars as pl

from model.datasets import schemas

DAYS_A_WEEK = 7
HORIZON = 28
"""Days that are foreseen."""
UNKNOWN_SEGMENT = "unknown"


class UnknownDatasetError(Exception):
    """There is no reader of that name."""


class MissingDataError(Exception):
    """The files of a data set are not there; the text says how to get them."""


class UnusableDataError(Exception):
    """The data cannot be used as it is; the text lists every fault found, a line each."""

    def __init__(self, what: str, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join([f"{what} cannot be used:", *(f"  - {fault}" for fault in faults)]))


@dataclass(frozen=True, slots=True)
class Dataset:
    """Purchases of a shop around a cut in time, days counted from `day_zero`.

    Days before `cut` are for training and profiles; the `horizon` days from `cut` on are for evaluation and for the
    hidden truth of the simulation. Later days are not in the frames at all.

    - `products`: id, name, category (list, department first, maybe empty), price of one unit (0 where not known); the
      catalogue and nothing else: what is in none of the other frames' rows is not in the catalogue.
    - `purchases`: shopper, basket (numbered in the order of time), product, day, spend; a row for each catalogue
      product of a basket of a known shopper, by day, basket and product.
    - `shoppers`: id, segment, traits (list of name and value, empty where not known); every shopper of `purchases`.
    - `offers`: id, name, campaign, kind, products (list of ids, never empty), starts, ends (dates, both included).
    - `anonymous`: basket, product, day; baskets before the cut of which the shopper is not known.
    - `sessions`: session (a number), shopper (or null), product, type, time; what was done together, before and after
      the cut, by session and time. A basket is a session where the data has none.
    - `exposures`, `redemptions`: shopper, offer, time, day; offers given and used (null: a coupon that is not named).
    """

    name: str
    source: str
    """Who published the data, and what they say it is."""
    day_zero: date
    cut: int
    horizon: int
    products: pl.DataFrame
    purchases: pl.DataFrame
    shoppers: pl.DataFrame
    offers: pl.DataFrame
    anonymous: pl.DataFrame = field(default_factory=partial(schemas.empty, schemas.ANONYMOUS))
    sessions: pl.DataFrame = field(default_factory=partial(schemas.empty, schemas.SESSIONS))
    exposures: pl.DataFrame = field(default_factory=partial(schemas.empty, schemas.OFFERED_BY_DAY))
    redemptions: pl.DataFrame = field(default_factory=partial(schemas.empty, schemas.OFFERED_BY_DAY))
    uncertain: tuple[str, ...] = ()
    """Kinds of offers of which it is not recorded exactly who was given them."""

    @property
    def past(self) -> pl.DataFrame:
        """Purchases before the cut."""
        return self.purchases.filter(pl.col("day") < self.cut)

    @property
    def future(self) -> pl.DataFrame:
        """Purchases in the horizon from the cut on: the truth that no profile and no model may know."""
        return self.purchases.filter(pl.col("day") >= self.cut)

    @property
    def next_baskets(self) -> pl.DataFrame:
        """Products that each shopper bought on its first day from the cut on; receipts of one day are one visit.

        Columns: shopper, product.
        """
        future = self.future
        first = future.filter(pl.col("day") == pl.col("day").min().over("shopper"))
        return first.select("shopper", "product").unique().sort("shopper", "product")

    @property
    def cut_date(self) -> date:
        """The date of the cut, as the data has it."""
        return self.day_zero + timedelta(days=self.cut)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a shop's data comes from: `files` are all that `read` reads.

    `read` cuts the data so many weeks before `cut_date`. Both raise `MissingDataError`.
    """

    name: str
    cut_date: date
    files: Callable[[], Sequence[Path]]
    read: Callable[[int], Dataset]
