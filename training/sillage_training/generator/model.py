"""The generator: one GRU over SMILES tokens whose input gates also see the wanted odour notes."""

from __future__ import annotations

import torch
from torch import nn

HIDDEN = 256
EMBEDDING = 64
CONDITION = 64


class Generator(nn.Module):
    """Next-token model. The condition enters every step, linearly, so that it can be summed once per request."""

    def __init__(self, tokens: int, notes: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.embedding = nn.Embedding(tokens, EMBEDDING)
        self.condition = nn.Linear(notes, CONDITION, bias=False)
        self.gru = nn.GRU(EMBEDDING + CONDITION, HIDDEN, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(HIDDEN, tokens)

    def forward(self, tokens: torch.Tensor, notes: torch.Tensor) -> torch.Tensor:
        """Logits [batch, length, tokens] for token ids [batch, length] and notes [batch, notes]."""
        condition = self.condition(notes).unsqueeze(1).expand(-1, tokens.shape[1], -1)
        hidden, _ = self.gru(torch.cat([self.embedding(tokens), condition], dim=2))
        return self.output(self.dropout(hidden))

    @torch.no_grad()
    def folded(self) -> dict[str, torch.Tensor]:
        """The step's constants: `table` [tokens, 768] (embedding, input weights, input bias folded),
        `notes` [notes, 768] (what one note adds to the gates), recurrent and output weights transposed."""
        w = self.gru.weight_ih_l0
        return {
            "table": self.embedding.weight @ w[:, :EMBEDDING].T + self.gru.bias_ih_l0,
            "notes": self.condition.weight.T @ w[:, EMBEDDING:].T,
            "recurrent": self.gru.weight_hh_l0.T.contiguous(),
            "recurrent_bias": self.gru.bias_hh_l0.clone(),
            "output": self.output.weight.T.contiguous(),
            "output_bias": self.output.bias.clone(),
        }
