"""A catalogue of half a million products, made of the shipped model's: its vectors again and again, with noise."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime as ort
from onnx import numpy_helper

from functions.adapters.onnx import CANDIDATES
from model import artifact
from model.training.candidates import CandidateModel, Mixture
from model.training.export import graph

NOISE = 0.5
"""Of each vector's own spread: products of a kind differ about as much as they have in common."""


def enlarged(folder: Path, products: int, seed: int = 1) -> CandidateModel:
    """A candidate model of so many products whose vectors and popularity are spread as those of a trained one."""
    mixture = Mixture(**artifact.read(folder).settings["mixture"])
    held = {each.name: numpy_helper.to_array(each) for each in onnx.load(folder / CANDIDATES).graph.initializer}
    scales = held["heard"] / mixture.embedding
    vectors = held["columns"].T * scales[:, None]
    dice = np.random.default_rng(seed)
    drawn = dice.integers(0, len(vectors), products)
    noise = dice.normal(0, NOISE, (products, vectors.shape[1])) * vectors[drawn].std(axis=1, keepdims=True)
    popularity = held["popular"] / mixture.popularity if mixture.popularity else np.zeros_like(scales)
    return CandidateModel(
        vectors=(vectors[drawn] + noise).astype(np.float32),
        gain=(held["said"] / scales)[drawn].astype(np.float32),
        popularity=(popularity[drawn] * dice.uniform(0.3, 1.5, products)).astype(np.float32),
        mixture=mixture,
    )


class Graph:
    """The candidate graph of a model, on one thread."""

    def __init__(self, model: CandidateModel) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = ort.InferenceSession(graph(model).SerializeToString(), options)

    def top(
        self, history: npt.NDArray[np.int64], weights: npt.NDArray[np.float32], count: int
    ) -> npt.NDArray[np.int64]:
        """Rows of the best products."""
        inputs = {"history": history, "weights": weights, "k": np.array([count], dtype=np.int64)}
        return np.asarray(self._session.run(["products"], inputs)[0], dtype=np.int64)


def overlap(model: CandidateModel, made: Graph, count: int, shoppers: int = 20, bought: int = 30) -> float:
    """The share of the exact best products that the graph finds too, for shoppers who bought popular products."""
    dice = np.random.default_rng(2)
    share = model.popularity.astype(np.float64) / model.popularity.sum(dtype=np.float64)
    found = []
    for _ in range(shoppers):
        history = dice.choice(len(share), bought, replace=False, p=share / share.sum())
        weights = dice.random(bought, dtype=np.float32)
        exact, _ = model.top(history, weights, count)
        found.append(np.isin(exact, made.top(history, weights, count)).mean())
    return float(np.mean(found))
