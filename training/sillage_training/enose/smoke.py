"""A tiny version of the whole way, without data: `python -m sillage_training.enose.smoke [FOLDER]`, under a minute.

Recordings are synthesised from the statistics that the shipped model carries (synthesis.json); training, export and a
comparison of the ONNX file with scikit-learn follow. What it prints says that the way works, nothing of accuracy.
The model folder it writes (default: a temporary one) is one that a server loads.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np

from .data import CHANNELS, MODEL_FOLDER, Recording
from .model import Recipe
from .train import train, write

SUBSTANCES = 8
RECORDINGS = 3
SECONDS = 200
TINY_RECIPE = Recipe(recorded_trees=4, session_trees=3, axes=5)


def synthesise(statistics: dict, substance: str, number: int, random: np.random.Generator) -> Recording:
    """A recording whose course, spread and noise are those of a substance. Two of three substances have
    a Gas_Resistance, made up; the third is lent one."""
    own = statistics["substances"][substance]
    course = np.array(own["course"])
    at = np.linspace(0, len(course) - 1, SECONDS)
    logs = np.stack([np.interp(at, np.arange(len(course)), column) for column in course.T], axis=1)
    logs += random.normal(0, 1, logs.shape[1]) * own["spread"] * 0.5
    logs += random.normal(0, 1, logs.shape) * own["noise"] / np.sqrt(2)
    counts = np.clip(np.expm1(logs).round(), 0, 1022)
    place = list(statistics["substances"]).index(substance)
    resistance = 500 * np.exp(-logs[:, 2] / 5 + random.normal(0, 0.01, SECONDS)) if place % 3 else np.zeros(SECONDS)
    return Recording(substance, f"{substance}.{number}.csv", np.column_stack([counts, resistance]))


def run(folder: Path) -> float:
    """Trains, writes `folder`, and returns how far the ONNX file is from scikit-learn for the median window."""
    statistics = json.loads((MODEL_FOLDER / "synthesis.json").read_text())
    assert (*statistics["channels"], "Gas_Resistance") == CHANNELS
    random = np.random.default_rng(1)
    names = sorted(statistics["substances"])[:SUBSTANCES]
    recordings = [synthesise(statistics, name, n, random) for name in names for n in range(RECORDINGS)]
    model, bank, rehearsal = train(recordings, TINY_RECIPE, groups=2, say=lambda _: None)
    session = write(model, recordings, folder)
    shutil.copy(MODEL_FOLDER / "substances.yaml", folder)
    raw = bank.full.raw
    probabilities, known, distance = session.run(None, {"features": raw.astype(np.float32)})
    assert np.isfinite(known).all() and np.isfinite(distance).all()
    away = np.abs(probabilities - model.probabilities(raw)).max(axis=1)
    right = (probabilities.argmax(1) == bank.full.label).mean()
    print(f"{folder}: {len(names)} substances, {len(recordings)} recordings, {len(rehearsal.group)} rehearsed windows; "
          f"right on its own training windows {right:.2f}; ONNX less scikit-learn: median {np.median(away):.1e}")
    return float(np.median(away))


def main() -> None:
    if len(sys.argv) > 1:
        run(Path(sys.argv[1]))
        return
    with tempfile.TemporaryDirectory() as folder:
        run(Path(folder) / "enose-smellnet" / "2")


if __name__ == "__main__":
    main()
