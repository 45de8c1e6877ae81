"""Feature rows of windows: as recorded, with channels missing, and with a channel lent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .data import CHANNELS, STRIDE_S, WINDOW_S, Recording, cut
from .features import feature_names, raw_features
from .sessions import TRAINED, disturb

DONORS = 10


@dataclass(frozen=True)
class Rows:
    raw: np.ndarray  # [rows, features], NaN where a channel is missing
    label: np.ndarray
    recording: np.ndarray  # index into the list of recordings

    def __getitem__(self, chosen: np.ndarray | slice) -> Rows:
        return Rows(self.raw[chosen], self.label[chosen], self.recording[chosen])

    def of(self, recordings: np.ndarray) -> Rows:
        return self[np.isin(self.recording, recordings)]


def join(parts: list[Rows]) -> Rows:
    return Rows(*(np.concatenate([getattr(p, f) for p in parts]) for f in ("raw", "label", "recording")))


def rows_of(
    recordings: list[Recording],
    substances: list[str],
    length: int = WINDOW_S,
    stride: int = STRIDE_S,
    change: Callable[[np.ndarray], np.ndarray] | None = None,
    channels: tuple[str, ...] = CHANNELS,
) -> Rows:
    """Rows of all windows, each changed first if so asked."""
    windows, label, recording = [], [], []
    for index, item in enumerate(recordings):
        own = cut(item.frames, length, stride)
        windows.append(own if change is None else np.array([change(w) for w in own]))
        label += [substances.index(item.substance)] * len(own)
        recording += [index] * len(own)
    return Rows(raw_features(np.concatenate(windows), channels), np.array(label), np.array(recording))


@dataclass(frozen=True)
class Bank:
    """Everything that training draws rows from, made once for all recordings."""

    full: Rows
    short: Rows
    sessions: Rows  # two simulated sessions of every full window
    channels: tuple[str, ...] = CHANNELS


def make_bank(recordings: list[Recording], substances: list[str], channels: tuple[str, ...] = CHANNELS) -> Bank:
    random = np.random.default_rng(11)
    short = [rows_of(recordings, substances, s, 75, channels=channels) for s in (60, 30)]

    def move(window: np.ndarray) -> np.ndarray:
        return disturb(window, TRAINED, random, channels)

    moved = [rows_of(recordings, substances, change=move, channels=channels) for _ in range(2)]
    full = rows_of(recordings, substances, channels=channels)
    return Bank(full, join(short), join(moved), channels)


def columns_with(channel: str, channels: tuple[str, ...] = CHANNELS) -> np.ndarray:
    """Whether a feature needs a channel."""
    return np.array([channel in name.split(":")[1].split("/") for name in feature_names(channels)])


def without(rows: Rows, channel: str, channels: tuple[str, ...] = CHANNELS) -> Rows:
    """The same windows from a device on which a channel is dead."""
    return Rows(np.where(columns_with(channel, channels), np.nan, rows.raw), rows.label, rows.recording)


def without_one(rows: Rows, random: np.random.Generator, channels: tuple[str, ...] = CHANNELS) -> Rows:
    """The same windows, each without one channel drawn at random."""
    uses = np.array([columns_with(c, channels) for c in channels])
    dead = uses[random.integers(len(channels), size=len(rows.raw))]
    return Rows(np.where(dead, np.nan, rows.raw), rows.label, rows.recording)


def lend(
    rows: Rows, random: np.random.Generator, channel: str = "Gas_Resistance", channels: tuple[str, ...] = CHANNELS
) -> Rows:
    """Gives windows without `channel` that channel from windows alike in all other channels, drawn among the nearest.

    Substances that were never measured with the channel would else be named by its absence, and could never be the
    answer where it works. Lent, it says of them only what the other channels say: it can neither name nor exclude them.
    Donors are rows of the same call, so of the same training recordings.
    """
    if channel not in channels:
        return rows
    names = feature_names(channels)
    uses = columns_with(channel, channels)
    lacking = np.isnan(rows.raw[:, uses]).any(axis=1)
    if not lacking.any() or lacking.all():
        return rows
    means = np.array([n.startswith("mean:") for n in names]) & ~uses
    levels = rows.raw[:, means] / (rows.raw[:, means].std(axis=0) + 1e-9)
    donors = np.flatnonzero(~lacking)
    raw = rows.raw.copy()
    for row in np.flatnonzero(lacking):
        distance = ((levels[donors] - levels[row]) ** 2).sum(axis=1)
        donor = donors[random.choice(np.argpartition(distance, min(DONORS, len(donors)) - 1)[:DONORS])]
        raw[row, uses] = rows.raw[donor, uses]
        for other in (c for c in channels if c != channel):
            first, second = sorted((other, channel), key=channels.index)
            difference = raw[row, names.index(f"mean:{first}")] - raw[row, names.index(f"mean:{second}")]
            raw[row, names.index(f"ratio:{first}/{second}")] = difference
    return Rows(raw, rows.label, rows.recording)
