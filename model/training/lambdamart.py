"""LambdaMART (Burges 2010) by LightGBM: trees for what a shopper bought before, and others for what is new to it.

What makes one come back to a product says little about what one will try, and of the latter there are few examples,
which the former would drown. Each side's score is turned into a probability, by which the two are one list.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import lightgbm
import numpy as np
import numpy.typing as npt

from model.training.snapshots import Snapshot

type Doubles = npt.NDArray[np.float64]

SEED = 1
_STEPS, _ENOUGH, _RIDGE = 50, 1e-9, 1e-6


@dataclass(frozen=True, slots=True)
class TreeSettings:
    """Trees and how they grow, as LightGBM names them."""

    trees: int
    num_leaves: int
    learning_rate: float = 0.1
    min_data_in_leaf: int = 100
    feature_fraction: float = 0.7
    lambdarank_truncation_level: int = 20
    max_bin: int = 127


@dataclass(frozen=True, slots=True)
class RankerSettings:
    """How each side grows."""

    known: TreeSettings = TreeSettings(trees=80, num_leaves=15, min_data_in_leaf=400)
    new: TreeSettings = TreeSettings(trees=40, num_leaves=7)


@dataclass(frozen=True, slots=True)
class Curve:
    """probability = 1 / (1 + exp(-(slope * score + intercept))), with slope > 0 (Platt 1999)."""

    slope: float
    intercept: float

    def __call__(self, scores: Doubles) -> Doubles:
        """The logit of the probability of each score."""
        return self.slope * scores + self.intercept


@dataclass(frozen=True, slots=True)
class Trees:
    """A booster for each side."""

    known: lightgbm.Booster
    new: lightgbm.Booster

    def scores(self, snapshot: Snapshot) -> Doubles:
        """The score of each candidate by the trees of its side, shape (candidates,)."""
        known, new = self.known.predict(snapshot.features), self.new.predict(snapshot.features)
        return np.where(snapshot.new, new, known).astype(np.float64)


@dataclass(frozen=True, slots=True)
class Calibration:
    """The curve of each side."""

    known: Curve
    new: Curve

    def logits(self, scores: Doubles, snapshot: Snapshot) -> Doubles:
        """The logit of the probability that each candidate is in the next basket."""
        return np.where(snapshot.new, self.new(scores), self.known(scores))


def grow(snapshots: Sequence[Snapshot], settings: RankerSettings, each: Callable[[], None]) -> Trees:
    """Trees that rank the candidates of all snapshots; `each` is called after every tree.

    What was bought before is ranked by the next basket; what is new by the next basket and, with half the weight,
    what else was bought within the horizon. The same snapshots give the same trees.
    """
    known = _grown([_side(snapshot, ~snapshot.new, snapshot.next_basket) for snapshot in snapshots],
                   snapshots[0].names, settings.known, each)  # fmt: skip
    labels = [snapshot.next_basket.astype(np.int64) + snapshot.horizon for snapshot in snapshots]
    sides = [_side(snapshot, snapshot.new, label) for snapshot, label in zip(snapshots, labels, strict=True)]
    return Trees(known, _grown(sides, snapshots[0].names, settings.new, each))


def calibrate(trees: Trees, snapshot: Snapshot) -> Calibration:
    """The curves from scores to shares bought on a snapshot that the trees have not seen."""
    scores, bought = trees.scores(snapshot), snapshot.next_basket.astype(np.float64)
    return Calibration(
        *(_curve(scores[side], bought[side]) for side in (~snapshot.new, snapshot.new)),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """Lists of one side with something bought in each: features, labels, and how long each list is."""

    features: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int64]
    sizes: npt.NDArray[np.int64]


def _side(snapshot: Snapshot, side: npt.NDArray[np.bool_], labels: npt.NDArray[np.integer | np.bool_]) -> _Side:
    """The candidates of one side, without the shoppers who bought none of them: they teach no order."""
    lists = len(snapshot.sizes)
    shopper = np.repeat(np.arange(lists), snapshot.sizes)
    hits = np.bincount(shopper[side & (labels > 0)], minlength=lists)
    kept = side & (hits > 0)[shopper]
    sizes = np.bincount(shopper[kept], minlength=lists)
    return _Side(snapshot.features[kept], labels[kept].astype(np.int64), sizes[sizes > 0])


def _grown(
    sides: Sequence[_Side], names: Sequence[str], settings: TreeSettings, each: Callable[[], None]
) -> lightgbm.Booster:
    growing = asdict(settings)
    trees, bins = growing.pop("trees"), growing.pop("max_bin")
    data = lightgbm.Dataset(
        np.concatenate([side.features for side in sides]),
        np.concatenate([side.labels for side in sides]),
        group=np.concatenate([side.sizes for side in sides]),
        feature_name=list(names),
        params={"max_bin": bins, "verbosity": -1},
    )
    fixed = {"objective": "lambdarank", "seed": SEED, "deterministic": True, "force_row_wise": True, "verbosity": -1}
    return lightgbm.train({**growing, **fixed}, data, trees, callbacks=[lambda _: each()])


def _curve(scores: Doubles, bought: Doubles) -> Curve:
    """The most likely logistic curve, by Newton's method; a flat one when the scores say nothing."""
    mean, spread = (float(scores.mean()), float(scores.std()) or 1.0) if len(scores) else (0.0, 1.0)
    x = np.stack([(scores - mean) / spread, np.ones(len(scores))], axis=1)
    weights = np.zeros(2)
    for _ in range(_STEPS):
        expected = 1.0 / (1.0 + np.exp(-(x @ weights)))
        curvature = (x * (expected * (1.0 - expected))[:, None]).T @ x + np.eye(2) * _RIDGE
        step = np.linalg.solve(curvature, x.T @ (bought - expected) - _RIDGE * weights)
        weights += step
        if np.abs(step).max() < _ENOUGH:
            break
    slope = max(float(weights[0]), 1e-3) / spread
    return Curve(slope, float(weights[1]) - slope * mean)
