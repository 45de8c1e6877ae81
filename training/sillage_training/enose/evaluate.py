"""Prints every figure of the model card. `python -m sillage_training.enose.evaluate [--data DIR] [--write]`

First the shipped ONNX file on the recordings held back from it, then leave-one-recording-out for the recipe.
--write also stores the two accuracies in manifest.yaml. --channels instead compares choices of channels.
"""

from __future__ import annotations

import sys

import numpy as np
import onnxruntime as ort

from .data import CHANNELS, MODEL_FOLDER, WINDOW_S, cut, data_folder, fold_of, load
from .features import features
from .manifest import read, save
from .model import fit, training_sets


class Shipped:
    """The model folder as a server sees it."""

    def __init__(self) -> None:
        self.manifest = read()
        self.parameters = self.manifest["parameters"]
        self.imputation = np.array(self.parameters["imputation"])
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = ort.InferenceSession(
            MODEL_FOLDER / "model.onnx", options, providers=["CPUExecutionProvider"]
        )

    def run(self, windows: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Probabilities and whether the rule says unknown."""
        batch = np.array([features(w, self.imputation) for w in windows])
        chances, distance = self.session.run(None, {"features": batch})
        rule = self.parameters["unknown"]
        return chances, (chances.max(1) < rule["min_probability"]) | (distance[:, 0] > rule["max_distance"])


def foreign(window: np.ndarray, random: np.random.Generator) -> dict[str, np.ndarray]:
    """Patterns that are no known substance on a working device."""
    shape = window.shape
    order = random.permutation(shape[1])
    while (order != np.arange(shape[1])).sum() < 4:
        order = random.permutation(shape[1])
    steps = np.cumsum(random.normal(0, 3, shape), axis=0)
    scaled = window.copy()
    channel = random.integers(shape[1])
    scaled[:, channel] *= random.choice([0.5, 2.0])
    return {
        "channels permuted": window[:, order],
        "all zeros": np.zeros(shape),
        "one constant on all channels": np.full(shape, float(random.integers(1, 1000))),
        "uniform noise": random.uniform(0, 1000, shape),
        "random walk": np.clip(random.uniform(0, 1000, shape[1]) + steps, 0, 1022),
        "one channel halved or doubled": np.clip(scaled, 0, 1022),
    }


def expected_calibration_error(chances: np.ndarray, label: np.ndarray, bins: int = 10) -> float:
    top, right = chances.max(1), chances.argmax(1) == label
    which = np.minimum((top * bins).astype(int), bins - 1)
    return sum(
        (which == b).mean() * abs(top[which == b].mean() - right[which == b].mean()) for b in set(which)
    )


def held_back(shipped: Shipped, recordings) -> float:
    names = set(shipped.manifest["held_back"])
    labels = shipped.manifest["labels"]
    own = [r for r in recordings if r.name in names]
    random = np.random.default_rng(3)

    def score(title: str, change=lambda w: w, length: int = WINDOW_S) -> float:
        windows = [(change(w), labels.index(r.substance)) for r in own for w in cut(r.frames, length)]
        chances, unknown = shipped.run([w for w, _ in windows])
        label = np.array([k for _, k in windows])
        right = chances.argmax(1) == label
        print(
            f"  {title:42s} accuracy {right.mean():.4f}  unknown {unknown.mean():.3f}  "
            f"accuracy of the answered {right[~unknown].mean() if (~unknown).any() else float('nan'):.4f}  ({len(windows)})"
        )
        if title == "windows of 100 s":
            five = np.argsort(chances, axis=1)[:, -5:]
            print(f"  {'':42s} top 5 {(five == label[:, None]).any(1).mean():.4f}  "
                  f"calibration error {expected_calibration_error(chances, label):.3f}")
        return float(right.mean())

    def without(channel: int):
        def change(window: np.ndarray) -> np.ndarray:
            window = window.copy()
            window[:, channel] = np.nan
            return window
        return change

    def gaps(window: np.ndarray) -> np.ndarray:
        return np.where(random.random(window.shape) < 0.2, np.nan, window)

    def gain(window: np.ndarray) -> np.ndarray:
        return np.clip(window * np.exp(random.normal(0, 0.1, window.shape[1])), 0, 1022)

    print(f"shipped ONNX on {len(own)} recordings it never saw (names in manifest.yaml)")
    accuracy = score("windows of 100 s")
    score("windows of 60 s", length=60)
    score("windows of 30 s", length=30)
    score("a fifth of all samples missing", gaps)
    for index, channel in enumerate(shipped.parameters["channels"]):
        score(f"without {channel['name']}", without(index))
    score("each channel's gain off by 10 % (SD)", gain)
    first = [(r, r.frames[:WINDOW_S]) for r in own]
    for title, windows in (
        ("first 100 s of each recording", first),
        ("100 s from the middle of the exposure", [(r, r.frames[len(r.frames) // 2 :][:WINDOW_S]) for r in own]),
        ("last 100 s", [(r, r.frames[-WINDOW_S:]) for r in own]),
    ):
        chances, _ = shipped.run([w for _, w in windows])
        right = np.mean([labels[p] == r.substance for p, (r, _) in zip(chances.argmax(1), windows)])
        print(f"  {title:42s} accuracy {right:.4f}  ({len(windows)})")
    patterns: dict[str, list] = {}
    for item in own:
        for window in cut(item.frames, stride=WINDOW_S):
            for kind, pattern in foreign(window, random).items():
                patterns.setdefault(kind, []).append(pattern)
    print("foreign patterns, share called unknown")
    for kind, windows in patterns.items():
        print(f"  {kind:42s} {shipped.run(windows)[1].mean():.3f}  ({len(windows)})")
    return accuracy


def leave_one_recording_out(shipped: Shipped, recordings) -> float:
    labels = shipped.manifest["labels"]
    folds = fold_of(recordings)
    sets = training_sets(recordings, labels)
    rule = shipped.parameters["unknown"]
    right = []
    for fold in range(5):
        model = fit(sets, np.flatnonzero(folds != fold), len(labels))
        rows = np.isin(sets[0].recording, np.flatnonzero(folds == fold))
        chances = model.probabilities(model.impute(sets[0].raw[rows]))
        right.append(chances.argmax(1) == sets[0].label[rows])
        print(f"  fold {fold}: accuracy {right[-1].mean():.4f}  ({rows.sum()})", flush=True)

    # A substance left out altogether: how often is it called unknown rather than one of the others?
    called = []
    for group in range(5):
        away = [k for k in range(len(labels)) if k % 5 == group]
        kept = np.array([i for i, r in enumerate(recordings) if labels.index(r.substance) not in away])
        kept = kept[folds[kept] != 4]
        renumber = {k: n for n, k in enumerate(k for k in range(len(labels)) if k not in away)}
        some = [
            type(s)(s.raw[m], np.array([renumber[k] for k in s.label[m]]), s.recording[m])
            for s in sets
            for m in [np.isin(s.recording, kept)]
        ]
        model = fit(some, kept, len(labels) - len(away))
        model.temperature = shipped.parameters["temperature"]
        model.min_probability, model.max_distance = rule["min_probability"], rule["max_distance"]
        rows = np.isin(sets[0].label, away) & np.isin(sets[0].recording, np.flatnonzero(folds == 4))
        called.append(model.unknown(model.impute(sets[0].raw[rows])))
    print(f"  substances left out of training called unknown: {np.concatenate(called).mean():.3f}")
    return float(np.concatenate(right).mean())


def compare_channels(folder) -> None:
    """Leave one recording out with channels added or taken away: what Benzene and Gas_Resistance would bring."""
    for title, channels in (
        ("six gas channels", CHANNELS),
        ("with Benzene", (*CHANNELS, "Benzene")),
        ("with Gas_Resistance", (*CHANNELS, "Gas_Resistance")),
        ("without Alcohol and LPG", CHANNELS[:4]),
    ):
        recordings = load(folder, channels)
        labels = sorted({r.substance for r in recordings})
        folds = fold_of(recordings)
        sets = training_sets(recordings, labels)
        right = []
        for fold in range(5):
            model = fit(sets, np.flatnonzero(folds != fold), len(labels))
            rows = np.isin(sets[0].recording, np.flatnonzero(folds == fold))
            votes = model.votes(model.impute(sets[0].raw[rows]))
            right.append(votes.argmax(1) == sets[0].label[rows])
        print(f"{title:28s} accuracy over windows {np.concatenate(right).mean():.4f}", flush=True)


def main() -> None:
    if "--channels" in sys.argv:
        compare_channels(data_folder([a for a in sys.argv[1:] if a != "--channels"]))
        return
    write = "--write" in sys.argv
    recordings = load(data_folder([a for a in sys.argv[1:] if a != "--write"]))
    shipped = Shipped()
    accuracy = held_back(shipped, recordings)
    print("leave one recording out, same recipe fitted five times")
    crossed = leave_one_recording_out(shipped, recordings)
    print(f"accuracy over held-back windows (shipped ONNX): {accuracy:.4f}")
    print(f"accuracy over windows, leave one recording out: {crossed:.4f}")
    if write:
        shipped.manifest["metrics"] = [
            {"dataset": "smellnet-held-back-recordings", "metric": "window_accuracy", "value": round(accuracy, 4)},
            {"dataset": "smellnet-leave-one-recording-out", "metric": "window_accuracy", "value": round(crossed, 4)},
        ]
        save(shipped.manifest)


if __name__ == "__main__":
    main()
