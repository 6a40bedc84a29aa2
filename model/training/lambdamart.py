"""LambdaMART (Burges 2010) by LightGBM, and its ONNX graph, whose score is a probability."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import lightgbm
import numpy as np
import numpy.typing as npt
import onnxruntime as ort
from onnx import ModelProto, TensorProto, checker, helper, numpy_helper

from model.training.candidates import Floats
from model.training.snapshots import Ints, Snapshot

MOST_NEW, DRAWN = 20, 0.25
"""The best new candidates of a shopper are all learned from; of the others this share is drawn, to save time."""
SEED = 1
BINS = 127
_PLATT_STEPS, _PLATT_ENOUGH = 50, 1e-9


@dataclass(frozen=True, slots=True)
class RankerSettings:
    """Trees and how they grow, as LightGBM names them."""

    trees: int = 80
    num_leaves: int = 15
    learning_rate: float = 0.1
    min_data_in_leaf: int = 100
    feature_fraction: float = 0.7
    lambdarank_truncation_level: int = 20


@dataclass(frozen=True, slots=True)
class Calibration:
    """probability = 1 / (1 + exp(-(slope * score + intercept))), with slope > 0 (Platt 1999)."""

    slope: float
    intercept: float


def grow(snapshots: Sequence[Snapshot], settings: RankerSettings, each: Callable[[], None]) -> lightgbm.Booster:
    """Trees that rank the candidates of all snapshots by the next basket; `each` is called after every tree.

    The same snapshots give the same trees.
    """
    kept = [_thinned(snapshot) for snapshot in snapshots]
    data = lightgbm.Dataset(
        np.concatenate([snapshot.features[rows] for snapshot, rows in zip(snapshots, kept, strict=True)]),
        np.concatenate([snapshot.next_basket[rows] * 1 for snapshot, rows in zip(snapshots, kept, strict=True)]),
        group=np.concatenate([_sizes(snapshot, rows) for snapshot, rows in zip(snapshots, kept, strict=True)]),
        feature_name=list(snapshots[0].names),
    )
    growing = asdict(settings)
    trees = growing.pop("trees")
    fixed = {"objective": "lambdarank", "max_bin": BINS, "seed": SEED, "deterministic": True, "force_row_wise": True}
    return lightgbm.train({**growing, **fixed, "verbosity": -1}, data, trees, callbacks=[lambda _: each()])


def calibrate(scores: Floats, bought: Floats) -> Calibration:
    """The logistic curve from scores to shares bought, by Newton's method; `bought` is 0 or 1, of the same shape."""
    mean, spread = float(scores.mean()), float(scores.std()) or 1.0
    x = np.stack([(scores.astype(np.float64) - mean) / spread, np.ones(len(scores))], axis=1)
    weights = np.zeros(2)
    for _ in range(_PLATT_STEPS):
        expected = 1.0 / (1.0 + np.exp(-(x @ weights)))
        curvature = (x * (expected * (1.0 - expected))[:, None]).T @ x + np.eye(2) * 1e-6
        step = np.linalg.solve(curvature, x.T @ (bought - expected) - 1e-6 * weights)
        weights += step
        if np.abs(step).max() < _PLATT_ENOUGH:
            break
    slope = max(weights[0], 1e-3) / spread
    return Calibration(slope, float(weights[1] - slope * mean))


def graph(ranker: lightgbm.Booster, calibration: Calibration) -> ModelProto:
    """The trees and the curve as a checked graph: `features` float32 (n, F) to `score` float32 (n,), 0 to 1."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the converter uses deprecated names of onnx
        from onnxmltools.convert import convert_lightgbm
        from onnxmltools.convert.common.data_types import FloatTensorType

        inputs = [("features", FloatTensorType([None, ranker.num_feature()]))]
        trees = convert_lightgbm(ranker, "ranker", inputs, target_opset=15, zipmap=False)
    return _curved(trees, calibration)


def _curved(trees: ModelProto, calibration: Calibration) -> ModelProto:
    """The graph of trees with the logistic curve behind it."""
    [raw] = [output.name for output in trees.graph.output]
    constants: dict[str, npt.NDArray[np.generic]] = {
        "slope": np.array(calibration.slope, dtype=np.float32),
        "intercept": np.array(calibration.intercept, dtype=np.float32),
        "flat": np.array([-1], dtype=np.int64),
    }
    trees.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())
    trees.graph.node.extend(
        [
            helper.make_node("Reshape", [raw, "flat"], ["ranked"]),
            helper.make_node("Mul", ["ranked", "slope"], ["scaled"]),
            helper.make_node("Add", ["scaled", "intercept"], ["logit"]),
            helper.make_node("Sigmoid", ["logit"], ["score"]),
        ]
    )
    del trees.graph.output[:]
    trees.graph.output.append(helper.make_tensor_value_info("score", TensorProto.FLOAT, ["n"]))
    checker.check_model(trees, full_check=True)
    return trees


def session(content: bytes) -> ort.InferenceSession:
    """A graph ready to run on one thread."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    return ort.InferenceSession(content, options)


def parity(ranker: lightgbm.Booster, content: bytes, snapshot: Snapshot, count: int = 20) -> float:
    """The mean share of each shopper's best products by the trees that are also the best by the graph."""
    [exported] = session(content).run(["score"], {"features": snapshot.features})
    trained = np.asarray(ranker.predict(snapshot.features))
    shared, start = [], 0
    for size in snapshot.sizes:
        ours, theirs = (_best(scores[start : start + size], count) for scores in (trained, exported))
        shared.append(len(np.intersect1d(ours, theirs)) / max(len(ours), 1))
        start += size
    return float(np.mean(shared)) if shared else 1.0


def _best(scores: Floats, count: int) -> Ints:
    return np.argsort(-scores, kind="stable")[:count]


def _thinned(snapshot: Snapshot) -> Ints:
    """Positions to learn from: whatever was bought, the history, the best new candidates and some of the others."""
    new = snapshot.features[:, snapshot.names.index("new_rank")]
    drawn = np.random.default_rng(SEED).random(len(new)) < DRAWN
    return np.flatnonzero(snapshot.next_basket | (new < MOST_NEW) | drawn)


def _sizes(snapshot: Snapshot, rows: Ints) -> Ints:
    shoppers = np.repeat(np.arange(len(snapshot.sizes)), snapshot.sizes)
    return np.bincount(shoppers[rows], minlength=len(snapshot.sizes))
