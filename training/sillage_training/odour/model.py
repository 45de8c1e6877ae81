"""The networks of the odour models.

OdourTransformer, tokens: one summary token, one token made of the environment counts, then one per atom. Attention is
biased, per layer and head, by the relation of two atoms (bond order or topological distance). The readout joins
summary, mean over atoms and environment. OdourMlp reads the environment counts alone.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .features import ATOM_SIZES, RELATIONS

VIRTUAL = RELATIONS
"""Relation code of any pair with the summary or the environment token."""


class TokenDropout(nn.Module):
    """Drops the same channels at every token of a molecule: as good as one draw per number, and far cheaper."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        kept = torch.rand(x.shape[0], 1, x.shape[2]) >= self.share
        return x * (kept.to(x.dtype) / (1 - self.share))


class Block(nn.Module):
    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.norm_attention = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.norm_mlp = nn.LayerNorm(width)
        self.up = nn.Linear(width, 2 * width)
        self.down = nn.Linear(2 * width, width)
        self.dropout = TokenDropout(dropout)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """x [B, N, D]; bias [B, heads, N, N] is added to the attention scores."""
        b, n, d = x.shape
        qkv = self.qkv(self.norm_attention(x)).view(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        q, k, v = qkv[0], qkv[1], qkv[2]
        scores = q @ k.transpose(-1, -2) * (d // self.heads) ** -0.5 + bias
        mixed = (scores.softmax(-1).to(v.dtype) @ v).transpose(1, 2).reshape(b, n, d)
        x = x + self.dropout(self.out(mixed))
        return x + self.dropout(self.down(F.gelu(self.up(self.norm_mlp(x)))))


class OdourTransformer(nn.Module):
    """Maps atoms int [B, N, 8], relation int [B, N, N] and environment float [B, F] to an embedding and note logits."""

    def __init__(
        self,
        elements: int,
        environment: int,
        notes: int,
        auxiliary: int = 0,
        width: int = 128,
        layers: int = 4,
        heads: int = 8,
        embedding: int = 256,
        dropout: float = 0.15,
    ) -> None:
        super().__init__()
        sizes = (elements + 2, *ATOM_SIZES[1:])
        self.atom = nn.ModuleList(nn.Embedding(size, width) for size in sizes)
        for table in self.atom:
            nn.init.normal_(table.weight, std=0.3)
        self.summary = nn.Parameter(torch.zeros(1, 1, width))
        self.environment = nn.Sequential(
            nn.Dropout(0.1), nn.Linear(environment, 2 * width), nn.LayerNorm(2 * width), nn.GELU(), nn.Dropout(0.3)
        )
        self.environment_token = nn.Linear(2 * width, width)
        self.bias = nn.Embedding(RELATIONS + 1, layers * heads)
        nn.init.normal_(self.bias.weight, std=0.1)
        self.blocks = nn.ModuleList(Block(width, heads, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.readout = nn.Sequential(
            nn.Dropout(0.2), nn.Linear(4 * width, embedding), nn.LayerNorm(embedding), nn.GELU()
        )
        self.notes = nn.Sequential(nn.Dropout(0.3), nn.Linear(embedding, notes))
        self.auxiliary = nn.Linear(embedding, auxiliary) if auxiliary else None

    def embed(self, atoms: Tensor, relation: Tensor, environment: Tensor) -> Tensor:
        present = atoms[:, :, 0] > 0
        x = self.atom[0](atoms[:, :, 0])
        for field in range(1, len(self.atom)):
            x = x + self.atom[field](atoms[:, :, field])
        counts = self.environment(environment)
        b = atoms.shape[0]
        x = torch.cat([self.summary.expand(b, -1, -1), self.environment_token(counts).unsqueeze(1), x], dim=1)
        full = F.pad(relation, (2, 0, 2, 0), value=VIRTUAL)
        weight = present.to(x.dtype)
        mask = F.pad((weight - 1.0) * 1e4, (2, 0)).unsqueeze(1).unsqueeze(1)
        biases = self.bias(full).permute(0, 3, 1, 2) + mask
        for block, bias in zip(self.blocks, biases.chunk(len(self.blocks), dim=1), strict=True):
            x = block(x, bias)
        x = self.norm(x)
        # Every molecule has an atom, so the mean never divides by zero.
        mean = (x[:, 2:] * weight.unsqueeze(-1)).sum(1) / weight.sum(1, keepdim=True)
        return self.readout(torch.cat([x[:, 0], mean, counts], dim=-1))

    def forward(self, atoms: Tensor, relation: Tensor, environment: Tensor) -> tuple[Tensor, Tensor | None]:
        """Note logits, and auxiliary outputs when the model was built with them."""
        e = self.embed(atoms, relation, environment)
        return self.notes(e), None if self.auxiliary is None else self.auxiliary(e)


class OdourMlp(nn.Module):
    """Maps environment float [B, F] to an embedding and note logits."""

    def __init__(self, environment: int, notes: int, auxiliary: int = 0, hidden: int = 768, embedding: int = 384) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Dropout(0.1), nn.Linear(environment, hidden), nn.LayerNorm(hidden), nn.GELU(), nn.Dropout(0.4),
            nn.Linear(hidden, embedding), nn.LayerNorm(embedding), nn.GELU(),
        )  # fmt: skip
        self.notes = nn.Sequential(nn.Dropout(0.4), nn.Linear(embedding, notes))
        self.auxiliary = nn.Linear(embedding, auxiliary) if auxiliary else None

    def embed(self, environment: Tensor) -> Tensor:
        return self.body(environment)

    def forward(self, environment: Tensor) -> tuple[Tensor, Tensor | None]:
        e = self.embed(environment)
        return self.notes(e), None if self.auxiliary is None else self.auxiliary(e)


Network = OdourTransformer | OdourMlp
