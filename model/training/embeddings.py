"""Item embeddings: a shrunken SVD, which stands for EASE's matrix.

EASE's item-item matrix is, by Woodbury, X^T (X X^T + lambda I)^-1 X up to its diagonal (Steck 2019): with the SVD
X = U S V^T that is V S^2 / (S^2 + lambda) V^T. Its leading terms are the embeddings; no item-item matrix is made.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from model.training.candidates import Floats
from model.training.spectrum import Doubles, leading

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
    values, directions = leading(scaled, max(settings.dimensions, settings.noise_rank))
    values, noise = values[: settings.dimensions], values[-1]
    vectors = np.zeros((weights.shape[1], settings.dimensions))
    vectors[:, : len(values)] = directions[:, : len(values)] * np.sqrt(values / (values + noise))
    vectors /= np.sqrt(_spread(weights[:SAMPLE].multiply(gain).tocsr(), vectors))
    return vectors.astype(np.float32), gain.astype(np.float32)


def _spread(histories: sparse.csr_array, vectors: Doubles) -> float:
    return float(((histories @ vectors) @ vectors.T).std()) or 1.0
