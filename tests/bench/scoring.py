"""How long the model needs to score a shopper or a session, against the same arithmetic without a model runtime."""

import io
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
from scipy import sparse

from functions.adapters.model_folder import ModelFolder
from functions.adapters.onnx import CANDIDATES, SESSIONS, OnnxModel
from functions.personalization.eligibility import Occasion
from functions.personalization.features import WeightedHistory
from functions.personalization.sessions import SessionIndex
from functions.personalization.shopper import History, Memory, Recent, Shopper
from functions.settings import SHIPPED_MODEL
from tests.bench.figures import Figure, median_of, percentile, timed
from tests.bench.large_catalog import Graph, enlarged, overlap

CALLS, RUNS, TOP, HISTORY, CLICKS, DIMENSIONS = 1_000, 5, 200, 240, 10, 64
LARGE, LARGE_CALLS = 500_000, 100
NUMPY, SCIPY = "numpy float32 matmul + argpartition", "scipy sparse, all sessions"
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
TODAY = int(NOW.timestamp() / 86_400)

type Call = Callable[[], object]
type Rows = npt.NDArray[np.int64]


def run() -> Sequence[Figure]:
    """The shipped catalogue, whole scoring and candidates alone; sessions; half a million products."""
    model, dice = OnnxModel(SHIPPED_MODEL, threads=1), np.random.default_rng(1)
    return [*_shipped(model, dice), *_sessions(model), *_large(dice)]


def _shipped(model: OnnxModel, dice: np.random.Generator) -> Sequence[Figure]:
    size = len(model.products)
    rows = dice.choice(size, min(HISTORY, size), replace=False)
    weights = np.sort(dice.random(len(rows), dtype=np.float32))[::-1].copy()
    products = tuple(model.products[row] for row in rows)
    occasion = Occasion(_shopper(products, weights, dice), _memory(products[:CLICKS]), NOW)
    peer, history = _Numpy(size, dice), WeightedHistory(products, weights)
    whole = _compared(lambda: model.score_now(occasion, TOP), lambda: model.candidates(history, TOP), CALLS)
    alone = _compared(lambda: model.candidates(history, TOP), lambda: peer.score(rows, weights), CALLS)
    return [
        *_figures(f"{TOP} of {size:,} products ranked, features and all", whole, "candidates alone", "< 3 ms"),
        *_figures(f"candidates alone of {size:,} products", alone, NUMPY, "< 0.5 ms"),
        Figure("candidate graph", (SHIPPED_MODEL / CANDIDATES).stat().st_size / 1e6, "MB", aim="<= 5 MB"),
    ]


def _sessions(model: OnnxModel) -> Sequence[Figure]:
    """A visitor's ten clicks, those of real sessions in turn; nothing when the model knows no sessions."""
    files = ModelFolder(SHIPPED_MODEL)
    if SESSIONS not in files:
        return []
    content, size = files[SESSIONS], len(model.products)
    with np.load(io.BytesIO(content)) as held:
        items, lengths = held["items"].astype(np.int64), held["lengths"].astype(np.int64)
    starts = (np.cumsum(lengths) - lengths)[lengths >= CLICKS][-CALLS:]
    visits = [items[start : start + CLICKS] for start in starts.tolist()]
    visitor = Shopper("v", "unknown")
    occasions = [Occasion(visitor, _memory([model.products[row] for row in rows]), NOW) for rows in visits]
    held_by = sparse.csr_array(
        (np.ones(len(items), np.float32), items, np.append(0, np.cumsum(lengths))), shape=(len(lengths), size)
    )
    by_product, turns = held_by.T.tocsr(), [iter(_endless(len(visits))) for _ in range(2)]
    compared = _compared(
        lambda: model.score_now(occasions[next(turns[0])], TOP),
        lambda: _all_sessions(held_by, by_product, visits[next(turns[1])]),
        CALLS,
    )
    loading = median_of(timed(lambda: SessionIndex.from_bytes(content, size), 5))
    return [
        *_figures(f"session of {CLICKS} clicks, {size:,} products", compared, SCIPY, "< 3 ms"),
        Figure("index of sessions", len(content) / 1e6, "MB", aim="< 3 MB"),
        Figure("index of sessions, loading", loading, "ms"),
    ]


def _large(dice: np.random.Generator) -> Sequence[Figure]:
    model = enlarged(SHIPPED_MODEL, LARGE)
    made, peer = Graph(model), _Numpy(LARGE, dice)
    rows, weights = dice.choice(LARGE, HISTORY, replace=False), dice.random(HISTORY, dtype=np.float32)
    compared = _compared(lambda: made.top(rows, weights, TOP), lambda: peer.score(rows, weights), LARGE_CALLS)
    what = f"candidates alone of {LARGE:,} products"
    return [
        *_figures(what, compared, NUMPY, "< 6 ms"),
        *(
            Figure(f"{what}, overlap@{at} with float32", overlap(model, made, at), "", aim=">= .95")
            for at in (100, 200)
        ),
    ]


def _compared(ours: Call, peer: Call, calls: int) -> tuple[Sequence[list[float]], Sequence[list[float]]]:
    """Milliseconds of so many calls of each, in turns."""
    runs = [(timed(ours, calls), timed(peer, calls)) for _ in range(RUNS)]
    return [run for run, _ in runs], [run for _, run in runs]


def _figures(
    name: str, runs: tuple[Sequence[list[float]], Sequence[list[float]]], peer: str, aim: str
) -> Sequence[Figure]:
    made = []
    for share, label, target in ((0.5, "p50", ""), (0.99, "p99", aim)):
        ours, theirs = (median_of([percentile(run, share) for run in side]) for side in runs)
        made.append(Figure(f"{name}, {label}", ours, "ms", ours / theirs, peer, target))
    return made


def _shopper(products: tuple[str, ...], weights: npt.NDArray[np.float32], dice: np.random.Generator) -> Shopper:
    """Somebody with the longest history that is kept."""
    first = dice.integers(TODAY - 300, TODAY - 60, len(products))
    last = first + dice.integers(0, 60, len(products))
    purchases = tuple(dice.integers(1, 20, len(products)).tolist())
    days = (tuple(first.tolist()), tuple(last.tolist()))
    return Shopper("s", "unknown", history=History(products, purchases, *days, tuple(weights.tolist()), float(TODAY)))


def _memory(products: Sequence[str]) -> Memory:
    return Memory(recent=tuple(Recent(product, "view_item", NOW) for product in reversed(products)))


def _endless(count: int) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.resize(np.arange(count), 2 * RUNS * CALLS)


def _all_sessions(held: sparse.csr_array, by_product: sparse.csr_array, clicks: Rows) -> Rows:
    """Item-kNN through every session that holds any of the clicks."""
    likeness = by_product[clicks].sum(axis=0)
    scores = likeness @ held
    best = np.argpartition(scores, -TOP)[-TOP:]
    return np.asarray(best[np.argsort(-scores[best])])


class _Numpy:
    """The candidate graph's arithmetic, as one would write it without a model runtime."""

    def __init__(self, products: int, dice: np.random.Generator) -> None:
        self._vectors = dice.random((products, DIMENSIONS), dtype=np.float32)
        self._prior = dice.random(products, dtype=np.float32)

    def score(self, rows: Rows, weights: npt.NDArray[np.float32]) -> Rows:
        """The best products, best first."""
        scores = self._vectors @ (weights @ self._vectors[rows]) + self._prior
        np.add.at(scores, rows, weights)
        best = np.argpartition(scores, -TOP)[-TOP:]
        return best[np.argsort(-scores[best])]
