"""The one layout of all data, whoever published it: six frames and what they are about."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl

from model.datasets import cutting, schemas
from model.datasets.dataset import HORIZON, Dataset
from model.datasets.report import Report


@dataclass(frozen=True, slots=True)
class About:
    """What a data set is. Days are counted from `day_zero`; `cut` begins the test, which has `horizon` days.

    `target` is the type of interaction that is to be foreseen: `purchase` where there are enough of them. `uncertain`
    are kinds of offers of which it is not recorded exactly who was given them.
    """

    name: str
    source: str
    """Who published the data, and what they say it is."""
    day_zero: date
    cut: date
    horizon: int = HORIZON
    target: str = "purchase"
    uncertain: tuple[str, ...] = ()

    @property
    def end(self) -> date:
        """The first day after the test; from then on nothing is read."""
        return self.cut + timedelta(days=self.horizon)


@dataclass(frozen=True, slots=True)
class Tables:
    """A data set as every later step reads it; columns as in `schemas.TABLES`, nothing after the end of the test.

    - `interactions`: sorted by time; `shopper` is null for an anonymous visitor; `basket` is null unless things were
      bought or put into the cart together; `spend` is money for the row, null where not known.
    - `products`: `category` from the department down, empty where not known; `price` of one unit, null where only
      what shoppers paid tells it.
    - `shoppers`: every shopper of `interactions`; `traits` is empty where nothing is known.
    - `offers`: `kind` is the publisher's type of campaign; `starts` and `ends` are both included.
    - `exposures`: the shopper was given the offer; `redemptions`: and used it; `offer` is null for a coupon that the
      data does not name, which tells of the shopper all the same.
    """

    about: About
    interactions: pl.DataFrame
    products: pl.DataFrame
    shoppers: pl.DataFrame
    offers: pl.DataFrame
    exposures: pl.DataFrame
    redemptions: pl.DataFrame
    report: Report = field(default_factory=Report)

    def frames(self) -> Mapping[str, pl.DataFrame]:
        """The six frames by name."""
        return {name: getattr(self, name) for name in schemas.TABLES}

    def cut(self, weeks_before: int = 0) -> Dataset:
        """The data set as it was known so many weeks before the test, with a catalogue of its own past.

        4 is the validation slice; 8, 12, ... are for training, as far as `weeks` says. Short data, whose horizon is
        less than 28 days, takes smaller steps: a horizon for each 4 weeks. Raises `TooEarlyError`.
        """
        return cutting.cut(self, weeks_before)

    @property
    def weeks(self) -> int:
        """The most `weeks_before` at which a horizon's worth of past is still left, a multiple of 4."""
        return ((self.about.cut - self.about.day_zero) // timedelta(days=self.about.horizon) - 1) * cutting.STEP
