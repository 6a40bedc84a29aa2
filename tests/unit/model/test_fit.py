"""How decay and mixture are chosen."""

from dataclasses import replace

import numpy as np
import polars as pl

from model.datasets.dataset import Dataset
from model.training.fit import CLEARLY, Grid, Settings, choose
from tests.unit.model.small import small_dataset

NARROW = Grid(taus=(30.0,), embedding=(0.02, 0.05), popularity=(0.25, 0.5))


def everyone_alike() -> Dataset:
    """Everyone buys by the same chances, best-sellers most: nobody's own past foretells anything."""
    dice, data = np.random.default_rng(3), small_dataset(shoppers=200)
    ids = data.products["id"].to_numpy()
    likely = 1 / np.arange(1, len(ids) + 1)
    rows = [
        (f"s{shopper:03}", shopper * 1_000 + day, product, day, 1.0)
        for shopper in range(200)
        for day, product in enumerate(dice.choice(ids, 12, p=likely / likely.sum()), start=64)
    ]
    schema = dict(data.purchases.schema)
    return replace(data, purchases=pl.DataFrame(rows, schema=schema, orient="row").sort("day", "basket", "product"))


def test_where_nobody_has_favourites_the_choice_leaves_the_grid() -> None:
    """It is of shops where shoppers have; popularity counts for more than that here, and foresees clearly more."""
    data = everyone_alike()
    within = choose(data, Settings(), replace(NARROW, popularity=(0.5,)), lambda: None)
    chosen = choose(data, Settings(), NARROW, lambda: None)
    assert within
    assert chosen
    assert chosen.settings.mixture.popularity > max(NARROW.popularity)
    assert chosen.quality.ndcg > CLEARLY * within.quality.ndcg


def test_what_is_hardly_better_stays_in_the_grid(small: Dataset) -> None:
    """Shoppers with favourites: every choice of the grid foresees them as well, and beyond it is nothing to gain."""
    chosen = choose(small, Settings(), NARROW, lambda: None)
    assert chosen
    assert chosen.settings in list(NARROW.settings(Settings()))


def test_a_single_choice_is_not_left() -> None:
    """It was not to be chosen."""
    grid = Grid(taus=(30.0,), embedding=(0.05,), popularity=(0.25,))
    chosen = choose(everyone_alike(), Settings(), grid, lambda: None)
    assert chosen
    assert [chosen.settings] == list(grid.settings(Settings()))
    assert not list(grid.beyond(chosen.settings))
