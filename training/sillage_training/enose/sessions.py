"""Other sessions, simulated: what a changed device or day does to raw values.

A session is one gain per channel (log-normal), one gain common to all channels, an offset in counts and a slow drift
along the recording. Gas_Resistance is not temperature- or humidity-compensated: between two days its level differs by
more than a gas channel's (chamomile: 267 and 490 kiloohm at 39 % and 24 % humidity), so its gain is drawn wider.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .data import CHANNELS

WIDER = {"Gas_Resistance": 3.0}  # times the gain of a gas channel


@dataclass(frozen=True)
class Session:
    gain: float = 0.0  # standard deviation of ln(gain) per channel
    common: float = 0.0  # and of the gain that all channels share
    offset: float = 0.0  # standard deviation, counts
    drift: float = 0.0  # standard deviation of ln(level at the end / level at the start), per channel


TRAINED = Session(gain=0.2, common=0.1, offset=0.5, drift=0.02)
TESTED = {
    "gain 5 %": Session(gain=0.05),
    "gain 10 %": Session(gain=0.1),
    "gain 20 %": Session(gain=0.2),
    "gain 10 %, offset 1 count, drift 5 %": Session(gain=0.1, offset=1, drift=0.05),
}


def disturb(
    frames: np.ndarray, session: Session, random: np.random.Generator, channels: tuple[str, ...] = CHANNELS
) -> np.ndarray:
    """One recording or window [T, channels] (NaN stays NaN) as another session would have recorded it."""
    seconds, count = frames.shape
    width = np.array([WIDER.get(c, 1.0) for c in channels])
    gain = random.normal(0, 1, count) * session.gain * width + random.normal() * session.common
    drift = random.normal(0, 1, count) * session.drift * np.linspace(-0.5, 0.5, seconds)[:, None]
    offset = np.where(width == 1, random.normal(0, 1, count) * session.offset, 0)
    return np.clip(frames * np.exp(gain + drift) + offset, 0, np.where(width == 1, 1022, np.inf))
