"""A plain sampling loop in onnxruntime, as one writes it around an exported step: `loop.py SECONDS`.

https://onnxruntime.ai/docs/api/python/api_summary.html. A batch runs until its last row has ended; the next token is
drawn from the softmax; RDKit says which SMILES are molecules. Prints {"valid": molecules, "seconds": time} as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime
import yaml
from rdkit import Chem, RDLogger

BATCH = 256
RDLogger.DisableLog("rdApp.*")


class Loop:
    def __init__(self, folder: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = len(os.sched_getaffinity(0))
        self.session = onnxruntime.InferenceSession(
            folder / "model.onnx", options, providers=["CPUExecutionProvider"]
        )
        self.tokens = json.loads((folder / "tokens.json").read_text())
        self.parameters = yaml.safe_load((folder / "manifest.yaml").read_text())["parameters"]
        self.random = np.random.default_rng(1)

    def batch(self) -> list[str]:
        p = self.parameters
        token = np.full(BATCH, p["startToken"], np.int32)
        hidden = np.zeros((BATCH, p["hidden"]), np.float32)
        condition = np.zeros((1, p["gates"]), np.float32)
        ended = np.zeros(BATCH, bool)
        drawn = []
        while len(drawn) < p["maxTokens"] and not ended.all():
            logits, hidden = self.session.run(
                ["logits", "hidden_out"], {"token": token, "hidden": hidden, "condition": condition}
            )
            # The draw from a softmax, by Gumbel's trick: one array operation for all rows.
            noise = self.random.gumbel(size=logits.shape).astype(np.float32)
            token = np.argmax(logits / p["temperature"] + noise, axis=1).astype(np.int32)
            ended |= token == p["endToken"]
            drawn.append(token)
        return [self.text(column) for column in np.stack(drawn, axis=1)]

    def text(self, row: np.ndarray) -> str:
        ends = np.flatnonzero(row == self.parameters["endToken"])
        return "".join(self.tokens[i] for i in (row[: ends[0]] if len(ends) else row))


def measure(loop: Loop, seconds: float) -> dict[str, float]:
    loop.batch()
    started = time.perf_counter()
    valid = 0
    while time.perf_counter() - started < seconds:
        valid += sum(bool(text) and Chem.MolFromSmiles(text) is not None for text in loop.batch())
    return {"valid": valid, "seconds": time.perf_counter() - started}


if __name__ == "__main__":
    print(json.dumps(measure(Loop(Path(os.environ["GENERATOR_MODEL"])), float(sys.argv[1]))))
