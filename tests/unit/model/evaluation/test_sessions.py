"""The comparison of session models, on walks through a shop."""

from dataclasses import replace
from pathlib import Path

import pytest

from model.evaluation import sessions
from tests.unit.model.small import CUT
from tests.unit.model.test_sessions import walks, with_sessions


def test_all_models_are_judged_by_the_same_sessions() -> None:
    """On walks from product to product the session model is far ahead of popularity."""
    dataset = with_sessions(walks())
    figures = sessions.compare(replace(dataset, cut=CUT - 28), dataset)
    assert set(figures) == {"popularity", "item-kNN", "candidate model, clicks as history", "session model"}
    assert {tuple(found) for found in figures.values()} == {(1, 2, 3, 5)}
    for given in (1, 3):
        model, popular = figures["session model"][given], figures["popularity"][given]
        assert model.rest10 > popular.rest10 + 0.3
        assert model.mrr20 > popular.mrr20 + 0.3
    table = sessions.to_markdown(figures)
    assert len(table.splitlines()) == 2 + 4 * 4
    assert "| 5 | session model | " in table


def test_data_without_sessions_has_nothing_to_compare() -> None:
    """No model, no table."""
    dataset = with_sessions([])
    assert sessions.compare(dataset, dataset) == {}


def test_data_that_is_not_there_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With what to run first."""
    assert sessions.main(["--data", str(tmp_path / "none")]) == 1
    assert "model.prepare" in " ".join(capsys.readouterr().err.split())
