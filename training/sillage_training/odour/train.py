"""Trains olfactory-base and writes its ONNX, features and golden file.

python -m sillage_training.odour.train [--data FOLDER] [--out FOLDER] [--held 0] [--seed 0] [--minutes 15]
    [--generations 2]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from .confidence import fit_confidence
from .corpus import Material, build, reteach
from .data import MODEL_FOLDER, data_folder, load_odorous, load_ratings
from .export import Served, write_golden, write_onnx
from .features import parse
from .heads import fit_odorous, fit_rating
from .metrics import calibration_error, hit_rate, macro_auroc
from .model import OdourTransformer
from .runtime import session
from .student import predict, train_student


def finish(material: Material, network: OdourTransformer, data: Path, out: Path, held: int) -> None:
    """Fits heads and confidence around a trained network and writes the model folder."""
    featuriser, labelled = material.featuriser, material.labelled
    test = labelled.fold == held
    logits, _ = predict(network, [f for f, k in zip(material.features, test, strict=True) if k])
    y = labelled.labels[test]
    p = 1 / (1 + np.exp(-logits))
    intercept, slope = fit_confidence(p, hit_rate(y, p))

    ratings = load_ratings(data)
    _, embedding = predict(network, [featuriser(parse(s)) for s in ratings["key"]])
    heads = [
        fit_rating(embedding, ratings["log_dilution"].to_numpy(), ratings[name].to_numpy() / 10)
        for name in ("intensity", "pleasantness")
    ]
    table = load_odorous(data)
    _, embedding = predict(network, [featuriser(parse(s)) for s in table["key"]])
    odorous = fit_odorous(embedding, table["odorous"].to_numpy())

    out.mkdir(parents=True, exist_ok=True)
    # The rounded file is what is served, so it is also what the golden file is made with.
    (out / "features.json").write_text(json.dumps(featuriser.spec, separators=(",", ":")) + "\n")
    difference = write_onnx(Served(network, heads, odorous), featuriser, out / "model.onnx")
    write_golden(out / "golden.json", featuriser, session(out / "model.onnx"))
    print(f"onnxruntime against torch: {difference:.1e}")
    print(f"macro AUROC {macro_auroc(y, p):.4f}, ECE {calibration_error(y, p):.4f}")
    print(f"for the manifest: confidence intercept {intercept} slope {slope}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data")
    parser.add_argument("--out", type=Path, default=MODEL_FOLDER)
    parser.add_argument("--held", type=int, default=0, help="fold held back from everything and used to measure")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=15.0, help="ceiling for the training of each student")
    parser.add_argument("--generations", type=int, default=2, help="students, each taught by the one before as well")
    options = parser.parse_args()
    torch.set_num_threads(1)
    data = data_folder(options.data)
    material = build(data, options.held)
    corpus = material.corpus
    elements = len(material.featuriser.elements)
    network = train_student(corpus, elements, seed=options.seed, minutes=options.minutes)
    for generation in range(1, options.generations):
        corpus = reteach(corpus, network)
        network = train_student(corpus, elements, seed=options.seed + generation, minutes=options.minutes)
    finish(material, network, data, options.out, options.held)


if __name__ == "__main__":
    main()
