"""Makes the index of known odorants of an odour model, which the server searches for `include: ["similar"]`.

python -m sillage_training.odour.index --model ../models/olfactory-base/1

odorants.tsv.gz: header and one row per molecule: smiles (canonical, without stereo), name, notes, sources; the last two
are lists joined by semicolons. odorants.bin.gz, unpacked and little-endian: uint32 molecules, uint32 width, float32
step, the low bytes of all values, then their high bytes. Values are int16, column after column (all molecules of the
first dimension first), because neighbouring values of one dimension pack better; value x step is one number of a unit
vector. The command prints how well the packed vectors find the neighbours that float32 finds.
"""

from __future__ import annotations

import argparse
import gzip
import re
import struct
from pathlib import Path

import numpy as np
import pandas as pd

from .data import MODEL_FOLDER, data_folder
from .features import Features, Featuriser, canonical, parse
from .runtime import Batch, session

STEP = 0.0005
ANSWERED = 1e-4
"""Similarities are answered to four digits: neighbours closer to each other than that are one as good as the other."""
NEIGHBOURS = 5
LIMIT_BYTES = 4_000_000
ROLES = {"odorants": "odorants.tsv.gz", "odorant_vectors": "odorants.bin.gz"}


def known_odorants(data: Path) -> pd.DataFrame:
    """Molecules by canonical SMILES with name, notes (GS-LF) and sources, sorted by SMILES."""
    molecules = pd.read_csv(data / "odor" / "molecules.csv", dtype=str, keep_default_na=False)
    found: dict[str, dict[str, str]] = {}
    for smiles, name, sources in molecules[["smiles", "name", "sources"]].itertuples(index=False):
        key = canonical(smiles)
        if key:
            known = found.setdefault(key, {"name": "", "notes": "", "sources": ""})
            known["name"] = known["name"] or " ".join(name.split())
            known["sources"] = ";".join(sorted({*known["sources"].split(";"), *sources.split(";")} - {""}))
    labelled = pd.read_csv(data / "odor" / "gslf_train.csv")
    notes = list(labelled.columns[2:])
    for smiles, row in zip(labelled["smiles"], labelled[notes].to_numpy(), strict=True):
        key = canonical(smiles)
        if key:
            known = found.setdefault(key, {"name": "", "notes": "", "sources": "gslf"})
            known["notes"] = ";".join(note for note, has in zip(notes, row, strict=True) if has)
    return pd.DataFrame([{"smiles": key, **found[key]} for key in sorted(found)])


def embed(folder: Path, features: list[Features], batch: int = 32) -> np.ndarray:
    """Unit vectors [n, width] of the model's embedding, in the order given."""
    model = session(folder / "model.onnx")
    wanted = {tensor.name for tensor in model.get_inputs()}
    order = np.argsort([len(f.atoms) for f in features], kind="stable")
    parts = []
    for start in range(0, len(order), batch):
        feed = Batch.of([features[i] for i in order[start : start + batch]]).feed()
        parts.append(model.run(["embedding"], {name: v for name, v in feed.items() if name in wanted})[0])
    vectors = np.concatenate(parts)[np.argsort(order)]
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def pack(vectors: np.ndarray, step: float = STEP) -> bytes:
    """The bytes of odorants.bin.gz."""
    columns = np.round(vectors.T / step).astype("<i2")
    low, high = (columns & 255).astype(np.uint8), (columns >> 8).astype(np.int8)
    head = struct.pack("<IIf", len(vectors), vectors.shape[1], step)
    # No time stamp: the same vectors give the same file.
    return gzip.compress(head + low.tobytes() + high.tobytes(), 9, mtime=0)


def unpack(packed: bytes) -> np.ndarray:
    """Vectors [n, width] as the server reads them."""
    raw = gzip.decompress(packed)
    count, width, step = struct.unpack("<IIf", raw[:12])
    planes = np.frombuffer(raw, np.uint8, offset=12).reshape(2, width, count)
    return ((planes[1].view(np.int8).astype(np.int16) << 8) | planes[0]).T.astype(np.float32) * np.float32(step)


def recall(vectors: np.ndarray, packed: np.ndarray, queries: np.ndarray) -> float:
    """Share of the packed vectors' nearest neighbours that are, by float32, as near as the fifth to four digits."""
    found, best = [], []
    for start in range(0, len(queries), 256):
        rows = queries[start : start + 256]
        exact, coarse = vectors[rows] @ vectors.T, vectors[rows] @ packed.T
        for similarity in (exact, coarse):
            similarity[np.arange(len(rows)), rows] = -2
        nearest = np.argpartition(-coarse, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
        found.append(np.take_along_axis(exact, nearest, 1))
        best.append(np.partition(exact, -NEIGHBOURS, axis=1)[:, -NEIGHBOURS])
    return float(np.mean(np.concatenate(found) >= np.concatenate(best)[:, None] - ANSWERED))


def name_in_manifest(folder: Path) -> None:
    """Adds the two files to the manifest's `files` where they are missing; the rest of the text stays as it is."""
    path = folder / "manifest.yaml"
    text = path.read_text()
    missing = "".join(f"  {role}: {name}\n" for role, name in ROLES.items() if f"\n  {role}:" not in text)
    path.write_text(re.sub(r"^files:\n(  .*\n)+", lambda files: files[0] + missing, text, flags=re.MULTILINE))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=MODEL_FOLDER, help="folder of a model version")
    parser.add_argument("--data")
    options = parser.parse_args()
    folder: Path = options.model
    featuriser = Featuriser.load(folder / "features.json")
    table = known_odorants(data_folder(options.data))
    graphs = [parse(smiles) for smiles in table["smiles"]]
    features = [featuriser(graph) for graph in graphs if graph is not None]
    if len(features) != len(table):
        raise ValueError("a canonical SMILES does not parse")
    vectors = embed(folder, features)
    packed = pack(vectors)
    text = "".join("\t".join(row) + "\n" for row in [tuple(table.columns), *table.itertuples(index=False)])
    rows = gzip.compress(text.encode(), 9, mtime=0)
    share = recall(vectors, unpack(packed), np.random.default_rng(0).choice(len(vectors), 2000, replace=False))
    size = len(rows) + len(packed)
    named, described = (int((table[column] != "").sum()) for column in ("name", "notes"))
    print(f"{len(table)} molecules, {named} with a name, {described} with notes; width {vectors.shape[1]}")
    print(f"recall@{NEIGHBOURS} of the packed vectors against float32: {share:.4f} (2,000 queries)")
    print(f"size: {size / 1e6:.2f} MB")
    if share < 0.99 or size > LIMIT_BYTES:
        raise SystemExit("not written: recall must be .99 or more, and both files together 4 MB or less")
    (folder / ROLES["odorants"]).write_bytes(rows)
    (folder / ROLES["odorant_vectors"]).write_bytes(packed)
    name_in_manifest(folder)


if __name__ == "__main__":
    main()
