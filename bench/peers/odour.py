"""What every Python peer shares: features as training computes them, the same ONNX file, the same JSON."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
import yaml
from rdkit import Chem
from sillage_training.odour.features import Features, Featuriser, graph_of
from sillage_training.odour.runtime import Batch

CORES = len(os.sched_getaffinity(0))
TOP_K = 5
PRIMARY = 3


@dataclass(frozen=True)
class Molecule:
    """What chemistry makes of one SMILES."""

    smiles: str
    canonical: str
    features: Features


class OdourModel:
    """The folder of one model, on `threads` threads of onnxruntime."""

    def __init__(self, threads: int = CORES) -> None:
        folder = Path(os.environ["ODOUR_MODEL"])
        manifest = yaml.safe_load((folder / "manifest.yaml").read_text())
        self.name = {"name": manifest["name"], "version": str(manifest["version"])}
        self.labels = manifest["labels"]
        self.line = manifest["parameters"]["confidence"]
        self.featuriser = Featuriser.load(folder / "features.json")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(
            folder / "model.onnx", options, providers=["CPUExecutionProvider"]
        )
        self.outputs = [output.name for output in self.session.get_outputs() if output.name != "embedding"]

    def read(self, smiles: str) -> Molecule:
        """Raises ValueError for what RDKit refuses."""
        mol = Chem.MolFromSmiles(smiles)
        if mol is None or mol.GetNumAtoms() == 0:
            raise ValueError(f"{smiles} cannot be read")
        return Molecule(smiles, Chem.MolToSmiles(mol), self.featuriser(graph_of(mol)))

    def run(self, molecules: list[Molecule]) -> list[dict]:
        """One padded batch."""
        feed = Batch.of([molecule.features for molecule in molecules]).feed()
        found = dict(zip(self.outputs, self.session.run(self.outputs, feed), strict=True))
        return [self.row(molecule, {name: out[i] for name, out in found.items()}) for i, molecule in enumerate(molecules)]

    def row(self, molecule: Molecule, out: dict[str, np.ndarray]) -> dict:
        """One prediction as the API of Sillage writes it."""
        probabilities = out["probabilities"]
        best = np.argsort(-probabilities, kind="stable")[:TOP_K]
        highest = min(max(float(probabilities[best[0]]), 1e-4), 1 - 1e-4)
        logit = np.log(highest / (1 - highest))
        chance = 1 / (1 + np.exp(-(self.line["intercept"] + self.line["slope"] * logit)))
        notes = [{"note": self.labels[i], "probability": round(float(probabilities[i]), 4)} for i in best]
        return {
            "input": molecule.smiles,
            "smiles": molecule.canonical,
            "primary_notes": [note["note"] for note in notes[:PRIMARY]],
            "notes": notes,
            "intensity": round(float(out["intensity"][0]), 2),
            "pleasantness": round(float(out["pleasantness"][0]), 2),
            "detection_threshold": round(float(out["detection_threshold"][0]), 4),
            "odorous": round(float(out["odorous"][0]), 4),
            "confidence": round(float(chance * molecule.features.known_fraction), 4),
            "cached": False,
        }

    def predict(self, smiles: list[str]) -> list[dict]:
        return self.run([self.read(one) for one in smiles])

    def answer(self, rows: list[dict]) -> dict:
        return {"model": self.name, "predictions": rows, "timing": {"queue_ms": 0, "inference_ms": 0, "total_ms": 0}}


def listed(smiles: str | list[str]) -> list[str]:
    """A request holds one molecule or a list of them."""
    return [smiles] if isinstance(smiles, str) else smiles
