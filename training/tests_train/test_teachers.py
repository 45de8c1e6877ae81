"""Needs the extra `train`: how the teachers are kept from what they judge."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from sillage_training.odour import teachers
from sillage_training.odour.features import Features
from sillage_training.odour.material import Material
from sillage_training.odour.student import seen_by
from sillage_training.odour.teachers import opinions, soft_labels


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.set_num_threads(1)
    monkeypatch.setattr(teachers, "EPOCHS", 3)


def material() -> Material:
    rng = np.random.default_rng(0)
    fold = np.array([0, 1, 2, -1] * 12)
    x = rng.normal(size=(48, 5)).astype(np.float32)
    labels = (x[:, :3] > 0).astype(np.float32)
    labels[fold < 0] = 0
    none = np.zeros((1, 8), np.int32)
    return Material(
        smiles=[""] * 48,
        notes=["a", "b", "c"],
        fold=fold,
        labels=labels,
        features=[Features(none, none, row, 1.0) for row in x],
        spec={"environments": ["e1:", "p1", "r1:", "t1"], "mean": [0.0] * 5, "std": [1.0] * 5},
        descriptors=x,
        fingerprints=x,
        pretrained=x,
        words=np.zeros((48, 2), np.float32),
        has_words=np.zeros(48, bool),
    )


def test_teachers_never_judge_labels_they_saw() -> None:
    whole = material()
    fold = whole.fold
    before = soft_labels(whole, held=0)
    for changed, same in ((0, fold != 0), (1, fold == 1)):
        labels = whole.labels.copy()
        labels[fold == changed] = 1 - labels[fold == changed]
        after = soft_labels(replace(whole, labels=labels), held=0)
        np.testing.assert_array_equal(before[same], after[same])
        if changed == 1:
            assert np.abs(before[fold == 2] - after[fold == 2]).max() > 0.01


def test_what_teachers_said_is_read_again(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = material()
    first = opinions(whole, [2, 1], tmp_path, quick=True)
    monkeypatch.setattr(teachers, "train_mlp", None)
    np.testing.assert_allclose(opinions(whole, [1, 2], tmp_path, quick=True), first, atol=1e-3)


def test_the_near_student_sees_no_farther_than_neighbours() -> None:
    whole = material()
    near = seen_by("near", whole)
    assert near.spec["environments"] == ["e1:", "p1"] and len(near.spec["mean"]) == 3
    np.testing.assert_array_equal(near.environment, whole.environment[:, [0, 1, 4]])
    assert seen_by("mlp", whole) is whole
