"""Measures, on cases small enough to work out by hand."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from model.datasets.dataset import Dataset
from model.training.candidates import Floats
from model.training.evaluation import NextBaskets, evaluate, next_baskets, top_rows
from model.training.fit import past_histories
from model.training.histories import Histories


def test_measures_of_one_list(small: Dataset) -> None:
    """Hits at places 1 and 3 of a basket of three: recall 2/3, and NDCG by its definition."""
    known = past_histories(small, 30.0)
    scores = -np.arange(60, dtype=np.float32)[None, :]
    scores[0, [7, 8, 9]] = 3, 2, 1
    truth = NextBaskets(np.array([0]), (np.array([7, 9, 59]),))
    quality = evaluate(lambda rows: np.repeat(scores, len(rows), axis=0), truth, known)
    assert quality.recall == pytest.approx(2 / 3)
    assert quality.ndcg == pytest.approx((1 + 1 / 2) / (1 + 1 / np.log2(3) + 1 / 2))


def test_the_truth_is_the_first_day_from_the_cut_on(small: Dataset) -> None:
    """Later days of the horizon are not asked for; receipts of one day are one visit."""
    known = past_histories(small, 30.0)
    truth = next_baskets(small, known)
    shopper = known.shoppers[truth.shoppers[0]]
    future = small.future.filter(pl.col("shopper") == shopper)
    first = future.filter(pl.col("day") == future["day"].min())["product"]
    assert {known.products[row] for row in truth.baskets[0]} == set(first)


def test_shoppers_without_a_history_are_not_judged(small: Dataset) -> None:
    """There is nothing personal to rank them by; the cold path is another matter."""
    known = past_histories(small, 30.0)
    few = Histories(known.shoppers[:5], known.products, known.weights[:5])
    assert len(next_baskets(small, few).shoppers) <= 5


def test_some_shoppers_can_stand_for_all(small: Dataset) -> None:
    """Drawn evenly, or those named, each with its own basket."""
    truth = next_baskets(small, past_histories(small, 30.0))
    baskets = dict(zip(truth.shoppers.tolist(), truth.baskets, strict=True))
    for some in (truth.drawn(5), truth.of([3, 4, 5, 6, 7])):
        assert len(some.shoppers) == len(some.baskets) == 5
        assert all(baskets[shopper] is basket for shopper, basket in zip(some.shoppers, some.baskets, strict=True))
    assert truth.drawn(1_000) is truth


@given(
    scores=arrays(
        np.float32, st.tuples(st.integers(0, 4), st.integers(1, 12)), elements=st.sampled_from([-np.inf, 0, 1])
    ),
    count=st.integers(1, 12),
)
def test_equal_scores_go_by_the_order_of_the_catalogue(scores: Floats, count: int) -> None:
    """The same list on every machine: that of sorting everything."""
    expected = np.argsort(-scores, axis=1, kind="stable")[:, :count]
    assert top_rows(scores, count).tolist() == expected.tolist()


def test_measuring_does_not_see_the_order_of_the_data(small: Dataset) -> None:
    """Shuffled purchases give the same truth."""
    known = past_histories(small, 30.0)
    shuffled = replace(small, purchases=small.purchases.sample(fraction=1, shuffle=True, seed=3))
    one, other = next_baskets(small, known), next_baskets(shuffled, known)
    assert one.shoppers.tolist() == other.shoppers.tolist()
    assert [basket.tolist() for basket in one.baskets] == [basket.tolist() for basket in other.baskets]


def test_fault_06_labels_are_products_not_positions(small: Dataset) -> None:
    """A catalogue in another order has the same products in every label: no match is by the place in a list."""
    turned = replace(small, products=small.products.reverse())
    one, other = past_histories(small, 30.0), past_histories(turned, 30.0)
    assert list(one.products) != list(other.products)
    labels = [
        [{known.products[row] for row in basket} for basket in next_baskets(data, known).baskets]
        for data, known in ((small, one), (turned, other))
    ]
    assert labels[0] == labels[1]
