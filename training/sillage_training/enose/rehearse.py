"""Leave substances out: what a model says of windows of known substances and of some that it never met.

Each of ten groups of five substances is left out once, with one recording of every other substance held back. What the
models say of the held-back windows (known) and of the left-out substances (unknown) teaches the shipped model's
temperature, weights and thresholds; scored across groups it is also the measure of all three.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .model import Model, Recipe, fit, fit_temperature
from .unknown import NEAREST, learn_weights
from .windows import Bank

GROUPS = 10
KNOWN_RATE = 0.92  # share of windows of known substances that shall be answered; the bar is .9
DISTANCE_RATE = 0.995  # and that lie within the largest distance


@dataclass(frozen=True)
class Rehearsal:
    """One row per window, of all groups."""

    group: np.ndarray
    is_known: np.ndarray
    evidence: np.ndarray
    distance: np.ndarray  # to the nearest training window
    substance: np.ndarray
    recording: np.ndarray
    answer: np.ndarray  # the substance that is named
    known_logits: list[tuple[np.ndarray, np.ndarray]]  # per group: logits, position of the right answer

    def cross_scored(self) -> np.ndarray:
        """Chance of being known; weights for a group's rows are learnt from the other groups."""
        scores = np.zeros(len(self.group))
        for group in np.unique(self.group):
            rest = self.group != group
            weights, bias = learn_weights(self.evidence[rest], self.is_known[rest])
            scores[~rest] = 1 / (1 + np.exp(-(self.evidence[~rest] @ weights + bias)))
        return scores


def rehearse(bank: Bank, folds: np.ndarray, recipe: Recipe = Recipe(), groups: int = GROUPS, say=None) -> Rehearsal:
    """`folds` is the fold of each recording, -1 for those not to be touched."""
    rows = bank.full
    substances = np.unique(rows.label)
    of_recording = np.zeros(len(folds), int)
    of_recording[rows.recording] = rows.label
    parts, logits = [], []
    shown = sorted(set(folds[folds >= 0]))
    for group in range(groups):
        away = substances[group::groups]
        out = shown[group % len(shown)]
        kept = ~np.isin(of_recording, away)
        model = fit(bank, np.flatnonzero((folds >= 0) & (folds != out) & kept), recipe)
        known = rows.of(np.flatnonzero((folds == out) & kept))
        unknown = rows.of(np.flatnonzero((folds >= 0) & ~kept))
        for part, is_known in ((known, True), (unknown, False)):
            votes = model.votes(part.raw)
            evidence = model.evidence(part.raw, votes)
            distance = np.exp(evidence[:, NEAREST])
            count = len(part.label)
            names = np.setdiff1d(substances, away)
            blended = model.logits(votes)
            answer = names[blended.argmax(axis=1)]
            parts.append(
                (np.full(count, group), np.full(count, is_known), evidence, distance, part.label, part.recording, answer)
            )
            if is_known:
                logits.append((blended, np.searchsorted(names, part.label)))
        if say:
            say(f"  group {group + 1} of {groups}")
    return Rehearsal(*(np.concatenate(column) for column in zip(*parts)), logits)


def calibrate(model: Model, rehearsal: Rehearsal) -> Model:
    """Temperature, weights and thresholds of a fitted model."""
    temperatures = [fit_temperature(logits, label) for logits, label in rehearsal.known_logits]
    model.temperature = float(np.exp(np.mean(np.log(temperatures))))
    model.detector.weights, model.detector.bias = learn_weights(rehearsal.evidence, rehearsal.is_known)
    scores = rehearsal.cross_scored()
    model.min_known = float(np.quantile(scores[rehearsal.is_known], 1 - KNOWN_RATE))
    model.max_distance = float(np.quantile(rehearsal.distance[rehearsal.is_known], DISTANCE_RATE))
    return model
