"""Shoppers of the seed: profiles from the past, strangers without one, and what each really went on to buy."""

import hashlib
import math
from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import accumulate
from typing import Any

import polars as pl

from functions.personalization.shopper import History, Shopper
from model.datasets.dataset import Dataset
from model.seed.calendar import Calendar
from model.training.profiles import profiles

STRANGERS, MOST_STRANGERS = 300, 1 / 5
"""Households seeded without their history, so that the cold path is travelled; at most a fifth of all that act."""
MEAN_MILES, MOST_MILES = 12.0, 60.0
REGIONS = {"South": 0.39, "West": 0.24, "Midwest": 0.20, "Northeast": 0.17}
"""Census regions of the United States, where the grocer is, and about the share of the people who live there."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a household bought in the horizon after the cut: the hidden truth of the simulation."""

    shopper: str
    products: tuple[str, ...]
    baskets: tuple[int, ...]

    def to_document(self) -> dict[str, Any]:
        """The truth as its Cosmos document; `weights` are numbers of baskets."""
        return {"id": self.shopper, "products": list(self.products), "weights": list(self.baskets)}


def strangers(dataset: Dataset, count: int = STRANGERS) -> Set[str]:
    """Households that act (they bought after the cut), and have no history before it or are not to be known by it."""
    acting, before = set(dataset.future["shopper"]), set(dataset.past["shopper"])
    drawn = sorted(acting & before, key=lambda shopper: _chance("stranger", shopper))
    return frozenset(drawn[: min(count, int(len(acting) * MOST_STRANGERS))]) | (acting - before)


def shoppers(dataset: Dataset, calendar: Calendar, unknown: Set[str], tau: float) -> list[Shopper]:
    """Every household with purchases before the cut, and the strangers; ordered by id."""
    known = dataset.past.filter(~pl.col("shopper").is_in(list(unknown)))
    past = profiles(known, calendar.first_epoch_day, calendar.cut, tau)
    shares = _shares(known, dataset.products)
    given, used = (_counts(events, dataset.cut, unknown) for events in (dataset.exposures, dataset.redemptions))
    updated = calendar.moment(dataset.cut_date)
    return [
        replace(
            _shopper(row, past.get(row["id"], History()), shares.get(row["id"], {}), updated),
            offered=given.get(row["id"], 0),
            redeemed=used.get(row["id"], 0),
        )
        for row in dataset.shoppers.sort("id").iter_rows(named=True)
        if row["id"] in past or row["id"] in unknown
    ]


def wanted(dataset: Dataset) -> list[Wanted]:
    """The truth of every household that bought in the horizon; most wanted first, ordered by household."""
    counted = dataset.future.group_by("shopper", "product").agg(baskets=pl.len())
    lists = counted.sort("baskets", "product", descending=[True, False]).group_by("shopper", maintain_order=True)
    rows = lists.agg("product", "baskets").sort("shopper").iter_rows()
    return [Wanted(shopper, tuple(products), tuple(baskets)) for shopper, products, baskets in rows]


def simulated_miles(shopper: str) -> float:
    """A made-up distance from the store, always the same for a household: the data holds no distances."""
    return round(min(-MEAN_MILES * math.log(1 - _chance("distance", shopper)), MOST_MILES), 1)


def simulated_region(shopper: str) -> str:
    """A made-up region, always the same for a household."""
    bounds = accumulate(REGIONS.values())
    drawn = _chance("region", shopper)
    return next((name for name, bound in zip(REGIONS, bounds, strict=True) if drawn < bound), next(reversed(REGIONS)))


def _shares(past: pl.DataFrame, products: pl.DataFrame) -> Mapping[str, Mapping[str, float]]:
    """The share of spend by department of each shopper; nothing where no department or no price is known."""
    spent = (
        past.join(products.select(product="id", department=pl.col("category").list.first()), on="product")
        .drop_nulls("department")
        .group_by("shopper", "department")
        .agg(pl.col("spend").cast(pl.Float64).sum())
        .with_columns(share=(pl.col("spend") / pl.col("spend").sum().over("shopper")).round(4))
        .filter(pl.col("share") > 0)
        .sort("shopper", "share", "department", descending=[False, True, False])
        .group_by("shopper", maintain_order=True)
        .agg("department", "share")
    )
    return {shopper: dict(zip(names, values, strict=True)) for shopper, names, values in spent.iter_rows()}


def _counts(events: pl.DataFrame, cut: int, unknown: Set[str]) -> Mapping[str, int]:
    """How often something happened to each shopper before the cut; strangers are not known by it."""
    past = events.filter(pl.col("day") < cut, ~pl.col("shopper").is_in(list(unknown)))
    return dict(past.group_by("shopper").len().iter_rows())


def _shopper(row: Mapping[str, Any], history: History, shares: Mapping[str, float], updated: datetime) -> Shopper:
    traits = {trait["name"]: trait["value"] for trait in row["traits"]}
    return Shopper(
        id=row["id"],
        segment=row["segment"],
        affinities=shares,
        history=history,
        distance_miles=simulated_miles(row["id"]),
        region=traits.get("region") or simulated_region(row["id"]),
        traits=traits,
        updated=updated,
    )


def _chance(purpose: str, shopper: str) -> float:
    """A number in [0, 1) that belongs to a purpose and a household."""
    return int.from_bytes(hashlib.sha256(f"{purpose}:{shopper}".encode()).digest()[:6]) / 2**48
