"""Writes the model folder: `python -m sillage_training.generator.export --checkpoint runs/generator.pt --out FOLDER`.

The step is built by hand: the token embedding is folded into a table of input gates, and the condition arrives as
what it adds to those gates, a sum that is made once per request.
"""

from __future__ import annotations

import argparse
import gzip
import json
from pathlib import Path

import numpy as np
import onnx
import pandas as pd
import torch
import yaml
from onnx import TensorProto, helper, numpy_helper

from .data import HELD_OUT_FOLD, canonical, default_data
from .model import HIDDEN, Generator
from .sample import Sampler
from .train import END, PAD, START

GATES = 3 * HIDDEN


def build_step(weights: dict[str, np.ndarray]) -> onnx.ModelProto:
    """token [B], hidden [B, 256], condition [B, 768] -> logits [B, tokens], hidden_out [B, 256]."""
    tokens = weights["table"].shape[0]
    constants = [
        numpy_helper.from_array(np.ascontiguousarray(weights[k], np.float32), k)
        for k in ("table", "recurrent", "recurrent_bias", "output", "output_bias")
    ]
    constants += [
        numpy_helper.from_array(np.array([HIDDEN, HIDDEN, HIDDEN], np.int64), "thirds"),
        numpy_helper.from_array(np.array(1, np.float32), "one"),
    ]
    node = helper.make_node
    nodes = [
        node("Gather", ["table", "token"], ["token_gates"]),
        node("Add", ["token_gates", "condition"], ["input_gates"]),
        node("Gemm", ["hidden", "recurrent", "recurrent_bias"], ["hidden_gates"]),
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
        node("Gemm", ["hidden_out", "output", "output_bias"], ["logits"]),
    ]
    used = {name for n in nodes for name in n.input}
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
        [c for c in constants if c.name in used],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model


def known_molecules(data: Path) -> list[str]:
    """Every molecule of our data, held-out ones too: what a sample must differ from to be called novel."""
    odor = data / "odor"
    raw = [*pd.read_csv(odor / "gslf_train.csv").smiles, *pd.read_csv(odor / "molecules.csv").smiles]
    return sorted({c for c in map(canonical, raw) if c})


def base_rates(data: Path, notes: list[str]) -> list[float]:
    """How often each note occurs among the molecules trained on: what a match is measured against."""
    table = pd.read_csv(data / "odor" / "gslf_train.csv")
    rates = table[table.fold != HELD_OUT_FOLD][notes].mean()
    return [round(float(rate), 5) for rate in rates]


def manifest(tokens: list[str], notes: list[str], rates: list[float]) -> dict:
    return {
        "name": "generator-baseline",
        "version": "1",
        "task": "molecule-generation",
        "summary": "GRU over SMILES tokens, conditioned on 138 odour notes with classifier-free guidance",
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
            "temperature": 0.95,
            "minProbability": 0.015,
            "guidance": 2,
            "maxTokens": 100,
            "batch": 128,
            "hidden": HIDDEN,
            "gates": GATES,
            "padToken": PAD,
            "startToken": START,
            "endToken": END,
            "baseRates": rates,
        },
        "metrics": [],
        "license": "MIT",
        "data": [
            "GS-LF: GoodScents and Leffingwell as curated by OpenPOM (MIT), folds 1-4",
            "Molecules of the Pyrfume archive (MIT), without labels",
        ],
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

    traces = []
    for settings in (
        {"seed": 7, "count": 24, "batch": 8, "temperature": 1.0, "guidance": 1, "wanted": {}, "excluded": {}},
        {
            "seed": 9007199254740991,
            "count": 24,
            "batch": 8,
            "temperature": 0.9,
            "guidance": 2,
            "wanted": {"vanilla": 1.0, "warm": 0.8, "smoky": 0.4},
            "excluded": {"floral": 1.0},
        },
    ):
        vector = {k: np.array([settings[k].get(n, 0) for n in labels]) for k in ("wanted", "excluded")}
        plain = {k: v for k, v in settings.items() if k not in vector}
        samples = list(sampler.sample(**plain, **vector))
        traces.append(
            {**settings, "samples": [{"row": s.row, "smiles": s.smiles, "complete": s.complete} for s in samples]}
        )
    return {"tolerance": 1e-4, "steps": cases, "traces": traces}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=default_data())
    parser.add_argument("--checkpoint", type=Path, default=Path("runs/generator.pt"))
    root = Path(__file__).resolve().parents[3]
    parser.add_argument("--out", type=Path, default=root / "models" / "generator-baseline" / "1")
    args = parser.parse_args()
    saved = torch.load(args.checkpoint, weights_only=True)
    model = Generator(len(saved["tokens"]), len(saved["notes"])).eval()
    model.load_state_dict(saved["state"])
    weights = {k: v.numpy() for k, v in model.folded().items()}

    args.out.mkdir(parents=True, exist_ok=True)
    onnx.save(build_step(weights), args.out / "model.onnx")
    weights["notes"].astype("<f4").tofile(args.out / "condition.f32")
    (args.out / "tokens.json").write_text(json.dumps(saved["tokens"]) + "\n")
    # mtime 0: the same molecules give the same bytes.
    text = "\n".join(known_molecules(args.data)) + "\n"
    (args.out / "known.txt.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    described = manifest(saved["tokens"], saved["notes"], base_rates(args.data, saved["notes"]))
    path = args.out / "manifest.yaml"
    if path.exists():
        # Figures are measured after export and stay until they are measured again.
        described["metrics"] = yaml.safe_load(path.read_text()).get("metrics", [])
    path.write_text(yaml.safe_dump(described, sort_keys=False, width=110, allow_unicode=True))

    sampler = Sampler(args.out)
    tokens = torch.tensor([[START, 3, 4, 5, 6]])
    notes = torch.zeros(1, len(saved["notes"]))
    notes[0, 3] = 1
    with torch.no_grad():
        expected = model(tokens, notes)[0].numpy()
    hidden = np.zeros((1, HIDDEN), np.float32)
    gates = sampler.gates(notes[0].numpy())[None]
    for t, want in zip(tokens[0], expected, strict=True):
        logits, hidden = sampler.step(np.array([int(t)], np.int32), hidden, gates)
        np.testing.assert_allclose(logits[0], want, atol=1e-4)
    (args.out / "golden.json").write_text(json.dumps(golden(sampler), separators=(",", ":")) + "\n")
    print(f"wrote {args.out}")


if __name__ == "__main__":
    main()
