"""The index of known odorants: packed and unpacked, and the shipped one beside the manifest that names it."""

from __future__ import annotations

import gzip

import numpy as np
import yaml

from sillage_training.odour.data import MODEL_FOLDER
from sillage_training.odour.index import LIMIT_BYTES, ROLES, STEP, name_in_manifest, pack, recall, unpack


def some_vectors(count: int, width: int) -> np.ndarray:
    vectors = np.random.default_rng(1).normal(size=(count, width))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_packed_vectors_come_back_to_half_a_step() -> None:
    vectors = some_vectors(50, 16)
    np.testing.assert_allclose(unpack(pack(vectors)), vectors, atol=STEP / 2 + 1e-7)
    assert pack(vectors) == pack(vectors)


def test_recall_counts_who_is_lost() -> None:
    vectors = some_vectors(300, 16)
    queries = np.arange(100)
    assert recall(vectors, vectors, queries) == 1
    assert recall(vectors, unpack(pack(vectors)), queries) > 0.98
    assert recall(vectors, vectors[::-1], queries) < 0.2


def test_the_roles_are_written_once(tmp_path) -> None:
    manifest = tmp_path / "manifest.yaml"
    manifest.write_text('name: nose\nfiles:\n  model: model.onnx\ninputs:\n  - { name: atoms }\n')
    name_in_manifest(tmp_path)
    once = manifest.read_text()
    assert yaml.safe_load(once)["files"] == {"model": "model.onnx", **ROLES}
    name_in_manifest(tmp_path)
    assert manifest.read_text() == once


def test_the_shipped_index_holds_what_the_server_promises() -> None:
    files = yaml.safe_load((MODEL_FOLDER / "manifest.yaml").read_text())["files"]
    paths = [MODEL_FOLDER / files[role] for role in ROLES]
    assert sum(path.stat().st_size for path in paths) <= LIMIT_BYTES
    rows = gzip.decompress(paths[0].read_bytes()).decode().splitlines()
    vectors = unpack(paths[1].read_bytes())
    assert len(rows) - 1 == len(vectors) >= 11_000
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=0.005)
    vanillin = next(row.split("\t") for row in rows if row.startswith("COc1cc(C=O)ccc1O\t"))
    assert vanillin[1] == "vanillin"
    assert "vanilla" in vanillin[2].split(";")
