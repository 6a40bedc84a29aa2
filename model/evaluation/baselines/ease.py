"""EASE (Steck 2019) with decay: each product foretold from all others by ridge regression, in closed form.

B = M / (1 - diag M), diagonal 0, with M = (X^T X + lambda I)^-1 X^T X. By Woodbury M = X^T (X X^T + lambda I)^-1 X,
so that with fewer shoppers than products nothing of size products x products is made; both ways are exact.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
import numpy.typing as npt
from scipy import linalg, sparse

from model.evaluation.baselines.baseline import Score
from model.evaluation.slices import Floats, Ints, Slice
from model.training.evaluation import evenly

MOST = 12_000
"""Rows of the matrix to invert, 1.2 GB. With more shoppers and products it learns from shoppers drawn evenly."""
BLOCK = 2_048

type Doubles = npt.NDArray[np.float64]
type Foretell = Callable[[sparse.csr_array], Doubles]


@dataclass(frozen=True, slots=True)
class Ease:
    """Learned from, and asked with, roots of decayed counts (`tau` in days).

    `regularization` is lambda in units of the mean squared length of a shopper's row. EASE never foretells a product
    from itself, so what comes back again and again is added: `repeat` times the decayed count.
    """

    tau: float = 120.0
    regularization: float = 0.3
    repeat: float = 0.1

    def fit(self, known: Slice) -> Score:
        """Invert the smaller of the two Gram matrices."""
        weights, foretell = known.weights(self.tau), _fitted(known, self.tau, self.regularization)

        def score(rows: Ints) -> Floats:
            asked = weights[rows]
            scores: Floats = (foretell(asked.sqrt()) + self.repeat * asked.toarray()).astype(np.float32)
            return scores

        return score


@lru_cache(maxsize=1)
def _fitted(known: Slice, tau: float, regularization: float) -> Foretell:
    learned = known.weights(tau).sqrt().astype(np.float64)
    if min(learned.shape) > MOST:
        learned = learned[evenly(learned.shape[0], MOST)]
    ridge = regularization * float((learned.data**2).sum()) / learned.shape[0]
    return (by_shoppers if learned.shape[0] < learned.shape[1] else by_products)(learned, ridge)


def by_shoppers(learned: sparse.csr_array, ridge: float) -> Foretell:
    """Scores h B of histories h, through the Gram matrix of the shoppers."""
    gram = (learned @ learned.T).toarray()
    gram[np.diag_indices_from(gram)] += ridge
    inverse, columns = linalg.inv(gram, overwrite_a=True), learned.T.tocsr()
    blocks = (columns[start : start + BLOCK] for start in range(0, columns.shape[0], BLOCK))
    diagonal = np.concatenate([block.multiply(block @ inverse).sum(axis=1) for block in blocks])

    def foretell(asked: sparse.csr_array) -> Doubles:
        weights = (asked.astype(np.float64) @ columns).toarray() @ inverse
        scores: Doubles = weights @ learned
        scores -= asked.multiply(diagonal).toarray()
        scores /= 1.0 - diagonal
        return scores

    return foretell


def by_products(learned: sparse.csr_array, ridge: float) -> Foretell:
    """Scores h B of histories h, through the Gram matrix of the products."""
    gram = (learned.T @ learned).toarray()
    gram[np.diag_indices_from(gram)] += ridge
    inverse = linalg.inv(gram, overwrite_a=True)
    foretold = inverse / -np.diag(inverse)
    foretold[np.diag_indices_from(foretold)] = 0.0
    return lambda asked: asked @ foretold


GRID = tuple(Ease(*choice) for choice in product((120.0, 240.0), (0.3, 1.0, 3.0), (0.1, 0.3)))
