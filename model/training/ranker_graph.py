"""The ranker as an ONNX graph: all trees, and the blends that make their scores probabilities.

Input: `features` float32 (n, F). Output: `score` float32 (n,), the probability of being in the next basket.
"""

import warnings
from dataclasses import asdict
from itertools import pairwise

import lightgbm
import numpy as np
import numpy.typing as npt
import onnxruntime as ort
from onnx import ModelProto, NodeProto, TensorProto, checker, helper, numpy_helper

from model.training.lambdamart import Blend, Calibration, Trees
from model.training.snapshots import Snapshot

OPSET, ML_OPSET, IR_VERSION = 18, 3, 9
TOP = 20
"""Best products by which the graph is compared with the trees."""
_BINARY = "objective=binary sigmoid:1"
ROUNDING = 1e-5
"""Logits that differ by less are equal in float32."""


def graph(trees: Trees, calibration: Calibration, new_rank: int) -> ModelProto:
    """The checked graph; `new_rank` is the feature's column, negative for what was bought before."""
    constants: dict[str, npt.NDArray[np.generic]] = {
        "column": np.array([new_rank], dtype=np.int64),
        "flat": np.array([-1], dtype=np.int64),
        "zero": np.array(0, dtype=np.float32),
        "one": np.array(1, dtype=np.float32),
        **_weights("known", calibration.known),
        **_weights("new", calibration.new),
    }
    made = helper.make_model(
        helper.make_graph(
            [
                *_sides(),
                *_trees("every", trees.every),
                *_side("known", trees.known),
                *_side("new", trees.new),
                *_together(),
            ],
            "ranker",
            [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", trees.known.num_feature()])],
            [helper.make_tensor_value_info("score", TensorProto.FLOAT, ["n"])],
            [numpy_helper.from_array(value, name) for name, value in constants.items()],
        ),
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)],
        ir_version=IR_VERSION,
        producer_name="personalization",
    )
    checker.check_model(made, full_check=True)
    return made


def parity(trees: Trees, calibration: Calibration, content: bytes, snapshot: Snapshot) -> float:
    """The mean share of each shopper's best products by the graph that are also the best by the trees.

    Products of the same score, but for the rounding of float32, may stand for one another.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(content, options)
    [exported] = session.run(["score"], {"features": snapshot.features})
    trained = calibration.logits(trees.scores(snapshot), snapshot)
    ends = np.cumsum([0, *snapshot.sizes])
    shared = []
    for start, end in pairwise(ends):
        best = np.argsort(-exported[start:end], kind="stable")[:TOP]
        ours = trained[start:end]
        shared.append((ours[best] >= np.sort(ours)[len(ours) - len(best)] - ROUNDING).mean() if len(best) else 1.0)
    return float(np.mean(shared)) if shared else 1.0


def _weights(side: str, blend: Blend) -> dict[str, npt.NDArray[np.generic]]:
    return {f"{side}_{name}": np.array(value, dtype=np.float32) for name, value in asdict(blend).items()}


def _side(name: str, booster: lightgbm.Booster) -> list[NodeProto]:
    """The trees of one side over its own candidates alone, and their logits, named `<name>_logit`.

    Of the mask `is_<name>` it makes the positions `<name>_at`.
    """
    return [
        helper.make_node("NonZero", [f"is_{name}"], [f"{name}_places"]),
        helper.make_node("Reshape", [f"{name}_places", "flat"], [f"{name}_at"]),
        helper.make_node("Gather", ["features", f"{name}_at"], [f"{name}_features"]),
        helper.make_node("Gather", ["every_score", f"{name}_at"], [f"{name}_every_score"]),
        *_trees(name, booster, f"{name}_features"),
        helper.make_node("Mul", [f"{name}_score", f"{name}_order"], [f"{name}_ordered"]),
        helper.make_node("Mul", [f"{name}_every_score", f"{name}_every"], [f"{name}_likely"]),
        helper.make_node("Add", [f"{name}_ordered", f"{name}_likely"], [f"{name}_sum"]),
        helper.make_node("Add", [f"{name}_sum", f"{name}_intercept"], [f"{name}_logit"]),
    ]


def _trees(name: str, booster: lightgbm.Booster, features: str = "features") -> list[NodeProto]:
    """What a booster says before any link function, named `<name>_score`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the converter uses names that onnx deprecates
        from onnxmltools.convert import convert_lightgbm
        from onnxmltools.convert.common.data_types import FloatTensorType

        inputs = [("features", FloatTensorType([None, booster.num_feature()]))]
        converted = convert_lightgbm(_raw(booster), name, inputs, target_opset=15, zipmap=False)
    [trees] = [node for node in converted.graph.node if node.op_type == "TreeEnsembleRegressor"]
    trees.name, trees.input[0], trees.output[0] = f"{name}_trees", features, f"{name}_raw"
    return [trees, helper.make_node("Reshape", [f"{name}_raw", "flat"], [f"{name}_score"])]


def _raw(booster: lightgbm.Booster) -> lightgbm.Booster:
    """The same trees without a link function: what classifies would be converted to probabilities and labels."""
    return lightgbm.Booster(model_str=booster.model_to_string().replace(_BINARY, "objective=regression"))


def _sides() -> list[NodeProto]:
    """Which candidates are of which side: the masks `is_known` and `is_new`."""
    return [
        helper.make_node("Gather", ["features", "column"], ["ranks"], axis=1),
        helper.make_node("Reshape", ["ranks", "flat"], ["rank"]),
        helper.make_node("GreaterOrEqual", ["rank", "zero"], ["is_new"]),
        helper.make_node("Not", ["is_new"], ["is_known"]),
    ]


def _together() -> list[NodeProto]:
    """Each product's probability by its side."""
    return [
        helper.make_node("Concat", ["known_at", "new_at"], ["at"], axis=0),
        helper.make_node("Concat", ["known_logit", "new_logit"], ["logits"], axis=0),
        helper.make_node("ScatterElements", ["every_score", "at", "logits"], ["logit"]),
        # not Sigmoid: ONNX Runtime's is the same for all logits below -18, which would lose their order
        helper.make_node("Neg", ["logit"], ["opposite"]),
        helper.make_node("Exp", ["opposite"], ["odds_against"]),
        helper.make_node("Add", ["odds_against", "one"], ["whole"]),
        helper.make_node("Reciprocal", ["whole"], ["score"]),
    ]
