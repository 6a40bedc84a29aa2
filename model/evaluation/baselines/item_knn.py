"""Item-kNN: products near to those in the history, by how many shoppers bought both (Sarwar et al. 2001)."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, product

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
    """Rows and similarities of the nearest products of each, nearest first, shape (products, neighbours).

    Where fewer have a shopper in common, similarities of 0 fill up.
    """
    both = known.weights()
    both.data[:] = 1.0
    size = len(known.products)
    root, columns = np.sqrt(both.sum(axis=0)).astype(np.float32), both.tocsc()
    nearest = np.zeros((size, min(MOST_NEIGHBOURS, size)), dtype=np.int64)
    similarity = np.zeros(nearest.shape, dtype=np.float32)
    block = max(1, CELLS // size)
    for start in range(0, size, block):
        shared = columns[:, start : start + block].T.tocsr() @ both
        ends = shared.indptr
        roots = np.repeat(root[start : start + block], np.diff(ends))
        shared.data /= roots * root[shared.indices] + np.float32(shrinkage)
        for row, (low, high) in enumerate(pairwise(ends.tolist()), start):
            largest = low + best(shared.data[low:high], nearest.shape[1])
            nearest[row, : len(largest)] = shared.indices[largest]
            similarity[row, : len(largest)] = shared.data[largest]
    return nearest, similarity


def best(values: Floats, count: int) -> Ints:
    """Positions of the largest values, largest first."""
    if len(values) > count:
        largest = np.argpartition(values, -count)[-count:]
        return largest[np.argsort(-values[largest], kind="stable")]
    return np.argsort(-values, kind="stable")


GRID = tuple(ItemKnn(*choice) for choice in product((5.0, 20.0), (10, MOST_NEIGHBOURS), (60.0, 180.0)))
