"""Known or unknown: what the forests say of a window and how far it lies from what was seen, weighed by a regression
that was taught with substances left out of training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from .windows import Rows

SHRINKAGE = 0.3  # of the within-substance covariance towards a sphere
PROTOTYPES = 20  # training windows kept per substance
TINY = 1e-3

VOTED = (
    "vote of the first forests",
    "its logarithm",
    "vote of the second forests",
    "its logarithm",
    "probability less the runner-up's",
    "entropy",
    "disagreement of the forests",
    "ln distance to any window",
)
MEASURED = (  # for every block of features
    "ln distance to the answer's windows",
    "ln of that over the substance's own spread",
    "ln of the distance to another's windows over it",
)
NEAREST = VOTED.index("ln distance to any window")


@dataclass
class Block:
    """Distances to training windows over some of the features."""

    centre: np.ndarray  # [features] float32
    whitening: np.ndarray  # [features, features of the block] float32
    prototypes: np.ndarray  # [substances * PROTOTYPES, features of the block] float32, whitened
    spread: np.ndarray  # [substances] float32, distance between recordings of one substance

    @staticmethod
    def fit(full: Rows, used: np.ndarray) -> Block:
        raw, label = full.raw[:, used].astype(np.float64), full.label
        classes = label.max() + 1
        centre, scale = raw.mean(axis=0), raw.std(axis=0) + 1e-3
        standard = (raw - centre) / scale
        means = np.array([standard[label == c].mean(axis=0) for c in range(classes)])
        within = np.cov((standard - means[label]).T)
        size = used.sum()
        within = (1 - SHRINKAGE) * within + SHRINKAGE * np.eye(size) * np.trace(within) / size
        values, vectors = np.linalg.eigh(within)
        values = np.maximum(values, 1e-9)  # of a block that is constant
        turned = (vectors / np.sqrt(values)) / scale[:, None]
        white = (raw - centre) @ turned
        kept, spread = [], []
        for c in range(classes):
            own = np.flatnonzero(label == c)
            kept.append(own[np.linspace(0, len(own) - 1, PROTOTYPES).round().astype(int)])
            spread.append(between_recordings(white[own], full.recording[own]))
        whitening, wide = np.zeros((len(used), size)), np.zeros(len(used))
        whitening[used], wide[used] = turned, centre
        return Block(*(a.astype(np.float32) for a in (wide, whitening, white[np.concatenate(kept)], np.array(spread))))

    def distances(self, features: np.ndarray) -> np.ndarray:
        """[windows, substances] root mean square, over whitened features, of the difference to the nearest window."""
        white = (features - self.centre) @ self.whitening
        squared = (white**2).sum(1)[:, None] + (self.prototypes**2).sum(1) - 2 * white @ self.prototypes.T
        nearest = squared.reshape(len(features), -1, PROTOTYPES).min(axis=2)
        return np.sqrt(np.maximum(nearest, 0) / white.shape[1])


@dataclass
class Detector:
    blocks: list[Block]  # of all features, then of some
    weights: np.ndarray  # [evidence] float32
    bias: float = 0.0

    @staticmethod
    def fit(full: Rows, used: list[np.ndarray]) -> Detector:
        """`used`: features of each block, of channels that every substance was measured with."""
        blocks = [Block.fit(full, columns) for columns in used]
        return Detector(blocks, np.zeros(len(VOTED) + len(MEASURED) * len(blocks), np.float32))

    def evidence(self, votes: np.ndarray, chances: np.ndarray, features: np.ndarray) -> np.ndarray:
        """[windows, evidence]; `chances` are the blended probabilities at temperature 1."""
        answer = chances.argmax(axis=1)[:, None]

        def pick(table: np.ndarray) -> np.ndarray:
            return np.take_along_axis(table, answer, axis=1)[:, 0]

        first, second = pick(votes[0]), pick(votes[1])
        top = np.sort(chances, axis=1)
        columns = [
            first,
            np.log(first + TINY),
            second,
            np.log(second + TINY),
            top[:, -1] - top[:, -2],
            -(chances * np.log(chances)).sum(axis=1),
            np.abs(votes[0] - votes[1]).sum(axis=1),
        ]
        for index, block in enumerate(self.blocks):
            distance = block.distances(features)
            near = np.sort(distance, axis=1)
            own = pick(distance)
            other = np.where(own <= near[:, 0], near[:, 1], near[:, 0])
            if index == 0:
                columns.append(np.log(near[:, 0] + TINY))
            log_own = np.log(own + TINY)
            columns += [log_own, log_own - np.log(block.spread[answer[:, 0]] + TINY), np.log(other + TINY) - log_own]
        return np.stack(columns, axis=1)

    def known(self, evidence: np.ndarray) -> np.ndarray:
        """Chance, 0-1, that the window is of a known substance, where known and unknown ones are as frequent."""
        return 1 / (1 + np.exp(-(evidence @ self.weights + self.bias)))


def between_recordings(white: np.ndarray, recording: np.ndarray) -> float:
    """Median distance of a window to the nearest one of another recording of its substance."""
    squared = ((white[:, None] - white[None]) ** 2).mean(axis=2)
    squared[recording[:, None] == recording[None]] = np.inf
    nearest = squared.min(axis=1)
    return float(np.sqrt(np.median(nearest[np.isfinite(nearest)]))) if np.isfinite(nearest).any() else 1.0


def learn_weights(evidence: np.ndarray, is_known: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights and bias of the evidence as it stands, both kinds counted alike."""
    centre, scale = evidence.mean(axis=0), evidence.std(axis=0) + 1e-9
    regression = LogisticRegression(C=0.3, max_iter=3000, class_weight="balanced")
    regression.fit((evidence - centre) / scale, is_known)
    weights = regression.coef_[0] / scale
    return weights.astype(np.float32), float(regression.intercept_[0] - weights @ centre)
