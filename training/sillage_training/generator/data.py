"""Molecules the generator learns from, as canonical SMILES without stereo, with and without odour notes."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from rdkit import Chem, RDLogger

RDLogger.DisableLog("rdApp.*")

TOKEN_PATTERN = re.compile(r"\[[^\]]+\]|Br|Cl|%\d\d|.")
"""One token: a bracket atom, a two-letter element, a two-digit ring number, or any other character."""

ELEMENTS = frozenset({6, 7, 8, 9, 15, 16, 17, 35, 53})
MAX_ATOMS = 60
MIN_TOKEN_COUNT = 20
HELD_OUT_FOLD = 0

UNRELATED_SOURCES = frozenset({"t3db", "prestwick", "freesolve", "optical_rotation"})
"""Collections of toxins, drugs and physical constants: a molecule that only these list is no odorant."""


@dataclass(frozen=True)
class Corpus:
    """`smiles[i]` has the notes `notes[i]` (all zero when `labelled[i]` is false)."""

    smiles: list[str]
    notes: np.ndarray
    labelled: np.ndarray
    note_names: list[str]
    held_out_smiles: list[str]
    held_out_notes: np.ndarray


def default_data() -> Path:
    """The data folder: SILLAGE_DATA, or `../shared/data` beside the repository."""
    root = Path(__file__).resolve().parents[3]
    return Path(os.environ.get("SILLAGE_DATA", root.parent / "shared" / "data"))


def tokenise(smiles: str) -> list[str]:
    return TOKEN_PATTERN.findall(smiles)


def canonical(smiles: str) -> str | None:
    """Canonical SMILES without stereo, or None where RDKit cannot read it."""
    molecule = Chem.MolFromSmiles(smiles)
    return None if molecule is None else Chem.MolToSmiles(molecule, isomericSmiles=False)


def usable(smiles: str) -> bool:
    """One organic molecule of common elements, without radicals, of at most MAX_ATOMS heavy atoms."""
    if "." in smiles:
        return False
    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None or not 2 <= molecule.GetNumHeavyAtoms() <= MAX_ATOMS:
        return False
    atoms = list(molecule.GetAtoms())
    return (
        any(a.GetAtomicNum() == 6 for a in atoms)
        and all(a.GetAtomicNum() in ELEMENTS and a.GetNumRadicalElectrons() == 0 for a in atoms)
    )


def load_corpus(data: Path) -> Corpus:
    """Labelled folds 1-4 and the unlabelled odorants; nothing of fold 0 remains in either."""
    table = pd.read_csv(data / "odor" / "gslf_train.csv")
    note_names = [c for c in table.columns if c not in ("smiles", "fold")]
    table = pd.concat([table, pd.Series([canonical(s) for s in table.smiles], name="canonical")], axis=1)
    held = table[table.fold == HELD_OUT_FOLD]
    held_set = set(held.canonical)
    seen: dict[str, np.ndarray | None] = {}
    rest = table[table.fold != HELD_OUT_FOLD]
    for smiles, row in zip(rest.canonical, rest[note_names].to_numpy(np.float32), strict=True):
        if smiles and smiles not in held_set and usable(smiles):
            seen.setdefault(smiles, row)
    unlabelled = pd.read_csv(data / "odor" / "molecules.csv")
    for raw, sources in zip(unlabelled.smiles, unlabelled.sources.fillna(""), strict=True):
        if set(sources.split(";")) <= UNRELATED_SOURCES:
            continue
        smiles = canonical(raw)
        if smiles and smiles not in held_set and usable(smiles):
            seen.setdefault(smiles, None)

    counts: dict[str, int] = {}
    for smiles in seen:
        for token in set(tokenise(smiles)):
            counts[token] = counts.get(token, 0) + 1
    kept = [s for s in seen if all(counts[t] >= MIN_TOKEN_COUNT for t in tokenise(s))]
    empty = np.zeros(len(note_names), np.float32)
    return Corpus(
        smiles=kept,
        notes=np.stack([empty if seen[s] is None else seen[s] for s in kept]),
        labelled=np.array([seen[s] is not None for s in kept]),
        note_names=note_names,
        held_out_smiles=[s for s in held.canonical if s],
        held_out_notes=held[note_names].to_numpy(np.float32),
    )


def writings(smiles: str, limit: int = 16) -> list[str]:
    """SMILES of one molecule begun at each of up to `limit` of its atoms (*rooted*), with double bonds in place of
    aromatic letters (*Kekulé*), so that what may follow can be told from valences."""
    molecule = Chem.MolFromSmiles(smiles)
    Chem.Kekulize(molecule, clearAromaticFlags=True)
    count = molecule.GetNumAtoms()
    roots = np.random.default_rng(count).permutation(count)[:limit]
    return sorted({
        Chem.MolToSmiles(molecule, isomericSmiles=False, kekuleSmiles=True, rootedAtAtom=int(r)) for r in roots
    })
