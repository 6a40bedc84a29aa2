"""What a model must stand before it serves."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from functions.adapters import model_trial
from functions.adapters.model_trial import UnfitModelError, check_catalog, opened
from functions.adapters.onnx import OnnxModel
from functions.personalization.catalog import Catalog, Doubles
from functions.personalization.coverage import Coverage
from functions.personalization.eligibility import Occasion
from functions.personalization.recommendations import NOTHING_SCORED, Scored
from tests.small_shop import PRODUCT_LIST, write_model

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model folder."""
    return write_model(tmp_path / "model")


@pytest.mark.parametrize("products", [("only",), ("one", "other")])
def test_a_model_of_hardly_any_products_passes(tmp_path: Path, products: tuple[str, ...]) -> None:
    """However small the shop."""
    assert opened(write_model(tmp_path, products), 1, NOW).version == "small-1"


def test_a_model_that_does_not_fit_is_not_even_loaded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rather than have the system end the process."""
    monkeypatch.setattr(model_trial, "memory_left", lambda: 1_000)
    monkeypatch.setattr(model_trial, "OnnxModel", None)
    with pytest.raises(UnfitModelError, match="out of memory: it may take 0 MB, 0 MB are left"):
        opened(folder, 1, NOW)


@pytest.mark.parametrize(
    "answer", [NOTHING_SCORED, Scored(("p1",), np.array([np.nan], dtype=np.float32))], ids=["nothing", "NaN"]
)
def test_a_model_that_answers_nonsense_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, answer: Scored
) -> None:
    """Its files may be as they should, and its graph broken all the same."""

    def score(self: OnnxModel, occasion: Occasion, count: int) -> Scored:
        return answer

    monkeypatch.setattr(OnnxModel, "score_now", score)
    with pytest.raises(UnfitModelError, match="with nonsense"):
        opened(folder, 1, NOW)


@pytest.mark.parametrize(("foreseen", "passes"), [(0.5, True), (None, True), (2.0, False), (np.nan, False)])
def test_what_a_model_foresees_of_offers_are_probabilities(
    folder: Path, monkeypatch: pytest.MonkeyPatch, foreseen: float | None, passes: bool
) -> None:
    """Or nothing, where it has no such part."""

    def redemptions(self: OnnxModel, occasion: Occasion, coverage: Coverage) -> Doubles | None:
        return None if foreseen is None else np.full(len(coverage.offers), foreseen)

    monkeypatch.setattr(OnnxModel, "redemptions_now", redemptions)
    if passes:
        opened(folder, 1, NOW)
        return
    with pytest.raises(UnfitModelError, match="something else than a probability"):
        opened(folder, 1, NOW)


def test_a_model_must_be_of_this_shop(folder: Path) -> None:
    """Half of its products at least; what the shop has beyond does not matter."""
    model = OnnxModel(folder)
    check_catalog(model, Catalog(PRODUCT_LIST[:15]))
    with pytest.raises(UnfitModelError, match="wrong catalogue"):
        check_catalog(model, Catalog(PRODUCT_LIST[:14]))
