"""What a reader found in somebody's files, before anything is checked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from pathlib import Path

import polars as pl

from model.datasets import schemas
from model.datasets.schemas import MOMENT, Columns

INTERACTIONS: Columns = {
    "shopper": pl.String,
    "product": pl.String,
    "type": pl.String,
    "time": MOMENT,
    "basket": pl.String,
    "session": pl.String,
    "quantity": pl.Float64,
    "spend": pl.Float64,
}


def _nothing(_read: int, _whole: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is to be read, at which moment (a later date is wrong); `tell` hears of bytes read and bytes in all."""

    path: Path
    now: datetime
    tell: Callable[[int, int], None] = _nothing


@dataclass(frozen=True, slots=True)
class Found:
    """Frames with the columns of `schemas.TABLES`, `interactions` with those above; nothing in them is to be trusted.

    - `interactions`: null where nothing is known, NaN where a number cannot be read. No quantity means one.
    - `products`: what is known of products; with `complete`, products that are not in it cannot be used.
    - `dropped`: rows that are not in `interactions`, by reason; `opted_out`: shoppers not to be learned from.
    - `cut`: where the test begins by convention, None where the last days are to be the test.
    """

    name: str
    source: str
    interactions: pl.DataFrame
    products: pl.DataFrame = field(default_factory=partial(schemas.empty, schemas.TABLES["products"]))
    complete: bool = False
    shoppers: pl.DataFrame = field(default_factory=partial(schemas.empty, schemas.TABLES["shoppers"]))
    offers: pl.DataFrame = field(default_factory=partial(schemas.empty, schemas.TABLES["offers"]))
    exposures: pl.DataFrame = field(default_factory=partial(schemas.empty, schemas.OFFERED))
    redemptions: pl.DataFrame = field(default_factory=partial(schemas.empty, schemas.OFFERED))
    opted_out: pl.Series = field(default_factory=partial(pl.Series, dtype=pl.String))
    dropped: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    cut: date | None = None
