"""A made-up data set, small enough to train and seed in a moment; shoppers have favourites and come back to them."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from rich.progress import Progress

from model.datasets.dataset import Dataset, Source
from model.datasets.schemas import TABLES
from model.training.fit import Settings, fit, past_histories
from model.training.parts import Training

DAY_ZERO, CUT, HORIZON = date(2020, 1, 1), 70, 28


def small_dataset(shoppers: int = 40, products: int = 60, cut: int = CUT, seed: int = 1) -> Dataset:
    """Each shopper buys some of ten favourites every few days, before and after the cut."""
    ids = [f"p{product:04}" for product in range(products)]
    return Dataset(
        name="small",
        source="made up",
        day_zero=DAY_ZERO,
        cut=cut,
        horizon=HORIZON,
        products=pl.DataFrame(
            {
                "id": ids,
                "name": [f"Product {product}" for product in ids],
                "category": [[f"Department {row % 5}", f"Kind {row % 12}"] for row in range(products)],
                "price": [1 + row / 10 for row in range(products)],
            }
        ),
        purchases=_purchases(shoppers, ids, cut + HORIZON, np.random.default_rng(seed)),
        shoppers=pl.DataFrame(
            {
                "id": [f"s{shopper:03}" for shopper in range(shoppers)],
                "segment": [("single", "family", "unknown")[shopper % 3] for shopper in range(shoppers)],
                "traits": [_traits(shopper) for shopper in range(shoppers)],
            },
            dict(TABLES["shoppers"]),
        ).sort("id"),
        offers=pl.DataFrame(
            {
                "id": ["1-a", "1-b", "2-a"],
                "name": ["Coupon: a", "Coupon: b", "Coupon: c"],
                "campaign": ["1", "1", "2"],
                "kind": ["B", "B", None],
                "products": [ids[:5], ids[5:6], ids[10:20]],
                "starts": [DAY_ZERO + timedelta(days=cut - 10)] * 2 + [DAY_ZERO],
                "ends": [DAY_ZERO + timedelta(days=cut + 10)] * 2 + [DAY_ZERO + timedelta(days=20)],
            }
        ),
    )


def small_source(file: Path, **sizes: int) -> Source:
    """The same as a source, which has one file so that its content can change."""
    return Source(
        name="small",
        cut_date=DAY_ZERO + timedelta(days=CUT),
        files=lambda: [file],
        read=lambda weeks_before: small_dataset(cut=CUT - 7 * weeks_before, **sizes),
    )


def _purchases(shoppers: int, ids: list[str], days: int, dice: np.random.Generator) -> pl.DataFrame:
    rows = []
    for shopper in range(shoppers):
        favourites = dice.choice(ids, 10, replace=False)
        for day in range(int(dice.integers(0, 5)), days, 4):
            basket = dice.choice(favourites, 3, replace=False)
            rows += [(f"s{shopper:03}", shopper * 1_000 + day, str(product), day, 2.5) for product in sorted(basket)]
    schema = {"shopper": pl.String, "basket": pl.Int64, "product": pl.String, "day": pl.Int32, "spend": pl.Float32}
    return pl.DataFrame(rows, schema=schema, orient="row").sort("day", "basket", "product")


def _traits(shopper: int) -> list[dict[str, str]]:
    known = {"age": ("young", "old")[shopper % 2]} | ({"home": "owner"} if shopper % 4 else {})
    return [] if shopper % 3 == 2 else [{"name": name, "value": value} for name, value in known.items()]


def training(dataset: Dataset, tau: float = 30.0) -> Training:
    """What a part of the model is trained with; earlier cuts are weeks before that of the data set."""
    chosen = Settings(tau=tau)
    return Training(
        cuts=lambda weeks: replace(dataset, cut=dataset.cut - 7 * weeks),
        dataset=dataset,
        settings=chosen,
        candidates=fit(past_histories(dataset, chosen.tau), chosen),
        live=Progress(disable=True),
    )
