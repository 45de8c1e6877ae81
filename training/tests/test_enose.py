"""The model folder against itself: golden features and probabilities, the split, and the notes' vocabulary."""

import json

import numpy as np
import onnxruntime as ort
import pytest
import yaml

from sillage_training.enose.data import CHANNELS, MODEL_FOLDER, WINDOW_S, cut, fold_of, Recording
from sillage_training.enose.features import MIN_FRAMES, feature_names, features, raw_features
from sillage_training.enose.manifest import read

MANIFEST = read()
PARAMETERS = MANIFEST["parameters"]
IMPUTATION = np.array(PARAMETERS["imputation"])
GOLDEN = json.loads((MODEL_FOLDER / "golden.json").read_text())
FRAMES = [np.array(c["frames"], dtype=float) for c in GOLDEN["cases"]]


@pytest.fixture(scope="module")
def session():
    return ort.InferenceSession(MODEL_FOLDER / "model.onnx", providers=["CPUExecutionProvider"])


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda c: c["name"])
def test_golden(case, session):
    vector = features(np.array(case["frames"], dtype=float), IMPUTATION)
    np.testing.assert_allclose(vector, case["features"], atol=1e-4)
    probabilities, distance = session.run(None, {"features": vector[None]})
    np.testing.assert_allclose(probabilities[0], case["probabilities"], atol=1e-3)
    assert probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert distance[0, 0] == pytest.approx(case["distance"], abs=1e-3)


def test_golden_windows_come_from_held_back_recordings():
    held_back = set(MANIFEST["held_back"])
    assert all(case["name"].split(" ")[0] in held_back for case in GOLDEN["cases"])


def test_a_batch_answers_like_single_rows(session):
    batch = np.array([features(f, IMPUTATION) for f in FRAMES])
    together = session.run(["probabilities"], {"features": batch})[0]
    apart = np.concatenate([session.run(["probabilities"], {"features": row[None]})[0] for row in batch])
    np.testing.assert_allclose(together, apart, atol=1e-6)


def test_a_sentinel_counts_as_a_gap():
    frames = FRAMES[0].copy()
    gap, sentinel = frames.copy(), frames.copy()
    gap[40, 0], sentinel[40, 0] = np.nan, 4294967295
    np.testing.assert_array_equal(features(gap, IMPUTATION), features(sentinel, IMPUTATION))


def test_a_missing_channel_takes_the_training_median():
    frames = FRAMES[0].copy()
    frames[:, 3] = np.nan
    raw = raw_features(frames)
    names = feature_names(CHANNELS)
    assert len(names) == len(raw)
    assert all(np.isnan(v) == ("CO" in n.split(":")[1].split("/")) for n, v in zip(names, raw))
    assert np.isfinite(features(frames, IMPUTATION)).all()


def test_too_few_frames_are_refused():
    with pytest.raises(ValueError, match="at least"):
        features(FRAMES[0][: MIN_FRAMES - 1], IMPUTATION)


def test_folds_and_windows():
    recordings = [Recording("a", str(i), np.zeros((230, 6))) for i in range(5)]
    assert fold_of(recordings).tolist() == [0, 1, 2, 3, 4]
    assert len(cut(recordings[0].frames, WINDOW_S, 50)) == 3


def test_every_substance_has_notes():
    notes = yaml.safe_load((MODEL_FOLDER / "substances.yaml").read_text())
    assert sorted(notes) == MANIFEST["labels"]
    base = MODEL_FOLDER.parents[1] / "olfactory-base" / "1" / "manifest.yaml"
    if base.is_file():
        vocabulary = set(yaml.safe_load(base.read_text())["labels"])
        assert {n for own in notes.values() for n in own} <= vocabulary


def test_no_ambient_channel_and_no_hint_of_a_broken_sensor():
    used = {c["name"] for c in PARAMETERS["channels"]}
    assert used.isdisjoint({"Temperature", "Pressure", "Humidity", "Altitude", "Benzene", "Gas_Resistance"})
