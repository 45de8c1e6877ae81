"""Other forms of an ONNX model: half precision, eight bits, a graph optimised in advance."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_dynamic, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from onnxruntime.transformers.float16 import convert_float_to_float16

Feed = dict[str, np.ndarray]


class _Feeds(CalibrationDataReader):
    def __init__(self, feeds: list[Feed]) -> None:
        self._rest: Iterator[Feed] = iter(feeds)

    def get_next(self) -> Feed | None:
        return next(self._rest, None)


def graph_optimised(source: Path, target: Path, _: list[Feed]) -> None:
    """What onnxruntime makes of the graph when it loads it, written to a file."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(target)
    onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])


def float16(source: Path, target: Path, _: list[Feed]) -> None:
    """Weights and arithmetic in half precision; inputs and outputs stay as they are."""
    onnx.save(convert_float_to_float16(onnx.load(source), keep_io_types=True), target)


def int8_dynamic(source: Path, target: Path, _: list[Feed]) -> None:
    """Weights in eight bits; activations are scaled batch by batch."""
    prepared = _prepared(source, target)
    quantize_dynamic(prepared, target, weight_type=QuantType.QInt8, per_channel=True)
    prepared.unlink()


def int8_static(source: Path, target: Path, feeds: list[Feed]) -> None:
    """Weights and activations in eight bits, with scales calibrated on `feeds`."""
    prepared = _prepared(source, target)
    quantize_static(
        prepared,
        target,
        _Feeds(feeds),
        quant_format=QuantFormat.QDQ,
        weight_type=QuantType.QInt8,
        activation_type=QuantType.QUInt8,
        per_channel=True,
        op_types_to_quantize=["MatMul", "Gemm"],
    )
    prepared.unlink()


def _prepared(source: Path, target: Path) -> Path:
    prepared = target.with_suffix(".prepared.onnx")
    quant_pre_process(source, prepared, skip_symbolic_shape=True)
    return prepared


VARIANTS: dict[str, Callable[[Path, Path, list[Feed]], None]] = {
    "graph optimised": graph_optimised,
    "float16": float16,
    "int8 dynamic": int8_dynamic,
    "int8 static": int8_static,
}
