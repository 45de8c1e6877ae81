"""Trains the students: one of each kind and seed per held-back fold, and one on everything.

Each leaves its weights in the work folder, `<kind>-<seed>-<held>.pt`, and for a held-back fold the logits it gave to
the molecules it never saw, `.npy`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from .material import FOLDS, Material
from .metrics import macro_auroc
from .model import Network
from .student import Recipe, corpus_without, new_network, predict, seen_by, train_student


def student(material: Material, recipe: Recipe, seed: int, held: int | None, work: Path) -> Network:
    """The student that never saw fold `held`, trained now or read from the work folder."""
    folder = work / "students"
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{recipe.kind}-{seed}-{'all' if held is None else held}"
    done = folder / f"{stem}.pt"
    elements = len(material.featuriser.elements)
    auxiliary = material.descriptors.shape[1] + material.words.shape[1]
    if done.exists():
        width = len(seen_by(recipe.kind, material).spec["mean"])
        network = new_network(recipe.kind, elements, width, len(material.notes), auxiliary)
        network.load_state_dict(torch.load(done, weights_only=True))
        return network.eval()
    checkpoint = folder / f"{stem}.checkpoint"
    network = train_student(corpus_without(material, recipe, held, work), elements, recipe, seed, checkpoint)
    draft = done.with_suffix(".part")
    torch.save(network.state_dict(), draft)
    draft.rename(done)
    checkpoint.unlink(missing_ok=True)
    return network


def out_of_fold(material: Material, recipe: Recipe, seed: int, held: int, work: Path) -> np.ndarray:
    """Logits [molecules of the fold, notes] of the student that never saw them."""
    path = work / "students" / f"{recipe.kind}-{seed}-{held}.npy"
    rows = material.fold == held
    if not path.exists():
        network = student(material, recipe, seed, held, work)
        features = seen_by(recipe.kind, material).features
        logits, _ = predict(network, [f for f, k in zip(features, rows, strict=True) if k])
        np.save(path, logits.astype(np.float16))
    logits = np.load(path).astype(np.float32)
    print(f"{path.stem}: macro AUROC {macro_auroc(material.labels[rows], logits):.4f}", flush=True)
    return logits


def out_of_folds(material: Material, recipe: Recipe, seed: int, work: Path, folds: tuple[int, ...] = FOLDS) -> np.ndarray:
    """Logits [labelled molecules, notes] in the order of the material; NaN in folds that were not asked for."""
    logits = np.full((int(material.labelled.sum()), len(material.notes)), np.nan, np.float32)
    for held in folds:
        logits[material.fold[: len(logits)] == held] = out_of_fold(material, recipe, seed, held, work)
    return logits
