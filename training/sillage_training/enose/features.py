"""Features of one window. The serving side computes the same numbers (services/inference, domain/enose/features.ts);
golden.json holds both to it.

A window is [T, channels] raw values at 1 Hz, T = 30-100. Per channel l = ln(1 + value):
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

from .data import CHANNELS

COUNTS = (0.0, 1022.0)  # 10-bit converter; 1023 is a saturated one
VALID_RANGES = {"Gas_Resistance": (0.001, 100_000.0)}  # kiloohm; 0 is a chip that hangs
MIN_VALID_FRACTION = 0.5
LAG_S = 5
MIN_FRAMES = 10  # below this the fifths and the 5-s differences mean nothing

GROUPS = {  # kind of feature by group, in order
    "absolute": ("mean", "min", "max", "last"),
    "pattern": ("ratio",),
    "baseline": ("rise",),
    "differences": ("d1_std", "d1_abs", "std", "d5_std", "d5_max", "d5_min"),
}


def valid_range(channel: str) -> tuple[float, float]:
    return VALID_RANGES.get(channel, COUNTS)


def feature_names(channels: tuple[str, ...] = CHANNELS) -> list[str]:
    names = [f"{kind}:{c}" for kind in GROUPS["absolute"] for c in channels]
    names += [f"ratio:{a}/{b}" for i, a in enumerate(channels) for b in channels[i + 1 :]]
    return names + [f"{kind}:{c}" for kind in ("rise", *GROUPS["differences"]) for c in channels]


def fill_gaps(windows: np.ndarray, channels: tuple[str, ...] = CHANNELS) -> np.ndarray:
    """[windows, T, channels] as float64 with invalid samples interpolated, edges held; NaN throughout for a channel
    with under half of its samples valid."""
    filled = np.array(windows, dtype=np.float64)
    low, high = np.array([valid_range(c) for c in channels]).T
    valid = (filled >= low) & (filled <= high)  # NaN is neither
    share = valid.mean(axis=1)
    at = np.arange(filled.shape[1])
    for w, c in np.argwhere(share < 1):
        ok = valid[w, :, c]
        dead = share[w, c] < MIN_VALID_FRACTION or not ok.any()
        filled[w, :, c] = np.nan if dead else np.interp(at, at[ok], filled[w, ok, c])
    return filled


def raw_features(windows: np.ndarray, channels: tuple[str, ...] = CHANNELS) -> np.ndarray:
    """[windows, T, channels] to [windows, features] float64; NaN where a feature needs a channel that is missing."""
    windows = np.asarray(windows)
    seconds, count = windows.shape[1:]
    if seconds < MIN_FRAMES:
        raise ValueError(f"a window needs at least {MIN_FRAMES} frames, not {seconds}")
    logs = np.log1p(fill_gaps(windows, channels))
    fifth = seconds // 5
    mean = logs.mean(axis=1)
    first, last = logs[:, :fifth].mean(axis=1), logs[:, -fifth:].mean(axis=1)
    d1 = logs[:, 1:] - logs[:, :-1]
    d5 = logs[:, LAG_S:] - logs[:, :-LAG_S]
    left, right = np.triu_indices(count, 1)
    return np.concatenate(
        [
            mean,
            logs.min(axis=1),
            logs.max(axis=1),
            last,
            mean[:, left] - mean[:, right],
            last - first,
            d1.std(axis=1),
            np.abs(d1).mean(axis=1),
            logs.std(axis=1),
            d5.std(axis=1),
            d5.max(axis=1),
            d5.min(axis=1),
        ],
        axis=1,
    )


def impute(raw: np.ndarray, imputation: np.ndarray) -> np.ndarray:
    """Features as float32; one that cannot be measured takes its training median (`imputation`)."""
    return np.where(np.isnan(raw), imputation, raw).astype(np.float32)


def features(frames: np.ndarray, imputation: np.ndarray) -> np.ndarray:
    """Features of one window as a server computes them."""
    return impute(raw_features(np.asarray(frames)[None]), imputation)[0]
