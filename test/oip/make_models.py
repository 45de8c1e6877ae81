"""Makes the small ONNX files of test/oip/models: each does one thing with its input that can be checked by eye.

    python test/oip/make_models.py test/oip/models
"""

import sys
from pathlib import Path

from onnx import TensorProto, helper, save_model

OPSET = [helper.make_opsetid("", 17)]
TYPES = {
    "BOOL": TensorProto.BOOL,
    "UINT8": TensorProto.UINT8,
    "UINT16": TensorProto.UINT16,
    "UINT32": TensorProto.UINT32,
    "UINT64": TensorProto.UINT64,
    "INT8": TensorProto.INT8,
    "INT16": TensorProto.INT16,
    "INT32": TensorProto.INT32,
    "INT64": TensorProto.INT64,
    "FP16": TensorProto.FLOAT16,
    "FP32": TensorProto.FLOAT,
    "FP64": TensorProto.DOUBLE,
    "BYTES": TensorProto.STRING,
}


def tensor(name: str, datatype: str, shape: list):
    return helper.make_tensor_value_info(name, TYPES[datatype], shape)


def model(name: str, nodes: list, inputs: list, outputs: list, initializers: list = ()):
    graph = helper.make_graph(nodes, name, inputs, outputs, list(initializers))
    return helper.make_model(graph, opset_imports=OPSET, ir_version=8)


def echo():
    """Every datatype comes back as it was sent."""
    nodes, inputs, outputs = [], [], []
    for datatype in TYPES:
        low = datatype.lower()
        nodes.append(helper.make_node("Identity", [f"in_{low}"], [f"out_{low}"]))
        inputs.append(tensor(f"in_{low}", datatype, ["n", 2]))
        outputs.append(tensor(f"out_{low}", datatype, ["n", 2]))
    return model("echo", nodes, inputs, outputs)


def sums(factor: float):
    """y = factor x (a + b), row by row; `total` is the sum over a row."""
    value = helper.make_tensor("factor", TensorProto.FLOAT, [], [factor])
    axes = helper.make_tensor("axes", TensorProto.INT64, [1], [1])
    nodes = [
        helper.make_node("Add", ["a", "b"], ["sum"]),
        helper.make_node("Mul", ["sum", "factor"], ["y"]),
        helper.make_node("ReduceSum", ["y", "axes"], ["total"], keepdims=0),
    ]
    return model(
        "sums",
        nodes,
        [tensor("a", "FP32", ["rows", "width"]), tensor("b", "FP32", ["rows", "width"])],
        [tensor("y", "FP32", ["rows", "width"]), tensor("total", "FP32", ["rows"])],
        [value, axes],
    )


def words():
    """Text in, text out."""
    return model(
        "words",
        [helper.make_node("Identity", ["text"], ["same"])],
        [tensor("text", "BYTES", ["rows", 1])],
        [tensor("same", "BYTES", ["rows", 1])],
    )


def scalar():
    """No dimension at all."""
    return model(
        "scalar", [helper.make_node("Neg", ["x"], ["y"])], [tensor("x", "FP64", [])], [tensor("y", "FP64", [])]
    )


if __name__ == "__main__":
    root = Path(sys.argv[1])
    files = {
        "echo/1/model.onnx": echo(),
        "sums/1/model.onnx": sums(1),
        "sums/2/model.onnx": sums(2),
        "words/1/model.onnx": words(),
        "scalar/1/model.onnx": scalar(),
    }
    for path, made in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        save_model(made, root / path)
    (root / "sums" / "manifest.yaml").write_text(
        "task: tensors\nsummary: Twice the sum of two rows\nbatching: { maxRows: 8 }\n"
        "labels: [first, second, third]\nnan: refuse\n"
    )
    (root / "words" / "manifest.yaml").write_text("task: tensors\ncache: true\nbatching: { maxRows: 16 }\n")
    # For Triton, which serves the newest version alone unless it is told otherwise.
    (root / "sums" / "config.pbtxt").write_text("version_policy: { all: {} }\n")
    broken = root / "broken" / "1"
    broken.mkdir(parents=True, exist_ok=True)
    (broken / "model.onnx").write_bytes(b"this is no ONNX")
