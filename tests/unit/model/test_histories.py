"""Purchases as weighted histories."""

import numpy as np
import polars as pl
import pytest

from model.datasets.dataset import Dataset
from model.training.histories import histories

TAU = 30.0


def test_a_weight_adds_up_faded_purchases(small: Dataset) -> None:
    """The sum over a shopper's baskets with the product of exp(-age / tau)."""
    known = histories(small.past, small.products["id"], small.cut, TAU)
    shopper, product = known.shoppers[3], small.past.filter(pl.col("shopper") == known.shoppers[3])["product"][0]
    days = small.past.filter(pl.col("shopper") == shopper, pl.col("product") == product)["day"].to_numpy()
    weight = known.weights[3, known.products.index(product)]
    assert weight == pytest.approx(np.exp(-(small.cut - days) / TAU).sum(), rel=1e-5)


def test_a_bounded_history_keeps_the_strongest(small: Dataset) -> None:
    """As a profile does: no weaker product stays while a stronger one goes."""
    known = histories(small.past, small.products["id"], small.cut, TAU)
    kept = known.bounded(4)
    for row in range(len(known.shoppers)):
        whole, few = known.of(row)[1], kept.of(row)[1]
        assert sorted(few) == sorted(whole)[-4:]
