"""How sure an answer is: the chance that the first note is right, lowered by the share of unfamiliar atoms."""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import LogisticRegression


def _logit(p: np.ndarray) -> np.ndarray:
    p = np.clip(p, 1e-4, 1 - 1e-4)
    return np.log(p / (1 - p))


def fit_confidence(probabilities: np.ndarray, hits: np.ndarray) -> tuple[float, float]:
    """(intercept, slope) of the chance that the most probable note is among the labels.

    probabilities: [n, notes]; hits: [n], whether the most probable note is a label.
    """
    model = LogisticRegression(C=1e3).fit(_logit(probabilities.max(1))[:, None], hits)
    return round(float(model.intercept_[0]), 4), round(float(model.coef_[0, 0]), 4)


def confidence(probabilities: np.ndarray, known_fraction: np.ndarray, intercept: float, slope: float) -> np.ndarray:
    """0-1 per molecule; `odourConfidence` in packages/chem is the same formula."""
    chance = 1 / (1 + np.exp(-(intercept + slope * _logit(probabilities.max(1)))))
    return chance * known_fraction
