"""Prints how far students, their means and their teachers get on molecules whose labels they never saw.

python -m sillage_training.odour.ceiling --work FOLDER [--data FOLDER]

FOLDER is that of a finished `train`. Macro AUROC, mean over the five folds: over all molecules, over those described in
words (which teachers read and students never do), and over the rest, where teachers have structure alone.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from .data import data_folder
from .evidence import EVIDENCE, load_evidence
from .material import FOLDS, cached
from .metrics import macro_auroc
from .teachers import VIEWS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--data")
    options = parser.parse_args()
    material = cached(data_folder(options.data), options.work)
    labels, fold = material.labels[material.labelled], material.fold[material.labelled]
    told = material.has_words[material.labelled]

    def opinion(school: str) -> np.ndarray:
        out = np.zeros(labels.shape)
        for held in FOLDS:
            p = np.load(options.work / "teachers" / f"{school}-{held}.npy")[: len(labels)][fold == held]
            out[fold == held] = np.log(np.clip(p, 1e-4, 1 - 1e-4) / (1 - np.clip(p, 1e-4, 1 - 1e-4)))
        return out

    evidence = {kind: logits for kind, logits in load_evidence(EVIDENCE).items() if not np.isnan(logits).any()}
    said: dict[str, np.ndarray] = {f"student: {kind}": logits for kind, logits in evidence.items()}
    said["mean of the students"] = np.mean(list(said.values()), axis=0)
    teachers = {f"teachers: {school}": opinion(school) for school in VIEWS}
    said |= {**teachers, "mean of the teachers": np.mean(list(teachers.values()), axis=0)}
    said["mean of both means"] = (said["mean of the students"] + said["mean of the teachers"]) / 2
    print(f"{'':28}all     described  not described ({told.sum()} and {(~told).sum()} molecules)")
    for name, logits in said.items():
        means = [
            np.mean([macro_auroc(labels[rows & (fold == f)], logits[rows & (fold == f)]) for f in FOLDS])
            for rows in (np.ones(len(told), bool), told, ~told)
        ]
        print(f"{name:28}" + "     ".join(f"{m:.4f}" for m in means))


if __name__ == "__main__":
    main()
