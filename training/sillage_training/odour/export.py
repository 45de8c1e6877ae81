"""Writes the files of a model folder that follow from training; README.md is by hand."""

from __future__ import annotations

import gzip
import json
import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import torch
import yaml

from .ensemble import Served
from .features import CLIP, Featuriser, canonical, parse
from .runtime import Batch, feed_of, run, session

TOLERANCE = 1e-5
OUTPUTS = ("probabilities", "intensity", "pleasantness", "odorous", "detection_threshold", "embedding")

AWKWARD = (
    "COc1cc(C=O)ccc1O", "CC1=CCC(CC1)C(=C)C", "CSSC", "O=Cc1ccccc1", "CC1CCCCCCCCCCCCC(=O)C1", "[He]", "O", "C", "N",
    "[Na+].[Cl-]", "CC(=O)[O-].[Na+]", "C[N+](C)(C)CC(=O)[O-]", "[NH4+].[NH4+].[S-2]", "CCO", "CC(=O)OCC", "C#N",
    "CC#CCCO", "C=C=CC", "O=C=O", "CS(C)(=O)=O", "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC", "O=C1CCCCCCCCCCCCCCO1",
    "CC1(C)C2CCC1(C)C(=O)C2", "c1ccc2[nH]ccc2c1", "Cc1ncc[nH]1", "COc1nccnc1CC(C)C", "c1ccsc1", "CC1=NC(C)=C(C)S1",
    "C[Si](C)(C)O[Si](C)(C)C", "[V]", "CC[Pb](CC)(CC)CC", "OB(O)O", "ClC(Cl)(Cl)Br", "CCI", "O=[N+]([O-])c1ccccc1",
    "OCC1OC(OC2(CO)OC(CO)C(O)C2O)C(O)C(O)C1O", "CC(C)=CCCC(C)=CC=O", "C1CC2CCC1CC2", "C12C3C4C1C5C2C3C45",
    "CCCCCCCCCCCCCCCCCC(=O)OCC(OC(=O)CCCCCCCCCCCCCCCCC)COC(=O)CCCCCCCCCCCCCCCCC",
    "CC(C)C1CCC(C)CC1O", "C=CCSSCC=C", "CC(=O)c1ccco1", "[2H]OC([2H])([2H])C",
)  # fmt: skip


def write_onnx(served: Served, featuriser: Featuriser, path: Path) -> float:
    """Exports with dynamic rows and length; returns the largest difference from torch, which must be small."""
    names = ["atoms", "relation", "environment"] if served.needs_atoms else ["environment"]
    axes = {
        "atoms": {0: "rows", 1: "longest"},
        "relation": {0: "rows", 1: "longest", 2: "longest"},
        "environment": {0: "rows"},
    }
    graphs = [parse(text) for text in AWKWARD]
    sample = [featuriser(g) for g in graphs if g is not None]
    served.eval()
    example = Batch.of(sample[:4]).feed()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            served,
            tuple(torch.from_numpy(example[name]) for name in names),
            str(path),
            input_names=names,
            output_names=list(OUTPUTS),
            dynamic_axes={**{n: axes[n] for n in names}, **{n: {0: "rows"} for n in OUTPUTS}},
            opset_version=17,
            dynamo=False,
        )
    worst = 0.0
    model = session(path)
    for size in (1, 7, len(sample)):
        for i in range(0, len(sample), size):
            feed = feed_of(model, sample[i : i + size])
            got = model.run(list(OUTPUTS), feed)
            with torch.no_grad():
                want = served(*(torch.from_numpy(v) for v in feed.values()))
            difference = [np.abs(g - w.numpy()).max() for g, w in zip(got, want, strict=True)]
            worst = max(worst, float(difference[0]), *(float(d) / 10 for d in difference[1:]))
    if worst > TOLERANCE:
        raise RuntimeError(f"onnxruntime and torch differ by {worst}")
    return worst


def golden_molecules(smiles: list[str], count: int) -> list[str]:
    """`count` molecules: the awkward ones, the longest of `smiles`, others drawn from it; none with a wildcard atom,
    which the server refuses."""
    rng = np.random.default_rng(0)
    longest = sorted(smiles, key=len)[-20:]
    drawn = [smiles[i] for i in rng.permutation(len(smiles))]
    keys = [canonical(s) for s in [*AWKWARD, *longest, *drawn]]
    return list(dict.fromkeys(k for k in keys if k and "*" not in k))[:count]


def write_golden(path: Path, featuriser: Featuriser, model: onnxruntime.InferenceSession, smiles: list[str]) -> None:
    """Molecules with graph, features and outputs, each run alone; both implementations are tested against it.

    `environment` says what differs from a molecule without any: [column, value, column, value ...].
    """
    empty = np.clip(-featuriser.mean / featuriser.std, -CLIP, CLIP).astype(np.float32)
    lines = []
    for text in smiles:
        graph = parse(text)
        if graph is None:
            raise ValueError(f"golden molecule {text} does not parse")
        f = featuriser(graph)
        outputs = run(model, [f])
        del outputs["embedding"]
        differs = np.flatnonzero(f.environment != empty)
        entry = {
            "smiles": text,
            "graph": graph.to_json(),
            "features": {
                "atoms": f.atoms.ravel().tolist(),
                "relation": f.relation.ravel().tolist(),
                "environment": [x for k in differs for x in (int(k), round(float(f.environment[k]), 6))],
                "knownFraction": round(f.known_fraction, 6),
            },
            "outputs": {k: [round(float(x), 6) for x in v.ravel()] for k, v in outputs.items()},
        }
        lines.append(json.dumps(entry, separators=(",", ":")))
    text = '{"tolerance":0.00001,"molecules":[\n' + ",\n".join(lines) + "\n]}\n"
    # No time stamp: the same model gives the same file.
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def write_manifest(
    path: Path,
    summary: str,
    labels: list[str],
    model: onnxruntime.InferenceSession,
    parameters: dict[str, object],
    metrics: list[dict[str, object]],
    data: list[str],
) -> None:
    """manifest.yaml beside the model. Files that another command added to the old one stay named in it."""
    kinds = {"tensor(int32)": "INT32", "tensor(uint8)": "UINT8", "tensor(float)": "FP32"}

    def tensors(side: list[onnxruntime.NodeArg]) -> list[dict[str, object]]:
        return [
            {"name": t.name, "datatype": kinds[t.type], "shape": [d if isinstance(d, int) else -1 for d in t.shape]}
            for t in side
        ]

    def lines(values: list[object]) -> list[str]:
        return [f"  - {yaml.safe_dump(v, default_flow_style=True, sort_keys=False, width=500).splitlines()[0]}" for v in values]

    old = yaml.safe_load(path.read_text()) if path.exists() else {}
    files = {"model": "model.onnx", "features": "features.json", **old.get("files", {})}
    every = {**old.get("parameters", {}), **parameters}
    text = [
        f"name: {path.parents[1].name}",
        f'version: "{path.parents[0].name}"',
        "task: odour-notes",
        f'summary: "{summary}"',
        "files:",
        *(f"  {role}: {name}" for role, name in files.items()),
        "inputs:",
        *lines(tensors(model.get_inputs())),
        "outputs:",
        *lines(tensors(model.get_outputs())),
        "batching:",
        "  maxRows: 256",
        "  maxCost: 16384",
        "parameters:",
        "  # confidence = knownFraction / (1 + exp(-(intercept + slope x logit of the first note's probability)))",
        *(f"  {key}: {json.dumps(value)}" for key, value in every.items()),
        "metrics:",
        *lines(metrics),
        "license: MIT",
        "data:",
        *(f'  - "{source}"' for source in data),
        "labels:",
        *(f"  - {label}" for label in labels),
    ]
    path.write_text("\n".join(text) + "\n")
