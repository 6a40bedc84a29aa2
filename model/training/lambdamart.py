"""Boosted trees by LightGBM: LambdaMART (Burges 2010) for each side of a list, and probabilities for all of it.

What makes one come back to a product says little about what one will try, and of the latter there are few examples,
which the former would drown: what a shopper bought before and what is new to it are ranked by trees of their own.
Each side's score is turned into a probability. Further trees learn the probability of every candidate at once, and
the sum of both logits errs less than either.
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
    """How each side grows, and the trees for all candidates."""

    known: TreeSettings = TreeSettings(trees=80, num_leaves=15, min_data_in_leaf=400)
    new: TreeSettings = TreeSettings(trees=40, num_leaves=7)
    every: TreeSettings = TreeSettings(trees=80, num_leaves=31, min_data_in_leaf=400)

    @property
    def trees(self) -> int:
        """All of them together."""
        return self.known.trees + self.new.trees + self.every.trees


@dataclass(frozen=True, slots=True)
class Blend:
    """The logit of a side's probability: order * (score of its own trees) + every * (logit of all) + intercept.

    The weights are above 0.
    """

    order: float
    every: float
    intercept: float

    def __call__(self, scores: "Scores") -> Doubles:
        """Shape (candidates,)."""
        return self.order * scores.order + self.every * scores.every + self.intercept


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Of each candidate by the trees of its side, and by those for all; shape (candidates,)."""

    order: Doubles
    every: Doubles

    def __getitem__(self, rows: npt.NDArray[np.bool_]) -> "Scores":
        """Of those candidates."""
        return Scores(self.order[rows], self.every[rows])


@dataclass(frozen=True, slots=True)
class Trees:
    """A booster for each side, and one for every candidate."""

    known: lightgbm.Booster
    new: lightgbm.Booster
    every: lightgbm.Booster

    def scores(self, snapshot: Snapshot) -> Scores:
        """What the trees say of the candidates."""
        known, new = self.known.predict(snapshot.features), self.new.predict(snapshot.features)
        every = self.every.predict(snapshot.features, raw_score=True)
        return Scores(np.where(snapshot.new, new, known).astype(np.float64), np.asarray(every, dtype=np.float64))


@dataclass(frozen=True, slots=True)
class Calibration:
    """The blend of each side."""

    known: Blend
    new: Blend

    def logits(self, scores: Scores, snapshot: Snapshot) -> Doubles:
        """The logit of the probability that each candidate is in the next basket, shape (candidates,)."""
        return np.where(snapshot.new, self.new(scores), self.known(scores))


def grow(snapshots: Sequence[Snapshot], settings: RankerSettings, each: Callable[[], None]) -> Trees:
    """Trees that rank the candidates of all snapshots; `each` is called after every tree.

    What was bought before is ranked by the next basket; what is new by the next basket and, with half the weight,
    what else was bought within the horizon. The same snapshots give the same trees.
    """
    names = snapshots[0].names
    known = [_side(snapshot, ~snapshot.new, snapshot.next_basket) for snapshot in snapshots]
    labels = [snapshot.next_basket.astype(np.int64) + snapshot.horizon for snapshot in snapshots]
    new = [_side(snapshot, snapshot.new, label) for snapshot, label in zip(snapshots, labels, strict=True)]
    every = [_Side(snapshot.features, snapshot.next_basket.astype(np.int64), None) for snapshot in snapshots]
    return Trees(
        _grown(known, names, settings.known, each),
        _grown(new, names, settings.new, each),
        _grown(every, names, settings.every, each),
    )


def calibrate(trees: Trees, snapshot: Snapshot) -> Calibration:
    """The blends that give the shares bought on a snapshot that the trees have not seen."""
    scores, bought = trees.scores(snapshot), snapshot.next_basket.astype(np.float64)
    return Calibration(*(_blend(scores[side], bought[side]) for side in (~snapshot.new, snapshot.new)))


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """Candidates to learn from: features, labels, and how long each list is, where an order is to be learned."""

    features: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int64]
    sizes: npt.NDArray[np.int64] | None


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
    lists = [side.sizes for side in sides if side.sizes is not None]
    data = lightgbm.Dataset(
        np.concatenate([side.features for side in sides]),
        np.concatenate([side.labels for side in sides]),
        group=np.concatenate(lists) if lists else None,
        feature_name=list(names),
        params={"max_bin": bins, "verbosity": -1},
    )
    fixed = {"seed": SEED, "deterministic": True, "force_row_wise": True, "verbosity": -1}
    objective = {"objective": "lambdarank" if lists else "binary"}
    return lightgbm.train({**growing, **fixed, **objective}, data, trees, callbacks=[lambda _: each()])


def _blend(scores: Scores, bought: Doubles) -> Blend:
    """Both logits added, and calibrated once more."""
    slope, intercept = _curve(scores.order, bought)
    again, whole = _curve(slope * scores.order + intercept + scores.every, bought)
    return Blend(again * slope, again, again * intercept + whole)


def _curve(scores: Doubles, bought: Doubles) -> tuple[float, float]:
    """Slope, above 0, and intercept of the most likely logistic curve (Platt 1999), by Newton's method.

    A flat one when the scores say nothing.
    """
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
    return slope, float(weights[1]) - slope * mean
