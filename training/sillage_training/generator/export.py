"""Writes the folders of the recurrent generator: `python -m sillage_training.generator.export --work runs/generator`.

`generator-baseline` has the weights as trained, `generator-optimized` the same in int8. The step is built by hand: the
token embedding is folded into a table of input gates. The condition arrives as what it adds to those gates, a sum that
is made once per request, and is added to the table, which is shorter than a batch. Gates that are dealt with alike stay
side by side, so that nothing large is cut apart or copied.
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


def product(
    out: str, source: str, matrix: np.ndarray, bias: np.ndarray | None, int8: bool
) -> tuple[list, list]:
    """Nodes and constants of `source @ matrix + bias`, named after `out`; an int8 one takes the state's uint8."""
    bias_name = [] if bias is None else [f"{out}_bias"]
    added = [numpy_helper.from_array(np.ascontiguousarray(bias, np.float32), name) for name in bias_name]
    name = f"{out}_weights"
    if not int8:
        constant = numpy_helper.from_array(np.ascontiguousarray(matrix, np.float32), name)
        return [helper.make_node("Gemm", [source, name, *bias_name], [out])], [constant, *added]
    values, scale = in_eight_bits(matrix)
    inputs = [f"{source}_u8", name, "state_scale", f"{name}_scale", "state_zero", f"{name}_zero", *bias_name]
    constants = [
        numpy_helper.from_array(np.ascontiguousarray(values), name),
        numpy_helper.from_array(scale, f"{name}_scale"),
        numpy_helper.from_array(np.zeros(len(scale), np.int8), f"{name}_zero"),
        *added,
    ]
    return [helper.make_node("MatMulIntegerToFloat", inputs, [out], domain="com.microsoft")], constants


def build_step(weights: dict[str, np.ndarray], int8: bool) -> onnx.ModelProto:
    """token [B], hidden [B, 256], condition [C, 768] -> logits [B, tokens], hidden_out [B, 256].

    A row with token t under condition c has c * tokens + t as its token.
    """
    tokens = weights["table"].shape[0]
    recurrent, bias = weights["recurrent"], weights["recurrent_bias"]
    # The bias of the reset and the update gate is in the table; that of the new state is within the reset.
    table = weights["table"].copy()
    table[:, : 2 * HIDDEN] += bias[: 2 * HIDDEN]
    reset_update, of_reset_update = product("h_reset_update", "hidden", recurrent[:, : 2 * HIDDEN], None, int8)
    new, of_new = product("h_new", "hidden", recurrent[:, 2 * HIDDEN :], bias[2 * HIDDEN :], int8)
    logits, of_logits = product("logits", "hidden_out", weights["output"], weights["output_bias"], int8)
    constants = [
        numpy_helper.from_array(np.ascontiguousarray(table[None], np.float32), "table"),
        numpy_helper.from_array(np.array([1], np.int64), "second"),
        numpy_helper.from_array(np.array([-1, GATES], np.int64), "flat"),
        numpy_helper.from_array(np.array([2 * HIDDEN, HIDDEN], np.int64), "parts"),
        numpy_helper.from_array(np.array([HIDDEN, HIDDEN], np.int64), "halves"),
        *of_reset_update,
        *of_new,
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
        node("Unsqueeze", ["condition", "second"], ["conditions"]),
        node("Add", ["table", "conditions"], ["tables"]),
        node("Reshape", ["tables", "flat"], ["gates"]),
        node("Split", ["gates", "parts"], ["gates_reset_update", "gates_new"], axis=1),
        node("Gather", ["gates_reset_update", "token"], ["i_reset_update"]),
        node("Gather", ["gates_new", "token"], ["i_new"]),
        *quantise("hidden"),
        *reset_update,
        *new,
        node("Add", ["i_reset_update", "h_reset_update"], ["s_reset_update"]),
        node("Sigmoid", ["s_reset_update"], ["reset_update"]),
        node("Split", ["reset_update", "halves"], ["reset", "update"], axis=1),
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
            helper.make_tensor_value_info("condition", TensorProto.FLOAT, ["conditions", GATES]),
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
