"""Teachers: small networks on features, descriptors, fingerprints, a pretrained network's embedding and the words of
published descriptions.

A teacher reads what the student will never have. Where a molecule's smell was described in words, they say more about
its notes than its structure does; so molecules without labels but with a description teach too.
Every opinion on a labelled molecule comes from teachers that never saw its labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from sklearn.ensemble import ExtraTreesRegressor
from torch import nn
from torch.nn import functional as F

from .material import FOLDS, Material

EPOCHS = 12
VIEWS = {
    "classic": ("near+descriptors", "descriptors+fingerprints", "near+descriptors+fingerprints"),
    "pretrained": ("environment+pretrained", "descriptors+pretrained"),
}
"""What the teachers of each school read. Both schools have one vote."""
SEEDS = 2
FOREST_SHARE = 0.15
"""Weight of the trees beside the networks: weaker alone, but wrong about other molecules."""


def note_weights(labels: np.ndarray) -> np.ndarray:
    """Weights of notes in the loss: rare ones gently raised (power 0.25), mean 1."""
    weight = (labels.mean(0) + 1e-3) ** -0.25
    return (weight / weight.mean()).astype(np.float32)


def train_mlp(x: np.ndarray, words: np.ndarray, y: np.ndarray, seed: int) -> nn.Module:
    """One teacher on features x [n, d], words [n, w] and labels y [n, notes]; its input is x beside words.

    Each time a molecule is shown, its words are hidden with probability one half: most molecules have none, and their
    structure must be enough.
    """
    torch.manual_seed(seed)
    hidden, batch, rate = 448, 128, 2.5e-3
    model = nn.Sequential(
        nn.Dropout(0.1), nn.Linear(x.shape[1] + words.shape[1], hidden), nn.LayerNorm(hidden), nn.GELU(),
        nn.Dropout(0.5), nn.Linear(hidden, hidden), nn.LayerNorm(hidden), nn.GELU(), nn.Dropout(0.5),
        nn.Linear(hidden, y.shape[1]),
    )  # fmt: skip
    with torch.no_grad():
        model[-1].bias.copy_(torch.logit(torch.tensor(y.mean(0)).clamp(1e-4, 0.999)))
    optimiser = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.1)
    inputs, told, targets = torch.tensor(x), torch.tensor(words), torch.tensor(y)
    weight = torch.tensor(note_weights(y))
    steps = EPOCHS * ((len(x) + batch - 1) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.1)
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(inputs)).split(batch):
            shown = (torch.rand(len(rows), 1) < 0.5).float()
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = model(torch.cat([inputs[rows], told[rows] * shown], 1))
            loss = F.binary_cross_entropy_with_logits(logits.float(), targets[rows], weight=weight) * 14
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return model.eval()


def train_trees(x: np.ndarray, y: np.ndarray) -> ExtraTreesRegressor:
    """Extremely randomised trees over all notes at once."""
    return ExtraTreesRegressor(60, max_features=0.1, min_samples_leaf=2, random_state=0).fit(x, y)


def views(material: Material, school: str) -> list[np.ndarray]:
    """Feature matrices of the teachers of a school."""
    environment = material.environment
    parts = {
        "environment": environment,
        "near": environment[:, material.near],
        "descriptors": material.descriptors,
        "fingerprints": material.fingerprints,
        "pretrained": material.pretrained,
    }
    return [np.concatenate([parts[p] for p in view.split("+")], 1) for view in VIEWS[school]]


def opinions(
    material: Material,
    left_out: Sequence[int],
    work: Path | None = None,
    quick: bool = False,
    schools: Sequence[str] = tuple(VIEWS),
) -> np.ndarray:
    """Mean opinion [n, notes] of teachers that never saw the labels of the folds `left_out`.

    quick: one network for each view instead of SEEDS and trees. What was computed before is read from the work folder.
    """
    return np.mean([_opinion(material, school, left_out, work, quick) for school in schools], axis=0, dtype=np.float32)


def _opinion(material: Material, school: str, left_out: Sequence[int], work: Path | None, quick: bool) -> np.ndarray:
    """Of one school; the classic one has trees too."""
    name = f"{school}-{'-'.join(map(str, sorted(left_out))) or 'none'}"
    path = None if work is None else work / "teachers" / f"{name}.npy"
    if path is not None and path.exists():
        return np.load(path).astype(np.float32)
    learn = material.labelled & ~np.isin(material.fold, left_out)
    labels = material.labels[learn]
    words = np.concatenate([material.words, material.has_words[:, None]], 1).astype(np.float32)
    seeds = 1 if quick else SEEDS
    total = np.zeros(material.labels.shape, np.float32)
    matrices = views(material, school)
    for v, x in enumerate(matrices):
        both = torch.tensor(np.concatenate([x, words], 1))
        for seed in range(seeds):
            model = train_mlp(x[learn], words[learn], labels, seed=100 * v + seed)
            with torch.no_grad():
                total += torch.sigmoid(model(both)).numpy() / (len(matrices) * seeds)
    if school == "classic" and not quick:
        x = matrices[-1]
        trees = train_trees(x[learn], labels)
        total = (1 - FOREST_SHARE) * total + FOREST_SHARE * trees.predict(x).astype(np.float32)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".part.npy")
        np.save(draft, total.astype(np.float16))
        draft.rename(path)
    print(f"teachers {name}: done", flush=True)
    return total


def soft_labels(
    material: Material, held: int | None, work: Path | None = None, schools: Sequence[str] = tuple(VIEWS)
) -> np.ndarray:
    """Opinion on every molecule [n, notes] for a student that must not know fold `held` (None: knows all).

    A labelled molecule is judged by teachers that left its fold out as well, one without labels by teachers of all
    folds but the held one. Rows of the held fold are not for training.
    """
    never = [] if held is None else [held]
    soft = opinions(material, never, work, schools=schools).copy()
    for fold in FOLDS:
        own = material.fold == fold
        if fold != held and own.any():
            # Half of the target of a labelled molecule is its labels, so fewer teachers will do when two folds are out.
            soft[own] = opinions(material, [*never, fold], work, held is not None, schools)[own]
    return soft
