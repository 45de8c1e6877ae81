"""Writes model.onnx, features.json and golden.json of a model folder; manifest.yaml and README.md are by hand."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn

from .features import Featuriser, canonical, parse
from .heads import LinearHead
from .model import OdourTransformer
from .runtime import OUTPUTS, Batch, run, session

TOLERANCE = 1e-4

GOLDEN = (
    "COc1cc(C=O)ccc1O", "CC1=CCC(CC1)C(=C)C", "CSSC", "O=Cc1ccccc1", "CC1CCCCCCCCCCCCC(=O)C1", "[He]", "O", "C", "N",
    "[Na+].[Cl-]", "CC(=O)[O-].[Na+]", "C[N+](C)(C)CC(=O)[O-]", "[NH4+].[NH4+].[S-2]", "CCO", "CC(=O)OCC", "C#N",
    "CC#CCCO", "C=C=CC", "O=C=O", "CS(C)(=O)=O", "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC", "O=C1CCCCCCCCCCCCCCO1",
    "CC1(C)C2CCC1(C)C(=O)C2", "c1ccc2[nH]ccc2c1", "Cc1ncc[nH]1", "COc1nccnc1CC(C)C", "c1ccsc1", "CC1=NC(C)=C(C)S1",
    "C[Si](C)(C)O[Si](C)(C)C", "[V]", "CC[Pb](CC)(CC)CC", "OB(O)O", "ClC(Cl)(Cl)Br", "CCI", "O=[N+]([O-])c1ccccc1",
    "OCC1OC(OC2(CO)OC(CO)C(O)C2O)C(O)C(O)C1O", "CC(C)=CCCC(C)=CC=O", "C1CC2CCC1CC2", "C12C3C4C1C5C2C3C45",
    "CCCCCCCCCCCCCCCCCC(=O)OCC(OC(=O)CCCCCCCCCCCCCCCCC)COC(=O)CCCCCCCCCCCCCCCCC",
    "CC(C)C1CCC(C)CC1O", "C=CCSSCC=C", "CC(=O)c1ccco1", "[2H]OC([2H])([2H])C", "*OCCc1ccccc1",
)  # fmt: skip


class Served(nn.Module):
    """The network as served: integer inputs as sent, probabilities and ratings as answered."""

    def __init__(self, network: OdourTransformer, ratings: list[LinearHead], odorous: LinearHead) -> None:
        super().__init__()
        self.network = network
        heads = [*ratings, odorous]
        self.heads = nn.Linear(len(odorous.weight), len(heads))
        with torch.no_grad():
            self.heads.weight.copy_(torch.tensor(np.stack([h.weight for h in heads])))
            self.heads.bias.copy_(torch.tensor([h.bias for h in heads]))

    def forward(self, atoms: Tensor, relation: Tensor, environment: Tensor) -> tuple[Tensor, ...]:
        embedding = self.network.embed(atoms.long(), relation.long(), environment)
        probabilities = torch.sigmoid(self.network.notes(embedding))
        heads = self.heads(embedding)
        ratings = heads[:, :2].clamp(0.0, 10.0)
        return probabilities, ratings[:, :1], ratings[:, 1:2], torch.sigmoid(heads[:, 2:3]), embedding


def write_onnx(served: Served, featuriser: Featuriser, path: Path) -> float:
    """Exports with dynamic rows and length; returns the largest difference from torch, which must be small."""
    served.eval()
    sample = [featuriser(g) for g in map(parse, GOLDEN) if g is not None]
    example = Batch.of(sample[:4])
    arguments = tuple(torch.from_numpy(v) for v in example.feed().values())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            served,
            arguments,
            str(path),
            input_names=["atoms", "relation", "environment"],
            output_names=list(OUTPUTS),
            dynamic_axes={
                "atoms": {0: "rows", 1: "longest"},
                "relation": {0: "rows", 1: "longest", 2: "longest"},
                "environment": {0: "rows"},
                **{name: {0: "rows"} for name in OUTPUTS},
            },
            opset_version=17,
            dynamo=False,
        )
    worst = 0.0
    model = session(path)
    for size in (1, 7, len(sample)):
        for i in range(0, len(sample), size):
            batch = Batch.of(sample[i : i + size])
            got = model.run(list(OUTPUTS), batch.feed())
            with torch.no_grad():
                want = served(*(torch.from_numpy(v) for v in batch.feed().values()))
            worst = max(worst, *(float(np.abs(g - w.numpy()).max()) for g, w in zip(got, want, strict=True)))
    if worst > TOLERANCE:
        raise RuntimeError(f"onnxruntime and torch differ by {worst}")
    return worst


def write_golden(path: Path, featuriser: Featuriser, model: onnxruntime.InferenceSession) -> None:
    """Molecules with graph, features and outputs, each run alone; both implementations are tested against it."""
    entries = []
    for text in GOLDEN:
        smiles = canonical(text)
        graph = parse(smiles) if smiles else None
        if graph is None:
            raise ValueError(f"golden molecule {text} does not parse")
        f = featuriser(graph)
        outputs = run(model, [f])
        entries.append(
            {
                "smiles": smiles,
                "graph": graph.to_json(),
                "features": {
                    "atoms": f.atoms.ravel().tolist(),
                    "relation": f.relation.ravel().tolist(),
                    "environment": [round(float(v), 6) for v in f.environment],
                    "knownFraction": round(f.known_fraction, 6),
                },
                "outputs": {k: [round(float(x), 6) for x in v.ravel()] for k, v in outputs.items()},
            }
        )
    lines = ",\n".join(json.dumps(e, separators=(",", ":")) for e in entries)
    path.write_text(f'{{"tolerance":0.001,"molecules":[\n{lines}\n]}}\n')
