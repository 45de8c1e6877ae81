"""Trains the generator: `python -m sillage_training.generator.train --data DATA --work runs/generator`.

Resumable: a checkpoint an epoch, and the same command goes on from it. `export` turns it into the model folders.
"""

from __future__ import annotations

import argparse
import copy
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from .checkpoint import load_checkpoint, save_checkpoint
from .data import Corpus, default_data, load_corpus, tokenise, writings
from .model import Generator
from .soft_notes import soft_notes

PAD, START, END = 0, 1, 2
SPECIAL = ["<pad>", "<start>", "<end>"]
MIN_TOKEN_COUNT = 20
RATE = 4e-3
SIZE = 128


def encode(texts: list[list[list[str]]], special: list[str]) -> tuple[list[str], list[list[np.ndarray]]]:
    """Token list, and the writings of each molecule as ids. Writings with a token of too few molecules are left out."""
    counts: dict[str, int] = {}
    for forms in texts:
        for token in {t for form in forms for t in form}:
            counts[token] = counts.get(token, 0) + 1
    tokens = special + sorted(t for t, n in counts.items() if n >= MIN_TOKEN_COUNT)
    index = {t: i for i, t in enumerate(tokens)}
    return tokens, [
        [np.array([index[t] for t in form], np.int64) for form in forms if all(t in index for t in form)]
        for forms in texts
    ]


def batches(order: list[np.ndarray], size: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Indices in batches of nearly equal lengths, batches shuffled."""
    lengths = np.array([len(o) for o in order]) + rng.random(len(order)) * 3
    sorted_ = np.argsort(lengths, kind="stable")
    chunks = [sorted_[i : i + size] for i in range(0, len(order), size)]
    rng.shuffle(chunks)
    return chunks


def drop_notes(notes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Hides the whole condition of 15 % (for guidance) and, of half the rest, each note with chance 0.4:
    a person names a few notes, never all."""
    rows = len(notes)
    whole = rng.random(rows) < 0.15
    some = (rng.random(rows) < 0.5)[:, None] & (rng.random(notes.shape) < 0.4)
    return np.where(whole[:, None] | some, 0, notes).astype(np.float32)


class Notes:
    """The notes that each molecule is shown with. For one without labels they are drawn from the teacher's
    probabilities, anew each time."""

    def __init__(self, corpus: Corpus, work: Path) -> None:
        self.known, self.labelled, self.soft = corpus.notes, corpus.labelled, soft_notes(corpus, work)

    def draw(self, which: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        drawn = rng.random((len(which), self.soft.shape[1])) < self.soft[which]
        return drop_notes(np.where(self.labelled[which, None], self.known[which], drawn), rng)


def train(corpus: Corpus, work: Path, epochs: int, seed: int, log=print) -> None:
    """Trains; the checkpoint in the work folder holds the averaged model."""
    work.mkdir(parents=True, exist_ok=True)
    tokens, encoded = encode([[tokenise(w) for w in writings(s)] for s in corpus.smiles], SPECIAL)
    keep = np.array([i for i, rows in enumerate(encoded) if rows])
    # Labelled molecules come twice: they are the fewer, and teach the condition best.
    pool = np.concatenate([keep, keep[corpus.labelled[keep]]])
    notes = Notes(corpus, work)
    torch.manual_seed(seed)
    model = Generator(len(tokens), len(corpus.note_names))
    average = copy.deepcopy(model)
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01, betas=(0.9, 0.98))
    first, seconds = load_checkpoint(work, model, average, optimiser)
    per_epoch = math.ceil(len(pool) / SIZE)
    loss_of = nn.CrossEntropyLoss(ignore_index=PAD)
    began, step = time.time() - seconds, first * per_epoch
    for epoch in range(first, epochs):
        rng = np.random.default_rng([seed, epoch])
        torch.manual_seed(seed * 100_003 + epoch)
        chosen = [np.array([START, *encoded[i][rng.integers(len(encoded[i]))], END]) for i in pool]
        model.train()
        sum_ = 0.0
        for chunk in batches(chosen, SIZE, rng):
            rows = [chosen[i] for i in chunk]
            ids = np.full((len(rows), max(len(r) for r in rows)), PAD, np.int64)
            for k, row in enumerate(rows):
                ids[k, : len(row)] = row
            ids_t = torch.from_numpy(ids)
            share = step / (epochs * per_epoch)
            for group in optimiser.param_groups:
                group["lr"] = RATE * min(1, (step + 1) / 200, max(0.002, 0.5 + 0.5 * math.cos(math.pi * share)))
            logits = model(ids_t[:, :-1], torch.from_numpy(notes.draw(pool[chunk], rng)))
            loss = loss_of(logits.flatten(0, 1), ids_t[:, 1:].flatten())
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            step += 1
            decay = min(0.998, (1 + step) / (10 + step))
            with torch.no_grad():
                torch._foreach_lerp_(list(average.parameters()), list(model.parameters()), 1 - decay)
            sum_ += loss.item()
        seconds = time.time() - began
        log(f"epoch {epoch + 1}/{epochs} loss {sum_ / per_epoch:.4f} {seconds:.0f} s", flush=True)
        save_checkpoint(
            work, model, average, optimiser, epoch=epoch + 1, seconds=seconds, tokens=tokens, notes=corpus.note_names
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=default_data())
    parser.add_argument("--work", type=Path, default=Path("runs/generator"))
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(1)
    corpus = load_corpus(args.data)
    print(f"{len(corpus.smiles)} molecules, {int(corpus.labelled.sum())} with notes", flush=True)
    train(corpus, args.work, args.epochs, args.seed)


if __name__ == "__main__":
    main()
