"""The propensity model as an ONNX graph.

Input: `features` float32 (n, features), columns as in `OFFER_FEATURES`. Output: `probability` float32 (n,).
"""

import numpy as np
from onnx import ModelProto, TensorProto, checker, helper, numpy_helper

from model.training.export import IR_VERSION, OPSET
from model.training.logistic import Logistic


def graph(model: Logistic) -> ModelProto:
    """The model, calibration included, as a checked ONNX graph."""
    width = len(model.weights)
    made = helper.make_model(
        helper.make_graph(
            [
                helper.make_node("MatMul", ["features", "weights"], ["interest"]),
                helper.make_node("Add", ["interest", "bias"], ["logit"]),
                helper.make_node("Sigmoid", ["logit"], ["probability"]),
            ],
            "offers",
            [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", width])],
            [helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["n"])],
            [
                numpy_helper.from_array(model.weights.astype(np.float32), "weights"),
                numpy_helper.from_array(np.array(model.bias, dtype=np.float32), "bias"),
            ],
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="personalization",
    )
    checker.check_model(made, full_check=True)
    return made
