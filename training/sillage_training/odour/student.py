"""Trains a network on labels, soft labels and auxiliary targets, with checkpoints."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from .features import ATOM_FIELDS, Features, near_spec
from .material import Material
from .model import Network, OdourMlp, OdourTransformer
from .teachers import VIEWS, note_weights, soft_labels


@dataclass(frozen=True)
class Recipe:
    """How one student is trained. soft_share: weight of the teachers' opinion where labels exist.

    kind: "transformer"; "mlp", which reads the environment counts alone; "near", which reads only those that look no
    farther than an atom's neighbours. schools: of the teachers that it listens to.
    """

    kind: str
    epochs: int
    rate: float
    weight_decay: float
    batch: int = 64
    ema: float = 0.995
    soft_share: float = 0.5
    schools: tuple[str, ...] = tuple(VIEWS)


TRANSFORMER = Recipe("transformer", epochs=10, rate=1.6e-3, weight_decay=0.05)
MLP = Recipe("mlp", epochs=20, rate=2.5e-3, weight_decay=0.1, batch=128)
NEAR = replace(MLP, kind="near", schools=("classic",))


@dataclass(frozen=True)
class Corpus:
    """Training material of one student, row by row: features; labels [n, notes] with labelled [n]; soft labels
    [n, notes]; regression targets [n, r]; word targets [n, w] with has_words [n]."""

    features: list[Features]
    labels: np.ndarray
    labelled: np.ndarray
    soft: np.ndarray
    regression: np.ndarray
    words: np.ndarray
    has_words: np.ndarray


def seen_by(kind: str, material: Material) -> Material:
    """The material with the features and the feature definition of one kind of student."""
    if kind != "near":
        return material
    columns = material.near
    features = [replace(f, environment=f.environment[columns]) for f in material.features]
    return replace(material, features=features, spec=near_spec(material.spec))


def corpus_without(material: Material, recipe: Recipe, held: int | None, work: Path | None = None) -> Corpus:
    """What a student may learn from when fold `held` is held back: neither its labels nor its descriptions."""
    features = seen_by(recipe.kind, material).features
    rows = np.flatnonzero(material.fold != held) if held is not None else np.arange(len(material.fold))
    return Corpus(
        features=[features[i] for i in rows],
        labels=material.labels[rows],
        labelled=material.labelled[rows],
        soft=soft_labels(material, held, work, recipe.schools)[rows],
        regression=material.descriptors[rows],
        words=material.words[rows],
        has_words=material.has_words[rows],
    )


def new_network(kind: str, elements: int, environment: int, notes: int, auxiliary: int) -> Network:
    if kind == "transformer":
        return OdourTransformer(elements, environment, notes, auxiliary)
    return OdourMlp(environment, notes, auxiliary)


def collate(network: Network, features: list[Features]) -> tuple[Tensor, ...]:
    """The network's inputs, padded to the longest molecule: int64 [B, N, 8] and [B, N, N], float32 [B, F]."""
    environment = torch.from_numpy(np.stack([f.environment for f in features]))
    if isinstance(network, OdourMlp):
        return (environment,)
    longest = max(len(f.atoms) for f in features)
    atoms = np.zeros((len(features), longest, ATOM_FIELDS), dtype=np.int64)
    relation = np.zeros((len(features), longest, longest), dtype=np.int64)
    for i, f in enumerate(features):
        n = len(f.atoms)
        atoms[i, :n] = f.atoms
        relation[i, :n, :n] = f.relation
    return torch.from_numpy(atoms), torch.from_numpy(relation), environment


def length_batches(lengths: np.ndarray, size: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Batches of molecules of like size, in random order; sizes are jittered so that batches differ each epoch."""
    order = np.argsort(lengths * rng.uniform(0.9, 1.1, len(lengths)) + rng.uniform(-1, 1, len(lengths)))
    batches = [order[i : i + size] for i in range(0, len(order), size)]
    for b in rng.permutation(len(batches)):
        yield batches[b]


def _optimiser(network: Network, recipe: Recipe) -> torch.optim.AdamW:
    decay = [p for p in network.parameters() if p.ndim >= 2]
    plain = [p for p in network.parameters() if p.ndim < 2]
    groups = [
        {"params": decay, "weight_decay": recipe.weight_decay},
        {"params": plain, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=recipe.rate, betas=(0.9, 0.98))


def _loss(corpus: Corpus, recipe: Recipe):
    """A function of (rows, logits, auxiliary outputs) that gives the loss of a batch."""
    weight = torch.tensor(note_weights(corpus.labels[corpus.labelled]))
    target = torch.tensor(corpus.soft)
    at = torch.tensor(corpus.labelled)
    target[at] = recipe.soft_share * target[at] + (1 - recipe.soft_share) * torch.tensor(corpus.labels)[at]
    regression, words = torch.tensor(corpus.regression), torch.tensor(corpus.words)
    has_words = torch.tensor(corpus.has_words)
    width = regression.shape[1]

    def loss(rows: np.ndarray, logits: Tensor, extra: Tensor) -> Tensor:
        at = torch.from_numpy(rows)
        # The losses are means over notes, scaled to the size that suits the learning rate.
        total = 14 * F.binary_cross_entropy_with_logits(logits, target[at], weight=weight)
        total = total + 0.3 * F.mse_loss(extra[:, :width], regression[at])
        told = has_words[at]
        if told.any():
            word_loss = F.binary_cross_entropy_with_logits(extra[told][:, width:], words[at][told])
            total = total + 2.0 * told.float().mean() * word_loss
        return total

    return loss


def train_student(
    corpus: Corpus, elements: int, recipe: Recipe, seed: int = 0, checkpoint: Path | None = None
) -> Network:
    """The averaged (EMA) student. checkpoint: a file in which epochs done are kept, and from which training goes on."""
    torch.manual_seed(seed)
    notes, auxiliary = corpus.labels.shape[1], corpus.regression.shape[1] + corpus.words.shape[1]
    network = new_network(recipe.kind, elements, len(corpus.features[0].environment), notes, auxiliary)
    with torch.no_grad():
        network.notes[-1].bias.copy_(torch.logit(torch.tensor(corpus.soft.mean(0)).clamp(1e-4, 0.999)))
    averaged = copy.deepcopy(network).eval()
    optimiser = _optimiser(network, recipe)
    loss_of = _loss(corpus, recipe)
    lengths = np.array([len(f.atoms) for f in corpus.features])
    steps = recipe.epochs * math.ceil(len(lengths) / recipe.batch)
    first, step, start = 0, 0, time.monotonic()
    if checkpoint is not None and checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        first, step = state["epoch"], state["step"]
        network.load_state_dict(state["network"])
        averaged.load_state_dict(state["averaged"])
        optimiser.load_state_dict(state["optimiser"])
        torch.set_rng_state(state["rng"])
    for epoch in range(first, recipe.epochs):
        total = 0.0
        for rows in length_batches(lengths, recipe.batch, np.random.default_rng([seed, epoch])):
            scale = min(1.0, (step + 1) / 300) * (0.5 + 0.5 * math.cos(math.pi * step / steps))
            for group in optimiser.param_groups:
                group["lr"] = recipe.rate * scale
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits, extra = network(*collate(network, [corpus.features[i] for i in rows]))
            loss = loss_of(rows, logits.float(), extra.float())
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            step += 1
            keep = min(recipe.ema, (1 + step) / (10 + step))
            with torch.no_grad():
                torch._foreach_lerp_(list(averaged.parameters()), list(network.parameters()), 1 - keep)
            total += float(loss.detach())
        mean = total * recipe.epochs / steps
        print(f"{recipe.kind} epoch {epoch + 1}: loss {mean:.4f}, {time.monotonic() - start:.0f} s", flush=True)
        if checkpoint is not None:
            state = {"epoch": epoch + 1, "step": step, "network": network.state_dict(), "rng": torch.get_rng_state()}
            draft = checkpoint.with_suffix(".part")
            torch.save({**state, "averaged": averaged.state_dict(), "optimiser": optimiser.state_dict()}, draft)
            draft.rename(checkpoint)
    return averaged


@torch.no_grad()
def predict(network: Network, features: list[Features], batch: int = 64) -> tuple[np.ndarray, np.ndarray]:
    """Note logits [n, notes] and embeddings [n, D], in the order given."""
    order = np.argsort([len(f.atoms) for f in features], kind="stable")
    logits, embeddings = [], []
    for i in range(0, len(order), batch):
        embedding = network.embed(*collate(network, [features[j] for j in order[i : i + batch]]))
        embeddings.append(embedding.numpy())
        logits.append(network.notes(embedding).numpy())
    back = np.argsort(order)
    return np.concatenate(logits)[back], np.concatenate(embeddings)[back]
