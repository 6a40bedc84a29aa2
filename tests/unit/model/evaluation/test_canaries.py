"""Canaries on a shop where there is something to learn: shoppers use up what they buy, and come when it is gone."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from rich.progress import Progress

from model import artifact, train
from model.datasets.cutting import TooEarlyError
from model.datasets.dataset import Dataset
from model.evaluation.evaluating import evaluate
from model.evaluation.gates import refusals
from model.evaluation.report import Evaluation
from model.evaluation.tuning import GRIDS
from model.training import ranking
from model.training.fit import Grid
from tests.unit.model.small import CUT, small_dataset

FEW = {name: GRIDS[name][:2] for name in ("popularity", "personal, then popular")}
SHOPPERS = 160
CURIOUS = 0.4
"""Share of purchases with which something comes along that was never needed before."""


def cycles(weeks: int) -> Dataset:
    """What is needed comes back after as many days as it lasts: what was bought last is needed least."""
    if weeks > 8:
        raise TooEarlyError("Nothing is left.")
    dataset, dice = small_dataset(cut=CUT - 7 * weeks), np.random.default_rng(7)
    lasts = dice.integers(5, 25, (SHOPPERS, 6))
    tastes = np.stack([dice.choice(60, 6, replace=False) for _ in range(SHOPPERS)])
    phases = dice.integers(0, 25, (SHOPPERS, 6))
    days = np.arange(dataset.cut + dataset.horizon)
    due = (days[None, None, :] + phases[:, :, None]) % lasts[:, :, None] == 0
    shoppers, places, when = np.nonzero(due)
    wanted, curious = tastes[shoppers, places], np.flatnonzero(dice.random(len(when)) < CURIOUS)
    shoppers, when = np.append(shoppers, shoppers[curious]), np.append(when, when[curious])
    wanted = np.append(wanted, dice.integers(0, 60, len(curious)))
    bought = pl.DataFrame(
        {
            "shopper": [f"s{shopper:03}" for shopper in shoppers],
            "basket": shoppers * 1_000 + when,
            "product": [f"p{product:04}" for product in wanted],
            "day": when,
            "spend": np.ones(len(when)),
        },
        schema=dataset.purchases.schema,
    )
    ids = [f"s{shopper:03}" for shopper in range(SHOPPERS)]
    known = pl.DataFrame(
        {"id": ids, "segment": ["all"] * SHOPPERS, "traits": [[]] * SHOPPERS}, dataset.shoppers.schema
    )
    bought = bought.unique(["basket", "product"]).sort("day", "basket", "product")
    return replace(dataset, purchases=bought, shoppers=known)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with a ranker."""
    folder = tmp_path_factory.mktemp("canaries") / "model"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ranking, "LEAST_LISTS", 50)
        grid = Grid(taus=(30.0,), embedding=(0.0,), popularity=(0.5,))
        train.train(cycles, folder, datetime(2026, 11, 21, tzinfo=UTC), Progress(disable=True), grid=grid)
    return folder


@pytest.fixture(scope="module")
def found(folder: Path) -> Evaluation:
    """Its evaluation."""
    return evaluate(cycles, folder, Progress(disable=True), FEW)


def test_a_ranker_that_learned_shuffled_labels_is_refused(folder: Path, found: Evaluation) -> None:
    """The one that learned the true ones in the same way is better than every baseline."""
    assert "ranker.onnx" in artifact.read(folder).files
    assert found.model == "ranked"
    [gain] = [one.gain for one in found.differences if one.measure == "ndcg" and one.best]
    assert gain.low is not None
    assert gain.low > 0
    shuffled = found.canaries[0]
    assert "learned shuffled labels" in shuffled.what
    assert "below the best tuned baseline" in shuffled.refusals[0]


def test_a_leak_of_the_future_is_refused_and_the_model_is_not(found: Evaluation) -> None:
    """What knows the next basket is far better than what foresees it."""
    assert "the future leaked" in found.canaries[1].refusals[0]
    assert refusals(found) == ()
