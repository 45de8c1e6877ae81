"""A plain sampling loop in PyTorch, `torch_loop.py SECONDS`: the weights are those of the exported FP32 step.

https://docs.pytorch.org/docs/stable/generated/torch.inference_mode.html. As loop.py otherwise.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import onnx
import torch
import yaml
from onnx import numpy_helper
from rdkit import Chem, RDLogger

BATCH = 256
RDLogger.DisableLog("rdApp.*")


class Step(torch.nn.Module):
    """One step of the GRU, the embedding folded into its input gates as the export has it."""

    def __init__(self, weights: dict[str, torch.Tensor]) -> None:
        super().__init__()
        self.table = torch.nn.Embedding.from_pretrained(weights["table"][0])
        self.recurrent = torch.cat([weights["h_reset_update_weights"], weights["h_new_weights"]], dim=1)
        # That of the other gates is in the table.
        self.recurrent_bias = torch.nn.functional.pad(weights["h_new_bias"], (self.recurrent.shape[1] * 2 // 3, 0))
        self.output, self.output_bias = weights["logits_weights"], weights["logits_bias"]

    def forward(self, token: torch.Tensor, hidden: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        i_reset, i_update, i_new = self.table(token).chunk(3, dim=1)
        gates = torch.addmm(self.recurrent_bias, hidden, self.recurrent)
        h_reset, h_update, h_new = gates.chunk(3, dim=1)
        update = torch.sigmoid(i_update + h_update)
        new = torch.tanh(i_new + torch.sigmoid(i_reset + h_reset) * h_new)
        hidden = new + update * (hidden - new)
        return torch.addmm(self.output_bias, hidden, self.output), hidden


@torch.inference_mode()
def batch(step: Step, tokens: list[str], p: dict) -> list[str]:
    token = torch.full((BATCH,), p["startToken"])
    hidden = torch.zeros(BATCH, p["hidden"])
    ended = torch.zeros(BATCH, dtype=torch.bool)
    drawn = []
    while len(drawn) < p["maxTokens"] and not ended.all():
        logits, hidden = step(token, hidden)
        token = torch.multinomial(torch.softmax(logits / p["temperature"], dim=1), 1).squeeze(1)
        ended |= token == p["endToken"]
        drawn.append(token)
    rows = torch.stack(drawn, dim=1).tolist()
    end = p["endToken"]
    return ["".join(tokens[i] for i in (row[: row.index(end)] if end in row else row)) for row in rows]


def main() -> None:
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    folder = Path(os.environ["GENERATOR_MODEL"])
    graph = onnx.load(folder / "model.onnx").graph
    step = Step({one.name: torch.tensor(numpy_helper.to_array(one)) for one in graph.initializer})
    tokens = json.loads((folder / "tokens.json").read_text())
    parameters = yaml.safe_load((folder / "manifest.yaml").read_text())["parameters"]
    batch(step, tokens, parameters)
    started = time.perf_counter()
    valid = 0
    while time.perf_counter() - started < float(sys.argv[1]):
        texts = batch(step, tokens, parameters)
        valid += sum(bool(text) and Chem.MolFromSmiles(text) is not None for text in texts)
    print(json.dumps({"valid": valid, "seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    main()
