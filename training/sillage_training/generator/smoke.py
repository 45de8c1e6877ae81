"""Trains tiny generators end to end, without the data folder, and writes folders that the service loads:
`python -m sillage_training.generator.smoke --out FOLDER`. Under a minute on one core.

The molecules are some of the known ones beside the shipped model. Their notes are made up from what can be seen in the
SMILES: enough to see that every step works, and nothing to smell at.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
import yaml

from . import dit_export, dit_train, export, train
from .data import Corpus, usable
from .evaluate import figures_of, molecules_of
from .folders import MODELS, open_sampler, read_known

SHIPPED = MODELS / "generator-baseline" / "2"
MOLECULES = 320
SIGNS = {"fruity": "C(=O)O", "sulfurous": "S", "woody": "C1CC", "alcoholic": "CO", "spicy": "c"}


def tiny_corpus() -> Corpus:
    names = yaml.safe_load((SHIPPED / "manifest.yaml").read_text())["labels"]
    pool = [s for s in sorted(read_known(SHIPPED)) if len(s) < 24]
    smiles = [s for s in pool[:: len(pool) // (2 * MOLECULES)] if usable(s)][:MOLECULES]
    notes = np.zeros((len(smiles), len(names)), np.float32)
    for note, sign in SIGNS.items():
        notes[:, names.index(note)] = [sign in s for s in smiles]
    everyone = np.ones(len(smiles), bool)
    return Corpus(smiles, notes, everyone, names, held_out_smiles=[], held_out_notes=notes[:0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="folder of models; default: one that is thrown away")
    args = parser.parse_args()
    torch.set_num_threads(1)
    began = time.time()
    corpus = tiny_corpus()
    known, rates = sorted(read_known(SHIPPED)), [0.01] * len(corpus.note_names)
    with tempfile.TemporaryDirectory() as scratch:
        work, out = Path(scratch), args.out or Path(scratch) / "models"
        train.train(corpus, work / "recurrent", epochs=4, seed=1)
        export.export(work / "recurrent", out, known, lambda _: rates)
        dit_train.train(corpus, work / "dit", epochs=2, seed=1)
        dit_export.export(work / "dit", out, corpus, known, rates)
        for folder in sorted(out.glob("generator-*/*")):
            samples = list(open_sampler(folder).sample(48, seed=1))
            figures = figures_of(molecules_of(samples), len(samples), set(known))
            print(f"{folder.parent.name}: {figures.valid:.2f} of {len(samples)} samples valid")
            if figures.valid < 0.5:
                raise SystemExit(f"{folder.parent.name} writes no molecules")
    print(f"{time.time() - began:.0f} s")


if __name__ == "__main__":
    main()
