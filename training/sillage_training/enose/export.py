"""The fitted model as one ONNX graph: features in (NaN where a channel is missing), calibrated probabilities, the chance
that the substance is a known one, and the distance to what was seen out."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from sklearn.ensemble import ExtraTreesClassifier

from .model import FLOOR, Head, Model
from .unknown import PROTOTYPES, TINY, Block

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


class Graph:
    """Nodes and constants under construction; `add` returns the name of what it computes."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, np.ndarray] = {}

    def constant(self, value: np.ndarray | float | list, kind: type = np.float32) -> str:
        name = f"c{len(self.constants)}"
        self.constants[name] = np.asarray(value, kind)
        return name

    def add(self, operation: str, *inputs: str, name: str | None = None, outputs: int = 1, **attributes) -> str:
        names = [name or f"{operation.lower()}{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(operation, list(inputs), names, **attributes))
        return names[0]

    def last(self, index: int) -> str:
        """Another output of the node added last."""
        return self.nodes[-1].output[index]


def add_head(graph: Graph, head: Head, source: str) -> tuple[str, str]:
    """Votes of the forest that saw windows as recorded, and of the one that saw them through sessions."""
    projected = graph.add("MatMul", source, graph.constant(head.axes))
    on_axes = graph.add("Add", projected, graph.constant(head.offset))
    trees_in = graph.add("Concat", source, on_axes, axis=1)
    names = []
    for forest in (head.recorded, head.sessions):
        names.append(f"votes{len(graph.nodes)}")
        graph.nodes.append(tree_node(forest, trees_in, names[-1]))
    return names[0], names[1]


def add_distances(graph: Graph, block: Block, filled: str) -> str:
    """[windows, substances], as Block.distances."""
    add, constant = graph.add, graph.constant
    white = add("MatMul", add("Sub", filled, constant(block.centre)), constant(block.whitening))
    norm = add("ReduceSum", add("Mul", white, white), constant([1], np.int64))
    partial = add("Sub", constant((block.prototypes**2).sum(1)), add("MatMul", white, constant(2 * block.prototypes.T)))
    shape = constant([0, len(block.spread), PROTOTYPES], np.int64)
    nearest = add("ReduceMin", add("Reshape", add("Add", partial, norm), shape), axes=[2], keepdims=0)
    width = constant([block.whitening.shape[1]])
    return add("Sqrt", add("Div", add("Max", nearest, constant([0])), width))


def add_evidence(graph: Graph, model: Model, votes: tuple[str, str], logits: str, filled: str) -> str:
    """The evidence of unknown.py, column by column, weighed; writes `distance`, returns the logit of being known."""
    detector, add, constant = model.detector, graph.add, graph.constant
    tiny = constant([TINY])
    last = {"axis": 1, "keepdims": 1}
    chances = add("Softmax", logits, axis=1)
    answer = add("ArgMax", chances, **last)

    def pick(table: str) -> str:
        return add("GatherElements", table, answer, axis=1)

    def ln(value: str) -> str:
        return add("Log", add("Add", value, tiny))

    first, second = pick(votes[0]), pick(votes[1])
    top = add("TopK", chances, constant([2], np.int64), outputs=2, axis=1)
    best, next_best = add("Split", top, constant([1, 1], np.int64), outputs=2, axis=1), graph.last(1)
    entropy = add("Neg", add("ReduceSum", add("Mul", chances, add("Log", chances)), constant([1], np.int64)))
    apart = add("ReduceSum", add("Abs", add("Sub", *votes)), constant([1], np.int64))

    columns = [
        first,
        ln(first),
        second,
        ln(second),
        add("Sub", best, next_best),
        entropy,
        apart,
    ]
    for index, block in enumerate(detector.blocks):
        distances = add_distances(graph, block, filled)
        close = add("TopK", distances, constant([2], np.int64), outputs=2, axis=1, largest=0)
        near = add("Split", close, constant([1, 1], np.int64), outputs=2, axis=1)
        runner_up = graph.last(1)
        if index == 0:
            add("Identity", near, name="distance")
            columns.append(ln(near))
        own = pick(distances)
        other = add("Where", add("LessOrEqual", own, near), runner_up, near)
        spread = add("Gather", constant(np.log(block.spread + np.float32(TINY))), answer)
        columns += [ln(own), add("Sub", ln(own), spread), add("Sub", ln(other), ln(own))]
    evidence = add("Concat", *columns, axis=1)
    weighed = add("MatMul", evidence, constant(detector.weights[:, None]))
    return add("Add", weighed, constant([detector.bias]))


def to_onnx(model: Model) -> onnx.ModelProto:
    size, classes = len(model.imputation), len(model.lean.recorded.classes_)
    graph = Graph()
    add, constant = graph.add, graph.constant
    medians = constant(model.imputation[None])
    missing = add("IsNaN", "features")
    filled = add("Where", missing, medians, "features")
    optional = constant(model.optional[None], bool)
    lean = add_head(graph, model.lean, add("Where", optional, medians, filled))
    full = add_head(graph, model.full, filled)
    lost = add("Cast", add("And", missing, optional), to=TensorProto.FLOAT)
    is_measured = add("Equal", add("ReduceMax", lost, axes=[1], keepdims=1), constant([0]))
    half = constant([0.5])

    def both(of_full: str, of_lean: str) -> str:
        mean = add("Mul", add("Add", of_full, of_lean), half)
        return add("Where", is_measured, mean, of_lean)

    recorded, sessions = both(full[0], lean[0]), both(full[1], lean[1])
    floor, weight = constant([FLOOR]), model.recipe.recorded_weight

    def weighed(votes: str, share: float) -> str:
        return add("Mul", add("Log", add("Add", votes, floor)), constant([share]))

    logits = add("Add", weighed(recorded, weight), weighed(sessions, 1 - weight))
    add("Softmax", add("Div", logits, constant([model.temperature])), name="probabilities", axis=1)
    add("Sigmoid", add_evidence(graph, model, (recorded, sessions), logits, filled), name="known")
    proto_graph = helper.make_graph(
        graph.nodes,
        "enose-smellnet",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["windows", size])],
        [
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["windows", classes]),
            helper.make_tensor_value_info("known", TensorProto.FLOAT, ["windows", 1]),
            helper.make_tensor_value_info("distance", TensorProto.FLOAT, ["windows", 1]),
        ],
        [numpy_helper.from_array(value, name) for name, value in graph.constants.items()],
    )
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", 3)]
    proto = helper.make_model(proto_graph, opset_imports=opsets, producer_name="sillage", ir_version=8)
    onnx.checker.check_model(proto)
    return proto
