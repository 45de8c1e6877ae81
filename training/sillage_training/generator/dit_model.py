"""A masked-diffusion transformer over SELFIES tokens: every token sees every other, so any may be drawn first.

Masked diffusion after Sahoo et al. 2024 (arXiv 2406.07524), the block with adaptive layer norm after Peebles and
Xie 2023 (arXiv 2212.09748), one modulation for all layers after Chen et al. 2023 (arXiv 2310.00426).
"""

from __future__ import annotations

import torch
from torch import nn

WIDTH = 192
LAYERS = 5
HEADS = 6
EXPANSION = 3
MAX_LENGTH = 48


def normalise(x: torch.Tensor) -> torch.Tensor:
    return nn.functional.layer_norm(x, (WIDTH,))


class Block(nn.Module):
    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.mix = nn.Linear(WIDTH, WIDTH)
        self.widen = nn.Linear(WIDTH, EXPANSION * WIDTH)
        self.narrow = nn.Linear(EXPANSION * WIDTH, WIDTH)
        # What this layer adds to the modulation that all layers share.
        self.offset = nn.Parameter(torch.cat([torch.zeros(2 * WIDTH), torch.ones(WIDTH)]).repeat(2) * 0.5)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor, modulation: torch.Tensor, blocked: torch.Tensor) -> torch.Tensor:
        rows, length, _ = x.shape
        shift1, scale1, gate1, shift2, scale2, gate2 = (modulation + self.offset).unsqueeze(1).chunk(6, dim=2)
        h = normalise(x) * (1 + scale1) + shift1
        q, k, v = self.qkv(h).reshape(rows, length, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4).unbind(0)
        weights = (q @ k.transpose(2, 3)) * (WIDTH // HEADS) ** -0.5 + blocked
        h = (weights.softmax(dim=3) @ v).transpose(1, 2).reshape(rows, length, WIDTH)
        x = x + gate1 * self.dropout(self.mix(h))
        h = normalise(x) * (1 + scale2) + shift2
        return x + gate2 * self.dropout(self.narrow(nn.functional.gelu(self.widen(h))))


class Dit(nn.Module):
    """Logits of every token of every place. The time needs no input: the share of masks tells it."""

    def __init__(self, tokens: int, notes: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.embedding = nn.Embedding(tokens, WIDTH)
        self.from_start = nn.Embedding(MAX_LENGTH, WIDTH)
        self.from_end = nn.Embedding(MAX_LENGTH, WIDTH)
        self.condition = nn.Linear(notes, WIDTH, bias=False)
        self.modulation = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.SiLU(), nn.Linear(WIDTH, 6 * WIDTH))
        self.blocks = nn.ModuleList(Block(dropout) for _ in range(LAYERS))
        self.output = nn.Linear(WIDTH, tokens)
        for table in (self.embedding, self.from_start, self.from_end):
            nn.init.normal_(table.weight, std=0.5)
        nn.init.zeros_(self.modulation[2].weight)
        nn.init.zeros_(self.modulation[2].bias)

    def forward(self, tokens: torch.Tensor, lengths: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        """tokens [B, L], lengths [B], condition [B, WIDTH] (the summed rows of the wanted notes) -> [B, L, tokens]."""
        place = torch.arange(tokens.shape[1], device=tokens.device)
        behind = lengths.unsqueeze(1) - 1 - place
        blocked = (behind < 0).to(condition.dtype)[:, None, None, :] * -1e9
        x = self.embedding(tokens) + self.from_start(place) + self.from_end(behind.clamp(min=0))
        modulation = self.modulation(condition)
        for block in self.blocks:
            x = block(x, modulation, blocked)
        return self.output(normalise(x))
