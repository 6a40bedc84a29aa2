"""The candidate model as an ONNX graph of int8 embeddings, with TopK inside.

Products are scored by one integer product of the catalogue with the shopper, a quarter of the size of float32; the
history enters in float32. Inputs: `history` int64 (n,), rows of products, each once; `weights` float32 (n,); `k`
int64 (1,), at most the catalogue is given. Outputs: `products` int64 (k,), `scores` float32 (k,), best first; and for
a ranker `candidates` int64 (n + NEW,), the history and then the best products that are not in it, best first, with
their `nearness` to the history and their `prior` by popularity, both float32 (n + NEW,). Where fewer than NEW are not
in the history, what comes after them is to be cut off.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, checker, helper, numpy_helper

from model.training.candidates import CandidateModel, Floats

OPSET, IR_VERSION = 18, 9
NEW = 240
"""Candidates outside the history: a quota of their own, else a long history would leave no room for them."""
_OUT = -1e30
"""A score below every other."""
_NOTHING = 1e-30
"""A component that is as good as 0: by less, float32 could not divide."""
LIMIT = 63
"""Largest int8 that is used: processors without VNNI add pairs of products in 16 bits, which more would overflow."""


@dataclass(frozen=True, slots=True)
class Quantized:
    """Rows of int8 with a float32 scale each: row = values * scale."""

    values: npt.NDArray[np.int8]
    scales: Floats


def quantize(vectors: Floats) -> Quantized:
    """Each row (a product) to int8 by its own largest component."""
    largest = np.abs(vectors).max(axis=1)
    scales = np.where(largest > _NOTHING, largest, 1.0).astype(np.float32) / np.float32(LIMIT)
    return Quantized(np.rint(vectors / scales[:, None]).astype(np.int8), scales)


def graph(model: CandidateModel) -> ModelProto:
    """The model as a checked ONNX graph."""
    made = helper.make_model(
        helper.make_graph(
            _nodes(),
            "candidates",
            [_tensor("history", TensorProto.INT64, "n"), _tensor("weights", TensorProto.FLOAT, "n"),
             _tensor("k", TensorProto.INT64, 1)],
            [_tensor("products", TensorProto.INT64, "best"), _tensor("scores", TensorProto.FLOAT, "best"),
             _tensor("candidates", TensorProto.INT64, "all"), _tensor("nearness", TensorProto.FLOAT, "all"),
             _tensor("prior", TensorProto.FLOAT, "all")],
            [numpy_helper.from_array(array, name) for name, array in _constants(model).items()],
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="personalization",
    )  # fmt: skip
    checker.check_model(made, full_check=True)
    return made


def _constants(model: CandidateModel) -> dict[str, npt.NDArray[np.generic]]:
    vectors = quantize(model.vectors)
    return {
        "columns": np.ascontiguousarray(vectors.values.T),  # the layout in which the integer product is fast
        "said": (model.gain * vectors.scales).astype(np.float32),
        "heard": (model.mixture.embedding * vectors.scales).astype(np.float32),
        "popular": (model.mixture.popularity * model.popularity).astype(np.float32),
        "new": np.array([min(NEW, len(model.popularity))], dtype=np.int64),
        "catalog": np.array([len(model.popularity)], dtype=np.int64),
        "row": np.array([0], dtype=np.int64),
    }


def _nodes() -> list[NodeProto]:
    node = helper.make_node
    return [
        # the runtime turns them once, when it loads the graph: half the file
        node("Transpose", ["columns"], ["vectors"], perm=[1, 0]),
        # the shopper: sum over the history of weight * gain * vector, shape (1, dimensions)
        node("Gather", ["vectors", "history"], ["seen_int8"]),
        node("Cast", ["seen_int8"], ["seen"], to=TensorProto.FLOAT),
        node("Gather", ["said", "history"], ["loudness"]),
        node("Mul", ["weights", "loudness"], ["voice"]),
        node("Unsqueeze", ["voice", "row"], ["voice_row"]),
        node("MatMul", ["voice_row", "seen"], ["shopper"]),
        # all products: int8 vectors times the shopper, shape (products,)
        node("DynamicQuantizeLinear", ["shopper"], ["shopper_uint8", "shopper_scale", "shopper_zero"]),
        node("MatMulInteger", ["shopper_uint8", "columns", "shopper_zero"], ["near_int"]),
        node("Squeeze", ["near_int", "row"], ["near_flat"]),
        node("Cast", ["near_flat"], ["near"], to=TensorProto.FLOAT),
        node("Mul", ["heard", "shopper_scale"], ["hearing"]),
        node("Mul", ["near", "hearing"], ["kinship"]),
        # popularity, and the history itself
        node("Add", ["kinship", "popular"], ["impersonal"]),
        node("Gather", ["kinship", "history"], ["seen_kinship"]),
        node("Gather", ["popular", "history"], ["seen_popular"]),
        node("Sum", ["seen_kinship", "seen_popular", "weights"], ["seen_scores"]),
        # the best products outside the history: the one sorting of the catalogue
        node("Min", ["k", "catalog"], ["count"]),
        node("Max", ["count", "new"], ["enough"]),
        node("Shape", ["history"], ["length"]),
        node("ConstantOfShape", ["length"], ["out"], value=helper.make_tensor("", TensorProto.FLOAT, [1], [_OUT])),
        node("ScatterElements", ["impersonal", "history", "out"], ["outside"], axis=0),
        node("TopK", ["outside", "enough"], ["outside_scores", "outside_products"], axis=0, largest=1, sorted=1),
        # the best of both
        node("Concat", ["seen_scores", "outside_scores"], ["both_scores"], axis=0),
        node("Concat", ["history", "outside_products"], ["both_products"], axis=0),
        node("TopK", ["both_scores", "count"], ["best_scores", "best"], axis=0, largest=1, sorted=1),
        node("Relu", ["best_scores"], ["scores"]),
        node("Gather", ["both_products", "best"], ["products"]),
        # what a ranker chooses from: the history, and a quota of products that are not in it
        node("Slice", ["outside_products", "row", "new"], ["new_products"]),
        node("Concat", ["history", "new_products"], ["candidates"], axis=0),
        node("Gather", ["kinship", "candidates"], ["nearness"]),
        node("Gather", ["popular", "candidates"], ["prior"]),
    ]


def _tensor(name: str, kind: int, size: int | str) -> ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, [size])
