"""TIFU-kNN (Hu, He, Gao and Zhang 2020): the shopper's own decayed frequencies, and those of shoppers alike."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, product

import numpy as np
import numpy.typing as npt
from scipy import sparse

from functions.personalization.features import decayed_weights
from model.evaluation.baselines.baseline import Score
from model.evaluation.baselines.item_knn import best
from model.evaluation.slices import Floats, Ints, Slice

MOST_NEIGHBOURS = 300
BLOCK = 64
"""Shoppers to whom all others are compared at once: of a million, 500 MB at most."""


@dataclass(frozen=True, slots=True)
class Groups:
    """The paper's decay: baskets in order are split into `count` groups as even as can be; a basket counts `within`
    to the power of its distance from the end of its group, a group `between` to that from the last group."""

    count: int
    within: float
    between: float

    def weights(self, known: Slice) -> Floats:
        """What each purchase counts."""
        baskets = np.zeros(len(known.shoppers), dtype=np.int64)
        np.maximum.at(baskets, known.buyers, known.baskets + 1)
        total = baskets[known.buyers]
        groups = np.minimum(self.count, total)
        size, longer = np.divmod(total, groups)  # the last `longer` groups hold one basket more
        short = (groups - longer) * size  # baskets in the shorter groups
        late = known.baskets >= short
        group = np.where(late, groups - longer + (known.baskets - short) // (size + 1), known.baskets // size)
        ends = np.where(late, short + (group - groups + longer + 1) * (size + 1), (group + 1) * size) - 1
        within = self.within ** (ends - known.baskets * 1.0) / (size + late)
        weights: Floats = (within * self.between ** (groups - 1.0 - group) / groups).astype(np.float32)
        return weights


@dataclass(frozen=True, slots=True)
class Fading:
    """Decay by time in place of the paper's by groups: exp(-age / tau), `tau` in days."""

    tau: float

    def weights(self, known: Slice) -> Floats:
        """What each purchase counts."""
        return decayed_weights(known.ages, self.tau)


@dataclass(frozen=True, slots=True)
class TifuKnn:
    """`own` times the shopper's vector, plus 1 - `own` times the mean of the `neighbours` nearest by cosine."""

    decay: Groups | Fading
    neighbours: int = 300
    own: float = 0.7

    def fit(self, known: Slice) -> Score:
        """Find the shoppers alike to those judged."""
        alike = _alike(known, self.decay)
        alike.nearest(known.judged)
        vectors = alike.vectors

        def score(rows: Ints) -> Floats:
            near = alike.nearest(rows)[:, : self.neighbours]
            share = np.full(near.size, (1.0 - self.own) / max(near.shape[1], 1), dtype=np.float32)
            ends = np.arange(len(rows) + 1) * near.shape[1]
            others = sparse.csr_array((share, near.ravel(), ends), shape=(len(rows), vectors.shape[0]))
            scores: Floats = (others @ vectors + self.own * vectors[rows]).toarray()
            return scores

        return score


class _Alike:
    """All shoppers' vectors, and who is alike: found once it is asked for, since of many shoppers few are judged."""

    def __init__(self, vectors: sparse.csr_array) -> None:
        self.vectors = vectors
        lengths = np.sqrt(vectors.multiply(vectors).sum(axis=1))
        self._directions = sparse.diags_array((1.0 / np.maximum(lengths, 1e-12)).astype(np.float32)) @ vectors
        self._turned = self._directions.T.tocsr()
        shoppers = vectors.shape[0]
        self._found = np.empty((shoppers, min(MOST_NEIGHBOURS, shoppers - 1)), dtype=np.int32)
        self._looked_for = np.zeros(shoppers, dtype=np.bool_)

    def nearest(self, rows: Ints) -> npt.NDArray[np.int32]:
        """The rows of the shoppers nearest to each of these, nearest first.

        Where too few have anything in common with a shopper, the first of the others fill up: they are anybody.
        """
        missing = rows[~self._looked_for[rows]]
        for start in range(0, len(missing), BLOCK):
            asked = missing[start : start + BLOCK]
            cosine = self._directions[asked] @ self._turned
            for row, (low, high) in zip(asked, pairwise(cosine.indptr.tolist()), strict=True):
                others = cosine.indices[low:high] != row
                alike, shoppers = cosine.data[low:high][others], cosine.indices[low:high][others]
                nearest = shoppers[best(alike, self._found.shape[1])]
                self._found[row, : len(nearest)] = nearest
                if missed := self._found.shape[1] - len(nearest):
                    anybody = np.setdiff1d(np.arange(self._found.shape[1] + 1), [*nearest, row])
                    self._found[row, len(nearest) :] = anybody[:missed]
        self._looked_for[missing] = True
        return self._found[rows]


@lru_cache(maxsize=1)
def _alike(known: Slice, decay: Groups | Fading) -> _Alike:
    return _Alike(known.matrix(decay.weights(known)))


DECAYS: tuple[Groups | Fading, ...] = (
    Fading(120.0),
    Fading(240.0),
    Groups(3, 0.9, 0.6),
    Groups(7, 0.9, 0.7),
)
GRID = tuple(TifuKnn(*choice) for choice in product(DECAYS, (100, MOST_NEIGHBOURS), (0.5, 0.7, 0.9)))
