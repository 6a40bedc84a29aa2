"""Boosted trees by LightGBM that rank a shopper's candidates: LambdaMART (Burges 2010), made probabilities.

One forest ranks what a shopper bought before and what is new to it. A second one orders what is new among itself; as
new purchases are few, it also learns from those after the next basket. Tried on both data sets, four and eight weeks
before the test: other forests for the first, their sums, and averages of several fits were within the noise.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise

import lightgbm
import numpy as np
import numpy.typing as npt

from functions.personalization.ranking import dealt
from model.training.candidates import Floats
from model.training.snapshots import Ints, Snapshot

type Doubles = npt.NDArray[np.float64]

SEED = 1
LEAST_NEW = 200
"""Shoppers who bought any of their new candidates that must be there to learn their order from."""
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


@dataclass(frozen=True, slots=True, eq=False)
class _Lists:
    """Lists of candidates that teach an order, `sizes` how long each is; see `Snapshot`."""

    names: tuple[str, ...]
    features: Floats
    labels: Ints
    sizes: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Forests:
    """The trees that rank all candidates, and those that order the new ones, where there was enough to learn it."""

    ranker: lightgbm.Booster
    explorer: lightgbm.Booster | None

    def scores(self, snapshot: Snapshot) -> Doubles:
        """What they say of the candidates, shape (candidates,)."""
        ranked = scores(self.ranker, snapshot)
        if self.explorer is None:
            return ranked
        new = snapshot.only_new()
        places, liked = np.flatnonzero(snapshot.new), scores(self.explorer, new)
        for start, end in pairwise(np.cumsum([0, *new.sizes])):
            ranked[places[start:end]] = dealt(ranked[places[start:end]], liked[start:end])
        return ranked


def grow(snapshots: Sequence[Snapshot], settings: RankerSettings, each: Callable[[], None]) -> Forests:
    """Trees that put first what is in the next basket, over all snapshots; `each` is called after every tree.

    Shoppers who bought none of their candidates teach no order, and are left out. The same snapshots give the same
    trees.
    """
    ranker = _grown(snapshots, _next, settings, each)
    enough = sum(snapshot.lists_with(snapshot.soon & snapshot.new) for snapshot in snapshots) >= LEAST_NEW
    new = (snapshot.only_new() for snapshot in snapshots)  # one after the other: they are as large as all of training
    return Forests(ranker, _grown(new, _next_or_soon, settings, each) if enough else None)


def _next(snapshot: Snapshot) -> Ints:
    return snapshot.next_basket.astype(np.int64)


def _next_or_soon(snapshot: Snapshot) -> Ints:
    """2 for the next basket, which LightGBM takes for a gain of 3; 1, a gain of 1, for later in the horizon."""
    return snapshot.next_basket.astype(np.int64) + snapshot.soon


def _grown(
    snapshots: Iterable[Snapshot],
    label: Callable[[Snapshot], Ints],
    settings: RankerSettings,
    each: Callable[[], None],
) -> lightgbm.Booster:
    growing = asdict(settings)
    trees, bins = growing.pop("trees"), growing.pop("max_bin")
    fixed = {"seed": SEED, "deterministic": True, "force_row_wise": True, "verbosity": -1, "objective": "lambdarank"}
    wanted = {**growing, **fixed}
    data = _binned([_teaching(snapshot, label(snapshot)) for snapshot in snapshots], {**wanted, "max_bin": bins})
    return lightgbm.train(wanted, data, trees, callbacks=[lambda _: each()])


def _binned(lists: Sequence[_Lists], params: Mapping[str, float | str]) -> lightgbm.Dataset:
    """What trees are grown of, a byte for each feature: the features themselves are let go."""
    return lightgbm.Dataset(
        [each.features for each in lists],
        np.concatenate([each.labels for each in lists]),
        group=np.concatenate([each.sizes for each in lists]),
        feature_name=list(lists[0].names),
        params=dict(params),
    ).construct()


def scores(trees: lightgbm.Booster, snapshot: Snapshot) -> Doubles:
    """What the trees say of the candidates, shape (candidates,)."""
    return np.asarray(trees.predict(snapshot.features), dtype=np.float64)


def calibrate(forests: Forests, snapshot: Snapshot) -> Calibration:
    """What gives the shares bought on a snapshot that the trees have not seen."""
    return _curve(forests.scores(snapshot), snapshot.next_basket.astype(np.float64))


def _teaching(snapshot: Snapshot, labels: Ints) -> _Lists:
    """The lists of shoppers who bought any of their candidates."""
    shopper = np.repeat(np.arange(len(snapshot.sizes)), snapshot.sizes)
    teaches = np.bincount(shopper[labels > 0], minlength=len(snapshot.sizes)) > 0
    kept = teaches[shopper]
    features = snapshot.features if kept.all() else snapshot.features[kept]
    return _Lists(snapshot.names, features, labels[kept], snapshot.sizes[teaches])


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
