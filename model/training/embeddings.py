"""Item embeddings: a shrunken SVD, computed on the side of the shoppers.

EASE's item-item matrix is, by Woodbury, X^T (X X^T + lambda I)^-1 X up to its diagonal (Steck 2019): with the SVD
X = U S V^T that is V S^2 / (S^2 + lambda) V^T. Its leading terms are the embeddings; no item-item matrix is made.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import linalg, sparse
from scipy.sparse.linalg import eigsh

from model.training.candidates import Floats

DENSE_UP_TO = 1_000
"""Histories up to which all eigenvalues are computed at once; beyond, only the largest are looked for."""
SAMPLE = 500
"""Histories by which the scale of scores is measured."""


@dataclass(frozen=True, slots=True)
class EmbeddingSettings:
    """Directions weaker than the eigenvalue of rank `noise_rank`, which serves as lambda, are taken for chance.

    A product's column is scaled by its total weight to the power of -`damping`.
    """

    dimensions: int = 64
    noise_rank: int = 200
    damping: float = 0.25


def embeddings(weights: sparse.csr_array, settings: EmbeddingSettings) -> tuple[Floats, Floats]:
    """Vectors (products, dimensions) and gain (products,) of histories (shoppers, products).

    Scaled so that the scores of a history have a standard deviation of about 1 (see `Mixture.embedding`). With fewer
    shoppers than dimensions, the dimensions that are left over are 0.
    """
    gain = (weights.sum(axis=0) + 1.0) ** -settings.damping
    scaled = weights.sqrt().multiply(gain).tocsr().astype(np.float64)
    values, shoppers = _leading(scaled, max(settings.dimensions, settings.noise_rank))
    values, noise = values[: settings.dimensions], values[-1]
    vectors = np.zeros((weights.shape[1], settings.dimensions))
    shrunken = 1.0 / np.sqrt(values + noise)  # 1 / S for orthonormal vectors, times S / sqrt(S^2 + lambda)
    vectors[:, : len(values)] = _signed((scaled.T @ shoppers[:, : len(values)]) * shrunken)
    vectors /= np.sqrt(_spread(weights[:SAMPLE].multiply(gain).tocsr(), vectors))
    return vectors.astype(np.float32), gain.astype(np.float32)


def _leading(matrix: sparse.csr_array, count: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The largest eigenvalues of X X^T, largest first, and their vectors (shoppers, count)."""
    gram = (matrix @ matrix.T).toarray()
    size = len(gram)
    if size > DENSE_UP_TO:
        values, vectors = eigsh(gram, k=count, v0=np.ones(size))  # a fixed start: the same answer each time
    else:
        values, vectors = linalg.eigh(gram, subset_by_index=[max(size - count, 0), size - 1], overwrite_a=True)
    positive = values > values[-1] * 1e-9
    return values[positive][::-1], vectors[:, positive][:, ::-1]


def _signed(vectors: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Each dimension with its largest component positive: a sign that does not depend on the machine."""
    largest = np.abs(vectors).argmax(axis=0)
    return vectors * np.sign(vectors[largest, np.arange(vectors.shape[1])])


def _spread(histories: sparse.csr_array, vectors: npt.NDArray[np.float64]) -> float:
    return float(((histories @ vectors) @ vectors.T).std()) or 1.0
