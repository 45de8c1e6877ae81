"""What tells days apart: the ambient channels, and the few substances that were recorded on more than one day."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier

from .data import AMBIENT, Recording, fold_of, load
from .model import Recipe, fit
from .windows import Bank

# Days by humidity (percent) or by whether the chip that measures it hung; the two groups of each substance.
HUNG_HPA = 700
DRY_PERCENT = 35.0
TWO_DAYS = ("chamomile", "cinnamon", "angelica")


def correction(levels: np.ndarray, ambient: np.ndarray, fitted: np.ndarray) -> np.ndarray:
    """What a linear correction for temperature and humidity would take from each channel's mean ln level."""
    known = fitted & (ambient[:, 1] > HUNG_HPA)
    design = np.column_stack([np.ones(len(ambient)), ambient[:, 0], ambient[:, 2]])
    weights, *_ = np.linalg.lstsq(design[known], levels[known], rcond=None)
    term = design @ weights
    return np.where(ambient[:, 1:2] > HUNG_HPA, term, term[known].mean(axis=0))


def report(folder: Path, recordings: list[Recording], bank: Bank) -> None:
    around = np.array([np.median(r.frames, axis=0) for r in load(folder, AMBIENT)])
    folds = fold_of(recordings)
    of = np.zeros(len(recordings), int)
    of[bank.full.recording] = bank.full.label
    levels = np.array([np.nanmean(bank.full.raw[bank.full.recording == r][:, :6], axis=0) for r in range(len(of))])

    right, corrected, plain = [], [], []
    for fold in range(5):
        seen = folds != fold
        term = correction(levels, around, seen)
        for found, table in ((right, term), (corrected, levels - term), (plain, levels)):
            trees = ExtraTreesClassifier(200, random_state=0, n_jobs=1).fit(table[seen], of[seen])
            found.append(trees.predict(table[~seen]) == of[~seen])
    term, with_term, level = (np.concatenate(f).mean() for f in (right, corrected, plain))
    print(f"  only the terms of a temperature and humidity correction name {term:.3f} of recordings (chance .02); "
          f"levels of six channels {level:.3f}, corrected {with_term:.3f}")

    substances = sorted({r.substance for r in recordings})
    dry = np.where(around[:, 1] > HUNG_HPA, around[:, 2] < DRY_PERCENT, False)
    for name in TWO_DAYS:
        own = np.array([r.substance == name for r in recordings])
        for day in (True, False):
            away = own & (dry == day)
            if not away.any() or not (own & ~away).any():
                continue
            model = fit(bank, np.flatnonzero(~away), Recipe())
            rows = bank.full.of(np.flatnonzero(away))
            chances = model.probabilities(rows.raw)
            rank = (chances > chances[np.arange(len(rows.label)), rows.label][:, None]).sum(1) + 1
            taken = np.bincount(chances.argmax(1), minlength=len(substances)).argsort()[::-1][:2]
            print(f"  {name}, {away.sum()} recordings of the day not trained on: right {(rank == 1).mean():.2f}, among the "
                  f"first five {(rank <= 5).mean():.2f}; answered {', '.join(substances[k] for k in taken)}", flush=True)
