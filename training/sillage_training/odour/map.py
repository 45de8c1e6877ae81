"""Makes the odour map of a model: its index of known odorants, projected onto a plane.

python -m sillage_training.odour.map --model ../models/olfactory-base/3

Run it after `sillage_training.odour.index`, whose molecules it places in the same order. PCA and t-SNE at three
perplexities are tried; the one with the highest trustworthiness (Venna and Kaski 2001: whether neighbours on the plane
are neighbours in the embedding) is kept. A new molecule goes to the mean of its nearest known odorants' places,
weighted by a power of their similarity; neighbours and power are those which put known odorants, each as if it were
new, nearest to where they are. How well that serves molecules the map has never seen is measured on one that was made
without them. All figures are printed and kept in the file. Six minutes on one core.

odorants.map.json.gz: method, what was measured, how to place new molecules, `index_crc32` of the unpacked
odorants.bin.gz it was made from, and per molecule x and y as whole numbers of `step`. The map's centre is 0, 0 and its
root mean square distance from there is 1.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import zlib
from pathlib import Path

import numpy as np
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

from .data import MODEL_FOLDER
from .index import ROLES, unpack

ROLE, FILE = "odorant_map", "odorants.map.json.gz"
STEP = 0.001
METHODS = (None, 15, 30, 60)
"""Perplexities of t-SNE; None is PCA."""
JUDGED = 15
"""Neighbours on the plane that trustworthiness looks at."""
PLACEMENTS = tuple((k, power) for k in (1, 3, 5, 10, 20) for power in (1, 4, 16, 64))
SAMPLE = 2000
"""Molecules whose placing is measured."""
CLOSE = 100


def project(vectors: np.ndarray, perplexity: int | None) -> np.ndarray:
    """Places [n, 2] by t-SNE, or by PCA without a perplexity. Of unit vectors Euclidean neighbours are those by cosine."""
    reduced = PCA(min(50, *vectors.shape), random_state=0).fit_transform(vectors)
    if perplexity is None:
        return centred(reduced[:, :2])
    return centred(TSNE(perplexity=perplexity, init="pca", random_state=0, n_jobs=1).fit_transform(reduced))


def name_of(perplexity: int | None) -> str:
    return "PCA" if perplexity is None else f"t-SNE, perplexity {perplexity}"


def centred(places: np.ndarray) -> np.ndarray:
    """Around 0 at root mean square distance 1."""
    moved = places - places.mean(0)
    return moved / np.sqrt((moved**2).sum(1).mean())


def nearest_on_plane(places: np.ndarray, queries: np.ndarray, count: int) -> np.ndarray:
    """Indices [queries, count] of the places nearest to each query, in no order."""
    distances = ((queries[:, None] - places[None]) ** 2).sum(2)
    return np.argpartition(distances, count, axis=1)[:, :count]


def ranks_by_similarity(vectors: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """[rows, n]: the place of each molecule among the neighbours of each row, 1 the nearest, 0 the row itself."""
    similarity = vectors[rows] @ vectors.T
    similarity[np.arange(len(rows)), rows] = np.inf
    order = np.argsort(-similarity, axis=1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(order.shape[1])[None], 1)
    return ranks


def trustworthiness(vectors: np.ndarray, places: np.ndarray, k: int = JUDGED) -> float:
    """1: every neighbour on the plane is one in the embedding; .5: as good as chance."""
    n = len(vectors)
    k = min(k, (n - 1) // 2)
    penalty = 0.0
    for rows in np.array_split(np.arange(n), max(1, n // 256)):
        distances = ((places[rows][:, None] - places[None]) ** 2).sum(2)
        distances[np.arange(len(rows)), rows] = np.inf
        near = np.argpartition(distances, k, axis=1)[:, :k]
        ranks = np.take_along_axis(ranks_by_similarity(vectors, rows), near, 1)
        penalty += float(np.maximum(ranks - k, 0).sum())
    return 1 - 2 * penalty / (n * k * (2 * n - 3 * k - 1))


def place(places: np.ndarray, near: np.ndarray, similarity: np.ndarray, power: float) -> np.ndarray:
    """Where molecules with these nearest odorants [m, k] go; the server's domain/prediction/odour-map.ts does the same."""
    weights = np.maximum(similarity, 1e-6) ** power
    return (places[near] * weights[:, :, None]).sum(1) / weights.sum(1, keepdims=True)


def measure_placing(vectors: np.ndarray, places: np.ndarray, rows: np.ndarray) -> dict[tuple[int, int], np.ndarray]:
    """For each rule, where molecules of the index would be put if they were new."""
    similarity = vectors[rows] @ vectors.T
    similarity[np.arange(len(rows)), rows] = -2
    most = max(k for k, _ in PLACEMENTS)
    near = np.argsort(-similarity, axis=1, kind="stable")[:, :most]
    values = np.take_along_axis(similarity, near, 1)
    return {(k, power): place(places, near[:, :k], values[:, :k], power) for k, power in PLACEMENTS}


def kept_neighbours(vectors: np.ndarray, perplexity: int | None, rule: tuple[int, int], unseen: np.ndarray) -> float:
    """
    For molecules that a map was made without: the share of the ten odorants nearest on the plane to where they are put
    that are among the 100 nearest by embedding.
    """
    seen = np.setdiff1d(np.arange(len(vectors)), unseen)
    places = project(vectors[seen], perplexity)
    k, power = rule
    similarity = vectors[unseen] @ vectors[seen].T
    order = np.argsort(-similarity, axis=1, kind="stable")
    near = order[:, :k]
    put = place(places, near, np.take_along_axis(similarity, near, 1), power)
    parts = np.array_split(put, max(1, len(put) // 256))
    shown = np.concatenate([nearest_on_plane(places, part, 10) for part in parts])
    return float(np.mean([np.isin(shown[i], order[i, :CLOSE]).mean() for i in range(len(unseen))]))


def name_in_manifest(folder: Path) -> None:
    """Adds the file to the manifest's `files` where it is missing; the rest of the text stays as it is."""
    path = folder / "manifest.yaml"
    text = path.read_text()
    if f"\n  {ROLE}:" not in text:
        line = f"  {ROLE}: {FILE}\n"
        path.write_text(re.sub(r"^files:\n(  .*\n)+", lambda files: files[0] + line, text, flags=re.MULTILINE))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=MODEL_FOLDER, help="folder of a model version with an index")
    folder: Path = parser.parse_args().model
    packed = (folder / ROLES["odorant_vectors"]).read_bytes()
    vectors = unpack(packed)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found = {perplexity: project(vectors, perplexity) for perplexity in METHODS}
    trust = {perplexity: trustworthiness(vectors, places) for perplexity, places in found.items()}
    for perplexity, value in trust.items():
        print(f"{name_of(perplexity)}: trustworthiness {value:.4f} ({JUDGED} neighbours)", flush=True)
    method = max(trust, key=lambda perplexity: trust[perplexity])
    # What is kept is what is measured from here on.
    whole = np.round(found[method] / STEP).astype(int)
    places = whole * STEP

    rows = np.random.default_rng(0).choice(len(vectors), min(SAMPLE, len(vectors)), replace=False)
    put = measure_placing(vectors, places, rows)
    errors = {rule: np.linalg.norm(where - places[rows], axis=1) for rule, where in put.items()}
    rule = min(errors, key=lambda rule: float(np.median(errors[rule])))
    error = errors[rule]
    chance = np.linalg.norm(places[rows] - places[np.random.default_rng(1).permutation(rows)], axis=1)
    figures = {
        "trustworthiness": round(trust[method], 4),
        "placement_error_median": round(float(np.median(error)), 4),
        "placement_error_p90": round(float(np.quantile(error, 0.9)), 4),
        "random_error_median": round(float(np.median(chance)), 4),
        "placement_kept_neighbours": round(kept_neighbours(vectors, method, rule, rows[: len(rows) // 2]), 4),
    }
    print(f"kept: {name_of(method)}; new molecules: mean of {rule[0]} neighbours by similarity^{rule[1]}")
    print(", ".join(f"{name} {value}" for name, value in figures.items()))
    content = {
        "method": name_of(method),
        "placement": {"neighbours": rule[0], "power": rule[1]},
        "figures": figures,
        "index_crc32": zlib.crc32(gzip.decompress(packed)),
        "step": STEP,
        "x": whole[:, 0].tolist(),
        "y": whole[:, 1].tolist(),
    }
    # No time stamp: the same map gives the same file.
    (folder / FILE).write_bytes(gzip.compress(json.dumps(content, separators=(",", ":")).encode(), 9, mtime=0))
    name_in_manifest(folder)
    print(f"{len(vectors)} molecules, {(folder / FILE).stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
