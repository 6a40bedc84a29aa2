"""What a version must pass to be published."""

from dataclasses import replace

import pytest

from model.artifact import Manifest
from model.registry import gates
from model.registry.gates import LEAST_PARITY, MOST_BYTES, Measured

DATA = {"name": "shop", "cut": "2026-11-01", "shoppers": 10, "products": 20, "purchases": 30}
MANIFEST = Manifest("v1", "2026-11-01", DATA, {}, {"validation": {"ndcg": 0.22}}, 90.0, {}, {"candidates.onnx": ""})


def test_a_version_may_be_too_large() -> None:
    """Instances have to hold two at once."""
    assert gates.small_enough(MOST_BYTES).passed
    assert not gates.small_enough(MOST_BYTES + 1).passed


@pytest.mark.parametrize(("parity", "passed"), [(1.0, True), (LEAST_PARITY, True), (LEAST_PARITY - 0.001, False)])
def test_a_graph_must_answer_as_its_library(parity: float, passed: bool) -> None:
    """Each part that measured its parity has to reach the bound."""
    metrics = {"ranker": {"parity": parity}, "offers": {"parity": 1.0}}
    gate = gates.like_its_library(replace(MANIFEST, metrics=metrics))
    assert gate.passed is passed
    assert f"ranker {parity:.4f}" in gate.told


def test_a_ranker_without_parity_is_refused() -> None:
    """Nobody knows what it answers; a model without a ranker has nothing to compare."""
    assert gates.like_its_library(MANIFEST).passed
    files = {**MANIFEST.files, "ranker.onnx": ""}
    assert not gates.like_its_library(replace(MANIFEST, files=files)).passed


@pytest.mark.parametrize(("ndcg", "passed"), [(0.23, True), (0.22, True), (0.2179, True), (0.21, False)])
def test_a_version_worse_than_the_active_one_is_refused(ndcg: float, passed: bool) -> None:
    """On the same slice, beyond what training again alone would change."""
    new = replace(MANIFEST, metrics={"validation": {"ndcg": ndcg}})
    assert gates.not_worse(gates.on_the_same_slice(new, MANIFEST)).passed is passed


@pytest.mark.parametrize(
    "other",
    [
        replace(MANIFEST, data={**DATA, "cut": "2026-12-01"}),
        replace(MANIFEST, data={**DATA, "name": "another shop"}),
        replace(MANIFEST, data={**DATA, "purchases": 31}),
        replace(MANIFEST, metrics={}),
    ],
)
def test_other_slices_are_not_compared(other: Manifest) -> None:
    """Figures of different data say nothing about each other; the gate says what to do."""
    assert gates.on_the_same_slice(MANIFEST, other) is None
    gate = gates.not_worse(None)
    assert gate.passed
    assert "--data" in gate.told


def test_the_figures_are_told() -> None:
    """Of both, and where they come from."""
    told = gates.not_worse(Measured(0.2, 0.3, "20 shoppers")).told
    assert told == "NDCG@10 0.2000, the active version's 0.3000 (20 shoppers)"
