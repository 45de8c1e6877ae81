"""Samples SMILES from the exported model. The same algorithm, draw for draw, as the service's `sampler.ts`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime as ort
import yaml

from .grammar import Grammar, Writing
from .random_stream import RandomStreams


@dataclass(frozen=True)
class Sample:
    """`row` counts the samples in the order they were begun; `complete` is false when maxTokens ran out."""

    row: int
    tokens: list[int]
    smiles: str
    complete: bool


class Sampler:
    """The model of one folder: step, condition table, tokens and parameters."""

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

    def gates(self, notes: np.ndarray) -> np.ndarray:
        """What the wanted notes add to every input gate: [768], a weighted sum of the table's rows."""
        total = np.zeros(self.table.shape[1], np.float64)
        for index in np.flatnonzero(notes):
            total += np.float64(notes[index]) * self.table[index].astype(np.float64)
        return total.astype(np.float32)

    def step(self, tokens: np.ndarray, hidden: np.ndarray, condition: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Token t of a row under condition c of those in `condition` is written c * (number of tokens) + t."""
        return self.session.run(
            ["logits", "hidden_out"], {"token": tokens, "hidden": hidden, "condition": condition}
        )

    def sample(
        self,
        count: int,
        seed: int,
        wanted: np.ndarray | None = None,
        excluded: np.ndarray | None = None,
        temperature: float | None = None,
        guidance: float | None = None,
        batch: int | None = None,
    ) -> Iterator[Sample]:
        """`count` samples in the order they end. Without wanted or excluded notes guidance has no meaning."""
        p = self.parameters
        temperature = p["temperature"] if temperature is None else temperature
        guidance = p["guidance"] if guidance is None else guidance
        size = min(p["batch"] if batch is None else batch, count)
        notes = len(self.table)
        zero = np.zeros(notes)
        positive = self.gates(zero if wanted is None else wanted)
        reference = self.gates(zero if excluded is None else excluded)
        guided = guidance != 1 and not np.array_equal(positive, reference)
        streams = RandomStreams(seed, np.arange(count))
        # Tokens far less likely than the likeliest are never drawn: most of them break the molecule.
        floor = np.log(p["minProbability"])
        grammar = Grammar(self.tokens, p["endToken"], [p["padToken"], p["startToken"]])

        rows = list(range(size))
        begun = size
        texts: list[list[int]] = [[] for _ in rows]
        writings = [Writing(grammar) for _ in rows]
        last = np.full(size, p["startToken"], np.int32)
        # Guided, a sample has two rows side by side: with what is wanted, and the reference it moves away from.
        width = 2 if guided else 1
        hidden = np.zeros((size * width, p["hidden"]), np.float32)
        condition = np.stack([positive, reference] if guided else [positive])
        while rows:
            n = len(rows)
            under = np.arange(width, dtype=np.int32) * len(self.tokens)
            logits, hidden = self.step((last[:, None] + under).ravel(), hidden, condition)
            scores = logits[::width].astype(np.float64)
            if guided:
                away = logits[1::2].astype(np.float64)
                scores = away + guidance * (scores - away)
            scores[~np.stack([w.allowed() for w in writings])] = -np.inf
            scores = (scores - scores.max(axis=1, keepdims=True)) / temperature
            scores = np.where(scores < floor, -np.inf, scores)
            cumulative = np.cumsum(np.exp(scores), axis=1)
            threshold = streams.uniform(np.array(rows)) * cumulative[:, -1]
            # The first token whose cumulative weight exceeds the draw.
            chosen = (cumulative > threshold[:, None]).argmax(axis=1)

            keep: list[int] = []
            for slot in range(n):
                token = int(chosen[slot])
                ended = token == p["endToken"]
                if not ended:
                    writings[slot].append(token)
                    texts[slot].append(token)
                if ended or len(texts[slot]) >= p["maxTokens"]:
                    text = texts[slot]
                    yield Sample(rows[slot], text, "".join(self.tokens[t] for t in text), ended)
                    if begun >= count:
                        continue
                    rows[slot], texts[slot], last[slot] = begun, [], p["startToken"]
                    writings[slot] = Writing(grammar)
                    hidden[slot * width : (slot + 1) * width] = 0
                    begun += 1
                else:
                    last[slot] = token
                keep.append(slot)
            if len(keep) < n:
                rows = [rows[s] for s in keep]
                texts = [texts[s] for s in keep]
                writings = [writings[s] for s in keep]
                last = last[keep]
                hidden = hidden.reshape(n, width, -1)[keep].reshape(len(keep) * width, p["hidden"])
