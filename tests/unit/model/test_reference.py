"""The reference that a model carries for the look for drift."""

import numpy as np
import pytest

from functions.analytics.drift import MOST_PSI, from_json, psi
from model.training.reference import reference
from model.training.snapshots import Snapshot


def snapshot(features: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> Snapshot:
    """A snapshot of two features, of one shopper."""
    count = len(features)
    rows = np.arange(count)
    return Snapshot(
        ("recency", "price"), features, rows, np.zeros(count, dtype=np.bool_), np.array([count]), ("anna",)
    )


def test_features_keep_their_names_and_order() -> None:
    """Each is compared with itself; what did not move has no index, what doubled has a large one."""
    features = np.random.default_rng(1).gamma(2, size=(2_000, 2)).astype(np.float32)
    known = from_json(reference(snapshot(features)))
    assert tuple(known) == ("recency", "price")
    assert psi(known["recency"], features[:, 0]) == pytest.approx(0)
    assert psi(known["price"], 2 * features[:, 1]) > MOST_PSI


def test_nobody_judged_is_a_reference_too() -> None:
    """Nothing to compare with, and nothing that fails."""
    known = from_json(reference(snapshot(np.zeros((0, 2), dtype=np.float32))))
    assert psi(known["price"], np.ones(5, dtype=np.float32)) == pytest.approx(0)
