"""The command that trains, on made-up data."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.progress import Progress

from model import artifact, datasets, train
from model.training.fit import Grid
from tests.unit.model.small import small_source

CREATED = datetime(2026, 11, 21, tzinfo=UTC)
GRID = Grid(taus=(30.0,), embedding=(0.0, 0.1), popularity=(0.5,))


@pytest.fixture(autouse=True)
def small_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The made-up data set is the only one."""
    source = small_source(tmp_path / "data")
    monkeypatch.setattr(datasets, "SOURCES", {source.name: source})


def trained(out: Path, *, evaluate: bool = False) -> artifact.Manifest:
    return train.train("small", out, CREATED, Progress(disable=True), evaluate=evaluate, grid=GRID)


def test_training_is_reproducible(tmp_path: Path) -> None:
    """The same data gives the same bytes, and so the same version."""
    one, other = trained(tmp_path / "one"), trained(tmp_path / "other")
    assert one.files == other.files
    assert one.version == other.version


def test_a_trained_folder_can_be_read(tmp_path: Path) -> None:
    """The manifest names decay, files and what was measured."""
    manifest = trained(tmp_path, evaluate=True)
    assert artifact.read(tmp_path) == manifest
    assert manifest.tau == 30
    assert set(manifest.metrics) == {"validation", "test", "test popularity", "test personal, popular"}
    assert 0 < manifest.metrics["test"]["recall"] <= 1


def test_the_test_slice_is_measured_only_when_asked(tmp_path: Path) -> None:
    """Choosing among models must not look at it."""
    assert set(trained(tmp_path).metrics) == {"validation"}


def test_an_unknown_data_set_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the names there are."""
    assert train.main(["--dataset", "nothing", "--out", str(tmp_path)]) == 1
    assert "choose one of small" in capsys.readouterr().err
