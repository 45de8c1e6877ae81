"""Does gcms.csv (sums of elements per food) say anything of what the sensors or a nose tell apart?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from .windows import Bank

SHUFFLES = 2000


def rank_correlation(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    """Spearman's correlation of two distance tables, and how often shuffled substances give as much (Mantel's test)."""
    upper = np.triu_indices(len(a), 1)
    ranks = rankdata(a[upper])
    size = len(a)
    table = np.zeros((size, size))
    table[upper] = rankdata(b[upper])
    table += table.T
    own = float(np.corrcoef(ranks, table[upper])[0, 1])
    random = np.random.default_rng(0)
    shuffled = []
    for _ in range(SHUFFLES):
        order = random.permutation(size)
        shuffled.append(np.corrcoef(ranks, table[np.ix_(order, order)][upper])[0, 1])
    return own, float((np.array(shuffled) >= own).mean())


def overlap(notes: dict[str, list[str]], substances: list[str]) -> np.ndarray:
    """1 - shared notes over all notes, [substances, substances]."""
    sets = [set(notes[s]) for s in substances]
    return np.array([[1 - len(a & b) / len(a | b) for b in sets] for a in sets])


def report(folder: Path, bank: Bank, substances: list[str], notes: dict[str, list[str]]) -> None:
    table = pd.read_csv(folder / "enose" / "gcms.csv", index_col="food_name").loc[substances]
    share = table.div(table.sum(axis=1), axis=0)[["C", "H", "N", "O", "S", "K", "P"]].to_numpy()
    logs = np.log(share + 1e-4)
    logs = (logs - logs.mean(axis=0)) / logs.std(axis=0)
    foods = np.sqrt(((logs[:, None] - logs[None]) ** 2).sum(axis=2))
    means = np.array([np.nanmean(bank.full.raw[bank.full.label == k][:, :6], axis=0) for k in range(len(substances))])
    means = means / means.std(axis=0)
    sensors = np.sqrt(((means[:, None] - means[None]) ** 2).sum(axis=2))
    smells = overlap(notes, substances)
    for title, a, b in (
        ("elements and sensor levels", foods, sensors),
        ("elements and odour notes", foods, smells),
        ("sensor levels and odour notes", sensors, smells),
    ):
        value, chance = rank_correlation(a, b)
        print(f"  {title:32s} rank correlation of distances {value:+.3f}, by chance as much {chance:.3f}")
    for title, distance in (("elements", foods), ("sensor levels", sensors)):
        distance = distance + np.eye(len(substances)) * 1e9
        print(f"  notes shared with the nearest by {title}: {1 - smells[np.arange(50), distance.argmin(1)].mean():.3f}; "
              f"with any other: {1 - smells[~np.eye(50, dtype=bool)].mean():.3f}")
