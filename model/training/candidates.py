"""The candidate model in numpy: the reference that its ONNX graph must agree with."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

type Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Mixture:
    """How much each part counts; the personal part, the weighted count itself, counts 1."""

    embedding: float
    popularity: float


@dataclass(frozen=True, slots=True)
class CandidateModel:
    """Scores of all products for a weighted history w:

        score = w + embedding * (w * gain) V V^T + popularity * p      (negative scores become 0)

    - `vectors` V: shape (products, dimensions), item embeddings shrunken for co-occurrence that may be chance
    - `gain`: shape (products,), how much a product in the history says: rare ones say more
    - `popularity` p: shape (products,), mean weight over all shoppers
    """

    vectors: Floats
    gain: Floats
    popularity: Floats
    mixture: Mixture

    def scores(self, histories: sparse.csr_array) -> Floats:
        """Shape (histories, products), float32, of histories of shape (histories, products)."""
        shoppers = histories.multiply(self.gain).tocsr() @ self.vectors
        scores: Floats = (self.mixture.embedding * shoppers) @ self.vectors.T
        scores += self.mixture.popularity * self.popularity
        scores += histories.toarray()
        np.maximum(scores, 0.0, out=scores)
        return scores

    def top(self, products: npt.NDArray[np.int64], weights: Floats, k: int) -> tuple[npt.NDArray[np.int64], Floats]:
        """The `k` best products of one history and their scores, best first."""
        shape = (1, len(self.popularity))
        history = sparse.csr_array((weights, (np.zeros_like(products), products)), shape=shape)
        scores = self.scores(history)[0]
        best = np.argsort(-scores, kind="stable")[:k]
        return best, scores[best]
