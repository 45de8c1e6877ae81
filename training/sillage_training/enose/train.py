"""Trains the shipped e-nose classifier and writes its model folder. `python -m sillage_training.enose.train [--data DIR]`"""

from __future__ import annotations

import json

import numpy as np
import onnx
import onnxruntime as ort

from .data import CHANNELS, HELD_BACK_FOLD, MODEL_FOLDER, WINDOW_S, data_folder, fold_of, load
from .export import to_onnx
from .features import features
from .manifest import channel_statistics, clean_air, write_manifest
from .model import calibrate, fit, training_sets

GOLDEN = (("almond", 200, 100), ("garlic", 0, 100), ("mint", 300, 60), ("cinnamon", 350, 30), ("lemon", 150, 100))


def golden(session: ort.InferenceSession, recordings, imputation) -> list[dict]:
    """Short windows of held-back recordings, the third with a gap and the last without one channel."""
    cases = []
    for substance, start, length in GOLDEN:
        recording = next(r for r in recordings if r.substance == substance)
        frames = recording.frames[start : start + length].copy()
        if substance == "mint":
            frames[20:24, 2] = np.nan
            frames[0, 0] = 4294967295
        if substance == "lemon":
            frames[:, CHANNELS.index("Alcohol")] = np.nan
        vector = features(frames, imputation)
        probabilities, distance = session.run(None, {"features": vector[None]})
        cases.append(
            {
                "name": f"{recording.name} from second {start}, {length} s",
                "substance": substance,
                "frames": [[None if np.isnan(v) else int(v) for v in frame] for frame in frames],
                "features": [round(float(v), 6) for v in vector],
                "probabilities": [round(float(v), 5) for v in probabilities[0]],
                "distance": round(float(distance[0, 0]), 4),
            }
        )
    return cases


def main() -> None:
    recordings = load(data_folder())
    substances = sorted({r.substance for r in recordings})
    folds = fold_of(recordings)
    shown = np.flatnonzero(folds != HELD_BACK_FOLD)
    sets = training_sets(recordings, substances)
    model = fit(sets, shown, len(substances))
    calibrate(model, sets, np.where(folds == HELD_BACK_FOLD, -1, folds), len(substances))

    MODEL_FOLDER.mkdir(parents=True, exist_ok=True)
    path = MODEL_FOLDER / "model.onnx"
    onnx.save(to_onnx(model), path)
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    probe = model.impute(sets[0].raw[::50])
    probabilities, distance = session.run(None, {"features": probe})
    print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB, {len(model.prototypes)} prototypes")
    print(f"largest difference to scikit-learn: {np.abs(probabilities - model.probabilities(probe)).max():.1e}")
    print(f"temperature {model.temperature:.3f}, {model.max_distance=:.3f}, {model.min_probability=:.3f}")

    held_back = [r for r, f in zip(recordings, folds) if f == HELD_BACK_FOLD]
    training = [recordings[i] for i in shown]
    write_manifest(model, substances, held_back, clean_air(training), channel_statistics(training))
    cases = golden(session, held_back, model.imputation)
    text = json.dumps({"channels": CHANNELS, "window_s": WINDOW_S, "cases": cases}, separators=(",", ":"))
    (MODEL_FOLDER / "golden.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
