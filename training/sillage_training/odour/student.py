"""Trains the graph transformer on labels, soft labels and auxiliary targets."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from .features import ATOM_FIELDS, Features
from .model import OdourTransformer
from .teachers import note_weights


@dataclass(frozen=True)
class Corpus:
    """Training material, row by row: features; labels [n, notes] with has_labels [n]; soft labels [n, notes];
    regression targets [n, r]; word targets [n, w] with has_words [n]."""

    features: list[Features]
    labels: np.ndarray
    has_labels: np.ndarray
    soft: np.ndarray
    regression: np.ndarray
    words: np.ndarray
    has_words: np.ndarray


def collate(features: list[Features]) -> tuple[Tensor, Tensor, Tensor]:
    """Pads molecules to the longest: atoms int64 [B, N, 8], relation int64 [B, N, N], environment [B, F]."""
    longest = max(len(f.atoms) for f in features)
    atoms = np.zeros((len(features), longest, ATOM_FIELDS), dtype=np.int64)
    relation = np.zeros((len(features), longest, longest), dtype=np.int64)
    for i, f in enumerate(features):
        n = len(f.atoms)
        atoms[i, :n] = f.atoms
        relation[i, :n, :n] = f.relation
    environment = np.stack([f.environment for f in features])
    return torch.from_numpy(atoms), torch.from_numpy(relation), torch.from_numpy(environment)


def length_batches(lengths: np.ndarray, size: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Batches of molecules of like size, in random order; sizes are jittered so that batches differ each epoch."""
    order = np.argsort(lengths * rng.uniform(0.9, 1.1, len(lengths)))
    batches = [order[i : i + size] for i in range(0, len(order), size)]
    for b in rng.permutation(len(batches)):
        yield batches[b]


def train_student(
    corpus: Corpus,
    elements: int,
    seed: int = 0,
    epochs: int = 22,
    soft_share: float = 0.5,
    rate: float = 1.4e-3,
    batch: int = 64,
    ema: float = 0.995,
    minutes: float | None = None,
) -> OdourTransformer:
    """The averaged (EMA) student.

    soft_share: weight of the teachers' opinion where true labels exist. minutes: stop gently by then, if the machine
    is slower than expected; the schedule follows whichever of epochs and minutes runs out first.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    notes, regression = corpus.labels.shape[1], corpus.regression.shape[1]
    model = OdourTransformer(
        elements, corpus.features[0].environment.shape[0], notes, regression + corpus.words.shape[1]
    )
    with torch.no_grad():
        rates = torch.tensor(corpus.soft.mean(0)).clamp(1e-4, 0.999)
        model.notes[-1].bias.copy_(torch.logit(rates))
    averaged = copy.deepcopy(model).eval()
    decay, plain = [], []
    for parameter in model.parameters():
        (decay if parameter.ndim >= 2 else plain).append(parameter)
    optimiser = torch.optim.AdamW(
        [{"params": decay, "weight_decay": 0.05}, {"params": plain, "weight_decay": 0.0}], lr=rate, betas=(0.9, 0.98)
    )
    weight = torch.tensor(note_weights(corpus.labels[corpus.has_labels]))
    target = torch.tensor(corpus.soft.copy())
    labelled = torch.tensor(corpus.has_labels)
    true = torch.tensor(corpus.labels)
    target[labelled] = soft_share * target[labelled] + (1 - soft_share) * true[labelled]
    descriptors, words = torch.tensor(corpus.regression), torch.tensor(corpus.words)
    has_words = torch.tensor(corpus.has_words)
    lengths = np.array([len(f.atoms) for f in corpus.features])

    start, step = time.monotonic(), 0
    steps = epochs * math.ceil(len(lengths) / batch)
    for epoch in range(epochs):
        total = 0.0
        for rows in length_batches(lengths, batch, rng):
            spent = (time.monotonic() - start) / 60
            progress = max(step / steps, spent / minutes if minutes else 0.0)
            if progress >= 1:
                return averaged
            scale = min(1.0, (step + 1) / 300) * (0.5 + 0.5 * math.cos(math.pi * progress))
            for group in optimiser.param_groups:
                group["lr"] = rate * scale
            logits, extra = model(*collate([corpus.features[i] for i in rows]))
            at = torch.from_numpy(rows)
            # Both losses are sums over notes, scaled to the size that suits the learning rate.
            loss = 14 * F.binary_cross_entropy_with_logits(logits, target[at], weight=weight)
            if extra is not None:
                loss = loss + 0.3 * F.mse_loss(extra[:, :regression], descriptors[at])
                told = has_words[at]
                if told.any():
                    word_loss = F.binary_cross_entropy_with_logits(extra[told][:, regression:], words[at][told])
                    loss = loss + 2.0 * told.float().mean() * word_loss
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            step += 1
            keep = min(ema, (1 + step) / (10 + step))
            with torch.no_grad():
                for slow, fast in zip(averaged.parameters(), model.parameters(), strict=True):
                    slow.lerp_(fast, 1 - keep)
            total += float(loss.detach())
        mean = total / max(1, len(lengths) // batch)
        print(f"epoch {epoch + 1}: loss {mean:.4f}, {time.monotonic() - start:.0f} s", flush=True)
    return averaged


@torch.no_grad()
def predict(model: OdourTransformer, features: list[Features], batch: int = 64) -> tuple[np.ndarray, np.ndarray]:
    """Note logits [n, notes] and embeddings [n, D], in the order given."""
    order = np.argsort([len(f.atoms) for f in features], kind="stable")
    logits, embeddings = [], []
    for i in range(0, len(order), batch):
        embedding = model.embed(*collate([features[j] for j in order[i : i + batch]]))
        embeddings.append(embedding.numpy())
        logits.append(model.notes(embedding).numpy())
    back = np.argsort(order)
    return np.concatenate(logits)[back], np.concatenate(embeddings)[back]
