"""Item embeddings, compared with the formula they stand for."""

import numpy as np
import pytest
from scipy import sparse

from model.training.embeddings import EmbeddingSettings, embeddings


def histories(shoppers: int, products: int) -> sparse.csr_array:
    dice = np.random.default_rng(5)
    return sparse.csr_array(dice.gamma(0.3, 1.0, (shoppers, products)).astype(np.float32).round(1))


def test_with_all_dimensions_they_are_the_dense_formula() -> None:
    """V V^T is proportional to X^T (X X^T + lambda I)^-1 X, lambda being the smallest eigenvalue."""
    weights = histories(8, 20)
    vectors, gain = embeddings(weights, EmbeddingSettings(dimensions=8, noise_rank=8))
    x = np.sqrt(weights.toarray().astype(np.float64)) * gain
    gram = x @ x.T
    dense = x.T @ np.linalg.inv(gram + np.linalg.eigvalsh(gram)[0] * np.eye(8)) @ x
    made = vectors @ vectors.T
    assert made / made[0, 0] == pytest.approx(dense / dense[0, 0], abs=1e-4)


def test_scores_have_a_spread_of_one() -> None:
    """So that the mixture means the same for every data set."""
    weights = histories(30, 50)
    vectors, gain = embeddings(weights, EmbeddingSettings(dimensions=4, noise_rank=10))
    assert ((weights.toarray() * gain) @ vectors @ vectors.T).std() == pytest.approx(1, rel=1e-3)


def test_fewer_shoppers_than_dimensions_are_no_fault() -> None:
    """The dimensions that are left over are 0."""
    vectors, _ = embeddings(histories(3, 20), EmbeddingSettings())
    assert vectors.shape == (20, 64)
    assert np.isfinite(vectors).all()
    assert not vectors[:, 3:].any()
