"""The shipped model in onnxruntime: what measuring and testing need, without torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime

from .features import ATOM_FIELDS, Features

@dataclass(frozen=True)
class Batch:
    """Padded tensors in the datatypes of the manifest."""

    atoms: np.ndarray
    relation: np.ndarray
    environment: np.ndarray

    @classmethod
    def of(cls, features: list[Features]) -> Batch:
        longest = max(len(f.atoms) for f in features)
        atoms = np.zeros((len(features), longest, ATOM_FIELDS), np.int32)
        relation = np.zeros((len(features), longest, longest), np.uint8)
        for i, f in enumerate(features):
            n = len(f.atoms)
            atoms[i, :n] = f.atoms
            relation[i, :n, :n] = f.relation
        return cls(atoms, relation, np.stack([f.environment for f in features]))

    def feed(self) -> dict[str, np.ndarray]:
        return {"atoms": self.atoms, "relation": self.relation, "environment": self.environment}


def session(path: Path) -> onnxruntime.InferenceSession:
    """onnxruntime on one CPU thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def feed_of(model: onnxruntime.InferenceSession, features: list[Features]) -> dict[str, np.ndarray]:
    """A padded batch, with the inputs that the model has."""
    feed = Batch.of(features).feed()
    return {tensor.name: feed[tensor.name] for tensor in model.get_inputs()}


def run(model: onnxruntime.InferenceSession, features: list[Features], batch: int = 32) -> dict[str, np.ndarray]:
    """All outputs for all molecules, in the order given; batches are made by length."""
    names = [tensor.name for tensor in model.get_outputs()]
    order = np.argsort([len(f.atoms) for f in features], kind="stable")
    parts = [
        model.run(names, feed_of(model, [features[j] for j in order[i : i + batch]]))
        for i in range(0, len(order), batch)
    ]
    back = np.argsort(order)
    return {name: np.concatenate([p[k] for p in parts])[back] for k, name in enumerate(names)}
