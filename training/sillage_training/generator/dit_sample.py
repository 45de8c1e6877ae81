"""Samples molecules from the exported diffusion model. The same algorithm, draw for draw, as the service's
`dit-sampler.ts`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnxruntime as ort
import yaml

from .random_stream import RandomStreams
from .sample import Sample
from .selfies_text import MASK, PAD, decode


class DitSampler:
    """The model of one folder: denoiser, condition table, lengths, tokens and parameters."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        self.folder = folder
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.session = ort.InferenceSession(folder / "model.onnx", options, ["CPUExecutionProvider"])
        self.tokens: list[str] = json.loads((folder / "tokens.json").read_text())
        self.manifest = yaml.safe_load((folder / "manifest.yaml").read_text())
        self.parameters = self.manifest["parameters"]
        notes = len(self.manifest["labels"])
        self.table = np.fromfile(folder / "condition.f32", "<f4").reshape(notes, -1)
        # Row 0 without condition, then what each note adds: logits of the lengths 1, 2, ...
        self.lengths = np.fromfile(folder / "lengths.f32", "<f4").reshape(notes + 1, -1)

    def condition(self, notes: np.ndarray) -> np.ndarray:
        return weighted_sum(self.table, notes)

    def denoise(self, tokens: np.ndarray, lengths: np.ndarray, condition: np.ndarray) -> np.ndarray:
        return self.session.run(["logits"], {"tokens": tokens, "lengths": lengths, "condition": condition})[0]

    def sample(
        self,
        count: int,
        seed: int,
        wanted: np.ndarray | None = None,
        excluded: np.ndarray | None = None,
        temperature: float | None = None,
        guidance: float | None = None,
        batch: int | None = None,
        steps: int | None = None,
        order_noise: float | None = None,
    ) -> Iterator[Sample]:
        """`count` samples in order, window after window; a window's rows are drawn in batches of nearly one length."""
        p = self.parameters
        temperature = p["temperature"] if temperature is None else temperature
        guidance = p["guidance"] if guidance is None else guidance
        size = p["batch"] if batch is None else batch
        steps = p["steps"] if steps is None else steps
        noise = p["orderNoise"] if order_noise is None else order_noise
        zero = np.zeros(len(self.table))
        wanted = zero if wanted is None else wanted
        positive = self.condition(wanted)
        reference = self.condition(zero if excluded is None else excluded)
        guided = guidance != 1 and not np.array_equal(positive, reference)
        conditions = np.stack([positive, reference] if guided else [positive])
        streams = RandomStreams(seed, np.arange(count))
        floor = np.log(p["minProbability"])
        spread = np.exp(weighted_sum(self.lengths, np.concatenate([[1.0], wanted])).astype(np.float64))
        cumulative = np.cumsum(spread)

        for first in range(0, count, p["window"]):
            rows = np.arange(first, min(first + p["window"], count))
            draws = streams.uniform(rows) * cumulative[-1]
            lengths = 1 + (cumulative > draws[:, None]).argmax(axis=1)
            order = np.argsort(lengths, kind="stable")
            window = []
            for begin in range(0, len(rows), size):
                part = order[begin : begin + size]
                ids = self._fill(
                    streams, rows[part], lengths[part], conditions, guidance, temperature, floor, steps, noise
                )
                for row, length, text in zip(rows[part], lengths[part], ids, strict=True):
                    tokens = [int(t) for t in text[:length]]
                    window.append(Sample(int(row), tokens, decode([self.tokens[t] for t in tokens]), True))
            yield from sorted(window, key=lambda sample: sample.row)

    def _fill(self, streams, rows, lengths, conditions, guidance, temperature, floor, steps, noise) -> np.ndarray:
        """Begins with masks alone; each step draws every hidden place and keeps the surest, so many a step that all
        are kept after the last. Noise in what counts as sure makes the order freer."""
        n, width, longest = len(rows), len(conditions), int(lengths.max())
        place = np.arange(longest)
        inside = place < lengths[:, None]
        ids = np.where(inside, MASK, PAD).astype(np.int32)
        for step in range(steps):
            # A row shorter than the steps changes in some of them only.
            due = (lengths * (step + 1)) // steps - (lengths * step) // steps
            active = np.flatnonzero(due > 0)
            logits = self.denoise(
                np.repeat(ids[active], width, axis=0),
                np.repeat(lengths[active], width).astype(np.int32),
                np.tile(conditions, (len(active), 1)),
            ).astype(np.float64)
            scores = logits[::width]
            if width == 2:
                scores = logits[1::2] + guidance * (scores - logits[1::2])
            scores[:, :, [PAD, MASK]] = -np.inf
            scores = (scores - scores.max(axis=2, keepdims=True)) / temperature
            scores = np.where(scores < floor, -np.inf, scores)
            cumulative = np.cumsum(np.exp(scores), axis=2)
            hidden = (ids[active] == MASK) & inside[active]
            left = 1 - (step + 1) / steps
            # Two numbers for each hidden place, in order: which token, and how much noise.
            draws, gumbel = np.zeros(hidden.shape), np.zeros(hidden.shape)
            for at in place:
                which = np.flatnonzero(hidden[:, at])
                draws[which, at] = streams.uniform(rows[active][which])
                u = streams.uniform(rows[active][which])
                gumbel[which, at] = -np.log(-np.log((u * 4294967296 + 0.5) / 4294967296))
            chosen = (cumulative > (draws * cumulative[:, :, -1])[:, :, None]).argmax(axis=2)
            sure = np.take_along_axis(scores, chosen[:, :, None], 2)[:, :, 0] - np.log(cumulative[:, :, -1])
            sure = np.where(hidden, sure + noise * left * gumbel, -np.inf)
            ranks = np.argsort(np.argsort(-sure, axis=1, kind="stable"), axis=1)
            keep = hidden & (ranks < due[active][:, None])
            ids[active] = np.where(keep, chosen, ids[active])
        return ids


def weighted_sum(table: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Sum of the table's rows in their order, each by its weight."""
    total = np.zeros(table.shape[1], np.float64)
    for index in np.flatnonzero(weights):
        total += np.float64(weights[index]) * table[index].astype(np.float64)
    return total.astype(np.float32)
