"""Writes the folder of the diffusion model: `python -m sillage_training.generator.dit_export --work runs/dit`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import nn

from .checkpoint import load_average
from .data import Corpus, default_data, load_corpus
from .dit_model import MAX_LENGTH, WIDTH, Dit
from .dit_train import prepare
from .folders import MODELS, base_rates, known_molecules, open_sampler, traces, write_folder
from .selfies_text import decode
from .train import Notes



def export_step(model: Dit, path: Path) -> None:
    """tokens [B, L], lengths [B], condition [B, width] -> logits [B, L, tokens]; held to the model in PyTorch."""
    count = model.output.out_features
    tokens = torch.randint(2, count, (3, 11), dtype=torch.int32)
    inputs = (tokens, torch.tensor([11, 7, 4], dtype=torch.int32), torch.randn(3, WIDTH))
    names = ["tokens", "lengths", "condition"]
    axes = {"tokens": {0: "batch", 1: "length"}, "lengths": {0: "batch"}, "condition": {0: "batch"}}
    with torch.no_grad():
        torch.onnx.export(
            model, inputs, path, input_names=names, output_names=["logits"], dynamo=False, opset_version=17,
            dynamic_axes={**axes, "logits": {0: "batch", 1: "length"}},
        )
        tokens = torch.randint(2, count, (5, 17), dtype=torch.int32)
        inputs = (tokens, torch.tensor([17, 3, 16, 9, 1], dtype=torch.int32), torch.randn(5, WIDTH))
        session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
        logits = session.run(None, {n: v.numpy() for n, v in zip(names, inputs, strict=True)})[0]
        np.testing.assert_allclose(logits, model(*inputs).numpy(), atol=2e-4)


def in_eight_bits(path: Path, out: Path) -> None:
    """Weights in int8, a scale for each column; what they are multiplied with is rounded as it comes."""
    quantize_dynamic(path, out, op_types_to_quantize=["MatMul", "Gemm"], per_channel=True, weight_type=QuantType.QInt8)


def fit_lengths(lengths: np.ndarray, notes: Notes, seed: int = 1) -> np.ndarray:
    """Logits [1 + notes, MAX_LENGTH] of the lengths 1, 2, ...: softmax regression on the notes shown, lightly held."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    which = np.flatnonzero(lengths > 0)
    target = torch.from_numpy(lengths[which] - 1)
    counts = torch.bincount(target, minlength=MAX_LENGTH).float() + 0.5
    base = (counts / counts.sum()).log()
    added = nn.Parameter(torch.zeros(notes.known.shape[1], MAX_LENGTH))
    optimiser = torch.optim.Adam([added], lr=0.02)
    for _ in range(150):
        shown = torch.from_numpy(notes.draw(which, rng))
        loss = nn.functional.cross_entropy(base + shown @ added, target) + 2e-4 * (added**2).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return torch.cat([base[None], added.detach()]).numpy()


def manifest(tokens: list[str], notes: list[str], rates: list[float]) -> dict:
    return {
        "name": "generator-dit",
        "version": "1",
        "task": "molecule-generation",
        "summary": "Masked-diffusion transformer over SELFIES tokens, conditioned on 138 odour notes",
        "files": {
            "model": "model.onnx",
            "tokens": "tokens.json",
            "condition": "condition.f32",
            "lengths": "lengths.f32",
            "known": "known.txt.gz",
        },
        "inputs": [
            {"name": "tokens", "datatype": "INT32", "shape": [-1, -1]},
            {"name": "lengths", "datatype": "INT32", "shape": [-1]},
            {"name": "condition", "datatype": "FP32", "shape": [-1, WIDTH]},
        ],
        "outputs": [{"name": "logits", "datatype": "FP32", "shape": [-1, -1, len(tokens)]}],
        "labels": notes,
        "batching": {"maxRows": 256, "maxCost": 256},
        "parameters": {
            "method": "diffusion",
            "temperature": 1.0,
            "minProbability": 0.02,
            "guidance": 5,
            "steps": 12,
            "orderNoise": 4.0,
            "batch": 16,
            "window": 64,
            "width": WIDTH,
            "maxLength": MAX_LENGTH,
            "padToken": 0,
            "maskToken": 1,
            "baseRates": rates,
        },
    }


def golden(sampler) -> dict:
    """One denoising with its logits (to 1e-4), readings of SELFIES and seeded samples (exact)."""
    rng = np.random.default_rng(5)
    tokens = rng.integers(1, len(sampler.tokens), (2, 9)).astype(np.int32)
    lengths = np.array([9, 5], np.int32)
    condition = np.stack([sampler.condition(np.eye(len(sampler.table))[k]) for k in (3, 40)])
    logits = sampler.denoise(tokens, lengths, condition)
    labels = sampler.manifest["labels"]
    rows = [[int(t) for t in rng.integers(2, len(sampler.tokens), rng.integers(1, 30))] for _ in range(200)]
    common = {"batch": 4, "steps": 8}
    return {
        "tolerance": 1e-4,
        "denoise": {
            "tokens": tokens.tolist(),
            "lengths": lengths.tolist(),
            "notes": [labels[3], labels[40]],
            # Places behind a row's end mean nothing.
            "logits": [
                [[round(float(v), 6) for v in place] for place in row[:n]] for row, n in zip(logits, lengths, strict=True)
            ],
        },
        "readings": [{"tokens": row, "smiles": decode([sampler.tokens[t] for t in row])} for row in rows],
        "traces": traces(sampler, [
            {"seed": 7, "count": 12, **common, "temperature": 1.0, "guidance": 1, "wanted": {}, "excluded": {}},
            {
                "seed": 9007199254740991, "count": 12, **common, "temperature": 0.9, "guidance": 3,
                "wanted": {"vanilla": 1.0, "warm": 0.8, "smoky": 0.4}, "excluded": {"floral": 1.0},
            },
        ]),
    }


def export(work: Path, out: Path, corpus: Corpus, known: list[str], rates: list[float]) -> None:
    """Writes the checkpoint in `work` below the folder of models `out`."""
    tokens, encoded = prepare(corpus, work)
    state, saved = load_average(work)
    model = Dit(len(tokens), len(corpus.note_names)).eval()
    model.load_state_dict(state)
    lengths = np.array([len(forms[0]) if forms else 0 for forms in encoded])
    tables = {
        "condition.f32": model.condition.weight.detach().T.numpy(),
        "lengths.f32": fit_lengths(lengths, Notes(corpus, work)),
    }
    folder = out / "generator-dit" / "1"
    write_folder(folder, manifest(tokens, corpus.note_names, rates), tokens, tables, known)
    full = work / "model.onnx"
    export_step(model, full)
    in_eight_bits(full, folder / "model.onnx")
    (folder / "golden.json").write_text(json.dumps(golden(open_sampler(folder)), separators=(",", ":")) + "\n")
    print(f"wrote {folder} after {saved['epoch']} epochs")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=default_data())
    parser.add_argument("--work", type=Path, default=Path("runs/dit"))
    parser.add_argument("--out", type=Path, default=MODELS, help="folder of models")
    args = parser.parse_args()
    torch.set_num_threads(1)
    corpus = load_corpus(args.data)
    export(args.work, args.out, corpus, known_molecules(args.data), base_rates(args.data, corpus.note_names))


if __name__ == "__main__":
    main()
