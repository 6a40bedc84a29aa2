"""The command that evaluates, on made-up data."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from rich.progress import Progress

from model import evaluate as command
from model import train
from model.datasets.cutting import TooEarlyError
from model.datasets.dataset import Dataset
from model.evaluation import report
from model.evaluation.evaluating import WrongDataError, evaluate
from model.evaluation.gates import refusals
from model.evaluation.report import Evaluation
from model.evaluation.tuning import GRIDS
from model.training.fit import Grid
from model.training.parts import Cuts
from tests.unit.model.small import CUT, small_dataset

GRID = Grid(taus=(1_000.0,), embedding=(0.0,), popularity=(0.1,))
FEW = {name: GRIDS[name][:2] for name in ("popularity", "personal, then popular", "EASE with decay")}
SHOPPERS = 120


def small(weeks: int) -> Dataset:
    """A hundred and twenty shoppers who come back to their favourites."""
    if weeks > 8:
        raise TooEarlyError("Nothing is left.")
    return small_dataset(shoppers=SHOPPERS, cut=CUT - 7 * weeks)


def trained(folder: Path, cuts: Cuts) -> Path:
    train.train(cuts, folder, datetime(2026, 11, 21, tzinfo=UTC), Progress(disable=True), grid=GRID)
    return folder


def evaluated(folder: Path, cuts: Cuts) -> Evaluation:
    return evaluate(cuts, folder, Progress(disable=True), FEW)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the small shop."""
    return trained(tmp_path_factory.mktemp("evaluated") / "model", small)


@pytest.fixture(scope="module")
def found(folder: Path) -> Evaluation:
    """Its evaluation."""
    return evaluated(folder, small)


def test_the_model_and_every_baseline_are_measured(found: Evaluation) -> None:
    """Over the same shoppers, with intervals, settings, cost and what validation said."""
    assert [row.kind for row in found.rows][: len(FEW)] == ["baseline"] * len(FEW)
    assert found.row(found.model).kind == "model"
    for row in found.rows:
        ndcg = row.measures["ndcg"]
        assert ndcg.mean is not None
        assert ndcg.low is not None
        assert ndcg.high is not None
        assert 0 < ndcg.low < ndcg.mean < ndcg.high < 1
    assert all(row.settings and row.validation and row.seconds for row in found.rows[: len(FEW)])
    assert found.data.shoppers == SHOPPERS
    assert found.latency is not None


def test_the_model_is_compared_with_the_best_baseline_of_each_measure(found: Evaluation) -> None:
    """One of them is the best in each, and it is the hardest to beat."""
    for measure in ("recall", "ndcg", "mrr"):
        gains = {one.baseline: one for one in found.differences if one.measure == measure}
        best = [one for one in gains.values() if one.best]
        assert len(best) == 1
        assert best[0].gain.mean == min(one.gain.mean or 0.0 for one in gains.values())


def test_both_canaries_are_refused_and_the_model_is_not(found: Evaluation) -> None:
    """Favourites that come back are there to be learned: spoilt labels lose them, a leak knows too much."""
    assert refusals(found) == ()
    shuffled, leak = found.canaries
    assert "below the best tuned baseline" in shuffled.refusals[0]
    assert "the future leaked" in leak.refusals[0]
    ndcg = found.row(found.model).measures["ndcg"].mean
    assert (shuffled.ndcg or 1.0) < (ndcg or 0.0) < (leak.ndcg or 0.0)


def test_groups_below_thirty_shoppers_are_not_shown(found: Evaluation) -> None:
    """Traits by which there are enough, and the length of the history."""
    kinds = {one.kind for one in found.groups}
    assert {"age", "home", "baskets before the cut"} <= kinds
    assert all(one.shoppers >= 30 for one in found.groups)


def test_a_model_trained_on_later_data_is_not_judged(folder: Path) -> None:
    """It would know what is to be foreseen."""
    with pytest.raises(WrongDataError, match="was trained on small up to 2020-03-11"):
        evaluated(folder, lambda weeks: small(weeks + 1))


def nobody_comes_back(weeks: int) -> Dataset:
    dataset = small(weeks)
    return replace(dataset, purchases=dataset.past) if not weeks else dataset


def two_products(weeks: int) -> Dataset:
    dataset = small(weeks)
    bought = dataset.purchases.with_columns(
        product=pl.lit("p") + (pl.col("product").str.slice(1).cast(pl.Int64) % 2).cast(pl.String).str.zfill(4)
    ).unique(["shopper", "basket", "product"], maintain_order=True)
    return replace(dataset, products=dataset.products.head(2), purchases=bought)


def all_the_same(weeks: int) -> Dataset:
    dataset = small(weeks)
    first = dataset.purchases.filter(pl.col("shopper") == "s000").drop("shopper", "basket")
    crowd = pl.DataFrame({"shopper": [f"s{shopper:03}" for shopper in range(40)]}).with_row_index("number")
    bought = crowd.join(first, how="cross").with_columns(
        basket=pl.col("number").cast(pl.Int64) * 1_000 + pl.col("day")
    )
    return replace(dataset, purchases=bought.select(dataset.purchases.columns).sort("day", "basket", "product"))


def too_short(weeks: int) -> Dataset:
    if weeks > 4:
        raise TooEarlyError("Nothing is left.")
    return small(weeks)


@pytest.mark.parametrize("cuts", [nobody_comes_back, two_products, all_the_same, too_short])
def test_degenerate_data_gives_a_report(cuts: Cuts, tmp_path: Path) -> None:
    """Whatever cannot be measured is n/a, and the gates say why the version cannot be judged."""
    found = evaluated(trained(tmp_path / "model", cuts), cuts)
    assert "| ranking |" in command.text(found)
    assert report.from_json(report.to_json(found)) == found
    if cuts is nobody_comes_back:
        assert "nobody could be judged" in refusals(found)[0]
        assert "n/a" in command.text(found)
    if cuts is two_products:
        assert any("canary" in line for line in refusals(found))


def test_both_files_are_written_whole(found: Evaluation, tmp_path: Path) -> None:
    """For people, and for the gates."""
    command.write(found, tmp_path)
    assert report.read(tmp_path) == found
    assert f"# Evaluation of model {found.version}" in (tmp_path / "evaluation.md").read_text()
    assert len(list(tmp_path.iterdir())) == 2


def test_data_that_is_not_there_is_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With what to do."""
    assert command.main(["--data", str(tmp_path), "--model", str(tmp_path)]) == 1
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
