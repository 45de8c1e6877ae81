"""Compares float32, float16 and int8 forms of an odour model and writes docs/optimisation.md.

python -m sillage_training.optimisation.report [--data FOLDER] [--model FOLDER] [--out FILE] [--rounds 5]

Everything is measured in one run on one thread; speeds are medians of ratios against float32 in the same round.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
import yaml

from ..odour.data import BASE_FOLDER, REPOSITORY, data_folder, load_labelled
from ..odour.features import Features, Featuriser
from ..odour.metrics import bootstrap_sd, macro_auroc
from ..odour.runtime import Batch, run, session
from .variants import VARIANTS, Feed

HELD = 0
BATCHES = (1, 32)
CALIBRATION = 512
TIMED = 1024
WORTH = 1.25
SAME_FIRST = 0.999


@dataclass
class Figures:
    """Of one variant."""

    size_mb: float
    memory_mb: float
    auroc: float
    mean_change: float
    largest_change: float
    same_first: float
    """Milliseconds of a call, by batch size."""
    latency_ms: dict[int, float]
    """Speed at batch 32 as a multiple of float32's."""
    ratio: float


def batches(features: list[Features], size: int) -> list[Feed]:
    """Feeds of molecules of like length, as the server makes them."""
    order = np.argsort([len(f.atoms) for f in features], kind="stable")
    return [Batch.of([features[j] for j in order[i : i + size]]).feed() for i in range(0, len(order), size)]


def seconds(model: onnxruntime.InferenceSession, feeds: list[Feed]) -> float:
    """Of the processor, so that whatever else it does at the time is not counted."""
    start = time.process_time()
    for feed in feeds:
        model.run(None, feed)
    return time.process_time() - start


def timed(models: dict[str, onnxruntime.InferenceSession], features: list[Features], rounds: int):
    """Latency by variant and batch size (median over rounds), and speed against float32 at the largest batch."""
    latency: dict[str, dict[int, float]] = {name: {} for name in models}
    ratio: dict[str, float] = {}
    for size in BATCHES:
        feeds = batches(features if size > 1 else features[: TIMED // 8], size)
        spent = {name: [] for name in models}
        for _ in range(rounds):
            for name, model in models.items():
                spent[name].append(seconds(model, feeds))
        base = np.array(spent["float32"])
        for name in models:
            latency[name][size] = float(np.median(spent[name])) / len(feeds) * 1000
            ratio[name] = float(np.median(base / np.array(spent[name])))
    return latency, ratio


def memory(path: Path, feed: Feed) -> float:
    """In a process of its own, so that nothing else is counted."""
    with tempfile.TemporaryDirectory() as folder:
        stored = Path(folder) / "feed.npz"
        np.savez(stored, **feed)
        command = [sys.executable, "-m", "sillage_training.optimisation.memory", str(path), str(stored)]
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def table(figures: dict[str, Figures], speed_base: float) -> list[str]:
    rows = [
        "| form | file, MB | memory, MB | macro AUROC | mean / largest change of a probability | same first note "
        "| batch 1, ms | batch 32, ms | molecules/s | × float32 |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, f in figures.items():
        rows.append(
            f"| {name} | {f.size_mb:.1f} | {f.memory_mb:.0f} | {f.auroc:.4f} | {f.mean_change:.5f} / "
            f"{f.largest_change:.3f} | {f.same_first:.3f} | {f.latency_ms[1]:.2f} | {f.latency_ms[32]:.2f} | "
            f"{speed_base * f.ratio:,.0f} | {f.ratio:.2f} |"
        )
    return rows


def shipped(figures: dict[str, Figures], deviation: float) -> str:
    """The form that the rule of the report gives."""
    floor = figures["float32"].auroc - deviation / 10
    fit = {name: f for name, f in figures.items() if f.auroc >= floor and f.ratio >= WORTH and f.same_first >= SAME_FIRST}
    return max(fit, key=lambda name: fit[name].ratio, default="float32")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data")
    parser.add_argument("--model", type=Path, default=BASE_FOLDER)
    parser.add_argument("--out", type=Path, default=REPOSITORY / "docs" / "optimisation.md")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    manifest = yaml.safe_load((options.model / "manifest.yaml").read_text())
    featuriser = Featuriser.load(options.model / manifest["files"]["features"])
    labelled = load_labelled(data_folder(options.data))
    features = [featuriser(graph) for graph in labelled.graphs]
    held = [f for f, fold in zip(features, labelled.fold, strict=True) if fold == HELD]
    others = [f for f, fold in zip(features, labelled.fold, strict=True) if fold != HELD]
    labels = labelled.labels[labelled.fold == HELD]
    calibration = batches(others[:CALIBRATION], 32)

    with tempfile.TemporaryDirectory() as folder:
        paths = {"float32": options.model / manifest["files"]["model"]}
        for name, make in VARIANTS.items():
            paths[name] = Path(folder) / f"{name.replace(' ', '-')}.onnx"
            make(paths["float32"], paths[name], calibration)
        models = {name: session(path) for name, path in paths.items()}
        answers = {name: run(model, held)["probabilities"] for name, model in models.items()}
        latency, ratio = timed(models, others[:TIMED], options.rounds)
        widest = batches(others[:TIMED], 32)[-1]
        reference = answers["float32"]
        figures = {
            name: Figures(
                size_mb=paths[name].stat().st_size / 1e6,
                memory_mb=memory(paths[name], widest),
                auroc=macro_auroc(labels, p),
                mean_change=float(np.abs(p - reference).mean()),
                largest_change=float(np.abs(p - reference).max()),
                same_first=float((p.argmax(1) == reference.argmax(1)).mean()),
                latency_ms=latency[name],
                ratio=ratio[name],
            )
            for name, p in answers.items()
        }
    deviation = bootstrap_sd(labels, reference)
    speed = 32 / latency["float32"][32] * 1000
    text = "\n".join(
        [
            "# Forms of the odour model",
            "",
            f"{manifest['name']} {manifest['version']} on onnxruntime {onnxruntime.__version__}, one CPU thread, "
            f"batches of molecules of like length. Written by `python -m sillage_training.optimisation.report` in "
            f"`training/`; times are the processor's, medians of {options.rounds} rounds in which every form took its turn.",
            "",
            *table(figures, speed),
            "",
            f"Macro AUROC is that of fold {HELD} of GS-LF ({len(labels)} molecules; bootstrap SD {deviation:.4f}), from "
            "which the shipped weights learnt too: it shows what a form loses, and the model's card how good it is. "
            "Changes are against float32 over the same molecules. Memory is what loading the model and one batch of "
            "the longest molecules add to a process. `int8 static` is calibrated on "
            f"{CALIBRATION} molecules of the other folds; both int8 forms keep everything but matrix products in float32.",
            "",
            f"The rule: float32, whose answers are the same on every processor, is shipped unless a form is at least "
            f"{WORTH} times as fast with an AUROC within a tenth of its deviation of float32's and the same first note "
            f"for {SAME_FIRST} of molecules. By these figures that is **{shipped(figures, deviation)}**.",
            "",
        ]
    )
    options.out.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
