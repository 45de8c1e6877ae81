"""Figures by which the odour model is judged."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import roc_auc_score


def macro_auroc(labels: np.ndarray, scores: np.ndarray) -> float:
    """Mean AUROC over the notes that have both positives and negatives among the molecules."""
    columns = [j for j in range(labels.shape[1]) if 0 < labels[:, j].sum() < len(labels)]
    return float(np.mean([roc_auc_score(labels[:, j], scores[:, j]) for j in columns]))


def bootstrap_sd(labels: np.ndarray, scores: np.ndarray, rounds: int = 50, seed: int = 0) -> float:
    """Standard deviation of the macro AUROC over resampled molecules."""
    rng = np.random.default_rng(seed)
    rows = [rng.integers(0, len(labels), len(labels)) for _ in range(rounds)]
    return float(np.std([macro_auroc(labels[r], scores[r]) for r in rows]))


def calibration_error(labels: np.ndarray, probabilities: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error over all molecule-note pairs, in equal-width bins."""
    y, p = labels.ravel(), probabilities.ravel()
    which = np.minimum((p * bins).astype(int), bins - 1)
    error = 0.0
    for b in range(bins):
        inside = which == b
        if inside.any():
            error += inside.mean() * abs(float(y[inside].mean()) - float(p[inside].mean()))
    return error


def hit_rate(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Per molecule, whether its most probable note is among its labels."""
    top = probabilities.argmax(1)
    return labels[np.arange(len(labels)), top] > 0
