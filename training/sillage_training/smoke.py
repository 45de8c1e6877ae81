"""Trains tiny versions of every model end to end, without data, and writes them as one model repository.

python -m sillage_training.smoke FOLDER

What it makes is worth nothing but to see that every step works; `npm run sillage -- check-models FOLDER` then loads it
as the service does.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path


def main() -> None:
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        raise SystemExit(__doc__)
    folder = Path(sys.argv[1]).resolve()
    began = time.monotonic()
    for step in (
        ["odour.smoke", "--out", str(folder)],
        ["generator.smoke", "--out", str(folder)],
        ["enose.smoke", str(folder / "enose-smellnet" / "1")],
    ):
        # Each in a process of its own: they share nothing, and memory is given back in between.
        subprocess.run([sys.executable, "-m", f"sillage_training.{step[0]}", *step[1:]], check=True)
    print(f"{len(list(folder.glob('*/*/manifest.yaml')))} models in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
