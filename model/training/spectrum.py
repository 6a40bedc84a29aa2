"""The leading directions of a sparse matrix of shoppers and products."""

import numpy as np
import numpy.typing as npt
from scipy import linalg, sparse
from sklearn.utils.extmath import randomized_svd

type Doubles = npt.NDArray[np.float64]

EXACT_UP_TO = 4_000
"""Shoppers, or products, up to which the Gram matrix is taken apart: ten seconds, a quarter of a gigabyte."""


def leading(matrix: sparse.csr_array, count: int) -> tuple[Doubles, Doubles]:
    """The largest eigenvalues of X^T X, largest first, and their vectors (products, at most `count`), of length 1.

    `matrix` X is float64, shape (shoppers, products). The same matrix always gives the same answer; where both sides
    are long it is by random projections (Halko 2011), and close.
    """
    if min(matrix.shape) > EXACT_UP_TO:
        _, roots, rows = randomized_svd(matrix, n_components=count, random_state=1)
        return roots**2, _signed(rows.T)
    if matrix.shape[1] <= matrix.shape[0]:
        values, vectors = _largest((matrix.T @ matrix).toarray(), count)
        return values, _signed(vectors)
    values, shoppers = _largest((matrix @ matrix.T).toarray(), count)
    return values, _signed((matrix.T @ shoppers) / np.sqrt(values))


def _largest(gram: Doubles, count: int) -> tuple[Doubles, Doubles]:
    size = len(gram)
    values, vectors = linalg.eigh(gram, subset_by_index=[max(size - count, 0), size - 1], overwrite_a=True)
    positive = values > values[-1] * 1e-9
    return values[positive][::-1], vectors[:, positive][:, ::-1]


def _signed(vectors: Doubles) -> Doubles:
    """Each direction with its largest component positive: a sign that does not depend on the machine."""
    largest = np.abs(vectors).argmax(axis=0)
    return vectors * np.sign(vectors[largest, np.arange(vectors.shape[1])])
