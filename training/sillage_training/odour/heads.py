"""Small linear heads on the frozen embedding: intensity, pleasantness and odorous, with their cross-validation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold

REFERENCE_LOG_DILUTION = -3.0
"""Ratings are served as at a dilution of 1/1,000: the one at which most molecules of the panel were smelt."""
RIDGE = 300.0
LOGISTIC_C = 0.03


@dataclass(frozen=True)
class LinearHead:
    """value = embedding @ weight + bias"""

    weight: np.ndarray
    bias: float

    def __call__(self, embedding: np.ndarray) -> np.ndarray:
        return embedding @ self.weight + self.bias


def fit_rating(embedding: np.ndarray, log_dilution: np.ndarray, rating: np.ndarray) -> LinearHead:
    """Ridge on the embedding with the log10 dilution as a covariate, then fixed at the reference dilution.

    Both dilutions of a molecule are used: the covariate takes up what the dilution explains, so that the embedding
    need not. rating: 0-10.
    """
    mean, std = embedding.mean(0), embedding.std(0) + 1e-3
    # The covariate is scaled up so that the ridge hardly shrinks it: 616 ratings determine one slope well.
    shift = 10 * (log_dilution - REFERENCE_LOG_DILUTION)
    x = np.column_stack([(embedding - mean) / std, shift])
    ridge = Ridge(alpha=RIDGE).fit(x, rating)
    weight = ridge.coef_[:-1] / std
    return LinearHead(weight, float(ridge.intercept_ - mean @ weight))


def fit_odorous(embedding: np.ndarray, odorous: np.ndarray) -> LinearHead:
    """Logistic regression on the embedding; the value is a logit."""
    mean, std = embedding.mean(0), embedding.std(0) + 1e-3
    model = LogisticRegression(C=LOGISTIC_C, max_iter=2000).fit((embedding - mean) / std, odorous)
    weight = model.coef_[0] / std
    return LinearHead(weight, float(model.intercept_[0] - mean @ weight))


def validate_rating(
    embedding: np.ndarray, log_dilution: np.ndarray, rating: np.ndarray, groups: np.ndarray
) -> tuple[float, float, float]:
    """(Pearson r, RMSE, RMSE of the mean) at the reference dilution, 10 folds by molecule."""
    predicted = np.zeros(len(rating))
    naive = np.zeros(len(rating))
    at_reference = log_dilution == REFERENCE_LOG_DILUTION
    for learn, test in GroupKFold(10, shuffle=True, random_state=0).split(embedding, groups=groups):
        predicted[test] = fit_rating(embedding[learn], log_dilution[learn], rating[learn])(embedding[test])
        naive[test] = rating[learn][at_reference[learn]].mean()
    p, y, m = np.clip(predicted[at_reference], 0, 10), rating[at_reference], naive[at_reference]
    return float(np.corrcoef(p, y)[0, 1]), float(np.sqrt(np.mean((p - y) ** 2))), float(np.sqrt(np.mean((m - y) ** 2)))


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
