"""Slices of time."""

from dataclasses import replace

import numpy as np

from model.datasets.dataset import Dataset
from model.evaluation.measures import mean, measure, rank
from model.evaluation.slices import slice_of
from model.training.evaluation import evaluate, next_baskets
from model.training.fit import past_histories


def test_what_was_bought_is_counted_and_fades(small: Dataset) -> None:
    """Weights are those of the histories that models are trained on."""
    known, trained = slice_of(small), past_histories(small, 30.0)
    assert (known.shoppers, known.products) == (trained.shoppers, trained.products)
    assert abs(known.weights(30.0) - trained.weights).max() < 1e-5
    assert known.weights().sum() == small.past.height


def test_baskets_are_numbered_for_each_shopper_from_the_oldest(small: Dataset) -> None:
    """0, 1, 2, ..., as old as they are."""
    known = slice_of(small)
    first = known.buyers == 0
    places, ages = known.baskets[first], known.ages[first]
    assert np.unique(places).tolist() == list(
        range(small.past.filter(shopper=known.shoppers[0])["basket"].n_unique())
    )
    assert (np.diff(ages[np.argsort(places, kind="stable")]) <= 0).all()


def test_fewer_shoppers_can_be_judged(small: Dataset) -> None:
    """Evenly drawn, with their own baskets; histories of all are kept."""
    known = slice_of(small)
    fewer = known.judging(7)
    assert len(fewer.judged) == len(fewer.truth) == 7
    whole = dict(zip(known.judged.tolist(), known.truth, strict=True))
    assert all(whole[row] is basket for row, basket in zip(fewer.judged.tolist(), fewer.truth, strict=True))
    assert known.judging(10_000) is known


def test_figures_are_those_by_which_training_chooses(small: Dataset) -> None:
    """The same scores give the same recall and NDCG."""
    known, trained = slice_of(small), past_histories(small, 30.0)
    scores = np.random.default_rng(1).random((len(known.shoppers), len(known.products))).astype(np.float32)
    quality = evaluate(lambda rows: scores[rows], next_baskets(small, trained), trained)
    found = measure(rank(lambda rows: scores[rows], known), known)
    assert (quality.recall, quality.ndcg) == (mean(found.recall), mean(found.ndcg))


def test_nobody_after_the_cut(small: Dataset) -> None:
    """Nobody is judged, and nothing breaks."""
    known = slice_of(replace(small, purchases=small.past))
    assert len(known.judged) == 0
    assert known.truth == ()
