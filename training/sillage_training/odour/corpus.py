"""Puts the training material together: features, soft labels and auxiliary targets, with one fold held back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from .data import Labelled, load_labelled, load_unlabelled, load_words
from .features import Features, Featuriser, fit_featuriser
from .model import OdourTransformer
from .student import Corpus, predict
from .teachers import descriptors, fingerprints, soft_labels


@dataclass(frozen=True)
class Material:
    """`corpus` holds what may be learnt; the held-back molecules are in `labelled` alone."""

    labelled: Labelled
    featuriser: Featuriser
    features: list[Features]
    corpus: Corpus
    teacher: np.ndarray


def build(data: Path, held: int) -> Material:
    """Features and targets for training with fold `held` held back from vocabulary, teachers, words and student."""
    labelled = load_labelled(data)
    unlabelled, graphs = load_unlabelled(data, exclude=set(labelled.smiles))
    learn = labelled.fold != held
    featuriser = fit_featuriser([g for g, k in zip(labelled.graphs, learn, strict=True) if k], graphs)
    features = [featuriser(g) for g in labelled.graphs]
    extra = [featuriser(g) for g in graphs]

    everything = labelled.smiles + unlabelled
    fold = np.concatenate([labelled.fold, np.full(len(unlabelled), -1)])
    labels = np.concatenate([labelled.labels, np.zeros((len(unlabelled), len(labelled.notes)), np.float32)])
    counts = np.stack([f.environment for f in features + extra])
    chemistry = descriptors(everything)
    views = [counts, np.concatenate([chemistry, fingerprints(everything)], 1), np.concatenate([counts, chemistry], 1)]
    soft = soft_labels(views, labels, fold, held)

    words, vocabulary = load_words(data)
    none = np.zeros(len(vocabulary), np.float32)
    rows = fold != held
    keys = [k for k, r in zip(everything, rows, strict=True) if r]
    corpus = Corpus(
        features=[f for f, r in zip(features + extra, rows, strict=True) if r],
        labels=labels[rows],
        has_labels=fold[rows] >= 0,
        soft=soft[rows],
        regression=chemistry[rows],
        words=np.stack([words.get(k, none) for k in keys]),
        has_words=np.array([k in words for k in keys]),
    )
    return Material(labelled, featuriser, features, corpus, soft[: len(labelled.smiles)])


def reteach(corpus: Corpus, network: OdourTransformer) -> Corpus:
    """The corpus for the next student: on unlabelled molecules the teachers and the last student count alike.

    Labelled molecules keep their out-of-fold opinions, for the student has learnt their labels by heart.
    """
    unlabelled = np.flatnonzero(~corpus.has_labels)
    logits, _ = predict(network, [corpus.features[i] for i in unlabelled])
    soft = corpus.soft.copy()
    soft[unlabelled] = 0.5 * soft[unlabelled] + 0.5 / (1 + np.exp(-logits))
    return replace(corpus, soft=soft)
