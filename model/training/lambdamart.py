"""Boosted trees by LightGBM that rank a shopper's candidates: LambdaMART (Burges 2010), made probabilities.

One forest ranks what a shopper bought before and what is new to it. Tried on both data sets, four and eight weeks
before the test: a forest for each side, another that learns probabilities, their sums, and averages of several fits
were all within the noise between fits, and took two to three times as long to score.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import lightgbm
import numpy as np
import numpy.typing as npt

from model.training.candidates import Floats
from model.training.snapshots import Ints, Snapshot

type Doubles = npt.NDArray[np.float64]

SEED = 1
_STEPS, _ENOUGH, _RIDGE = 50, 1e-9, 1e-6


@dataclass(frozen=True, slots=True)
class RankerSettings:
    """Trees and how they grow, as LightGBM names them."""

    trees: int = 90
    num_leaves: int = 15
    learning_rate: float = 0.1
    min_data_in_leaf: int = 400
    feature_fraction: float = 0.4
    lambdarank_truncation_level: int = 20
    max_bin: int = 127


@dataclass(frozen=True, slots=True)
class Calibration:
    """The logit of a candidate's probability: slope * (score of the trees) + intercept. The slope is above 0."""

    slope: float
    intercept: float

    def __call__(self, scores: Doubles) -> Doubles:
        """Shape (candidates,)."""
        return self.slope * scores + self.intercept


def grow(snapshots: Sequence[Snapshot], settings: RankerSettings, each: Callable[[], None]) -> lightgbm.Booster:
    """Trees that put first what is in the next basket, over all snapshots; `each` is called after every tree.

    Shoppers who bought none of their candidates teach no order, and are left out. The same snapshots give the same
    trees.
    """
    growing = asdict(settings)
    trees, bins = growing.pop("trees"), growing.pop("max_bin")
    features, labels, sizes = zip(*map(_teaching, snapshots), strict=True)
    data = lightgbm.Dataset(
        np.concatenate(features),
        np.concatenate(labels),
        group=np.concatenate(sizes),
        feature_name=list(snapshots[0].names),
        params={"max_bin": bins, "verbosity": -1},
    )
    fixed = {"seed": SEED, "deterministic": True, "force_row_wise": True, "verbosity": -1, "objective": "lambdarank"}
    return lightgbm.train({**growing, **fixed}, data, trees, callbacks=[lambda _: each()])


def scores(trees: lightgbm.Booster, snapshot: Snapshot) -> Doubles:
    """What the trees say of the candidates, shape (candidates,)."""
    return np.asarray(trees.predict(snapshot.features), dtype=np.float64)


def calibrate(trees: lightgbm.Booster, snapshot: Snapshot) -> Calibration:
    """What gives the shares bought on a snapshot that the trees have not seen."""
    return _curve(scores(trees, snapshot), snapshot.next_basket.astype(np.float64))


def _teaching(snapshot: Snapshot) -> tuple[Floats, Ints, Ints]:
    """Features and labels of the candidates of shoppers who bought any of theirs, and how many each has."""
    shopper = np.repeat(np.arange(len(snapshot.sizes)), snapshot.sizes)
    teaches = np.bincount(shopper[snapshot.next_basket], minlength=len(snapshot.sizes)) > 0
    kept = teaches[shopper]
    return snapshot.features[kept], snapshot.next_basket[kept].astype(np.int64), snapshot.sizes[teaches]


def _curve(values: Doubles, bought: Doubles) -> Calibration:
    """The most likely logistic curve (Platt 1999), by Newton's method.

    A flat one when the scores say nothing.
    """
    mean, spread = (float(values.mean()), float(values.std()) or 1.0) if len(values) else (0.0, 1.0)
    x = np.stack([(values - mean) / spread, np.ones(len(values))], axis=1)
    weights = np.zeros(2)
    for _ in range(_STEPS):
        expected = 1.0 / (1.0 + np.exp(-(x @ weights)))
        curvature = (x * (expected * (1.0 - expected))[:, None]).T @ x + np.eye(2) * _RIDGE
        step = np.linalg.solve(curvature, x.T @ (bought - expected) - _RIDGE * weights)
        weights += step
        if np.abs(step).max() < _ENOUGH:
            break
    slope = max(float(weights[0]), 1e-3) / spread
    return Calibration(slope, float(weights[1]) - slope * mean)
