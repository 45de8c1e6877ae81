"""Heads on the frozen embedding, with their cross-validation.

Intensity, pleasantness and detection threshold: kernel ridge regression, that is a weighted sum of how near a molecule
lies to the measured ones. Odorous: logistic regression.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold

REFERENCE_LOG_DILUTION = -3.0
"""Ratings are served as at a dilution of 1/1,000: the one at which most molecules of the panel were smelt."""
WIDTH = 0.7
RIDGE = 0.3
PER_DILUTION = 0.3
"""Distance, in the kernel, of a tenfold dilution; 1 is about the distance between two molecules."""
LOGISTIC_C = 0.03


@dataclass(frozen=True)
class Space:
    """Where distances are measured: the embedding, standardised over the training molecules."""

    mean: np.ndarray
    std: np.ndarray

    @classmethod
    def of(cls, embedding: np.ndarray) -> Space:
        return cls(embedding.mean(0), (embedding.std(0) + 1e-2) * np.sqrt(embedding.shape[1]))

    def __call__(self, embedding: np.ndarray) -> np.ndarray:
        return (embedding - self.mean) / self.std


@dataclass(frozen=True)
class KernelHead:
    """value = bias + sum over centres of weight x exp(-WIDTH x squared distance), in a Space."""

    centres: np.ndarray
    weight: np.ndarray
    bias: float

    def __call__(self, points: np.ndarray) -> np.ndarray:
        return self.bias + kernel(points, self.centres) @ self.weight


@dataclass(frozen=True)
class LinearHead:
    """value = embedding @ weight + bias"""

    weight: np.ndarray
    bias: float

    def __call__(self, embedding: np.ndarray) -> np.ndarray:
        return embedding @ self.weight + self.bias


def kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """exp(-WIDTH x squared distance), [rows of a, rows of b]."""
    squared = (a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * a @ b.T
    return np.exp(-WIDTH * np.maximum(squared, 0))


def fit_kernel(points: np.ndarray, value: np.ndarray) -> KernelHead:
    """Kernel ridge regression of value [n] on points [n, d] of a Space."""
    bias = float(value.mean())
    weight = np.linalg.solve(kernel(points, points) + RIDGE * np.eye(len(points)), value - bias)
    return KernelHead(points, weight, bias)


def fit_rating(points: np.ndarray, log_dilution: np.ndarray, rating: np.ndarray) -> KernelHead:
    """The same for ratings 0-10 at several dilutions, fixed at the reference.

    The dilution explains a line, and is one more coordinate of the kernel: a rating at another dilution tells less.
    """
    away = log_dilution - REFERENCE_LOG_DILUTION
    slope, level = np.polyfit(away, rating, 1)
    full = fit_kernel(np.column_stack([points, PER_DILUTION * away]), rating - slope * away)
    # At the reference the extra coordinate is 0, so what is left of it is a factor.
    return KernelHead(points, full.weight * np.exp(-WIDTH * (PER_DILUTION * away) ** 2), full.bias)


def fit_odorous(embedding: np.ndarray, odorous: np.ndarray) -> LinearHead:
    """Logistic regression on the embedding; the value is a logit."""
    mean, std = embedding.mean(0), embedding.std(0) + 1e-3
    model = LogisticRegression(C=LOGISTIC_C, max_iter=2000).fit((embedding - mean) / std, odorous)
    weight = model.coef_[0] / std
    return LinearHead(weight, float(model.intercept_[0] - mean @ weight))


@dataclass(frozen=True)
class Fit:
    """How well a head predicts what it was not fitted on: Pearson r, RMSE, RMSE of the mean alone, molecules."""

    r: float
    rmse: float
    naive: float
    molecules: int


def _compare(value: np.ndarray, predicted: np.ndarray, naive: np.ndarray) -> Fit:
    rmse = float(np.sqrt(np.mean((predicted - value) ** 2)))
    plain = float(np.sqrt(np.mean((naive - value) ** 2)))
    return Fit(float(np.corrcoef(predicted, value)[0, 1]), rmse, plain, len(value))


def validate_rating(points: np.ndarray, log_dilution: np.ndarray, rating: np.ndarray, groups: np.ndarray) -> Fit:
    """At the reference dilution, 10 folds by molecule."""
    predicted, naive = np.zeros(len(rating)), np.zeros(len(rating))
    at_reference = log_dilution == REFERENCE_LOG_DILUTION
    for learn, test in GroupKFold(10, shuffle=True, random_state=0).split(points, groups=groups):
        predicted[test] = fit_rating(points[learn], log_dilution[learn], rating[learn])(points[test])
        naive[test] = rating[learn][at_reference[learn]].mean()
    return _compare(rating[at_reference], np.clip(predicted[at_reference], 0, 10), naive[at_reference])


def validate_threshold(points: np.ndarray, value: np.ndarray, groups: np.ndarray) -> Fit:
    """10 folds by molecule."""
    predicted, naive = np.zeros(len(value)), np.zeros(len(value))
    for learn, test in GroupKFold(10, shuffle=True, random_state=0).split(points, groups=groups):
        predicted[test] = fit_kernel(points[learn], value[learn])(points[test])
        naive[test] = value[learn].mean()
    return _compare(value, predicted, naive)


def validate_odorous(embedding: np.ndarray, odorous: np.ndarray, unseen: np.ndarray) -> tuple[float, float, float]:
    """(AUROC of all, AUROC of unseen, ECE of all), 10 folds.

    unseen: molecules whose notes ("odorless" is one) the embedding was not trained on.
    """
    predicted = np.zeros(len(odorous))
    groups = np.arange(len(odorous))
    for learn, test in GroupKFold(10, shuffle=True, random_state=0).split(embedding, groups=groups):
        predicted[test] = fit_odorous(embedding[learn], odorous[learn])(embedding[test])
    p = 1 / (1 + np.exp(-predicted))
    edges = np.minimum((p * 10).astype(int), 9)
    ece = sum(
        (edges == b).mean() * abs(odorous[edges == b].mean() - p[edges == b].mean())
        for b in range(10)
        if (edges == b).any()
    )
    return float(roc_auc_score(odorous, p)), float(roc_auc_score(odorous[unseen], p[unseen])), float(ece)
