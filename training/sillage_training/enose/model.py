"""The classifier: discriminant axes beside the features, extra-trees, a temperature, and a distance to what was seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import ExtraTreesClassifier

from .data import STRIDE_S, WINDOW_S, Recording, cut
from .features import raw_features

TREES = 100
MIN_LEAF = 8
MAX_FEATURES = 0.15
AXES = 25
FLOOR = 1e-3  # probability mixed into the trees' votes before the logarithm
SHRINKAGE = 0.3  # of the within-substance covariance towards a sphere
PROTOTYPE_STRIDE_S = 75
KNOWN_RATE = 0.98  # share of unseen windows of known substances that the distance threshold lets pass
CONFIDENT_RATE = 0.99  # and the probability threshold


@dataclass(frozen=True)
class WindowSet:
    raw: np.ndarray  # [windows, features], NaN where a channel was missing
    label: np.ndarray
    recording: np.ndarray  # index into the list of recordings


def window_set(
    recordings: list[Recording],
    substances: list[str],
    length: int = WINDOW_S,
    stride: int = STRIDE_S,
    drop_channel: np.random.Generator | None = None,
) -> WindowSet:
    """Features of all windows; with `drop_channel` each window misses one channel drawn at random."""
    raw, label, recording = [], [], []
    for index, item in enumerate(recordings):
        for window in cut(item.frames, length, stride):
            if drop_channel is not None:
                window = window.copy()
                window[:, drop_channel.integers(window.shape[1])] = np.nan
            raw.append(raw_features(window))
            label.append(substances.index(item.substance))
            recording.append(index)
    return WindowSet(np.array(raw), np.array(label), np.array(recording))


def training_sets(recordings: list[Recording], substances: list[str]) -> list[WindowSet]:
    """Full windows first, then what a device also sends: short windows and windows with a dead channel."""
    return [
        window_set(recordings, substances),
        window_set(recordings, substances, length=60, stride=50),
        window_set(recordings, substances, length=30, stride=50),
        window_set(recordings, substances, stride=50, drop_channel=np.random.default_rng(7)),
    ]


@dataclass
class Model:
    imputation: np.ndarray  # [features] training medians
    axes: np.ndarray  # [features, AXES] float32
    axes_offset: np.ndarray  # [AXES] float32
    trees: ExtraTreesClassifier
    centre: np.ndarray  # [features] float32
    whitening: np.ndarray  # [features, features] float32
    prototypes: np.ndarray  # [prototypes, features] float32, whitened
    temperature: float = 1.0
    max_distance: float = np.inf
    min_probability: float = 0.0

    def impute(self, raw: np.ndarray) -> np.ndarray:
        return np.where(np.isnan(raw), self.imputation, raw).astype(np.float32)

    def votes(self, features: np.ndarray) -> np.ndarray:
        return self.trees.predict_proba(with_axes(features, self.axes, self.axes_offset))

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        return tempered(self.votes(features), self.temperature)

    def distance(self, features: np.ndarray) -> np.ndarray:
        """Root mean square, over whitened features, of the difference to the nearest training window."""
        white = (features - self.centre) @ self.whitening
        squared = (white**2).sum(1)[:, None] + (self.prototypes**2).sum(1) - 2 * white @ self.prototypes.T
        return np.sqrt(np.maximum(squared.min(1), 0) / features.shape[1])

    def unknown(self, features: np.ndarray) -> np.ndarray:
        confident = self.probabilities(features).max(1) >= self.min_probability
        return ~(confident & (self.distance(features) <= self.max_distance))


def with_axes(features: np.ndarray, axes: np.ndarray, offset: np.ndarray) -> np.ndarray:
    return np.concatenate([features, features @ axes + offset], axis=1)


def tempered(votes: np.ndarray, temperature: float) -> np.ndarray:
    logits = np.log(votes + FLOOR) / temperature
    logits -= logits.max(axis=1, keepdims=True)
    powers = np.exp(logits)
    return powers / powers.sum(axis=1, keepdims=True)


def fit(sets: list[WindowSet], recordings: np.ndarray, classes: int, seed: int = 0) -> Model:
    """Fits on the windows of the given recordings, without temperature and thresholds (see `calibrate`)."""
    chosen = [np.isin(s.recording, recordings) for s in sets]
    full, full_label = sets[0].raw[chosen[0]], sets[0].label[chosen[0]]
    imputation = np.nanmedian(full, axis=0).astype(np.float32)
    raw = np.concatenate([s.raw[c] for s, c in zip(sets, chosen)])
    label = np.concatenate([s.label[c] for s, c in zip(sets, chosen)])
    features = np.where(np.isnan(raw), imputation, raw).astype(np.float32)

    # Eigen solver with a little shrinkage: the pattern features are exact sums of the means, so the covariance is singular.
    discriminant = LinearDiscriminantAnalysis(solver="eigen", shrinkage=1e-3, n_components=AXES)
    discriminant.fit(features.astype(np.float64), label)
    axes = discriminant.scalings_[:, :AXES].astype(np.float32)
    offset = -(features.mean(axis=0) @ axes).astype(np.float32)
    trees = ExtraTreesClassifier(
        TREES, max_features=MAX_FEATURES, min_samples_leaf=MIN_LEAF, random_state=seed, n_jobs=2
    )
    trees.fit(with_axes(features, axes, offset), label)
    if len(trees.classes_) != classes:
        raise ValueError("every substance needs a training recording")

    centre, scale = full.mean(axis=0), full.std(axis=0) + 1e-3
    standard = (full - centre) / scale
    within = sum(
        np.cov(standard[full_label == c].T) * ((full_label == c).sum() - 1) for c in range(classes)
    ) / (len(full) - classes)
    size = len(centre)
    within = (1 - SHRINKAGE) * within + SHRINKAGE * np.eye(size) * np.trace(within) / size
    values, vectors = np.linalg.eigh(within)
    whitening = (vectors / np.sqrt(values)) / scale[:, None]
    prototypes = (full[:: PROTOTYPE_STRIDE_S // STRIDE_S] - centre) @ whitening
    single = [a.astype(np.float32) for a in (centre, whitening, prototypes)]
    return Model(imputation, axes, offset, trees, *single)


def calibrate(model: Model, sets: list[WindowSet], folds: np.ndarray, classes: int) -> Model:
    """Temperature and thresholds from windows of recordings that inner models did not see.

    `folds` is the fold of each recording, -1 for those not to be touched.
    """
    votes, labels, distances = [], [], []
    for fold in sorted(set(folds[folds >= 0])):
        inner = fit(sets, np.flatnonzero((folds >= 0) & (folds != fold)), classes)
        rows = np.isin(sets[0].recording, np.flatnonzero(folds == fold))
        features = inner.impute(sets[0].raw[rows])
        votes.append(inner.votes(features))
        distances.append(inner.distance(features))
        labels.append(sets[0].label[rows])
    vote, label = np.concatenate(votes), np.concatenate(labels)

    def loss(log_temperature: float) -> float:
        chances = tempered(vote, float(np.exp(log_temperature)))
        return -float(np.log(chances[np.arange(len(label)), label]).mean())

    model.temperature = float(np.exp(minimize_scalar(loss, bounds=(-3, 2), method="bounded").x))
    model.max_distance = float(np.quantile(np.concatenate(distances), KNOWN_RATE))
    model.min_probability = float(np.quantile(tempered(vote, model.temperature).max(1), 1 - CONFIDENT_RATE))
    return model
