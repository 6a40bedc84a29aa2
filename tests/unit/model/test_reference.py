"""The reference that a model carries for the look for drift."""

from dataclasses import dataclass

import numpy as np
import pytest

from functions.analytics.drift import MOST_PSI, from_json, psi
from model.training.candidates import Floats
from model.training.reference import reference


@dataclass(frozen=True)
class Judged:
    """Features of candidates."""

    features: Floats
    names: tuple[str, ...] = ("recency", "product_price", "weight")


def test_features_keep_their_names_and_order() -> None:
    """Each is compared with itself; what did not move has no index, what doubled has a large one."""
    features = np.random.default_rng(1).gamma(2, size=(2_000, 3)).astype(np.float32)
    known = from_json(reference(Judged(features)))
    assert tuple(known) == ("recency", "product_price", "weight")
    assert psi(known["recency"], features[:, 0]) == pytest.approx(0)
    assert psi(known["weight"], 2 * features[:, 2]) > MOST_PSI


def test_facts_of_products_do_not_move() -> None:
    """They come with the model: the days that a product is on sale are more in the model than on validation."""
    known = from_json(reference(Judged(np.random.default_rng(1).gamma(2, size=(200, 3)).astype(np.float32))))
    assert known["product_price"].edges == ()


def test_nobody_judged_is_a_reference_too() -> None:
    """Nothing to compare with, and nothing that fails."""
    known = from_json(reference(Judged(np.zeros((0, 3), dtype=np.float32))))
    assert psi(known["weight"], np.ones(5, dtype=np.float32)) == pytest.approx(0)
