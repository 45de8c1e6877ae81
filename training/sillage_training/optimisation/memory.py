"""Resident memory that a model adds to a process: python -m sillage_training.optimisation.memory MODEL FEED.npz"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from ..odour.runtime import session


def resident_megabytes() -> float:
    """Of this process, now (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def main() -> None:
    path, feed_path = Path(sys.argv[1]), Path(sys.argv[2])
    with np.load(feed_path) as stored:
        feed = dict(stored)
    before = resident_megabytes()
    model = session(path)
    model.run(None, feed)
    print(f"{resident_megabytes() - before:.1f}")


if __name__ == "__main__":
    main()
