"""The two rankings that a model must beat, measured in the same run."""

import numpy as np

from model.datasets.dataset import Dataset
from model.training.evaluation import NextBaskets, Quality, evaluate
from model.training.histories import Histories, histories

FOR_EVER = 1e9
"""A tau with which nothing fades: plain counts."""


def popularity(counts: Histories, truth: NextBaskets) -> Quality:
    """The products in the most baskets, the same for everyone."""
    popular = counts.weights.sum(axis=0).astype(np.float32)
    return evaluate(lambda rows: np.tile(popular, (len(rows), 1)), truth, counts)


def personal_then_popular(counts: Histories, truth: NextBaskets) -> Quality:
    """The products in the most baskets of the shopper, popularity deciding between equals and filling up."""
    popular = counts.weights.sum(axis=0).astype(np.float32)
    prior = popular / (popular.max() * 2)  # below 1 basket: it never outweighs the shopper's own count
    return evaluate(lambda rows: counts.weights[rows].toarray() + prior, truth, counts)


def plain_counts(dataset: Dataset) -> Histories:
    """Baskets with each product, however long ago."""
    return histories(dataset.past, dataset.products["id"], dataset.cut, FOR_EVER)
