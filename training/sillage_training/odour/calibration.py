"""Turns logits into probabilities that mean what they say: one line per note, drawn towards a line for all."""

from __future__ import annotations

import numpy as np

PRIOR = 20.0
"""Strength of the pull towards the common line: a note with few positives keeps nearly that line."""
ROUNDS = 25


def _newton(logits: np.ndarray, labels: np.ndarray, centre: np.ndarray, prior: float) -> np.ndarray:
    """Slope and intercept per column [2, notes] of logistic regressions with a normal prior around `centre` [2]."""
    line = np.repeat(centre[:, None], logits.shape[1], 1)
    for _ in range(ROUNDS):
        p = 1 / (1 + np.exp(-(line[0] * logits + line[1])))
        residual, weight = p - labels, p * (1 - p)
        gradient = np.stack([(residual * logits).sum(0), residual.sum(0)]) + prior * (line - centre[:, None])
        a = (weight * logits**2).sum(0) + prior
        b = (weight * logits).sum(0)
        c = weight.sum(0) + prior
        determinant = a * c - b * b
        step = np.stack([c * gradient[0] - b * gradient[1], a * gradient[1] - b * gradient[0]]) / determinant
        line = line - np.clip(step, -1, 1)
    return line


def fit_lines(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Slope and intercept of every note, [2, notes]: probability = 1 / (1 + exp(-(slope x logit + intercept)))."""
    logits, labels = logits.astype(np.float64), labels.astype(np.float64)
    common = _newton(logits.reshape(-1, 1), labels.reshape(-1, 1), np.array([1.0, 0.0]), 1e-3)[:, 0]
    return _newton(logits, labels, common, PRIOR)


def calibrate(logits: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Probabilities [n, notes]."""
    return 1 / (1 + np.exp(-(lines[0] * logits + lines[1])))


def cross_calibrated(logits: np.ndarray, labels: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Probabilities of every molecule by lines fitted on the other folds; of a single fold, on its other half."""
    out = np.zeros(logits.shape)
    parts = fold if len(np.unique(fold)) > 1 else np.arange(len(fold)) % 2
    for held in np.unique(parts):
        learn = parts != held
        out[~learn] = calibrate(logits[~learn], fit_lines(logits[learn], labels[learn]))
    return out
