"""Teachers: small networks and a forest on counts, descriptors and fingerprints; the student learns their mean.

Every prediction is out of fold: a molecule's soft labels come from teachers that never saw its labels, and no teacher
ever sees the held-back fold.
"""

from __future__ import annotations

import numpy as np
import torch
from rdkit import Chem
from rdkit.Chem import Descriptors, rdFingerprintGenerator
from sklearn.ensemble import RandomForestRegressor
from torch import nn
from torch.nn import functional as F

EPOCHS = 12
FOREST_SHARE = 0.2
"""Weight of the forest beside the networks: best of 0.2, 0.35 and 0.5 on folds 1 and 2."""
_SLOW_OR_WILD = {"Ipc", "AvgIpc", "BCUT2D_MWHI", "BCUT2D_MWLOW", "BCUT2D_CHGHI", "BCUT2D_CHGLO"} | {
    f"BCUT2D_{k}" for k in ("LOGPHI", "LOGPLOW", "MRHI", "MRLOW")
}


def descriptors(smiles: list[str]) -> np.ndarray:
    """RDKit's 2D descriptors, standardised and held within +-5, float32 [n, d]. Training only."""
    functions = [(name, f) for name, f in Descriptors.descList if name not in _SLOW_OR_WILD]
    x = np.zeros((len(smiles), len(functions)))
    for i, text in enumerate(smiles):
        mol = Chem.MolFromSmiles(text)
        x[i] = [f(mol) for _, f in functions]
    x = np.nan_to_num(x, nan=0.0, posinf=0.0, neginf=0.0)
    x = np.sign(x) * np.log1p(np.abs(x))
    x = x[:, x.std(0) > 1e-6]
    return np.clip((x - x.mean(0)) / x.std(0), -5, 5).astype(np.float32)


def fingerprints(smiles: list[str]) -> np.ndarray:
    """log1p of Morgan counts (radius 2, 1024 bins), float32 [n, 1024]. Training only."""
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024)
    counts = [generator.GetCountFingerprintAsNumPy(Chem.MolFromSmiles(s)) for s in smiles]
    return np.log1p(np.stack(counts)).astype(np.float32)


def note_weights(labels: np.ndarray) -> np.ndarray:
    """Weights of notes in the loss: rare ones gently raised (power 0.25), mean 1."""
    weight = (labels.mean(0) + 1e-3) ** -0.25
    return (weight / weight.mean()).astype(np.float32)


def train_mlp(x: np.ndarray, y: np.ndarray, seed: int, hidden: int = 448, dropout: float = 0.5) -> nn.Module:
    """One teacher on features x [n, d] and labels y [n, notes]."""
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Dropout(0.1), nn.Linear(x.shape[1], hidden), nn.LayerNorm(hidden), nn.GELU(), nn.Dropout(dropout),
        nn.Linear(hidden, hidden), nn.LayerNorm(hidden), nn.GELU(), nn.Dropout(dropout),
        nn.Linear(hidden, y.shape[1]),
    )  # fmt: skip
    with torch.no_grad():
        model[-1].bias.copy_(torch.logit(torch.tensor(y.mean(0)).clamp(1e-4, 0.999)))
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.1)
    inputs, targets, weight = torch.tensor(x), torch.tensor(y), torch.tensor(note_weights(y))
    batches = (len(x) + 63) // 64
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=EPOCHS * batches, pct_start=0.1)
    for _ in range(EPOCHS):
        order = torch.randperm(len(inputs))
        for rows in order.split(64):
            loss = F.binary_cross_entropy_with_logits(model(inputs[rows]), targets[rows], weight=weight) * 14
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return model.eval()


def _probabilities(model: nn.Module, x: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return torch.sigmoid(model(torch.tensor(x))).numpy()


def train_forest(x: np.ndarray, y: np.ndarray) -> RandomForestRegressor:
    """A forest over all notes at once: weaker than a network, but wrong about other molecules."""
    return RandomForestRegressor(120, max_features=0.15, min_samples_leaf=2, random_state=0).fit(x, y)


def soft_labels(
    views: list[np.ndarray], labels: np.ndarray, fold: np.ndarray, held: int | None, seeds: int = 3
) -> np.ndarray:
    """Mean teacher opinion on every molecule, [n, notes].

    views: feature matrices [n, d]; each gives `seeds` networks, the last also a forest. fold: fold of each molecule,
    -1 when it has no labels. held: the fold no teacher may learn from. A labelled molecule is judged by teachers of
    the other folds; unlabelled and held-back ones by all teachers.
    """
    folds = [f for f in sorted(set(fold.tolist()) - {-1}) if f != held]
    total = np.zeros((len(fold), labels.shape[1]))
    judges = np.zeros((len(fold), 1))
    for left_out in folds:
        learn = np.isin(fold, folds) & (fold != left_out)
        judged = (fold == left_out) | ~np.isin(fold, folds)
        opinion = np.zeros((int(judged.sum()), labels.shape[1]))
        for v, x in enumerate(views):
            for seed in range(seeds):
                model = train_mlp(x[learn], labels[learn], seed=1000 * left_out + 10 * v + seed)
                opinion += _probabilities(model, x[judged]) / (seeds * len(views))
        forest = train_forest(views[-1][learn], labels[learn])
        total[judged] += (1 - FOREST_SHARE) * opinion + FOREST_SHARE * forest.predict(views[-1][judged])
        judges[judged] += 1
    return (total / judges).astype(np.float32)
