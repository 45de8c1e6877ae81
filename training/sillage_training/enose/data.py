"""SmellNet recordings: reading, the held-back split, and cutting windows."""

from __future__ import annotations

import argparse
import csv
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

REPOSITORY = Path(__file__).resolve().parents[3]
MODEL_FOLDER = REPOSITORY / "models" / "enose-smellnet" / "2"

# Gas channels. Left out on purpose:
# - Temperature, Pressure, Humidity, Altitude tell the recording session apart, not the smell;
# - Benzene is constant (0), the sentinel 4294967295, or a handful of bus errors (55735, 8678, ...), so that all it
#   can teach is which recordings had a broken sensor.
# Gas_Resistance hung at 0 in all recordings of nine substances and in four of angelica's. Its absence would name them;
# model.py (`lend`) sees to it that it does not.
CHANNELS = ("NO2", "C2H5OH", "VOC", "CO", "Alcohol", "LPG", "Gas_Resistance")
GAS_RESISTANCE = CHANNELS.index("Gas_Resistance")
AMBIENT = ("Temperature", "Pressure", "Humidity", "Altitude")

WINDOW_S = 100
MIN_WINDOW_S = 30
STRIDE_S = 25


@dataclass(frozen=True)
class Recording:
    substance: str
    name: str  # file name
    frames: np.ndarray  # [seconds, channels], float64, raw values at 1 Hz


def data_folder(argv: list[str] | None = None) -> Path:
    """The data folder from --data, SILLAGE_DATA, or ../shared/data beside the repository."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", default=os.environ.get("SILLAGE_DATA", REPOSITORY.parent / "shared" / "data"))
    folder = Path(parser.parse_args(argv).data)
    if not (folder / "enose" / "offline_training").is_dir():
        parser.error(f"{folder} has no enose/offline_training; give the data folder with --data or SILLAGE_DATA")
    return folder


def load(folder: Path, channels: tuple[str, ...] = CHANNELS) -> list[Recording]:
    """All recordings, ordered by substance and then by file name."""
    recordings = []
    for path in sorted((folder / "enose" / "offline_training").glob("*/*.csv")):
        with path.open(newline="") as file:
            reader = csv.reader(file)
            header = next(reader)
            rows = [row for row in reader if row]
        columns = [header.index(channel) for channel in channels]
        frames = np.array([[float(row[c]) for c in columns] for row in rows])
        recordings.append(Recording(path.parent.name, path.name, frames))
    return recordings


def fold_of(recordings: list[Recording]) -> np.ndarray:
    """Leave-one-recording-out fold 0-4 of each recording: its rank among its substance's file names.

    File names are random hexadecimal, so the rank says nothing of time or quality. Fold 4 is held back from the
    shipped model.
    """
    seen: dict[str, int] = {}
    folds = []
    for recording in recordings:
        folds.append(seen.get(recording.substance, 0))
        seen[recording.substance] = folds[-1] + 1
    return np.array(folds)


HELD_BACK_FOLD = 4


def cut(frames: np.ndarray, length: int = WINDOW_S, stride: int = STRIDE_S) -> np.ndarray:
    """[windows, length, channels]; a window knows nothing of where in the recording it was."""
    starts = range(0, len(frames) - length + 1, stride)
    return np.stack([frames[s : s + length] for s in starts]) if starts else np.empty((0, length, frames.shape[1]))
