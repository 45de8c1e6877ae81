"""Notes of the molecules without labels, by a teacher that learned from the labelled ones: more examples of rare notes.

The teacher is a perceptron, so that it shares no family with the random forest that judges the generators.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from rdkit import Chem
from rdkit.Chem import Descriptors, rdFingerprintGenerator
from sklearn.exceptions import ConvergenceWarning

from .data import Corpus

_MORGAN = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024)
_DESCRIPTORS = [d for name, d in Descriptors.descList if name in {
    "MolWt", "MolLogP", "TPSA", "NumHDonors", "NumHAcceptors", "NumRotatableBonds", "RingCount",
    "NumAromaticRings", "FractionCSP3", "HeavyAtomCount", "LabuteASA", "MolMR",
}]


def molecule_features(smiles: list[str]) -> np.ndarray:
    """Counts of atom environments (Morgan, radius 2) and a dozen descriptors: [molecules, 1036]."""
    molecules = [Chem.MolFromSmiles(s) for s in smiles]
    return np.stack([
        np.concatenate([_MORGAN.GetCountFingerprintAsNumPy(m).astype(np.float32), [d(m) for d in _DESCRIPTORS]])
        for m in molecules
    ]).astype(np.float32)


def soft_notes(corpus: Corpus, work: Path) -> np.ndarray:
    """Probabilities [molecules, notes]; labelled molecules have their labels. Made once, kept in the work folder."""
    path = work / "soft-notes.npy"
    if path.exists() and len(saved := np.load(path)) == len(corpus.smiles):
        return saved
    from sklearn.neural_network import MLPClassifier
    from sklearn.preprocessing import StandardScaler

    probabilities = corpus.notes.astype(np.float64)
    unlabelled = ~corpus.labelled
    if unlabelled.any():
        features = np.log1p(np.abs(molecule_features(corpus.smiles)))
        features = StandardScaler().fit_transform(features).clip(-5, 5).astype(np.float32)
        teacher = MLPClassifier((128,), alpha=1e-2, batch_size=64, max_iter=12, random_state=1)
        with warnings.catch_warnings():
            # Twelve epochs are meant: more of them overfit.
            warnings.simplefilter("ignore", ConvergenceWarning)
            teacher.fit(features[corpus.labelled], corpus.notes[corpus.labelled])
        probabilities[unlabelled] = teacher.predict_proba(features[unlabelled])
    np.save(path, probabilities)
    return probabilities
