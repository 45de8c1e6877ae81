"""Measures the shipped files of olfactory-base on the molecules they were not trained on.

python -m sillage_training.odour.evaluate [--data FOLDER] [--model FOLDER] [--no-speed]
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import onnxruntime
import yaml

from .confidence import confidence, fit_confidence
from .data import MODEL_FOLDER, data_folder, load_labelled, load_odorous, load_ratings
from .runtime import OUTPUTS, Batch, run, session
from .features import Features, Featuriser, parse
from .heads import validate_odorous, validate_rating
from .metrics import bootstrap_sd, calibration_error, hit_rate, macro_auroc

HELD = 0
FAMILIAR = {
    "vanillin": ("COc1cc(C=O)ccc1O", ("vanilla",)),
    "limonene": ("CC1=CCC(CC1)C(=C)C", ("citrus",)),
    "dimethyl disulfide": ("CSSC", ("sulfurous", "alliaceous", "onion", "garlic")),
    "benzaldehyde": ("O=Cc1ccccc1", ("almond",)),
    "muscone": ("CC1CCCCCCCCCCCCC(=O)C1", ("musk",)),
}


def speed(model: onnxruntime.InferenceSession, features: list[Features], by_length: bool, batch: int = 32) -> float:
    """Molecules per second on one thread, tensors ready, best of three passes."""
    order = np.random.default_rng(0).permutation(len(features))
    if by_length:
        order = np.argsort([len(f.atoms) for f in features])
    feeds = [Batch.of([features[j] for j in order[i : i + batch]]).feed() for i in range(0, len(order), batch)]
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        for feed in feeds:
            model.run(list(OUTPUTS), feed)
        best = min(best, time.perf_counter() - start)
    return len(features) / best


def familiar(model: onnxruntime.InferenceSession, featuriser: Featuriser, notes: list[str]) -> bool:
    """Prints the first five notes of well-known molecules; whether each has an expected one among them."""
    good = True
    for name, (smiles, expected) in FAMILIAR.items():
        graph = parse(smiles)
        if graph is None:
            raise ValueError(smiles)
        p = run(model, [featuriser(graph)])["probabilities"][0]
        first = [notes[j] for j in np.argsort(-p)[:5]]
        ok = any(note in first for note in expected)
        good &= ok
        print(f"{name}: {', '.join(f'{n} {p[notes.index(n)]:.2f}' for n in first)}: {'ok' if ok else 'MISSING'}")
    return good


def confidence_table(p: np.ndarray, y: np.ndarray, known: np.ndarray, intercept: float, slope: float) -> None:
    """Prints how the error grows as confidence falls: shares of wrong first notes and the log loss per molecule."""
    hits = hit_rate(y, p)
    loss = -(y * np.log(p.clip(1e-6)) + (1 - y) * np.log((1 - p).clip(1e-6))).mean(1)
    c = confidence(p, known, intercept, slope)
    for group in np.array_split(np.argsort(-c), 5):
        print(
            f"confidence {c[group].min():.2f}-{c[group].max():.2f}: first note wrong {1 - hits[group].mean():.3f}, "
            f"log loss {loss[group].mean():.4f} ({len(group)} molecules)"
        )
    other = np.zeros(len(c))
    halves = np.random.default_rng(0).permutation(len(c)) % 2
    for half in (0, 1):
        line = fit_confidence(p[halves != half], hits[halves != half])
        other[halves == half] = confidence(p[halves == half], known[halves == half], *line)
    ece = calibration_error(hits.astype(float), other, 10)
    print(f"confidence against right first notes, ECE, line fitted on the other half: {ece:.4f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data")
    parser.add_argument("--model", type=Path, default=MODEL_FOLDER)
    parser.add_argument("--no-speed", action="store_true")
    options = parser.parse_args()
    data = data_folder(options.data)
    manifest = yaml.safe_load((options.model / "manifest.yaml").read_text())
    model = session(options.model / manifest["files"]["model"])
    featuriser = Featuriser.load(options.model / manifest["files"]["features"])
    labelled = load_labelled(data)
    test = labelled.fold == HELD
    features = [featuriser(g) for g, k in zip(labelled.graphs, test, strict=True) if k]
    y, p = labelled.labels[test], run(model, features)["probabilities"]
    known = np.array([f.known_fraction for f in features])
    hits = hit_rate(y, p)

    print(f"gslf-fold-{HELD}, {len(y)} molecules never trained on")
    print(f"macro AUROC: {macro_auroc(y, p):.4f} (bootstrap SD {bootstrap_sd(y, p):.4f})")
    print(f"ECE over molecule-note pairs: {calibration_error(y, p):.4f}")
    strange = known < 1
    print(
        f"first note among the labels: {hits.mean():.3f}; "
        f"for molecules with an unfamiliar atom {hits[strange].mean():.3f} ({strange.sum()} molecules)"
    )
    parameters = manifest["parameters"]["confidence"]
    confidence_table(p, y, known, parameters["intercept"], parameters["slope"])

    ratings = load_ratings(data)
    embedding = run(model, [featuriser(parse(s)) for s in ratings["key"]])["embedding"]
    for name in ("intensity", "pleasantness"):
        r, rmse, naive = validate_rating(
            embedding, ratings["log_dilution"].to_numpy(), ratings[name].to_numpy() / 10, ratings["key"].to_numpy()
        )
        print(
            f"{name} at 1/1,000, 10-fold by molecule: Pearson r {r:.3f}, RMSE {rmse:.2f} (the mean alone {naive:.2f})"
        )
    table = load_odorous(data)
    seen = {s for s, k in zip(labelled.smiles, test, strict=True) if not k}
    unseen = np.array([k not in seen for k in table["key"]])
    embedding = run(model, [featuriser(parse(s)) for s in table["key"]])["embedding"]
    auroc, auroc_unseen, ece = validate_odorous(embedding, table["odorous"].to_numpy(), unseen)
    print(
        f"odorous, 10-fold: AUROC {auroc:.3f}; of the {unseen.sum()} not among the labelled training molecules "
        f"{auroc_unseen:.3f}; ECE {ece:.4f}"
    )

    good = familiar(model, featuriser, manifest["labels"])
    if not options.no_speed:
        everything = [featuriser(g) for g in labelled.graphs[:2048]]
        by_length, unsorted = speed(model, everything, True), speed(model, everything, False)
        print(
            f"onnxruntime, 1 thread, batch 32, molecules/s: {by_length:.0f} by length, {unsorted:.0f} unsorted"
        )
    if not good:
        raise SystemExit("a familiar molecule lacks its note")


if __name__ == "__main__":
    main()
