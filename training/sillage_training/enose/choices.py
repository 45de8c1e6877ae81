"""Which channels and features: the table behind data.py and features.py.

The rule: of the sets that hold nothing but gas channels and come within a deviation (.014) of .92 as recorded, the one
with the best mean of plain and simulated-session accuracy, leave one recording out.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from .data import CHANNELS, Recording, fold_of, load
from .features import GROUPS, feature_names
from .model import Recipe, blend, fit
from .sessions import TESTED, disturb
from .windows import Bank, Rows, make_bank, rows_of

SESSION = "gain 10 %"
QUICK = Recipe(recorded_trees=30, session_trees=20)


def keep(rows: Rows, names: list[str], groups: tuple[str, ...]) -> Rows:
    """Rows in which features of other groups are constant, so that no forest can use them."""
    kinds = {kind for group in groups for kind in GROUPS[group]}
    kept = np.array([name.split(":")[0] in kinds for name in names])
    return Rows(np.where(kept, rows.raw, np.where(np.isnan(rows.raw), np.nan, 0)), rows.label, rows.recording)


def accuracies(folder: Path, channels: tuple[str, ...], groups: tuple[str, ...], weight: float | None = None):
    recordings = load(folder, channels)
    substances = sorted({r.substance for r in recordings})
    folds, names = fold_of(recordings), feature_names(channels)
    random = np.random.default_rng(3)
    moved = [Recording(r.substance, r.name, disturb(r.frames, TESTED[SESSION], random, channels)) for r in recordings]
    made = make_bank(recordings, substances, channels)
    bank = Bank(*(keep(r, names, groups) for r in (made.full, made.short, made.sessions)), channels)
    tests = bank.full, keep(rows_of(moved, substances, channels=channels), names, groups)
    recipe = QUICK if weight is None else replace(QUICK, recorded_weight=weight)
    right: tuple[list, list] = [], []
    for fold in range(5):
        model = fit(bank, np.flatnonzero(folds != fold), recipe)
        for found, rows in zip(right, tests):
            own = rows.of(np.flatnonzero(folds == fold))
            found.append(blend(model.votes(own.raw), recipe.recorded_weight).argmax(1) == own.label)
    return [float(np.concatenate(found).mean()) for found in right]


def report(folder: Path) -> None:
    every = tuple(GROUPS)
    six = tuple(c for c in CHANNELS if c != "Gas_Resistance")
    for title, channels, groups, weight in (
        ("shipped: seven gas channels, all features", CHANNELS, every, None),
        ("  windows as recorded only", CHANNELS, every, 1.0),
        ("  simulated sessions only", CHANNELS, every, 0.0),
        ("without Gas_Resistance", six, every, None),
        ("NO2, C2H5OH, VOC, CO", CHANNELS[:4], every, None),
        ("absolute and pattern", CHANNELS, ("absolute", "pattern"), None),
        ("pattern, baseline, differences", CHANNELS, ("pattern", "baseline", "differences"), None),
        ("baseline and differences (no gain can move them)", CHANNELS, ("baseline", "differences"), None),
    ):
        plain, moved = accuracies(folder, channels, groups, weight)
        print(f"  {title:50s} {plain:.4f}  gain 10 % {moved:.4f}  mean {(plain + moved) / 2:.4f}", flush=True)
