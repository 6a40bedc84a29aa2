"""What every data set looks like to training and seeding, whoever published it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

DAYS_A_WEEK = 7


class UnknownDatasetError(Exception):
    """There is no reader of that name."""


class MissingDataError(Exception):
    """The files of a data set are not there; the text says how to get them."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Purchases of a shop around a cut in time, days counted from `day_zero`.

    Days before `cut` are for training and profiles; the `horizon` days from `cut` on are for evaluation and for the
    hidden truth of the simulation. Later days are not in the frames at all.

    - `products`: id, name, category (list, department first), price of one unit; the catalogue and nothing else.
    - `purchases`: shopper, basket, product, day, spend; a row for each catalogue product of a basket.
    - `shoppers`: id, segment, traits (struct of text, null where not known); every shopper of `purchases`.
    - `offers`: id, name, campaign, products (list of ids, never empty), starts, ends (dates, both included).
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

    @property
    def past(self) -> pl.DataFrame:
        """Purchases before the cut."""
        return self.purchases.filter(pl.col("day") < self.cut)

    @property
    def future(self) -> pl.DataFrame:
        """Purchases in the horizon from the cut on: the truth that no profile and no model may know."""
        return self.purchases.filter(pl.col("day") >= self.cut)

    @property
    def cut_date(self) -> date:
        """The date of the cut, as the data has it."""
        return self.day_zero + timedelta(days=self.cut)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a data set comes from: implement this to train on, or seed, other data.

    `files` are all that `read` reads; `read` cuts the data so many weeks before `cut_date`. Both raise
    `MissingDataError`.
    """

    name: str
    cut_date: date
    files: Callable[[], Sequence[Path]]
    read: Callable[[int], Dataset]
