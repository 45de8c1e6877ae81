"""What training reads, computed once: features, labels, descriptors, fingerprints and words of every molecule."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .chemistry import descriptors, fingerprints, pretrained
from .data import load_labelled, load_unlabelled, load_words
from .features import Features, Featuriser, fit_featuriser, near_columns

UNLABELLED = -1
FOLDS = (0, 1, 2, 3, 4)


@dataclass(frozen=True)
class Material:
    """Row by row, labelled molecules first.

    fold: 0-4, -1 for a molecule without labels. labels: [n, notes], zero without. words: [n, w], odour words of
    published descriptions, with has_words [n]. spec: the featuriser's, fitted on structures alone. pretrained: [n, 512],
    or [n, 0] where it was left out.
    """

    smiles: list[str]
    notes: list[str]
    fold: np.ndarray
    labels: np.ndarray
    features: list[Features]
    spec: dict[str, object]
    descriptors: np.ndarray
    fingerprints: np.ndarray
    pretrained: np.ndarray
    words: np.ndarray
    has_words: np.ndarray

    @property
    def environment(self) -> np.ndarray:
        return np.stack([f.environment for f in self.features])

    @property
    def near(self) -> np.ndarray:
        """Columns of `environment` that look no farther than an atom's neighbours: what olfactory-fast reads."""
        return np.array(near_columns(self.spec))

    @property
    def labelled(self) -> np.ndarray:
        return self.fold != UNLABELLED

    @property
    def featuriser(self) -> Featuriser:
        return Featuriser(self.spec)


def build(data: Path, with_pretrained: bool = True) -> Material:
    """Reads the data sets and computes everything that follows from structure (about eight minutes)."""
    labelled = load_labelled(data)
    unlabelled, graphs = load_unlabelled(data, exclude=set(labelled.smiles))
    featuriser = fit_featuriser(labelled.graphs, graphs)
    smiles = labelled.smiles + unlabelled
    words, vocabulary = load_words(data)
    none = np.zeros(len(vocabulary), np.float32)
    return Material(
        smiles=smiles,
        notes=labelled.notes,
        fold=np.concatenate([labelled.fold, np.full(len(unlabelled), UNLABELLED)]),
        labels=np.concatenate([labelled.labels, np.zeros((len(unlabelled), len(labelled.notes)), np.float32)]),
        features=[featuriser(g) for g in labelled.graphs + graphs],
        spec=featuriser.spec,
        descriptors=descriptors(smiles),
        fingerprints=fingerprints(smiles),
        pretrained=pretrained(smiles) if with_pretrained else np.zeros((len(smiles), 0), np.float32),
        words=np.stack([words.get(s, none) for s in smiles]),
        has_words=np.array([s in words for s in smiles]),
    )


def cached(data: Path, work: Path, with_pretrained: bool = True) -> Material:
    """The material, from the work folder when it was computed there before."""
    path = work / "material.pickle"
    if not path.exists():
        work.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".part")
        draft.write_bytes(pickle.dumps(build(data, with_pretrained)))
        draft.rename(path)
    return pickle.loads(path.read_bytes())
