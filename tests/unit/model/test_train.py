"""The command that trains, on made-up data."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Progress

from model import artifact, train
from model.artifact import NotAModelFolderError
from model.datasets.dataset import Dataset
from model.training.fit import Grid
from tests.unit.model.small import CUT, small_dataset

CREATED = datetime(2026, 11, 21, tzinfo=UTC)
GRID = Grid(taus=(30.0,), embedding=(0.0, 0.1), popularity=(0.5,))


def trained(out: Path) -> artifact.Manifest:
    return train.train(
        lambda weeks: small_dataset(cut=CUT - 7 * weeks), out, CREATED, Progress(disable=True), grid=GRID
    )


def test_training_is_reproducible(tmp_path: Path) -> None:
    """The same data gives the same bytes, and so the same version."""
    one, other = trained(tmp_path / "one"), trained(tmp_path / "other")
    assert one.files == other.files
    assert one.version == other.version


def test_a_trained_folder_can_be_read(tmp_path: Path) -> None:
    """The manifest names decay, files and what was measured."""
    manifest = trained(tmp_path)
    assert artifact.read(tmp_path) == manifest
    assert manifest.tau == 30
    assert 0 < manifest.metrics["validation"]["recall"] <= 1


def test_the_test_slice_is_not_measured(tmp_path: Path) -> None:
    """Choosing among models must not look at it."""
    assert "test" not in trained(tmp_path).metrics


def test_a_model_replaces_the_one_before(tmp_path: Path) -> None:
    """Nothing of the older one is left beside it."""
    out = tmp_path / "model"
    trained(out)
    (out / "offers.onnx").write_bytes(b"of a model before")
    trained(out)
    assert not (out / "offers.onnx").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    """It is refused before anything is trained."""
    (tmp_path / "photograph").write_bytes(b"dear to somebody")
    with pytest.raises(NotAModelFolderError, match="choose another"):
        trained(tmp_path)
    assert (tmp_path / "photograph").exists()


def test_data_that_is_not_prepared_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With what to do."""
    assert train.main(["--data", str(tmp_path / "none"), "--out", str(tmp_path / "model")]) == 1
    assert "model.prepare" in capsys.readouterr().err


def test_a_validation_without_buyers_is_no_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As after two months without a sale: nothing is chosen, that is told, and the model is trained all the same."""

    def cuts(weeks: int) -> Dataset:
        whole = small_dataset(cut=CUT - 7 * weeks)
        return replace(whole, purchases=whole.past) if weeks else whole

    manifest = train.train(cuts, tmp_path, CREATED, Progress(console=Console(stderr=True)), grid=GRID)
    assert "nobody who had bought" in " ".join(capsys.readouterr().err.split())
    assert "validation" not in manifest.metrics
