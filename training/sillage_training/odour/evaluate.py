"""Prints the figures of the odour models' cards.

python -m sillage_training.odour.evaluate [--data FOLDER] [--model FOLDER ...] [--no-speed]

Notes: the members of olfactory-base 2 and 3 and olfactory-fast 1 were cross-validated over the folds of gslf_train.csv; what
they gave to the molecules they had not seen is kept in evidence/olfactory.npz, and the figures are computed from it.
(`train` remakes it.) The shipped weights learnt from all folds. olfactory-base 1 was held back from fold 0, where its
shipped file itself is measured. Ratings, threshold and odorous: ten folds by molecule on the shipped embedding.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from pathlib import Path

import numpy as np
import onnxruntime
import yaml

from .calibration import cross_calibrated
from .confidence import confidence, fit_confidence
from .data import (
    BASE_FOLDER, EARLIER_FOLDER, FAST_FOLDER, MODEL_FOLDER, Labelled, data_folder, load_labelled, load_odorous,
    load_ratings, load_thresholds,
)
from .evidence import EVIDENCE, load_evidence, served_logits
from .features import Features, Featuriser, parse
from .heads import Space, validate_odorous, validate_rating, validate_threshold
from .metrics import (
    bootstrap_sd, calibration_error, fold_aurocs, fold_bootstrap_sd, hit_rate, macro_auroc,
)
from .runtime import feed_of, run, session

HELD = 0
MEMBERS = {
    BASE_FOLDER: {
        "single graph transformer": ["transformer"],
        "single network on environments": ["mlp"],
        "as shipped": ["transformer", "mlp"],
    },
    EARLIER_FOLDER: {"single graph transformer": ["transformer-2"], "as shipped": ["transformer-2", "near"]},
    FAST_FOLDER: {"as shipped": ["near"]},
}
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
    feeds = [feed_of(model, [features[j] for j in order[i : i + batch]]) for i in range(0, len(order), batch)]
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        for feed in feeds:
            model.run(["probabilities"], feed)
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


def known_out_of_fold(smiles: list[str], fold: np.ndarray, featuriser: Featuriser) -> np.ndarray:
    """Share of atoms [n] whose surroundings occur in at least three molecules of the other folds."""
    keys = []
    for text in smiles:
        graph = parse(text)
        if graph is None:
            raise ValueError(text)
        keys.append(featuriser.raw(graph).atom_keys)
    everywhere = Counter(k for molecule in keys for k in set(molecule))
    own = {f: Counter(k for m, g in zip(keys, fold, strict=True) if g == f for k in set(m)) for f in np.unique(fold)}
    return np.array(
        [np.mean([everywhere[k] - own[f][k] >= 3 for k in molecule]) for molecule, f in zip(keys, fold, strict=True)]
    )


def note_figures(logits: np.ndarray, labels: np.ndarray, fold: np.ndarray) -> list[dict[str, object]]:
    """The figures of a manifest, from out-of-fold logits; rows that are NaN were not cross-validated."""
    rows = ~np.isnan(logits[:, 0])
    y, f = labels[rows], fold[rows]
    p = cross_calibrated(logits[rows], y, f)
    folds = np.unique(f)
    dataset = "gslf-5-fold" if len(folds) == 5 else "gslf-fold-" + "-".join(map(str, folds))
    return [
        {"dataset": dataset, "metric": "macro_auroc", "value": round(float(np.mean(fold_aurocs(y, logits[rows], f))), 4)},
        {"dataset": dataset, "metric": "calibration_error", "value": round(calibration_error(y, p), 4)},
    ]


def cross_validation(folder: Path, labelled: Labelled, featuriser: Featuriser, line: dict[str, float]) -> None:
    """Prints what the out-of-fold predictions say of the notes."""
    evidence = load_evidence(EVIDENCE)
    for name, kinds in MEMBERS[folder].items():
        logits = served_logits(kinds, evidence)
        rows = ~np.isnan(logits[:, 0])
        logits, y, fold = logits[rows], labelled.labels[rows], labelled.fold[rows]
        each = fold_aurocs(y, logits, fold)
        p = cross_calibrated(logits, y, fold)
        print(f"{name}, cross-validated on folds {', '.join(map(str, np.unique(fold)))}, {len(y)} molecules")
        print(
            f"  macro AUROC: {np.mean(each):.4f} (by fold {' '.join(f'{a:.4f}' for a in each)}, SD {np.std(each):.4f}; "
            f"bootstrap SD of the mean {fold_bootstrap_sd(y, logits, fold):.4f})"
        )
        raw = calibration_error(y, 1 / (1 + np.exp(-logits)))
        print(f"  ECE over molecule-note pairs: {calibration_error(y, p):.4f}; before calibration {raw:.4f}")
        gaps = np.abs(p.mean(0) - y.mean(0))
        print(f"  calibration of single notes, mean and worst |mean probability - rate|: {gaps.mean():.4f}, {gaps.max():.4f}")
    known = known_out_of_fold(labelled.smiles, labelled.fold, featuriser)[rows]
    hits = hit_rate(y, p)
    print(
        f"first note among the labels: {hits.mean():.3f}; "
        f"for molecules with an unfamiliar atom {hits[known < 1].mean():.3f} ({(known < 1).sum()} molecules)"
    )
    confidence_table(p, y, known, line["intercept"], line["slope"])


def held_fold(model: onnxruntime.InferenceSession, labelled: Labelled, featuriser: Featuriser, line: dict[str, float]) -> None:
    """Prints how olfactory-base 1 does on the fold it never saw."""
    test = labelled.fold == HELD
    features = [featuriser(g) for g, k in zip(labelled.graphs, test, strict=True) if k]
    y, p = labelled.labels[test], run(model, features)["probabilities"]
    known = np.array([f.known_fraction for f in features])
    hits = hit_rate(y, p)
    print(f"gslf-fold-{HELD}, {len(y)} molecules never trained on")
    print(f"  macro AUROC: {macro_auroc(y, p):.4f} (bootstrap SD {bootstrap_sd(y, p):.4f})")
    print(f"  ECE over molecule-note pairs: {calibration_error(y, p):.4f}")
    print(
        f"first note among the labels: {hits.mean():.3f}; "
        f"for molecules with an unfamiliar atom {hits[known < 1].mean():.3f} ({(known < 1).sum()} molecules)"
    )
    confidence_table(p, y, known, line["intercept"], line["slope"])


def heads(model: onnxruntime.InferenceSession, featuriser: Featuriser, labelled: Labelled, data: Path) -> None:
    """Prints how the heads do on molecules they were not fitted on."""

    def embed(keys: list[str]) -> np.ndarray:
        return run(model, [featuriser(parse(k)) for k in keys])["embedding"]

    space = Space.of(run(model, [featuriser(g) for g in labelled.graphs])["embedding"])
    ratings, thresholds, odorous = load_ratings(data), load_thresholds(data), load_odorous(data)
    points, dilution = space(embed(list(ratings["key"]))), ratings["log_dilution"].to_numpy()
    fits = {
        name: validate_rating(points, dilution, ratings[name].to_numpy() / 10, ratings["key"].to_numpy())
        for name in ("intensity", "pleasantness")
    }
    fits["detection threshold"] = validate_threshold(
        space(embed(list(thresholds["key"]))),
        thresholds["log10_inverse_odt_ppm"].to_numpy(),
        thresholds["key"].to_numpy(),
    )
    for name, fit in fits.items():
        print(
            f"{name}, 10-fold by molecule: Pearson r {fit.r:.3f}, RMSE {fit.rmse:.2f} (the mean alone {fit.naive:.2f}; "
            f"{fit.molecules} molecules)"
        )
    unseen = ~np.isin(odorous["key"], labelled.smiles)
    auroc, auroc_unseen, ece = validate_odorous(embed(list(odorous["key"])), odorous["odorous"].to_numpy(), unseen)
    print(
        f"odorous, 10-fold: AUROC {auroc:.3f}; of the {unseen.sum()} not among the labelled training molecules "
        f"{auroc_unseen:.3f}; ECE {ece:.4f}"
    )


def measure(folder: Path, data: Path, with_speed: bool) -> bool:
    """Prints all figures of one model; whether the familiar molecules have their notes."""
    manifest = yaml.safe_load((folder / "manifest.yaml").read_text())
    print(f"== {manifest['name']} {manifest['version']}")
    model = session(folder / manifest["files"]["model"])
    featuriser = Featuriser.load(folder / manifest["files"]["features"])
    labelled = load_labelled(data)
    line = manifest["parameters"]["confidence"]
    if folder in MEMBERS:
        cross_validation(folder, labelled, featuriser, line)
        heads(model, featuriser, labelled, data)
    else:
        held_fold(model, labelled, featuriser, line)
    good = familiar(model, featuriser, manifest["labels"])
    if with_speed:
        everything = [featuriser(g) for g in labelled.graphs[:2048]]
        by_length, unsorted = speed(model, everything, True), speed(model, everything, False)
        print(
            f"onnxruntime, 1 thread, batch 32, molecules/s: {by_length:.0f} by length, {unsorted:.0f} unsorted"
        )
    return good


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data")
    parser.add_argument("--model", type=Path, nargs="*", default=[MODEL_FOLDER, EARLIER_FOLDER, BASE_FOLDER, FAST_FOLDER])
    parser.add_argument("--no-speed", action="store_true")
    options = parser.parse_args()
    data = data_folder(options.data)
    good = [measure(folder.resolve(), data, not options.no_speed) for folder in options.model]
    if not all(good):
        raise SystemExit("a familiar molecule lacks its note")


if __name__ == "__main__":
    main()
