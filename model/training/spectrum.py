"""The leading directions of a sparse matrix of shoppers and products."""

import numpy as np
import numpy.typing as npt
from scipy import linalg, sparse

type Doubles = npt.NDArray[np.float64]

EXACT_UP_TO = 4_000
"""Shoppers, or products, up to which the Gram matrix is taken apart: ten seconds, a quarter of a gigabyte."""
OVERSAMPLED, ITERATIONS, BLOCK, SEED = 10, 7, 64, 1
"""Directions beyond those asked for, how often all are refined, how many of them at once, and where they begin."""


def leading(matrix: sparse.csr_array, count: int) -> tuple[Doubles, Doubles]:
    """The largest eigenvalues of X^T X, largest first, and their vectors (products, at most `count`), of length 1.

    `matrix` X is float64, shape (shoppers, products). The same matrix always gives the same answer; where both sides
    are long it is by random projections (Halko 2011), and close. Of the longer side nothing but the answer is dense.
    """
    if matrix.shape[1] <= matrix.shape[0]:
        values, vectors = _of_columns(matrix, count)
        return values, _signed(vectors)
    values, shoppers = _of_columns(matrix.T.tocsr(), count)
    return values, _signed((matrix.T @ shoppers) / np.sqrt(values))


def _of_columns(matrix: sparse.csr_array, count: int) -> tuple[Doubles, Doubles]:
    """The same of the shorter side, which is that of the columns."""
    if matrix.shape[1] > EXACT_UP_TO:
        return _projected(matrix, count)
    return _largest((matrix.T @ matrix).toarray(), count)


def _projected(matrix: sparse.csr_array, count: int) -> tuple[Doubles, Doubles]:
    """By subspace iteration: random directions, which are made independent again after each step."""
    width = min(count + OVERSAMPLED, matrix.shape[1])
    basis = np.random.default_rng(SEED).normal(size=(matrix.shape[1], width))
    for _ in range(ITERATIONS):
        basis, _upper = linalg.lu(_gram_times(matrix, basis), permute_l=True, overwrite_a=True)
    basis, _upper = linalg.qr(basis, mode="economic", overwrite_a=True)
    values, turned = _largest(basis.T @ _gram_times(matrix, basis), count)
    return values, basis @ turned


def _gram_times(matrix: sparse.csr_array, basis: Doubles) -> Doubles:
    """X^T X B, some columns of B after the other."""
    blocks = (basis[:, start : start + BLOCK] for start in range(0, basis.shape[1], BLOCK))
    return np.hstack([matrix.T @ (matrix @ block) for block in blocks])


def _largest(gram: Doubles, count: int) -> tuple[Doubles, Doubles]:
    size = len(gram)
    values, vectors = linalg.eigh(gram, subset_by_index=[max(size - count, 0), size - 1], overwrite_a=True)
    positive = values > values[-1] * 1e-9
    return values[positive][::-1], vectors[:, positive][:, ::-1]


def _signed(vectors: Doubles) -> Doubles:
    """Each direction with its largest component positive: a sign that does not depend on the machine."""
    largest = np.abs(vectors).argmax(axis=0)
    return vectors * np.sign(vectors[largest, np.arange(vectors.shape[1])])
