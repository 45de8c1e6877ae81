"""The odour map on a plane: its measures on made-up vectors, and the shipped one beside the index it was made from."""

from __future__ import annotations

import gzip
import json
import zlib

import numpy as np
import pytest
import yaml

from sillage_training.odour.data import MODEL_FOLDER
from sillage_training.odour.index import ROLES
from sillage_training.odour.map import FILE, ROLE, kept_neighbours, measure_placing, place, project, trustworthiness


def clusters(count: int = 300, width: int = 16) -> np.ndarray:
    rng = np.random.default_rng(1)
    centres = rng.normal(size=(10, width))
    vectors = centres[np.arange(count) % 10] + 0.1 * rng.normal(size=(count, width))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_trustworthiness_is_that_of_scikit_learn() -> None:
    from sklearn.manifold import trustworthiness as reference

    vectors = clusters()
    for places in (project(vectors, None), np.random.default_rng(2).normal(size=(300, 2))):
        assert trustworthiness(vectors, places, 15) == pytest.approx(reference(vectors, places, n_neighbors=15), abs=1e-6)


def test_a_molecule_goes_between_its_neighbours() -> None:
    places = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, -4.0]])
    near, similarity = np.array([[0, 1]]), np.array([[0.9, 0.3]])
    np.testing.assert_allclose(place(places, near, similarity, 1), [[0.25, 0]])
    np.testing.assert_allclose(place(places, near, similarity, 0), [[0.5, 0]])


def test_molecules_go_to_their_own_cluster() -> None:
    vectors = clusters()
    rows = np.arange(0, 300, 7)
    put = measure_placing(vectors, project(vectors, None), rows)[(3, 16)]
    assert np.median(np.linalg.norm(put - project(vectors, None)[rows], axis=1)) < 0.2
    assert kept_neighbours(vectors, None, (3, 16), rows) > 0.9


def test_the_shipped_map_fits_the_shipped_index() -> None:
    folder = max((MODEL_FOLDER.parent).iterdir(), key=lambda path: int(path.name))
    files = yaml.safe_load((folder / "manifest.yaml").read_text())["files"]
    if ROLE not in files:
        pytest.skip("the newest version has no map")
    assert files[ROLE] == FILE
    content = json.loads(gzip.decompress((folder / FILE).read_bytes()))
    index = gzip.decompress((folder / ROLES["odorant_vectors"]).read_bytes())
    assert content["index_crc32"] == zlib.crc32(index)
    assert len(content["x"]) == len(content["y"]) == int.from_bytes(index[:4], "little")
    assert content["figures"]["trustworthiness"] > 0.95
