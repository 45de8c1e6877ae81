"""Trains olfactory-base and olfactory-fast, cross-validates both, and writes their folders and the evidence.

python -m sillage_training.odour.train --work FOLDER [--data FOLDER] [--transformer-folds 0 1 2 3 4] [--models FOLDER]

Everything computed is kept in the work folder; a run that was cut off goes on where it was.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from .calibration import cross_calibrated, fit_lines
from .confidence import fit_confidence
from .crossvalidate import out_of_folds, student
from .data import REPOSITORY, data_folder, load_odorous, load_ratings, load_thresholds
from .ensemble import Heads, Served
from .evaluate import known_out_of_fold, note_figures
from .evidence import EVIDENCE, load_evidence, save_evidence, served_logits
from .export import golden_molecules, write_golden, write_manifest, write_onnx
from .features import Features, Featuriser, parse
from .heads import Space, fit_kernel, fit_odorous, fit_rating
from .material import FOLDS, Material, cached
from .metrics import hit_rate
from .model import Network
from .runtime import session
from .student import MLP, NEAR, TRANSFORMER, Recipe, predict, seen_by

RECIPES: dict[str, Recipe] = {"transformer": TRANSFORMER, "mlp": MLP, "near": NEAR}
DATA = [
    "GS-LF (GoodScents and Leffingwell) as curated by OpenPOM, 4,472 molecules (MIT)",
    "Pyrfume archive, 6,618 molecules without labels and descriptions of 3,365 molecules in words (MIT)",
    "DREAM olfaction ratings, Keller and Vosshall 2016, 308 molecules (MIT)",
    "Odour detection thresholds, Abraham et al. 2012, 249 molecules",
    "Odorous and odourless molecules, Mayhew et al. 2022, 1,860 molecules",
]


@dataclass(frozen=True)
class Shipped:
    """A model folder: which students are averaged in it, the first of which gives the embedding."""

    folder: str
    kinds: tuple[str, ...]
    golden: int
    summary: str


SHIPPED = (
    Shipped(
        "olfactory-base/3",
        ("transformer", "mlp"),
        500,
        "Graph transformer and network on atom environments: 138 odour notes with calibrated probabilities, "
        "intensity, pleasantness, detection threshold and an embedding of a molecule",
    ),
    Shipped(
        "olfactory-fast/1",
        ("near",),
        200,
        "Network on counts of atom environments: what olfactory-base gives, many times faster",
    ),
)


def fit_heads(network: Network, featuriser: Featuriser, everything: list[Features], data: Path) -> Heads:
    """All heads on the embedding of one network; `everything` is what distances are standardised over."""

    def embed(keys: list[str]) -> np.ndarray:
        # Once for each molecule: one that was rated twice is to be one centre of the kernel.
        distinct, index = np.unique(keys, return_inverse=True)
        return predict(network, [featuriser(parse(k)) for k in distinct])[1][index]

    space = Space.of(predict(network, everything)[1])
    ratings, thresholds, odorous = load_ratings(data), load_thresholds(data), load_odorous(data)
    points, dilution = space(embed(list(ratings["key"]))), ratings["log_dilution"].to_numpy()
    return Heads(
        space,
        fit_rating(points, dilution, ratings["intensity"].to_numpy() / 10),
        fit_rating(points, dilution, ratings["pleasantness"].to_numpy() / 10),
        fit_kernel(space(embed(list(thresholds["key"]))), thresholds["log10_inverse_odt_ppm"].to_numpy()),
        fit_odorous(embed(list(odorous["key"])), odorous["odorous"].to_numpy()),
    )


def ship(
    shipped: Shipped, networks: list[Network], material: Material, evidence: dict[str, np.ndarray], data: Path, out: Path
) -> None:
    """Calibrates, fits heads and writes the folder."""
    material = seen_by(shipped.kinds[0], material)
    featuriser = material.featuriser
    labelled = material.labelled
    logits = served_logits(list(shipped.kinds), evidence)
    rows = ~np.isnan(logits[:, 0])
    y, fold = material.labels[labelled][rows], material.fold[labelled][rows]
    lines = fit_lines(logits[rows], y)
    p = cross_calibrated(logits[rows], y, fold)
    known = known_out_of_fold(material.smiles[: len(logits)], material.fold[labelled], featuriser)[rows]
    # The chance that the first note is right is learnt where all surroundings are known; the rest is their share.
    line = fit_confidence(p[known == 1], hit_rate(y, p)[known == 1])

    out.mkdir(parents=True, exist_ok=True)
    # The rounded file is what is served, so it is also what the golden file is made with.
    (out / "features.json").write_text(json.dumps(featuriser.spec, separators=(",", ":")) + "\n")
    learnt = [f for f, k in zip(material.features, labelled, strict=True) if k]
    served = Served(networks, lines, fit_heads(networks[0], featuriser, learnt, data))
    difference = write_onnx(served, featuriser, out / "model.onnx")
    model = session(out / "model.onnx")
    write_golden(out / "golden.json.gz", featuriser, model, golden_molecules(material.smiles, shipped.golden))
    write_manifest(
        out / "manifest.yaml",
        shipped.summary,
        material.notes,
        model,
        {"confidence": {"intercept": line[0], "slope": line[1]}, "reference_dilution": 0.001},
        note_figures(logits, material.labels[labelled], material.fold[labelled]),
        DATA,
    )
    print(f"{out.name}: {shipped.folder}, onnxruntime against torch {difference:.1e}")


def run(
    data: Path,
    work: Path,
    models: Path,
    evidence: Path,
    folds: dict[str, tuple[int, ...]],
    recipes: dict[str, Recipe],
    with_pretrained: bool = True,
) -> None:
    """Trains, cross-validates and writes everything. folds: by kind, which to cross-validate."""
    material = cached(data, work, with_pretrained)
    logits = {kind: out_of_folds(material, recipe, 0, work, folds[kind]) for kind, recipe in recipes.items()}
    # Of versions that are no longer made the evidence stays.
    earlier = load_evidence(evidence) if evidence.exists() else {}
    save_evidence(evidence, {**earlier, **logits})
    logits = load_evidence(evidence)
    for shipped in SHIPPED:
        networks = [student(material, recipes[kind], 0, None, work) for kind in shipped.kinds]
        ship(shipped, networks, material, logits, data, models / shipped.folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data")
    parser.add_argument("--work", type=Path, required=True, help="checkpoints; safe to use again after a cut")
    parser.add_argument("--models", type=Path, default=REPOSITORY / "models")
    parser.add_argument("--evidence", type=Path, default=EVIDENCE)
    parser.add_argument("--transformer-folds", type=int, nargs="*", default=list(FOLDS), help="folds to cross-validate")
    options = parser.parse_args()
    torch.set_num_threads(1)
    folds = {"transformer": tuple(options.transformer_folds), "mlp": FOLDS, "near": FOLDS}
    with threadpool_limits(1):
        run(data_folder(options.data), options.work, options.models, options.evidence, folds, RECIPES)


if __name__ == "__main__":
    main()
