"""The ONNX graph answers as the numpy reference does."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
import pytest

from model.datasets.dataset import Dataset
from model.training.candidates import CandidateModel
from model.training.export import graph, quantize
from model.training.fit import Settings, fit, past_histories
from model.training.histories import Histories

type Best = tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]
type Run = Callable[[list[int], list[float], int], Best]


@pytest.fixture(scope="module")
def model(journey: Dataset) -> CandidateModel:
    """A model of every eighth household: real shapes in a fraction of the time."""
    known = past_histories(journey, 90.0)
    return fit(Histories(known.shoppers[::8], known.products, known.weights[::8]), Settings())


@pytest.fixture(scope="module")
def run(model: CandidateModel) -> Run:
    """The graph of that model."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(graph(model).SerializeToString(), options)

    def answer(history: list[int], weights: list[float], k: int) -> Best:
        inputs = {
            "history": np.array(history, dtype=np.int64),
            "weights": np.array(weights, dtype=np.float32),
            "k": np.array([k], dtype=np.int64),
        }
        products, scores = session.run(["products", "scores"], inputs)
        return products, scores

    return answer


def test_parity_with_the_reference(model: CandidateModel, run: Run, journey: Dataset) -> None:
    """At least 99 % of the best hundred are the same, int8 notwithstanding, over real histories."""
    known = past_histories(journey, 90.0).bounded()
    shared = []
    for row in range(0, len(known.shoppers), 50):
        history, weights = known.of(row)
        products, _ = run(history.tolist(), weights.tolist(), 100)
        shared.append(len(np.intersect1d(products, model.top(history, weights, 100)[0])))
    assert np.mean(shared) >= 99


def test_without_history_it_is_popularity(model: CandidateModel, run: Run) -> None:
    """Exactly: nothing of int8 is in it."""
    products, scores = run([], [], 50)
    assert products.tolist() == np.argsort(-model.popularity, kind="stable")[:50].tolist()
    assert scores == pytest.approx(model.mixture.popularity * model.popularity[products])


def test_more_than_the_catalogue_is_the_catalogue(model: CandidateModel, run: Run) -> None:
    """Every product once, those of the history too, best first, no score below 0."""
    products, scores = run([1, 9, 4], [1.0, 0.5, 2.0], 10**9)
    assert len(set(products.tolist())) == len(products) == len(model.popularity)
    assert (np.diff(scores) <= 0).all()
    assert scores.min() >= 0


def test_a_row_outside_the_catalogue_is_refused(model: CandidateModel, run: Run) -> None:
    """Not answered with nonsense."""
    with pytest.raises(Exception, match="out of"):
        run([len(model.popularity)], [1.0], 10)


def test_quantizing_is_exact_to_a_step() -> None:
    """Each component is off by at most half a step of its row; a row of zeros, or of next to nothing, is of zeros."""
    vectors = np.random.default_rng(1).normal(size=(50, 64)).astype(np.float32)
    vectors[7], vectors[8] = 0, 1e-44
    made = quantize(vectors)
    assert np.abs(made.values * made.scales[:, None] - vectors).max() <= made.scales.max() / 2 + 1e-6
    assert not made.values[7:9].any()
