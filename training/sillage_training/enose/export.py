"""The fitted model as one ONNX graph: features in, calibrated probabilities and distance out."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from sklearn.ensemble import ExtraTreesClassifier

from .model import FLOOR, Model

OPSET = 17


def tree_node(trees: ExtraTreesClassifier, source: str, target: str) -> onnx.NodeProto:
    """The trees' mean vote as a TreeEnsembleRegressor.

    Written by hand since the usual converter stores a weight for all 50 classes of every leaf: most are zero, and the
    file would be ten times as large.
    """
    nodes = {k: [] for k in ("treeids", "nodeids", "featureids", "values", "modes", "truenodeids", "falsenodeids")}
    votes = {k: [] for k in ("treeids", "nodeids", "ids", "weights")}
    for index, estimator in enumerate(trees.estimators_):
        tree = estimator.tree_
        for node in range(tree.node_count):
            leaf = tree.children_left[node] < 0
            nodes["treeids"].append(index)
            nodes["nodeids"].append(node)
            nodes["featureids"].append(0 if leaf else int(tree.feature[node]))
            nodes["values"].append(0.0 if leaf else float(below(tree.threshold[node])))
            nodes["modes"].append("LEAF" if leaf else "BRANCH_LEQ")
            nodes["truenodeids"].append(0 if leaf else int(tree.children_left[node]))
            nodes["falsenodeids"].append(0 if leaf else int(tree.children_right[node]))
            if leaf:
                share = tree.value[node][0] / tree.value[node][0].sum() / len(trees.estimators_)
                for label in np.flatnonzero(share):
                    votes["treeids"].append(index)
                    votes["nodeids"].append(node)
                    votes["ids"].append(int(label))
                    votes["weights"].append(float(share[label]))
    return helper.make_node(
        "TreeEnsembleRegressor",
        [source],
        [target],
        domain="ai.onnx.ml",
        n_targets=len(trees.classes_),
        aggregate_function="SUM",
        **{f"nodes_{k}": v for k, v in nodes.items()},
        **{f"target_{k}": v for k, v in votes.items()},
    )


def below(threshold: float) -> np.float32:
    """The largest float32 not above a float64 threshold: the comparison of float32 features stays the same."""
    single = np.float32(threshold)
    return single if single <= threshold else np.nextafter(single, np.float32(-np.inf))


def to_onnx(model: Model) -> onnx.ModelProto:
    size, classes = len(model.imputation), len(model.trees.classes_)
    constants = {
        "axes": model.axes,
        "axes_offset": model.axes_offset,
        "floor": np.array([FLOOR], np.float32),
        "temperature": np.array([model.temperature], np.float32),
        "centre": model.centre,
        "whitening": model.whitening,
        "prototypes": model.prototypes.T.copy(),
        "prototypes_squared": (model.prototypes**2).sum(1).astype(np.float32),
        "two": np.array([2], np.float32),
        "zero": np.array([0], np.float32),
        "size": np.array([size], np.float32),
        "last_axis": np.array([1], np.int64),
    }
    node = helper.make_node
    graph = helper.make_graph(
        [
            node("MatMul", ["features", "axes"], ["projected"]),
            node("Add", ["projected", "axes_offset"], ["axis_values"]),
            node("Concat", ["features", "axis_values"], ["tree_input"], axis=1),
            tree_node(model.trees, "tree_input", "votes"),
            node("Add", ["votes", "floor"], ["positive_votes"]),
            node("Log", ["positive_votes"], ["log_votes"]),
            node("Div", ["log_votes", "temperature"], ["logits"]),
            node("Softmax", ["logits"], ["probabilities"], axis=1),
            node("Sub", ["features", "centre"], ["centred"]),
            node("MatMul", ["centred", "whitening"], ["white"]),
            node("Mul", ["white", "white"], ["white_squares"]),
            node("ReduceSum", ["white_squares", "last_axis"], ["white_norm"], keepdims=1),
            node("MatMul", ["white", "prototypes"], ["products"]),
            node("Mul", ["products", "two"], ["twice_products"]),
            node("Sub", ["prototypes_squared", "twice_products"], ["partial"]),
            node("Add", ["partial", "white_norm"], ["squared"]),
            node("ReduceMin", ["squared"], ["nearest"], axes=[1], keepdims=1),
            node("Max", ["nearest", "zero"], ["nearest_positive"]),
            node("Div", ["nearest_positive", "size"], ["mean_square"]),
            node("Sqrt", ["mean_square"], ["distance"]),
        ],
        "enose-smellnet",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["windows", size])],
        [
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["windows", classes]),
            helper.make_tensor_value_info("distance", TensorProto.FLOAT, ["windows", 1]),
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", 3)]
    proto = helper.make_model(graph, opset_imports=opsets, producer_name="sillage", ir_version=8)
    onnx.checker.check_model(proto)
    return proto
