"""Prints every figure of the model card. `python -m sillage_training.enose.evaluate [--data DIR] [--write]`

Figures of the recipe come from models that did not see what they are judged on: leave one recording out (five fits)
and leave substances out (ten). The deviation behind ± is that of 1,000 bootstrap draws of whole recordings (or
substances).
The shipped file, which was trained on all recordings, is only asked what needs no unseen recording.
--write stores the accuracies in manifest.yaml. Seven minutes on one core.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np
import onnxruntime as ort
import yaml

from . import chemistry, choices, otherday
from .data import CHANNELS, MODEL_FOLDER, Recording, cut, data_folder, fold_of, load
from .features import raw_features
from .manifest import read, save
from .model import Model, fit, softmax
from .rehearse import Rehearsal, calibrate, rehearse
from .sessions import TESTED, Session, disturb
from .unknown import NEAREST
from .windows import Rows, make_bank, rows_of

DRAWS = 1000


def deviation(values: np.ndarray, unit: np.ndarray) -> float:
    """Standard deviation of the mean when whole units are drawn again."""
    names, at = np.unique(unit, return_inverse=True)
    sums, counts = np.bincount(at, values), np.bincount(at)
    drawn = np.random.default_rng(0).integers(len(names), size=(DRAWS, len(names)))
    return float((sums[drawn].sum(1) / counts[drawn].sum(1)).std())


def calibration_error(chances: np.ndarray, right: np.ndarray, bins: int = 10) -> float:
    top = chances.max(1)
    which = np.minimum((top * bins).astype(int), bins - 1)
    return sum((which == b).mean() * abs(top[which == b].mean() - right[which == b].mean()) for b in set(which))


class LeftOut:
    """Five models, each asked only about the recordings it did not see."""

    def __init__(self, bank, folds: np.ndarray, rehearsal: Rehearsal) -> None:
        self.folds = folds
        self.models: list[Model] = []
        for fold in range(5):
            self.models.append(calibrate(fit(bank, np.flatnonzero(folds != fold)), rehearsal))

    def ask(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """Probabilities of every row, and whether it is called unknown."""
        chances, unknown = np.zeros((len(rows.label), 50)), np.zeros(len(rows.label), bool)
        for fold, model in enumerate(self.models):
            own = self.folds[rows.recording] == fold
            votes = model.votes(rows.raw[own])
            evidence = model.evidence(rows.raw[own], votes)
            chances[own] = softmax(model.logits(votes) / model.temperature)
            known = model.detector.known(evidence)
            unknown[own] = (known < model.min_known) | (np.exp(evidence[:, NEAREST]) > model.max_distance)
        return chances, unknown

    def line(self, title: str, rows: Rows) -> float:
        chances, unknown = self.ask(rows)
        right = chances.argmax(1) == rows.label
        five = (np.argsort(chances, axis=1)[:, -5:] == rows.label[:, None]).any(1)
        print(
            f"  {title:46s} {right.mean():.4f} ± {deviation(right, rows.recording):.4f}  top 5 {five.mean():.3f}  "
            f"unknown {unknown.mean():.3f}  of the answered {right[~unknown].mean():.4f}  ({len(right)})",
            flush=True,
        )
        return float(right.mean())


def leave_one_recording_out(left: LeftOut, bank, recordings: list[Recording], substances: list[str]) -> dict:
    full = bank.full
    chances, _ = left.ask(full)
    right = chances.argmax(1) == full.label
    by_fold = [right[left.folds[full.recording] == f].mean() for f in range(5)]
    folds = ", ".join(f"{a:.3f}" for a in by_fold)
    print(f"  by fold {folds}; calibration error {calibration_error(chances, right):.3f}")
    print(f"  whole recordings, by mean probability: {whole(chances, full):.3f}")
    worst = [(right[full.label == k].mean(), name) for k, name in enumerate(substances)]
    print(f"  hardest: {', '.join(f'{name} {a:.2f}' for a, name in sorted(worst)[:8])}")
    random = np.random.default_rng(3)
    accuracies = {"plain": left.line("windows of 100 s, every 25 s", full)}

    def changed(title: str, change: Callable[[np.ndarray], np.ndarray] | None = None, length: int = 100) -> None:
        left.line(title, rows_of(recordings, substances, length, change=change))

    changed("windows of 60 s", length=60)
    changed("windows of 30 s", length=30)
    changed("a fifth of all samples missing", lambda w: np.where(random.random(w.shape) < 0.2, np.nan, w))
    for index, channel in enumerate(CHANNELS):
        changed(f"without {channel}", lambda w: np.where(np.arange(w.shape[1]) == index, np.nan, w))
    for title, start in (("first", 0), ("middle", None), ("last", -100)):
        at = [(len(r.frames) - 100) // 2 if start is None else start % len(r.frames) for r in recordings]
        part = [Recording(r.substance, r.name, r.frames[a : a + 100]) for r, a in zip(recordings, at)]
        left.line(f"{title} 100 s of each recording", rows_of(part, substances))
    lacking = np.array([np.isnan(full.raw[full.label == k]).any(1).all() for k in range(50)])
    having = ~lacking[full.label]
    chances, _ = left.ask(Rows(full.raw[~having], full.label[~having], full.recording[~having]))
    print(f"  the {lacking.sum()} substances never measured with Gas_Resistance: "
          f"{(chances.argmax(1) == full.label[~having]).mean():.4f}; given one of the other {50 - lacking.sum()}: "
          f"{(~lacking[chances.argmax(1)]).mean():.3f}")
    dead = np.arange(len(CHANNELS)) == CHANNELS.index("Gas_Resistance")
    chances, _ = left.ask(rows_of(recordings, substances, change=lambda w: np.where(dead, np.nan, w))[having])
    print(f"  the other {50 - lacking.sum()} with Gas_Resistance taken away, given one of the {lacking.sum()}: "
          f"{lacking[chances.argmax(1)].mean():.3f}")

    print("simulated sessions, one per recording")
    for name, session in TESTED.items():
        moved = [Recording(r.substance, r.name, disturb(r.frames, session, random)) for r in recordings]
        accuracies[name] = left.line(name, rows_of(moved, substances))
    clean = read()["parameters"]["clean_air"]
    moved = [clean_air_calibrated(r, TESTED["gain 10 %"], clean, random) for r in recordings]
    left.line("gain 10 %, then calibrated in clean air", rows_of(moved, substances))
    return accuracies


def whole(chances: np.ndarray, rows: Rows) -> float:
    means = [(chances[rows.recording == r].mean(0).argmax(), rows.label[rows.recording == r][0]) for r in range(250)]
    return float(np.mean([a == b for a, b in means]))


def clean_air_calibrated(
    recording: Recording, session: Session, clean: dict[str, float], random: np.random.Generator
) -> Recording:
    """A recording by a device that is off by a session, corrected as services/sensors does: by the clean-air offset."""
    first = np.array([clean.get(c, 1.0) for c in CHANNELS])
    moved = disturb(np.vstack([first, recording.frames]), session, random)
    own, frames = moved[0], moved[1:]
    counted = np.array([c in clean for c in CHANNELS])
    corrected = np.where(counted, np.clip(frames - own + first, 0, 1022), frames)
    return Recording(recording.substance, recording.name, corrected)


def open_set(rehearsal: Rehearsal, substances: list[str]) -> None:
    scores, known = rehearsal.cross_scored(), rehearsal.is_known
    for rate in (0.8, 0.9, 0.92, 0.95):
        passed = scores >= np.quantile(scores[known], 1 - rate)
        print(f"  known accepted {rate:.2f}: left-out substances accepted {passed[~known].mean():.3f} "
              f"± {deviation(passed[~known], rehearsal.substance[~known]):.3f}")
    strict = (scores[known] >= np.quantile(scores[~known], 0.9)).mean()
    order = np.argsort(np.concatenate([scores[~known], scores[known]])).argsort()[(~known).sum() :]
    area = (order.sum() - known.sum() * (known.sum() - 1) / 2) / known.sum() / (~known).sum()
    print(f"  left-out substances accepted .10: known accepted {strict:.3f}; area under the curve {area:.3f}")
    passed = scores >= np.quantile(scores[known], 0.1)
    rates = [(passed[~known & (rehearsal.substance == k)].mean(), name) for k, name in enumerate(substances)]
    rates.sort()
    print(f"  most often taken for another: {', '.join(f'{n} {r:.2f}' for r, n in rates[:-11:-1])}")
    few, many = sum(r < 0.1 for r, _ in rates), sum(r > 0.5 for r, _ in rates)
    print(f"  under .1 of windows: {few} of 50 substances; over .5: {many}")
    for index, name in ((0, "vote of the first forests"), (5, "entropy"), (9, "distance over own spread")):
        one = rehearsal.evidence[:, index] * (1 if index == 0 else -1)
        print(f"  {name} alone at .9 accepted: {(one[~known] >= np.quantile(one[known], 0.1)).mean():.3f}")


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


def shipped(recordings: list[Recording]) -> None:
    """What the shipped file can be asked although it saw all recordings."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    path = MODEL_FOLDER / "model.onnx"
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    rule = read()["parameters"]["unknown"]
    random = np.random.default_rng(3)
    patterns: dict[str, list] = {}
    for item in recordings[::2]:
        for window in cut(item.frames, stride=200):
            for kind, pattern in foreign(window, random).items():
                patterns.setdefault(kind, []).append(pattern)
    for kind, windows in patterns.items():
        raw = raw_features(np.array(windows))
        known, distance = session.run(["known", "distance"], {"features": raw.astype(np.float32)})
        gone = np.isnan(raw[:, : len(CHANNELS)]).sum(1) > 1
        unknown = gone | (known[:, 0] < rule["min_known"]) | (distance[:, 0] > rule["max_distance"])
        print(f"  {kind:46s} called unknown {unknown.mean():.3f}  ({len(windows)})")
    one = raw_features(recordings[0].frames[None, :100]).astype(np.float32)
    times = []
    for _ in range(500):
        start = time.perf_counter()
        session.run(None, {"features": one})
        times.append(time.perf_counter() - start)
    print(f"  {path.stat().st_size / 1e6:.2f} MB; one window {1000 * np.median(times):.2f} ms on one thread")


def main() -> None:
    write = "--write" in sys.argv
    folder = data_folder([a for a in sys.argv[1:] if a != "--write"])
    recordings = load(folder)
    substances = sorted({r.substance for r in recordings})
    folds = fold_of(recordings)
    bank = make_bank(recordings, substances)
    print("leave substances out: ten groups of five, one recording of the others held back", flush=True)
    rehearsal = rehearse(bank, folds)
    open_set(rehearsal, substances)
    print("leave one recording out: accuracy over windows", flush=True)
    accuracies = leave_one_recording_out(LeftOut(bank, folds, rehearsal), bank, recordings, substances)
    print("shipped file: foreign patterns, size, latency", flush=True)
    shipped(recordings)
    print("another day: what few substances of more than one day show", flush=True)
    otherday.report(folder, recordings, bank)
    print("gcms.csv", flush=True)
    notes = yaml.safe_load((MODEL_FOLDER / "substances.yaml").read_text())
    chemistry.report(folder, bank, substances, notes)
    print("choice of channels and features", flush=True)
    choices.report(folder)
    if write:
        manifest = read()
        names = {"plain": "smellnet-leave-one-recording-out", "gain 10 %": "smellnet-simulated-session-gain-10"}
        manifest["metrics"] = [
            {"dataset": names[k], "metric": "window_accuracy", "value": round(accuracies[k], 4)} for k in names
        ]
        save(manifest)


if __name__ == "__main__":
    main()
