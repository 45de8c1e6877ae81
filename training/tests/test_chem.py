"""What packages/chem has from RDKit is what RDKit says today: the golden file and the packed table of fragments."""

import gzip
import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from sillage_training.chem.reference import SA_SCORE, fragment_scores, golden

CHEM = Path(__file__).resolve().parents[2] / "packages" / "chem"


@pytest.fixture(scope="module")
def table() -> bytes:
    return gzip.decompress((CHEM / "data" / "fragment-scores.bin.gz").read_bytes())


def test_golden_file_is_reproduced():
    lines = (CHEM / "golden" / "properties.ndjson").read_text().splitlines()
    assert [json.loads(line) for line in lines] == golden()


def test_table_is_reproduced(table: bytes):
    assert table == fragment_scores()


def test_table_says_what_rdkit_says(table: bytes):
    count, classes = np.frombuffer(table, "<u4", 2)
    scores = np.frombuffer(table, "<i2", classes, 8) / 1e4
    planes = np.frombuffer(table, np.uint8, 5 * int(count), 8 + 2 * int(classes)).reshape(5, -1).astype(np.int64)
    ids = np.cumsum(planes[0] + (planes[1] << 8) + (planes[2] << 16))
    packed = dict(zip(ids.tolist(), scores[planes[3] + (planes[4] << 8)].tolist(), strict=True))
    with gzip.open(SA_SCORE / "fpscores.pkl.gz") as file:
        groups = pickle.load(file)
    assert len(packed) == sum(len(group) - 1 for group in groups)
    assert all(packed[number] == pytest.approx(float(group[0]), abs=5e-5) for group in groups for number in group[1:])
