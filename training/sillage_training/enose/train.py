"""Trains the shipped e-nose classifier and writes its model folder. `python -m sillage_training.enose.train [--data DIR]`

Two minutes on one core. Nothing is drawn from a clock: the same data gives the same file.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort

from .data import CHANNELS, MODEL_FOLDER, WINDOW_S, Recording, data_folder, fold_of, load
from .export import to_onnx
from .features import raw_features
from .manifest import channel_statistics, clean_air, write_manifest
from .model import Model, Recipe, fit
from .rehearse import GROUPS, Rehearsal, calibrate, rehearse
from .windows import Bank, make_bank

GOLDEN = (("almond", 200, 100), ("garlic", 0, 100), ("mint", 300, 60), ("cinnamon", 350, 30), ("lemon", 150, 100))


def train(
    recordings: list[Recording], recipe: Recipe = Recipe(), groups: int = GROUPS, say=print
) -> tuple[Model, Bank, Rehearsal]:
    """Fits on all recordings; temperature and thresholds come from models that left substances and recordings out."""
    substances = sorted({r.substance for r in recordings})
    bank = make_bank(recordings, substances)
    rehearsal = rehearse(bank, fold_of(recordings), recipe, groups, say)
    model = fit(bank, np.arange(len(recordings)), recipe)
    return calibrate(model, rehearsal), bank, rehearsal


def write(model: Model, recordings: list[Recording], folder: Path) -> ort.InferenceSession:
    """Writes the ONNX file, the manifest and what the simulator draws from."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "model.onnx"
    onnx.save(to_onnx(model), path)
    substances = sorted({r.substance for r in recordings})
    write_manifest(model, substances, clean_air(recordings), channel_statistics(recordings), folder)
    return ort.InferenceSession(path, providers=["CPUExecutionProvider"])


def golden_case(session: ort.InferenceSession, name: str, substance: str, frames: np.ndarray) -> dict:
    vector = raw_features(frames[None])[0].astype(np.float32)
    probabilities, known, distance = session.run(None, {"features": vector[None]})
    return {
        "name": name,
        "substance": substance,
        "frames": [[None if np.isnan(v) else float(f"{v:.6g}") for v in frame] for frame in frames],
        "features": [None if np.isnan(v) else round(float(v), 7) for v in vector],
        "probabilities": [round(float(v), 7) for v in probabilities[0]],
        "known": round(float(known[0, 0]), 7),
        "distance": round(float(distance[0, 0]), 6),
    }


def golden(session: ort.InferenceSession, recordings: list[Recording]) -> list[dict]:
    """Five windows, the third with a gap and a sentinel, the last without one channel; and a pattern that is nothing."""
    cases = []
    for substance, start, length in GOLDEN:
        recording = [r for r in recordings if r.substance == substance][-1]
        frames = recording.frames[start : start + length].copy()
        if substance == "mint":
            frames[20:24, 2] = np.nan
            frames[0, 0] = 4294967295
        if substance == "lemon":
            frames[:, CHANNELS.index("Gas_Resistance")] = np.nan
        cases.append(golden_case(session, f"{recording.name} from second {start}, {length} s", substance, frames))
    order = [3, 0, 5, 1, 2, 4, 6]
    scrambled = recordings[0].frames[100:200, order]
    return [*cases, golden_case(session, "channels exchanged", "", scrambled)]


def main() -> None:
    recordings = load(data_folder())
    model, bank, _ = train(recordings)
    session = write(model, recordings, MODEL_FOLDER)
    probe = bank.full.raw[::50]
    probabilities = session.run(["probabilities"], {"features": probe.astype(np.float32)})[0]
    away = np.abs(probabilities - model.probabilities(probe)).max(axis=1)
    print(f"model.onnx: {(MODEL_FOLDER / 'model.onnx').stat().st_size / 1e6:.2f} MB")
    print(f"difference to scikit-learn: median {np.median(away):.1e}, largest {away.max():.1e} (a threshold met to the bit)")
    print(f"temperature {model.temperature:.3f}, {model.min_known=:.3f}, {model.max_distance=:.3f}")
    text = {"channels": CHANNELS, "window_s": WINDOW_S, "cases": golden(session, recordings)}
    (MODEL_FOLDER / "golden.json").write_text(json.dumps(text, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
