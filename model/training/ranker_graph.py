"""The ranker as an ONNX graph: the trees, and the curve that makes their scores probabilities.

Input: `features` float32 (n, F). Output: `score` float32 (n,), the probability of being in the next basket.
"""

import warnings
from itertools import pairwise

import lightgbm
import numpy as np
import onnxruntime as ort
from onnx import ModelProto, NodeProto, TensorProto, checker, helper, numpy_helper

from model.training.lambdamart import Calibration, scores
from model.training.snapshots import Snapshot

OPSET, ML_OPSET, IR_VERSION = 18, 3, 9
TOP = 20
"""Best products by which the graph is compared with the trees."""
ROUNDING = 1e-5
"""Logits that differ by less are equal in float32."""


def graph(trees: lightgbm.Booster, calibration: Calibration) -> ModelProto:
    """The checked graph."""
    constants = {"slope": calibration.slope, "intercept": calibration.intercept, "one": 1.0}
    made = helper.make_model(
        helper.make_graph(
            [_trees(trees), *_probability()],
            "ranker",
            [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", trees.num_feature()])],
            [helper.make_tensor_value_info("score", TensorProto.FLOAT, ["n"])],
            [
                numpy_helper.from_array(np.array([-1], dtype=np.int64), "flat"),
                *(
                    numpy_helper.from_array(np.array(value, dtype=np.float32), name)
                    for name, value in constants.items()
                ),
            ],
        ),
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)],
        ir_version=IR_VERSION,
        producer_name="personalization",
    )
    checker.check_model(made, full_check=True)
    return made


def parity(trees: lightgbm.Booster, calibration: Calibration, content: bytes, snapshot: Snapshot) -> float:
    """The mean share of each shopper's best products by the graph that are also the best by the trees.

    Products of the same score, but for the rounding of float32, may stand for one another.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(content, options)
    [exported] = session.run(["score"], {"features": snapshot.features})
    trained = calibration(scores(trees, snapshot))
    ends = np.cumsum([0, *snapshot.sizes])
    shared = []
    for start, end in pairwise(ends):
        best = np.argsort(-exported[start:end], kind="stable")[:TOP]
        ours = trained[start:end]
        shared.append((ours[best] >= np.sort(ours)[len(ours) - len(best)] - ROUNDING).mean() if len(best) else 1.0)
    return float(np.mean(shared)) if shared else 1.0


def _trees(booster: lightgbm.Booster) -> NodeProto:
    """What the booster says, from `features` to `said`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the converter uses names that onnx deprecates
        from onnxmltools.convert import convert_lightgbm
        from onnxmltools.convert.common.data_types import FloatTensorType

        inputs = [("features", FloatTensorType([None, booster.num_feature()]))]
        converted = convert_lightgbm(booster, "ranker", inputs, target_opset=15, zipmap=False)
    trees: NodeProto
    [trees] = [node for node in converted.graph.node if node.op_type == "TreeEnsembleRegressor"]
    trees.name, trees.input[0], trees.output[0] = "trees", "features", "said"
    return trees


def _probability() -> list[NodeProto]:
    return [
        helper.make_node("Reshape", ["said", "flat"], ["raw"]),
        helper.make_node("Mul", ["raw", "slope"], ["scaled"]),
        helper.make_node("Add", ["scaled", "intercept"], ["logit"]),
        # not Sigmoid: ONNX Runtime's is the same for all logits below -18, which would lose their order
        helper.make_node("Neg", ["logit"], ["opposite"]),
        helper.make_node("Exp", ["opposite"], ["odds_against"]),
        helper.make_node("Add", ["odds_against", "one"], ["whole"]),
        helper.make_node("Reciprocal", ["whole"], ["score"]),
    ]
