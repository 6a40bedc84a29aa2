"""Item-kNN: products near to those in the history, by how many shoppers bought both (Sarwar et al. 2001)."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
from scipy import sparse

from model.evaluation.baselines.baseline import Score
from model.evaluation.slices import FOR_EVER, Floats, Ints, Slice

MOST_NEIGHBOURS = 30
CELLS = 16_000_000
"""Similarities held at once, 64 MB: of so many products that those to all others are no more."""


@dataclass(frozen=True, slots=True)
class ItemKnn:
    """similarity(i, j) = shoppers with both / (sqrt(shoppers with i * shoppers with j) + shrinkage).

    A product's score is the sum of its similarities to its `neighbours` nearest, weighted by their decayed counts in
    the history (`tau` in days). It is the first of its own neighbours: shoppers come back for the same.
    """

    shrinkage: float = 10.0
    neighbours: int = MOST_NEIGHBOURS
    tau: float = FOR_EVER

    def fit(self, known: Slice) -> Score:
        """Find the neighbours."""
        nearest, similarity = _nearest(known, self.shrinkage)
        nearest, similarity = nearest[:, : self.neighbours], similarity[:, : self.neighbours]
        ends = np.arange(0, nearest.size + 1, nearest.shape[1])
        size = len(known.products)
        near = sparse.csr_array((similarity.ravel(), nearest.ravel(), ends), shape=(size, size)).T.tocsr()
        weights = known.weights(self.tau)
        return lambda rows: (weights[rows] @ near).toarray()


@lru_cache(maxsize=1)
def _nearest(known: Slice, shrinkage: float) -> tuple[Ints, Floats]:
    """Rows and similarities of the nearest products of each, nearest first, shape (products, neighbours)."""
    both = known.weights()
    both.data[:] = 1.0
    buyers = both.sum(axis=0).astype(np.float32)
    count, columns = min(MOST_NEIGHBOURS, len(buyers)), both.tocsc()
    found, block = [], max(1, CELLS // len(buyers))
    for start in range(0, len(buyers), block):
        similarity = (columns[:, start : start + block].T.tocsr() @ both).toarray()
        similarity /= np.sqrt(np.outer(buyers[start : start + block], buyers)) + np.float32(shrinkage)
        found.append(_best(similarity, count))
    return np.concatenate([rows for rows, _ in found]), np.concatenate([values for _, values in found])


def _best(similarity: Floats, count: int) -> tuple[Ints, Floats]:
    nearest = np.argpartition(similarity, -count, axis=1)[:, -count:]
    order = np.argsort(-np.take_along_axis(similarity, nearest, axis=1), axis=1, kind="stable")
    nearest = np.take_along_axis(nearest, order, axis=1)
    return nearest, np.take_along_axis(similarity, nearest, axis=1)


GRID = tuple(ItemKnn(*choice) for choice in product((5.0, 20.0), (10, MOST_NEIGHBOURS), (60.0, 180.0)))
