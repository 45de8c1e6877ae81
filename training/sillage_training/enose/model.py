"""The classifier: forests over features and discriminant axes, a temperature, and what it knows of its own limits.

Two heads: one for all channels, one without Gas_Resistance, which hangs on some devices and is not compensated for
humidity. Where the channel is measured their votes are averaged, else the second speaks alone.
Two views: each head has a forest that saw windows as recorded and one that saw them through simulated sessions
(sessions.py). The first is better on the device and days of the recordings, the second away from them; their votes are
multiplied.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import ExtraTreesClassifier

from .features import GROUPS, feature_names, impute
from .unknown import Detector
from .windows import Bank, Rows, columns_with, join, lend, without, without_one

FLOOR = 1e-3  # added to the trees' votes before the logarithm
LEANER = "Gas_Resistance"
DISTANT = ("absolute", "baseline", "differences")  # groups of features whose distances are looked at apart


@dataclass(frozen=True)
class Recipe:
    recorded_trees: int = 40  # of each head
    session_trees: int = 20
    recorded_leaf: int = 10
    session_leaf: int = 20
    max_features: float = 0.15
    axes: int = 40
    recorded_weight: float = 0.75  # exponent of the votes of the forests that saw windows as recorded


@dataclass
class Head:
    axes: np.ndarray  # [features, axes] float32
    offset: np.ndarray  # [axes] float32
    recorded: ExtraTreesClassifier
    sessions: ExtraTreesClassifier

    def votes(self, features: np.ndarray) -> np.ndarray:
        """Mean votes of both forests, [view, windows, substances]."""
        source = with_axes(features, self.axes, self.offset)
        return np.stack([self.recorded.predict_proba(source), self.sessions.predict_proba(source)])


@dataclass
class Model:
    imputation: np.ndarray  # [features] float32, training medians
    optional: np.ndarray  # [features] whether a feature needs Gas_Resistance
    full: Head
    lean: Head
    detector: Detector
    recipe: Recipe
    temperature: float = 1.0
    min_known: float = 0.0
    max_distance: float = np.inf

    def votes(self, raw: np.ndarray) -> np.ndarray:
        """[view, windows, substances] from features in which NaN is missing."""
        features = impute(raw, self.imputation)
        lean = self.lean.votes(np.where(self.optional, self.imputation, features))
        if not self.optional.any():
            return lean
        measured = ~np.isnan(raw[:, self.optional]).any(axis=1)[:, None]
        return np.where(measured, (self.full.votes(features) + lean) / 2, lean)

    def logits(self, votes: np.ndarray) -> np.ndarray:
        return blend(votes, self.recipe.recorded_weight)

    def probabilities(self, raw: np.ndarray) -> np.ndarray:
        return softmax(self.logits(self.votes(raw)) / self.temperature)

    def evidence(self, raw: np.ndarray, votes: np.ndarray) -> np.ndarray:
        return self.detector.evidence(votes, softmax(self.logits(votes)), impute(raw, self.imputation))


def with_axes(features: np.ndarray, axes: np.ndarray, offset: np.ndarray) -> np.ndarray:
    return np.concatenate([features, features @ axes + offset], axis=1)


def blend(votes: np.ndarray, weight: float) -> np.ndarray:
    return weight * np.log(votes[0] + FLOOR) + (1 - weight) * np.log(votes[1] + FLOOR)


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def fit(bank: Bank, recordings: np.ndarray, recipe: Recipe = Recipe(), seed: int = 0) -> Model:
    """Fits on windows of the given recordings, without temperature and thresholds (see `calibrate`).

    Outputs are the substances of those recordings, in order.
    """
    random = np.random.default_rng(seed)
    full, short, moved = (r.of(recordings) for r in (bank.full, bank.short, bank.sessions))
    substances = np.unique(full.label)
    lent = lend(full, random, LEANER, bank.channels)
    imputation = np.nanmedian(lent.raw, axis=0).astype(np.float32)

    def head(full: Rows, short: Rows, moved: Rows, number: int) -> Head:
        dead = without_one(full[::3], random, bank.channels)
        return fit_head(join([full, dead, short[::2]]), moved, imputation, recipe, 4 * seed + number)

    lean = head(*(without(r, LEANER, bank.channels) for r in (full, short, moved)), 0)
    optional = columns_with(LEANER, bank.channels)
    whole = (
        head(lent, *(lend(r, random, LEANER, bank.channels) for r in (short, moved)), 2) if optional.any() else lean
    )
    seen = Rows(impute(full.raw, imputation), np.searchsorted(substances, full.label), full.recording)
    return Model(imputation, optional, whole, lean, Detector.fit(seen, blocks(bank, optional)), recipe)


def blocks(bank: Bank, optional: np.ndarray) -> list[np.ndarray]:
    """Columns that distances are taken over: all that every substance was measured with, then group by group."""
    kinds = np.array([name.split(":")[0] for name in feature_names(bank.channels)])
    return [~optional, *(~optional & np.isin(kinds, GROUPS[group]) for group in DISTANT)]


def fit_head(recorded: Rows, moved: Rows, imputation: np.ndarray, recipe: Recipe, seed: int) -> Head:
    features = impute(recorded.raw, imputation)
    # Eigen solver with a little shrinkage: the pattern features are exact sums of the means, so the covariance is singular.
    discriminant = LinearDiscriminantAnalysis(solver="eigen", shrinkage=1e-3)
    discriminant.fit(features.astype(np.float64), recorded.label)
    axes = discriminant.scalings_[:, : recipe.axes].astype(np.float32)
    offset = -(features.mean(axis=0) @ axes).astype(np.float32)

    def forest(rows: Rows, trees: int, leaf: int, state: int) -> ExtraTreesClassifier:
        made = ExtraTreesClassifier(
            trees, max_features=recipe.max_features, min_samples_leaf=leaf, random_state=state, n_jobs=1
        )
        return made.fit(with_axes(impute(rows.raw, imputation), axes, offset), rows.label)

    return Head(
        axes,
        offset,
        forest(recorded, recipe.recorded_trees, recipe.recorded_leaf, seed),
        forest(moved, recipe.session_trees, recipe.session_leaf, seed + 1),
    )


def fit_temperature(logits: np.ndarray, label: np.ndarray) -> float:
    def loss(log_temperature: float) -> float:
        chances = softmax(logits / np.exp(log_temperature))
        return -float(np.log(chances[np.arange(len(label)), label] + 1e-9).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-3, 2), method="bounded").x))
