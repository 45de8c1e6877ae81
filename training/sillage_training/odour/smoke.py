"""Trains tiny odour models end to end in under a minute, without the data sets, and writes a model repository.

python -m sillage_training.odour.smoke --out FOLDER

The molecules are those of olfactory-fast's golden file, their notes and ratings what that model answered for them: real
chemistry and plausible labels, but nothing to learn from. All of `train` runs on them, an epoch each.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import yaml
from threadpoolctl import threadpool_limits

from .data import FAST_FOLDER
from .features import Featuriser, parse
from .runtime import run as answer
from .runtime import session
from .train import RECIPES, SHIPPED, run

LABELLED = 100
UNLABELLED = 20


def write_data(folder: Path) -> None:
    """The data sets in small, made from the golden file."""
    notes = yaml.safe_load((FAST_FOLDER / "manifest.yaml").read_text())["labels"]
    golden = json.loads(gzip.decompress((FAST_FOLDER / "golden.json.gz").read_bytes()))["molecules"]
    # Molecules of ordinary size: the awkward ones come first and the largest last of them.
    entries = [m for m in golden if 3 < len(m["graph"]["atoms"]) < 24][: LABELLED + UNLABELLED]
    smiles = [m["smiles"] for m in entries]
    p = np.array([m["outputs"]["probabilities"] for m in entries])
    rank = p.argsort(1).argsort(1)
    hot = (rank >= p.shape[1] - 3).astype(int)

    def table(name: str, header: list[str], rows: list[list[object]]) -> None:
        with (folder / "odor" / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows([header, *rows])

    def value(i: int, name: str) -> float:
        return float(entries[i]["outputs"][name][0])

    (folder / "odor").mkdir(parents=True)
    labelled, rest = range(LABELLED), range(LABELLED, len(entries))
    table("gslf_train", ["smiles", "fold", *notes], [[smiles[i], i % 3, *hot[i]] for i in labelled])
    table("molecules", ["smiles", "name", "sources"], [[smiles[i], "", "golden"] for i in rest])
    words = [" ".join(np.array(notes)[hot[i] > 0]) for i in range(len(entries))]
    table("free_text_labels", ["smiles", "source", "text"], [[s, "golden", w] for s, w in zip(smiles, words, strict=True)])
    table(
        "dream_ratings",
        ["smiles", "dilution", "intensity", "pleasantness", "subjects"],
        [
            [smiles[i], d, 10 * value(i, "intensity") + k, 10 * value(i, "pleasantness"), 1]
            for i in labelled
            for k, d in enumerate(("1/100000", "1/1000"))
        ],
    )
    table("detection_threshold", ["smiles", "log10_inverse_odt_ppm"], [[smiles[i], value(i, "detection_threshold")] for i in labelled])
    table("odorous", ["smiles", "odorous", "split"], [[smiles[i], i % 3 and 1, "train"] for i in labelled])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="where the model repository is written")
    options = parser.parse_args()
    start = time.monotonic()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch, threadpool_limits(1):
        data, work = Path(scratch) / "data", Path(scratch) / "work"
        write_data(data)
        recipes = {kind: replace(recipe, epochs=1) for kind, recipe in RECIPES.items()}
        folds = {kind: (0, 1, 2) for kind in recipes}
        run(data, work, options.out, Path(scratch) / "evidence.npz", folds, recipes, with_pretrained=False)
    for shipped in SHIPPED:
        folder = options.out / shipped.folder
        outputs = answer(session(folder / "model.onnx"), [Featuriser.load(folder / "features.json")(parse("CCO"))])
        if not all(np.isfinite(v).all() for v in outputs.values()):
            raise SystemExit(f"{shipped.folder} gives numbers that are not finite")
    print(f"trained and exported in {time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
