"""What a training run needs to go on, in one file of its work folder; replaced whole, so that a cut leaves the last."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

NAME = "checkpoint.pt"


def save_checkpoint(
    work: Path, model: nn.Module, average: nn.Module, optimiser: torch.optim.Optimizer, **facts: object
) -> None:
    """`facts`: epoch (those done), seconds (of training so far), tokens, notes."""
    state = {"model": model.state_dict(), "average": average.state_dict(), "optimiser": optimiser.state_dict()}
    path = work / NAME
    torch.save({**state, **facts}, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)


def load_checkpoint(
    work: Path, model: nn.Module, average: nn.Module, optimiser: torch.optim.Optimizer
) -> tuple[int, float]:
    """Puts the saved state in place, where there is one; epochs done and seconds spent."""
    path = work / NAME
    if not path.exists():
        return 0, 0.0
    saved = torch.load(path, weights_only=True)
    model.load_state_dict(saved["model"])
    average.load_state_dict(saved["average"])
    optimiser.load_state_dict(saved["optimiser"])
    print(f"goes on after epoch {saved['epoch']}", flush=True)
    return saved["epoch"], saved["seconds"]


def load_average(work: Path) -> tuple[dict, dict]:
    """The averaged weights, and everything the checkpoint says."""
    saved = torch.load(work / NAME, weights_only=True)
    return saved["average"], saved
