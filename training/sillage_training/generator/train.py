"""Trains the generator: `python -m sillage_training.generator.train --data DATA --out runs/generator.pt`.

About ten minutes on one core. `export` turns the checkpoint into the model folder.
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

from .data import Corpus, default_data, load_corpus, tokenise, writings
from .model import Generator

PAD, START, END = 0, 1, 2
SPECIAL = ["<pad>", "<start>", "<end>"]


def vocabulary(corpus: Corpus, start: str) -> tuple[list[str], list[list[np.ndarray]]]:
    """Token list, and for each molecule its writings as id arrays with start and end."""
    texts = [writings(s, start) for s in corpus.smiles]
    # A rooted writing may need a token that canonical ones never use (a ring number, a bracket): leave it out.
    known = {t for s in corpus.smiles for t in tokenise(s)}
    tokens = SPECIAL + sorted(known)
    index = {t: i for i, t in enumerate(tokens)}
    encoded = []
    for molecule in texts:
        ids = [[index[t] for t in tokenise(s)] for s in molecule if known.issuperset(tokenise(s))]
        encoded.append([np.array([START, *row, END], np.int64) for row in ids])
    return tokens, encoded


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


def train(corpus: Corpus, start: str, epochs: int, seed: int, log=print) -> tuple[Generator, list[str]]:
    """Trains and returns the averaged model."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    tokens, encoded = vocabulary(corpus, start)
    keep = np.array([i for i, rows in enumerate(encoded) if rows])
    # Labelled molecules come twice: they are the fewer, and the only ones that teach the condition.
    pool = np.concatenate([keep, keep[corpus.labelled[keep]]])
    model = Generator(len(tokens), len(corpus.note_names))
    average = copy.deepcopy(model)
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.01, betas=(0.9, 0.98))
    size = 128
    total = epochs * math.ceil(len(pool) / size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=4e-3, total_steps=total, pct_start=0.04, cycle_momentum=False, final_div_factor=1e3
    )
    loss_of = nn.CrossEntropyLoss(ignore_index=PAD)
    began, step = time.time(), 0
    for epoch in range(epochs):
        chosen = [encoded[i][rng.integers(len(encoded[i]))] for i in pool]
        model.train()
        sum_, count = 0.0, 0
        for chunk in batches(chosen, size, rng):
            rows = [chosen[i] for i in chunk]
            width = max(len(r) for r in rows)
            ids = np.zeros((len(rows), width), np.int64)
            for k, row in enumerate(rows):
                ids[k, : len(row)] = row
            notes = torch.from_numpy(drop_notes(corpus.notes[pool[chunk]], rng))
            ids_t = torch.from_numpy(ids)
            logits = model(ids_t[:, :-1], notes)
            loss = loss_of(logits.flatten(0, 1), ids_t[:, 1:].flatten())
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            step += 1
            decay = min(0.998, (1 + step) / (10 + step))
            with torch.no_grad():
                torch._foreach_lerp_(list(average.parameters()), list(model.parameters()), 1 - decay)
            sum_, count = sum_ + loss.item(), count + 1
        log(f"epoch {epoch + 1}/{epochs} loss {sum_ / count:.4f} {time.time() - began:.0f} s", flush=True)
    return average.eval(), tokens


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=default_data())
    parser.add_argument("--out", type=Path, default=Path("runs/generator.pt"))
    parser.add_argument("--start", choices=["canonical", "rooted"], default="rooted")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(1)
    corpus = load_corpus(args.data)
    print(f"{len(corpus.smiles)} molecules, {int(corpus.labelled.sum())} with notes", flush=True)
    model, tokens = train(corpus, args.start, args.epochs, args.seed)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    torch.save(
        {"state": model.state_dict(), "tokens": tokens, "notes": corpus.note_names, "start": args.start}, args.out
    )


if __name__ == "__main__":
    main()
