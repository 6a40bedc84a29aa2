"""Scoring with a small real model."""

import json
from pathlib import Path

import numpy as np
import pytest

from functions.adapters.onnx import ModelCorruptError, OnnxScorer
from functions.personalization.features import NO_HISTORY, WeightedHistory
from tests.small_shop import PRODUCT_IDS, write_model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model folder."""
    return write_model(tmp_path / "model")


def history(**weights: float) -> WeightedHistory:
    """A history of products by their weights."""
    return WeightedHistory(tuple(weights), np.array(list(weights.values()), dtype=np.float32))


async def test_products_come_best_first(folder: Path) -> None:
    """Ids, not rows, with their scores."""
    scorer = OnnxScorer(folder)
    scored = await scorer.score(history(p20=1.0, p7=2.0), 3)
    assert scored.products == ("p7", "p20", "p0")
    assert scored.scores.dtype == np.float32
    assert list(scored.scores) == sorted(scored.scores, reverse=True)
    scorer.close()


async def test_nothing_known_gives_popularity(folder: Path) -> None:
    """With no history, or one of products that the model never saw."""
    scorer = OnnxScorer(folder)
    for unknown in (NO_HISTORY, history(new=5.0)):
        assert (await scorer.score(unknown, 2)).products == ("p0", "p1")
    scorer.close()


async def test_more_is_asked_for_than_there_is(folder: Path) -> None:
    """All products are the answer."""
    scorer = OnnxScorer(folder)
    assert set((await scorer.score(NO_HISTORY, 1_000)).products) == set(PRODUCT_IDS)
    scorer.close()


def test_the_manifest_is_read(folder: Path) -> None:
    """Version and decay come from it."""
    scorer = OnnxScorer(folder)
    assert (scorer.version, scorer.tau) == ("small-1", 60.0)
    scorer.close()


@pytest.mark.parametrize("name", ["candidates.onnx", "products.json"])
def test_a_file_that_was_changed_is_refused(folder: Path, name: str) -> None:
    """Nothing is loaded that does not have its hash."""
    with (folder / name).open("ab") as file:
        file.write(b" ")
    with pytest.raises(ModelCorruptError, match=name):
        OnnxScorer(folder)


@pytest.mark.parametrize("name", ["manifest.json", "candidates.onnx", "products.json"])
def test_a_file_that_is_missing_is_named(folder: Path, name: str) -> None:
    """The error says what to look for."""
    (folder / name).unlink()
    with pytest.raises(ModelCorruptError, match=name):
        OnnxScorer(folder)


@pytest.mark.parametrize("key", ["version", "tau", "products", "files"])
def test_an_incomplete_manifest_is_refused(folder: Path, key: str) -> None:
    """Every field that is needed is asked for."""
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest[key]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelCorruptError, match=key):
        OnnxScorer(folder)
