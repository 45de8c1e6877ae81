"""Trains the masked-diffusion generator: `python -m sillage_training.generator.dit_train --work runs/dit`.

Resumable: a checkpoint an epoch, and the same command goes on from it. `--epochs` may be changed on the way; the last
fifth of them lowers the learning rate to nothing.
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
from .data import Corpus, default_data, load_corpus
from .dit_model import MAX_LENGTH, Dit
from .selfies_text import MASK, PAD, SPECIAL, encodings
from .train import Notes, batches, encode

RATE = 1.5e-3
SIZE = 128


def prepare(corpus: Corpus, work: Path) -> tuple[list[str], list[list[np.ndarray]]]:
    """Token list and the writings of each molecule as ids; made once and kept in the work folder."""
    path = work / "writings.pt"
    if path.exists():
        saved = torch.load(path, weights_only=False)
        if saved["smiles"] == corpus.smiles:
            return saved["tokens"], saved["encoded"]
    tokens, encoded = encode([encodings(s) for s in corpus.smiles], SPECIAL)
    encoded = [[form for form in forms if len(form) <= MAX_LENGTH] for forms in encoded]
    torch.save({"smiles": corpus.smiles, "tokens": tokens, "encoded": encoded}, path)
    return tokens, encoded


def mask(ids: np.ndarray, lengths: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Hides k of a row's tokens, k even over 1..length, and gives each hidden token the weight 1/k.

    So the loss is the any-order likelihood bound per token (Hoogeboom et al. 2022, arXiv 2110.02037).
    """
    rows = len(ids)
    spread = (rng.permutation(rows) + rng.random(rows)) / rows
    hidden = 1 + np.floor(spread * lengths).astype(np.int64)
    scores = rng.random(ids.shape)
    scores[np.arange(ids.shape[1]) >= lengths[:, None]] = 2
    ranks = scores.argsort(axis=1).argsort(axis=1)
    chosen = ranks < hidden[:, None]
    return np.where(chosen, MASK, ids), chosen / hidden[:, None]


def train(corpus: Corpus, work: Path, epochs: int, seed: int, log=print) -> None:
    work.mkdir(parents=True, exist_ok=True)
    tokens, encoded = prepare(corpus, work)
    keep = np.array([i for i, rows in enumerate(encoded) if rows])
    pool = np.concatenate([keep, keep[corpus.labelled[keep]]])
    torch.manual_seed(seed)
    model = Dit(len(tokens), len(corpus.note_names))
    average = copy.deepcopy(model)
    decayed = [p for p in model.parameters() if p.ndim > 1]
    plain = [p for p in model.parameters() if p.ndim == 1]
    optimiser = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.02}, {"params": plain, "weight_decay": 0}], lr=RATE, betas=(0.9, 0.98)
    )
    first, seconds = load_checkpoint(work, model, average, optimiser)
    notes = Notes(corpus, work)
    per_epoch = math.ceil(len(pool) / SIZE)
    began, step = time.time() - seconds, first * per_epoch
    for epoch in range(first, epochs):
        rng = np.random.default_rng([seed, epoch])
        torch.manual_seed(seed * 100_003 + epoch)
        chosen = [encoded[i][rng.integers(len(encoded[i]))] for i in pool]
        model.train()
        total = 0.0
        for chunk in batches(chosen, SIZE, rng):
            rows = [chosen[i] for i in chunk]
            lengths = np.array([len(r) for r in rows])
            ids = np.full((len(rows), lengths.max()), PAD, np.int64)
            for k, row in enumerate(rows):
                ids[k, : len(row)] = row
            noisy, weights = mask(ids, lengths, rng)
            shown = torch.from_numpy(notes.draw(pool[chunk], rng))
            left = (epochs * per_epoch - step) / (0.2 * epochs * per_epoch)
            for group in optimiser.param_groups:
                group["lr"] = RATE * min(1.0, (step + 1) / 300, max(left, 0.005))
            with torch.autocast("cpu", torch.bfloat16):
                logits = model(torch.from_numpy(noisy), torch.from_numpy(lengths), model.condition(shown))
            losses = nn.functional.cross_entropy(
                logits.float().flatten(0, 1), torch.from_numpy(ids).flatten(), reduction="none"
            )
            loss = (losses * torch.from_numpy(weights).float().flatten()).sum() / len(rows)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            step += 1
            decay = min(0.9995, (1 + step) / (10 + step))
            with torch.no_grad():
                torch._foreach_lerp_(list(average.parameters()), list(model.parameters()), 1 - decay)
            total += loss.item()
        seconds = time.time() - began
        log(f"epoch {epoch + 1}/{epochs} loss {total / per_epoch:.4f} {seconds:.0f} s", flush=True)
        save_checkpoint(
            work, model, average, optimiser, epoch=epoch + 1, seconds=seconds, tokens=tokens, notes=corpus.note_names
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=default_data())
    parser.add_argument("--work", type=Path, default=Path("runs/dit"))
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(1)
    corpus = load_corpus(args.data)
    print(f"{len(corpus.smiles)} molecules, {int(corpus.labelled.sum())} with notes", flush=True)
    train(corpus, args.work, args.epochs, args.seed)


if __name__ == "__main__":
    main()
