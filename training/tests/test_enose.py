"""The model folder against itself: golden features and answers, missing channels, and a tiny run of the training."""

import json

import numpy as np
import onnxruntime as ort
import pytest
import yaml

from sillage_training.enose import smoke
from sillage_training.enose.data import CHANNELS, MODEL_FOLDER, WINDOW_S, Recording, cut, fold_of
from sillage_training.enose.features import MIN_FRAMES, feature_names, raw_features
from sillage_training.enose.manifest import read
from sillage_training.enose.sessions import TRAINED, disturb
from sillage_training.enose.windows import Rows, columns_with, lend

MANIFEST = read()
PARAMETERS = MANIFEST["parameters"]
GOLDEN = json.loads((MODEL_FOLDER / "golden.json").read_text())
FRAMES = [np.array(c["frames"], dtype=float) for c in GOLDEN["cases"]]


def features(frames):
    return raw_features(frames[None])[0].astype(np.float32)


@pytest.fixture(scope="module")
def session():
    return ort.InferenceSession(MODEL_FOLDER / "model.onnx", providers=["CPUExecutionProvider"])


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda c: c["name"])
def test_golden(case, session):
    vector = features(np.array(case["frames"], dtype=float))
    np.testing.assert_allclose(vector, np.array(case["features"], dtype=float), atol=1e-5)
    probabilities, known, distance = session.run(None, {"features": vector[None]})
    np.testing.assert_allclose(probabilities[0], case["probabilities"], atol=1e-5)
    assert probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert known[0, 0] == pytest.approx(case["known"], abs=1e-4)
    assert distance[0, 0] == pytest.approx(case["distance"], abs=1e-4)


def test_the_pattern_that_is_nothing_is_unknown_and_the_others_are_not():
    rule = PARAMETERS["unknown"]
    known = [c["known"] >= rule["min_known"] and c["distance"] <= rule["max_distance"] for c in GOLDEN["cases"]]
    assert known == [c["substance"] != "" for c in GOLDEN["cases"]]


def test_a_batch_answers_like_single_rows(session):
    batch = np.array([features(f) for f in FRAMES])
    together = session.run(None, {"features": batch})
    apart = [session.run(None, {"features": row[None]}) for row in batch]
    for output, rows in zip(together, zip(*apart)):
        np.testing.assert_allclose(output, np.concatenate(rows), atol=1e-5)


def test_a_window_without_any_channel_still_gets_finite_numbers(session):
    outputs = session.run(None, {"features": np.full((1, len(feature_names())), np.nan, np.float32)})
    assert all(np.isfinite(o).all() for o in outputs)


def test_a_sentinel_counts_as_a_gap():
    gap, sentinel = FRAMES[0].copy(), FRAMES[0].copy()
    gap[40, 0], sentinel[40, 0] = np.nan, 4294967295
    np.testing.assert_array_equal(features(gap), features(sentinel))


@pytest.mark.parametrize("channel", ["CO", "Gas_Resistance"])
def test_features_of_a_missing_channel_are_missing(channel):
    frames = FRAMES[0].copy()
    frames[:, CHANNELS.index(channel)] = 0 if channel == "Gas_Resistance" else np.nan
    names = feature_names()
    assert len(names) == len(features(frames)) == MANIFEST["inputs"][0]["shape"][1]
    assert np.array_equal(np.isnan(features(frames)), columns_with(channel))


def test_too_few_frames_are_refused():
    with pytest.raises(ValueError, match="at least"):
        features(FRAMES[0][: MIN_FRAMES - 1])


def test_a_lent_channel_comes_from_windows_alike_and_changes_nothing_else():
    raw = raw_features(np.array([f[-30:] for f in FRAMES]))
    raw = np.concatenate([raw] * 4)
    uses = columns_with("Gas_Resistance")
    raw[::7, uses] = np.nan
    lent = lend(Rows(raw, np.zeros(len(raw), int), np.zeros(len(raw), int)), np.random.default_rng(0)).raw
    assert np.isfinite(lent[::7]).all()
    np.testing.assert_array_equal(lent[:, ~uses], raw[:, ~uses])
    names = feature_names()
    mean, resistance = lent[:, names.index("mean:CO")], lent[:, names.index("mean:Gas_Resistance")]
    np.testing.assert_allclose(lent[:, names.index("ratio:CO/Gas_Resistance")], mean - resistance)


def test_another_session_keeps_what_is_missing_and_is_the_same_for_the_same_seed():
    frames = FRAMES[0].copy()
    frames[3, 2] = np.nan
    first, again = (disturb(frames, TRAINED, np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert np.array_equal(np.isnan(first), np.isnan(frames)) and not np.allclose(first, frames, equal_nan=True)


def test_the_whole_way_in_small(tmp_path):
    assert smoke.run(tmp_path / "enose-smellnet" / "2") < 1e-5


def test_folds_and_windows():
    recordings = [Recording("a", str(i), np.zeros((230, 7))) for i in range(5)]
    assert fold_of(recordings).tolist() == [0, 1, 2, 3, 4]
    assert len(cut(recordings[0].frames, WINDOW_S, 50)) == 3


def test_every_substance_has_notes():
    notes = yaml.safe_load((MODEL_FOLDER / "substances.yaml").read_text())
    assert sorted(notes) == MANIFEST["labels"]
    base = MODEL_FOLDER.parents[1] / "olfactory-base" / "1" / "manifest.yaml"
    if base.is_file():
        vocabulary = set(yaml.safe_load(base.read_text())["labels"])
        assert {n for own in notes.values() for n in own} <= vocabulary


def test_no_ambient_channel_and_none_that_is_broken_throughout():
    used = {c["name"] for c in PARAMETERS["channels"]}
    assert used == set(CHANNELS)
    assert used.isdisjoint({"Temperature", "Pressure", "Humidity", "Altitude", "Benzene"})
