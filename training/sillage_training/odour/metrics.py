"""Figures by which the odour model is judged."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata


def macro_auroc(labels: np.ndarray, scores: np.ndarray) -> float:
    """Mean AUROC over the notes that have both positives and negatives among the molecules; ties count half."""
    positives = (labels > 0).sum(0)
    negatives = len(labels) - positives
    judged = (positives > 0) & (negatives > 0)
    ranks = rankdata(scores[:, judged], axis=0)
    p, n = positives[judged], negatives[judged]
    return float(np.mean((np.where(labels[:, judged] > 0, ranks, 0).sum(0) - p * (p + 1) / 2) / (p * n)))


def bootstrap_sd(labels: np.ndarray, scores: np.ndarray, rounds: int = 50, seed: int = 0) -> float:
    """Standard deviation of the macro AUROC over resampled molecules."""
    rng = np.random.default_rng(seed)
    rows = [rng.integers(0, len(labels), len(labels)) for _ in range(rounds)]
    return float(np.std([macro_auroc(labels[r], scores[r]) for r in rows]))


def fold_aurocs(labels: np.ndarray, scores: np.ndarray, fold: np.ndarray) -> list[float]:
    """Macro AUROC within each fold, folds in order."""
    return [macro_auroc(labels[fold == f], scores[fold == f]) for f in np.unique(fold)]


def fold_bootstrap_sd(labels: np.ndarray, scores: np.ndarray, fold: np.ndarray, rounds: int = 50) -> float:
    """Standard deviation of the mean over folds when the molecules of each fold are resampled."""
    rng = np.random.default_rng(0)
    means = []
    for _ in range(rounds):
        rows = np.concatenate([rng.choice(at, len(at)) for at in (np.flatnonzero(fold == f) for f in np.unique(fold))])
        means.append(np.mean(fold_aurocs(labels[rows], scores[rows], fold[rows])))
    return float(np.std(means))


def calibration_error(labels: np.ndarray, probabilities: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error over all molecule-note pairs, in equal-width bins."""
    y, p = labels.ravel(), probabilities.ravel()
    which = np.minimum((p * bins).astype(int), bins - 1)
    error = 0.0
    for b in range(bins):
        inside = which == b
        if inside.any():
            error += float(inside.mean()) * abs(float(y[inside].mean()) - float(p[inside].mean()))
    return error


def hit_rate(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Per molecule, whether its most probable note is among its labels."""
    top = probabilities.argmax(1)
    return labels[np.arange(len(labels)), top] > 0
