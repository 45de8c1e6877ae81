"""What the folders of all generators have in common: files beside the model, golden traces, and how one is opened."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from .data import HELD_OUT_FOLD, canonical
from .dit_sample import DitSampler
from .sample import Sampler

MODELS = Path(__file__).resolve().parents[3] / "models"

DATA = [
    "GS-LF: GoodScents and Leffingwell as curated by OpenPOM (MIT), folds 1-4",
    "Molecules of the Pyrfume archive (MIT), without labels",
]


def open_sampler(folder: Path) -> Sampler | DitSampler:
    method = yaml.safe_load((folder / "manifest.yaml").read_text())["parameters"]["method"]
    return DitSampler(folder) if method == "diffusion" else Sampler(folder)


def known_molecules(data: Path) -> list[str]:
    """Every molecule of our data, held-out ones too: what a sample must differ from to be called novel."""
    odor = data / "odor"
    raw = [*pd.read_csv(odor / "gslf_train.csv").smiles, *pd.read_csv(odor / "molecules.csv").smiles]
    return sorted({c for c in map(canonical, raw) if c})


def base_rates(data: Path, notes: list[str]) -> list[float]:
    """How often each note occurs among the molecules trained on: what a match is measured against."""
    table = pd.read_csv(data / "odor" / "gslf_train.csv")
    rates = table[table.fold != HELD_OUT_FOLD][notes].mean()
    return [round(float(rate), 5) for rate in rates]


def read_known(folder: Path) -> set[str]:
    return set(gzip.decompress((folder / "known.txt.gz").read_bytes()).decode().split())


def write_folder(folder: Path, manifest: dict, tokens: list[str], tables: dict[str, np.ndarray], known: list[str]) -> None:
    """Everything but the model and the golden file. Figures measured before stay until they are measured again."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.astype("<f4").tofile(folder / name)
    (folder / "tokens.json").write_text(json.dumps(tokens) + "\n")
    # mtime 0: the same molecules give the same bytes.
    (folder / "known.txt.gz").write_bytes(gzip.compress(("\n".join(known) + "\n").encode(), 9, mtime=0))
    path = folder / "manifest.yaml"
    metrics = yaml.safe_load(path.read_text()).get("metrics", []) if path.exists() else []
    described = {**manifest, "metrics": metrics, "license": "MIT", "data": DATA}
    path.write_text(yaml.safe_dump(described, sort_keys=False, width=110, allow_unicode=True))


def traces(sampler: Sampler | DitSampler, settings: list[dict]) -> list[dict]:
    """Seeded samples, to be drawn again letter for letter."""
    labels = sampler.manifest["labels"]
    found = []
    for one in settings:
        vector = {k: np.array([one[k].get(n, 0) for n in labels]) for k in ("wanted", "excluded")}
        samples = sampler.sample(**{k: v for k, v in one.items() if k not in vector}, **vector)
        drawn = [{"row": s.row, "smiles": s.smiles, "complete": s.complete} for s in samples]
        found.append({**one, "samples": drawn})
    return found
