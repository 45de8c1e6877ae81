"""Features of one window. The serving side computes the same numbers (services/inference, domain/enose/features.ts);
golden.json holds both to it.

A window is [T, 6] raw counts at 1 Hz, T = 30-100. Per channel l = ln(1 + count):
absolute   mean, minimum, maximum, mean of the last fifth
pattern    mean_i - mean_j for every pair: what is left when all channels scale together
baseline   mean of the last fifth - mean of the first fifth: the window is its own baseline, so the position in the
           recording is not needed and cannot leak
differences  standard deviation and mean absolute value of the 1-s differences, standard deviation of l,
           standard deviation, maximum and minimum of the 5-s differences
Everything is a rate or a fraction of the window, so that windows of 30 s and of 100 s are comparable.
"""

from __future__ import annotations

import numpy as np

VALID_RANGE = (0.0, 1022.0)  # 10-bit counts; 1023 is a saturated converter
MIN_VALID_FRACTION = 0.5
LAG_S = 5
MIN_FRAMES = 10  # below this the fifths and the 5-s differences mean nothing


def feature_names(channels: tuple[str, ...]) -> list[str]:
    names = [f"{kind}:{c}" for kind in ("mean", "min", "max", "last") for c in channels]
    names += [f"ratio:{a}/{b}" for i, a in enumerate(channels) for b in channels[i + 1 :]]
    kinds = ("rise", "d1_std", "d1_abs", "std", "d5_std", "d5_max", "d5_min")
    return names + [f"{kind}:{c}" for kind in kinds for c in channels]


def fill_gaps(column: np.ndarray) -> np.ndarray | None:
    """Linear interpolation over invalid samples, edges held; None when under half of the samples are valid."""
    valid = np.isfinite(column) & (column >= VALID_RANGE[0]) & (column <= VALID_RANGE[1])
    if valid.sum() < max(1, MIN_VALID_FRACTION * len(column)):
        return None
    at = np.arange(len(column))
    return np.interp(at, at[valid], column[valid])


def raw_features(frames: np.ndarray) -> np.ndarray:
    """Features as float64; NaN for every feature that needs a channel which is missing in this window."""
    frames = np.asarray(frames, dtype=np.float64)
    seconds, channels = frames.shape
    if seconds < MIN_FRAMES:
        raise ValueError(f"a window needs at least {MIN_FRAMES} frames, not {seconds}")
    logs = np.full((seconds, channels), np.nan)
    for c in range(channels):
        filled = fill_gaps(frames[:, c])
        if filled is not None:
            logs[:, c] = np.log1p(filled)
    fifth = seconds // 5
    mean = logs.mean(axis=0)
    first, last = logs[:fifth].mean(axis=0), logs[-fifth:].mean(axis=0)
    d1 = logs[1:] - logs[:-1]
    d5 = logs[LAG_S:] - logs[:-LAG_S]
    upper = np.triu_indices(channels, 1)
    return np.concatenate(
        [
            mean,
            logs.min(axis=0),
            logs.max(axis=0),
            last,
            (mean[:, None] - mean[None, :])[upper],
            last - first,
            d1.std(axis=0),
            np.abs(d1).mean(axis=0),
            logs.std(axis=0),
            d5.std(axis=0),
            d5.max(axis=0),
            d5.min(axis=0),
        ]
    )


def features(frames: np.ndarray, imputation: np.ndarray) -> np.ndarray:
    """Features as float32; a feature that cannot be measured takes its training median (`imputation`)."""
    raw = raw_features(frames)
    return np.where(np.isnan(raw), imputation, raw).astype(np.float32)
