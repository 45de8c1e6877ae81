"""Reads the public data sets (see training/README.md for the files)."""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from .features import MolGraph, canonical, parse

REPOSITORY = Path(__file__).resolve().parents[3]
MODEL_FOLDER = REPOSITORY / "models" / "olfactory-base" / "1"
EARLIER_FOLDER = REPOSITORY / "models" / "olfactory-base" / "2"
BASE_FOLDER = REPOSITORY / "models" / "olfactory-base" / "3"
FAST_FOLDER = REPOSITORY / "models" / "olfactory-fast" / "1"
MAX_UNLABELLED_ATOMS = 60


def data_folder(given: str | None) -> Path:
    """The data folder: --data, else SILLAGE_DATA, else ../shared/data beside the repository."""
    return Path(given or os.environ.get("SILLAGE_DATA") or REPOSITORY.parent / "shared" / "data")


@dataclass(frozen=True)
class Labelled:
    smiles: list[str]
    graphs: list[MolGraph]
    fold: np.ndarray
    labels: np.ndarray
    notes: list[str]


def load_labelled(data: Path) -> Labelled:
    """GS-LF: molecules, folds and multi-hot notes [n, 138]."""
    table = pd.read_csv(data / "odor" / "gslf_train.csv")
    notes = list(table.columns[2:])
    graphs = [parse(s) for s in table["smiles"]]
    if any(g is None for g in graphs):
        raise ValueError("gslf_train.csv holds a SMILES that RDKit refuses")
    return Labelled(
        smiles=[canonical(s) or s for s in table["smiles"]],
        graphs=[g for g in graphs if g is not None],
        fold=table["fold"].to_numpy(),
        labels=table[notes].to_numpy(dtype=np.float32),
        notes=notes,
    )


def load_unlabelled(data: Path, exclude: set[str]) -> tuple[list[str], list[MolGraph]]:
    """Odorant-like molecules without labels, of carbon, not in `exclude` (canonical SMILES)."""
    seen = set(exclude)
    smiles, graphs = [], []
    for text in pd.read_csv(data / "odor" / "molecules.csv")["smiles"]:
        key = canonical(text)
        if key is None or key in seen:
            continue
        seen.add(key)
        graph = parse(key)
        if graph is None or len(graph.atoms) > MAX_UNLABELLED_ATOMS or all(a[0] != 6 for a in graph.atoms):
            continue
        smiles.append(key)
        graphs.append(graph)
    return smiles, graphs


_COMMON = set(
    "a an and are as at be but by can from has have in into is it its not of on only or that the this to very "
    "with which when odor odour smell note notes type like rather somewhat quite more less than most almost "
    "also for some often slightly extremely mild moderate poor good practically dilution concentration "
    "reminiscent resembling characteristic undertone tenacity tenacious power powerful faint weak taste".split()
)


def load_words(data: Path, minimum: int = 12) -> tuple[dict[str, np.ndarray], list[str]]:
    """Odour words of free-text descriptions: canonical SMILES -> multi-hot, and the words in >= minimum molecules.

    A word is kept as it stands (no stemming): the texts serve as an auxiliary target only.
    """
    table = pd.read_csv(data / "odor" / "free_text_labels.csv")
    words: dict[str, set[str]] = {}
    for text, smiles in zip(table["text"], table["smiles"], strict=True):
        key = canonical(smiles)
        if key is not None:
            found = {w for w in re.findall(r"[a-z]{3,}", str(text).lower()) if w not in _COMMON}
            words.setdefault(key, set()).update(found)
    counts = Counter(w for found in words.values() for w in found)
    vocabulary = sorted(w for w, n in counts.items() if n >= minimum)
    hot = {k: np.array([w in found for w in vocabulary], dtype=np.float32) for k, found in words.items()}
    return hot, vocabulary


def load_ratings(data: Path) -> pd.DataFrame:
    """DREAM: mean ratings 0-100; adds log10 of the dilution and the canonical SMILES."""
    table = pd.read_csv(data / "odor" / "dream_ratings.csv")
    table["log_dilution"] = [-np.log10(float(d.split("/")[1])) for d in table["dilution"]]
    table["key"] = [canonical(s) for s in table["smiles"]]
    return table


def load_odorous(data: Path) -> pd.DataFrame:
    """Odorous or odourless molecules, one row per canonical SMILES."""
    table = pd.read_csv(data / "odor" / "odorous.csv")
    table["key"] = [canonical(s) for s in table["smiles"]]
    return table.dropna(subset=["key"]).drop_duplicates("key")


def load_thresholds(data: Path) -> pd.DataFrame:
    """Detection thresholds, log10(1 / ODT in ppm), one row per canonical SMILES."""
    table = pd.read_csv(data / "odor" / "detection_threshold.csv")
    table["key"] = [canonical(s) for s in table["smiles"]]
    return table.dropna(subset=["key"]).drop_duplicates("key")
