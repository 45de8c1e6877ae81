"""Writes the folders of the recurrent generator: `python -m sillage_training.generator.export --work runs/generator`.

`generator-baseline` has the weights as trained, `generator-optimized` the same in int8. The step is built by hand: the
token embedding is folded into a table of input gates, and the condition arrives as what it adds to those gates, a sum
that is made once per request.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from .checkpoint import load_average
from .data import default_data
from .folders import MODELS, base_rates, known_molecules, open_sampler, traces, write_folder
from .model import HIDDEN, Generator
from .sample import Sampler
from .train import END, PAD, START

GATES = 3 * HIDDEN
STEP_SCALE = 1 / 127
"""A state lies between -1 and 1, so one scale serves every state of every request: a row never depends on others."""


def in_eight_bits(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """int8 of [rows, columns], and the scale of each column."""
    scale = np.maximum(np.abs(matrix).max(axis=0), 1e-8) / 127
    return np.round(matrix / scale).astype(np.int8), scale.astype(np.float32)


def product(name: str, source: str, bias: str, out: str, weights: dict, int8: bool) -> tuple[list, list]:
    """Nodes and constants of `source @ weights[name] + weights[bias]`; the source of an int8 one is a state in uint8."""
    added = numpy_helper.from_array(np.ascontiguousarray(weights[bias], np.float32), bias)
    if not int8:
        matrix = numpy_helper.from_array(np.ascontiguousarray(weights[name], np.float32), name)
        return [helper.make_node("Gemm", [source, name, bias], [out])], [matrix, added]
    values, scale = in_eight_bits(weights[name])
    inputs = [f"{source}_u8", name, "state_scale", f"{name}_scale", "state_zero", f"{name}_zero", bias]
    constants = [
        numpy_helper.from_array(values, name),
        numpy_helper.from_array(scale, f"{name}_scale"),
        numpy_helper.from_array(np.zeros(len(scale), np.int8), f"{name}_zero"),
        added,
    ]
    return [helper.make_node("MatMulIntegerToFloat", inputs, [out], domain="com.microsoft")], constants


def build_step(weights: dict[str, np.ndarray], int8: bool) -> onnx.ModelProto:
    """token [B], hidden [B, 256], condition [B, 768] -> logits [B, tokens], hidden_out [B, 256]."""
    tokens = weights["table"].shape[0]
    hidden_gates, of_gates = product("recurrent", "hidden", "recurrent_bias", "hidden_gates", weights, int8)
    logits, of_logits = product("output", "hidden_out", "output_bias", "logits", weights, int8)
    constants = [
        numpy_helper.from_array(np.ascontiguousarray(weights["table"], np.float32), "table"),
        numpy_helper.from_array(np.array([HIDDEN, HIDDEN, HIDDEN], np.int64), "thirds"),
        *of_gates,
        *of_logits,
    ]
    if int8:
        constants += [
            numpy_helper.from_array(np.array(STEP_SCALE, np.float32), "state_scale"),
            numpy_helper.from_array(np.array(128, np.uint8), "state_zero"),
        ]
    node = helper.make_node

    def quantise(state: str) -> list:
        return [node("QuantizeLinear", [state, "state_scale", "state_zero"], [f"{state}_u8"])] if int8 else []

    nodes = [
        node("Gather", ["table", "token"], ["token_gates"]),
        node("Add", ["token_gates", "condition"], ["input_gates"]),
        *quantise("hidden"),
        *hidden_gates,
        node("Split", ["input_gates", "thirds"], ["i_reset", "i_update", "i_new"], axis=1),
        node("Split", ["hidden_gates", "thirds"], ["h_reset", "h_update", "h_new"], axis=1),
        node("Add", ["i_reset", "h_reset"], ["s_reset"]),
        node("Sigmoid", ["s_reset"], ["reset"]),
        node("Add", ["i_update", "h_update"], ["s_update"]),
        node("Sigmoid", ["s_update"], ["update"]),
        node("Mul", ["reset", "h_new"], ["reset_new"]),
        node("Add", ["i_new", "reset_new"], ["s_new"]),
        node("Tanh", ["s_new"], ["new"]),
        # (1 - z) n + z h, written as n + z (h - n): one product less.
        node("Sub", ["hidden", "new"], ["change"]),
        node("Mul", ["update", "change"], ["kept"]),
        node("Add", ["new", "kept"], ["hidden_out"]),
        *quantise("hidden_out"),
        *logits,
    ]
    graph = helper.make_graph(
        nodes,
        "generator_step",
        [
            helper.make_tensor_value_info("token", TensorProto.INT32, ["batch"]),
            helper.make_tensor_value_info("hidden", TensorProto.FLOAT, ["batch", HIDDEN]),
            helper.make_tensor_value_info("condition", TensorProto.FLOAT, ["batch", GATES]),
        ],
        [
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", tokens]),
            helper.make_tensor_value_info("hidden_out", TensorProto.FLOAT, ["batch", HIDDEN]),
        ],
        constants,
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(graph, opset_imports=opsets if int8 else opsets[:1], ir_version=8)
    onnx.checker.check_model(model)
    return model


def manifest(name: str, version: str, summary: str, tokens: list[str], notes: list[str], rates: list[float]) -> dict:
    return {
        "name": name,
        "version": version,
        "task": "molecule-generation",
        "summary": summary,
        "files": {
            "model": "model.onnx",
            "tokens": "tokens.json",
            "condition": "condition.f32",
            "known": "known.txt.gz",
        },
        "inputs": [
            {"name": "token", "datatype": "INT32", "shape": [-1]},
            {"name": "hidden", "datatype": "FP32", "shape": [-1, HIDDEN]},
            {"name": "condition", "datatype": "FP32", "shape": [-1, GATES]},
        ],
        "outputs": [
            {"name": "logits", "datatype": "FP32", "shape": [-1, len(tokens)]},
            {"name": "hidden_out", "datatype": "FP32", "shape": [-1, HIDDEN]},
        ],
        "labels": notes,
        "batching": {"maxRows": 512, "maxCost": 512},
        "parameters": {
            "method": "recurrent",
            "temperature": 1.05,
            "minProbability": 0.01,
            "guidance": 3,
            "maxTokens": 100,
            "batch": 64,
            "hidden": HIDDEN,
            "gates": GATES,
            "padToken": PAD,
            "startToken": START,
            "endToken": END,
            "baseRates": rates,
        },
    }


def golden(sampler: Sampler) -> dict:
    """Fixed steps with their logits (agreement to 1e-4), and seeded samples (agreement in every token)."""
    rng = np.random.default_rng(5)
    labels = sampler.manifest["labels"]
    p = sampler.parameters
    cases = []
    for names in ({}, {"vanilla": 1.0}, {"vanilla": 1.0, "smoky": 0.4}, {"musk": 1.0, "sweet": 1.0}):
        notes = np.array([names.get(n, 0) for n in labels])
        gates = sampler.gates(notes)[None]
        hidden = np.zeros((1, p["hidden"]), np.float32)
        token, steps = p["startToken"], []
        for _ in range(12):
            logits, hidden = sampler.step(np.array([token], np.int32), hidden, gates)
            steps.append({"token": int(token), "logits": [round(float(v), 6) for v in logits[0]]})
            token = int(rng.integers(3, len(sampler.tokens)))
        cases.append({"notes": names, "steps": steps})

    shared = {"count": 24, "batch": 8}
    return {
        "tolerance": 1e-4,
        "steps": cases,
        "traces": traces(sampler, [
            {"seed": 7, **shared, "temperature": 1.05, "guidance": 1, "wanted": {}, "excluded": {}},
            {
                "seed": 9007199254740991, **shared, "temperature": 0.9, "guidance": 2,
                "wanted": {"vanilla": 1.0, "warm": 0.8, "smoky": 0.4}, "excluded": {"floral": 1.0},
            },
        ]),
    }


FORMS = {
    "generator-baseline": ("2", False, "GRU over SMILES tokens, conditioned on 138 odour notes with classifier-free guidance"),
    "generator-optimized": ("1", True, "generator-baseline 2 in int8"),
}


def hold_to_training(model: Generator, sampler: Sampler, tolerance: float) -> None:
    """The step, token by token, against the model it was made from."""
    tokens = torch.tensor([[START, 3, 4, 5, 6]])
    notes = torch.zeros(1, len(sampler.manifest["labels"]))
    notes[0, 3] = 1
    with torch.no_grad():
        expected = model(tokens, notes)[0].numpy()
    hidden = np.zeros((1, HIDDEN), np.float32)
    gates = sampler.gates(notes[0].numpy())[None]
    for t, want in zip(tokens[0], expected, strict=True):
        logits, hidden = sampler.step(np.array([int(t)], np.int32), hidden, gates)
        np.testing.assert_allclose(logits[0], want, atol=tolerance)


def export(work: Path, out: Path, known: list[str], rates_of: Callable[[list[str]], list[float]]) -> None:
    """Writes both forms of the checkpoint in `work` below the folder of models `out`."""
    state, saved = load_average(work)
    model = Generator(len(saved["tokens"]), len(saved["notes"])).eval()
    model.load_state_dict(state)
    weights = {k: v.numpy() for k, v in model.folded().items()}
    rates = rates_of(saved["notes"])
    for name, (version, int8, summary) in FORMS.items():
        folder = out / name / version
        described = manifest(name, version, summary, saved["tokens"], saved["notes"], rates)
        write_folder(folder, described, saved["tokens"], {"condition.f32": weights["notes"]}, known)
        onnx.save(build_step(weights, int8), folder / "model.onnx")
        sampler = open_sampler(folder)
        hold_to_training(model, sampler, 0.5 if int8 else 1e-4)
        (folder / "golden.json").write_text(json.dumps(golden(sampler), separators=(",", ":")) + "\n")
        print(f"wrote {folder} after {saved['epoch']} epochs")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=default_data())
    parser.add_argument("--work", type=Path, default=Path("runs/generator"))
    parser.add_argument("--out", type=Path, default=MODELS, help="folder of models")
    args = parser.parse_args()
    export(args.work, args.out, known_molecules(args.data), lambda notes: base_rates(args.data, notes))


if __name__ == "__main__":
    main()
