"""What students of the cross-validation gave to the molecules they never saw, as kept in the repository.

The figures of the cards are computed from it in seconds; `train` remakes it in hours.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .data import REPOSITORY

EVIDENCE = REPOSITORY / "training" / "evidence" / "olfactory.npz"
STEP = 0.02
MISSING = np.iinfo(np.int16).min
WEIGHT = {"transformer": 1.0, "mlp": 1.0, "transformer-2": 1.0, "near": 2.0}
"""`transformer-2` and `near` are the members of olfactory-base 2, which is no longer made: its network counts twice."""


def save_evidence(path: Path, logits: dict[str, np.ndarray]) -> None:
    """Out-of-fold logits by kind, rounded to STEP; a row is missing (NaN) where its fold was not cross-validated."""
    packed = {k: np.where(np.isnan(v), MISSING, np.round(v / STEP)).astype(np.int16) for k, v in logits.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **packed)


def load_evidence(path: Path) -> dict[str, np.ndarray]:
    """What save_evidence wrote, [labelled molecules, notes] in the order of gslf_train.csv."""
    with np.load(path) as packed:
        return {k: np.where(packed[k] == MISSING, np.nan, packed[k] * STEP).astype(np.float32) for k in packed.files}


def served_logits(kinds: list[str], evidence: dict[str, np.ndarray]) -> np.ndarray:
    """Out-of-fold logits of a model of these kinds; NaN where one of them was not cross-validated."""
    return combine([evidence[k] for k in kinds], kinds)


def shares(kinds: list[str]) -> list[float]:
    """Weights of networks by kind: those of one kind share theirs; all add up to 1."""
    whole = sum(WEIGHT[kind] for kind in set(kinds))
    return [WEIGHT[kind] / whole / kinds.count(kind) for kind in kinds]


def combine(logits: list[np.ndarray], kinds: list[str]) -> np.ndarray:
    """Weighted mean over networks, all [n, notes]."""
    return np.sum([w * x for w, x in zip(shares(kinds), logits, strict=True)], axis=0)
