"""How long the model needs to score every product, against the same arithmetic in numpy."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from functions.adapters.onnx import CANDIDATES, OnnxModel
from functions.personalization.features import WeightedHistory
from functions.settings import SHIPPED_MODEL
from tests.bench.figures import Figure, median_of, percentile, timed

CALLS, RUNS, TOP, HISTORY, DIMENSIONS = 1_000, 5, 220, 240, 64
PEER = "numpy float32 matmul + argpartition"

type Runs = Sequence[Sequence[float]]


def run() -> Sequence[Figure]:
    """Scoring of the whole shipped catalogue on one thread, and the size of the graph."""
    model = OnnxModel(SHIPPED_MODEL, threads=1)
    dice = np.random.default_rng(1)
    rows = dice.choice(len(model.products), HISTORY, replace=False)
    weights = dice.random(HISTORY, dtype=np.float32)
    history = WeightedHistory(tuple(model.products[row] for row in rows), weights)
    peer = _Numpy(len(model.products), dice)
    ours = [timed(lambda: model.candidates(history, TOP), CALLS) for _ in range(RUNS)]
    theirs = [timed(lambda: peer.score(rows, weights), CALLS) for _ in range(RUNS)]
    return [
        _figure(f"scoring {len(model.products):,} products, p50", 0.50, ours, theirs, ""),
        _figure(f"scoring {len(model.products):,} products, p99", 0.99, ours, theirs, "< 0.5 ms"),
        Figure("candidate graph", (SHIPPED_MODEL / CANDIDATES).stat().st_size / 1e6, "MB", aim="<= 5 MB"),
    ]


def _figure(name: str, share: float, ours: Runs, theirs: Runs, aim: str) -> Figure:
    value = median_of([percentile(run, share) for run in ours])
    return Figure(name, value, "ms", value / median_of([percentile(run, share) for run in theirs]), PEER, aim)


class _Numpy:
    """The candidate graph's arithmetic, as one would write it without a model runtime."""

    def __init__(self, products: int, dice: np.random.Generator) -> None:
        self._vectors = dice.random((products, DIMENSIONS), dtype=np.float32)
        self._prior = dice.random(products, dtype=np.float32)

    def score(self, rows: npt.NDArray[np.int64], weights: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
        """The best products, best first."""
        scores = self._vectors @ (weights @ self._vectors[rows]) + self._prior
        np.add.at(scores, rows, weights)
        best = np.argpartition(scores, -TOP)[-TOP:]
        return best[np.argsort(-scores[best])]
