"""The networks of a model as served: their logits averaged, calibrated by note, with the heads beside them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from .evidence import shares
from .heads import WIDTH, KernelHead, LinearHead, Space
from .model import Network, OdourMlp


@dataclass(frozen=True)
class Heads:
    """Fitted on the embedding of the ensemble's first network."""

    space: Space
    intensity: KernelHead
    pleasantness: KernelHead
    threshold: KernelHead
    odorous: LinearHead


class Served(nn.Module):
    """Integer inputs as sent; probabilities, ratings, threshold and embedding as answered.

    lines: slope and intercept of the calibration, [2, notes].
    """

    def __init__(self, networks: list[Network], lines: np.ndarray, heads: Heads) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)
        self.shares = shares(["mlp" if isinstance(n, OdourMlp) else "transformer" for n in networks])
        self.needs_atoms = any(not isinstance(n, OdourMlp) for n in networks)

        def constant(name: str, value: np.ndarray) -> None:
            self.register_buffer(name, torch.tensor(np.asarray(value), dtype=torch.float32))

        constant("slope", lines[0])
        constant("intercept", lines[1])
        constant("mean", heads.space.mean)
        constant("std", heads.space.std)
        # All measured molecules are centres of one kernel; a head has weight at its own alone.
        measured = (heads.intensity, heads.pleasantness, heads.threshold)
        centres, index = np.unique(np.concatenate([h.centres for h in measured]), axis=0, return_inverse=True)
        weight = np.zeros((len(centres), len(measured)))
        rows = np.split(index.ravel(), np.cumsum([len(h.centres) for h in measured])[:-1])
        for column, (head, at) in enumerate(zip(measured, rows, strict=True)):
            np.add.at(weight[:, column], at, head.weight)
        constant("centres", centres.T)
        constant("norms", (centres**2).sum(1))
        constant("weight", weight)
        constant("bias", np.array([h.bias for h in measured]))
        constant("odorous_weight", heads.odorous.weight[:, None])
        constant("odorous_bias", np.array([heads.odorous.bias]))

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(atoms, relation, environment) or, where no network reads atoms, (environment)."""
        environment = inputs[-1]
        embedding: Tensor | None = None
        logits = torch.zeros(1)
        for network, share in zip(self.networks, self.shares, strict=True):
            if isinstance(network, OdourMlp):
                e = network.embed(environment)
            else:
                e = network.embed(inputs[0].long(), inputs[1].long(), environment)
            embedding = e if embedding is None else embedding
            logits = logits + share * network.notes(e)
        assert embedding is not None
        probabilities = torch.sigmoid(self.slope * logits + self.intercept)
        point = (embedding - self.mean) / self.std
        squared = (point**2).sum(1, keepdim=True) + self.norms - 2 * point @ self.centres
        values = self.bias + torch.exp(-WIDTH * squared.clamp(min=0.0)) @ self.weight
        ratings = values[:, :2].clamp(0.0, 10.0)
        odorous = torch.sigmoid(embedding @ self.odorous_weight + self.odorous_bias)
        return probabilities, ratings[:, :1], ratings[:, 1:2], odorous, values[:, 2:3], embedding
