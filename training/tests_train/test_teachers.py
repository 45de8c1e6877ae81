"""Needs the extra `train`: how the teachers are kept from what they judge."""

import numpy as np

from sillage_training.odour.teachers import soft_labels


def test_teachers_never_judge_labels_they_saw() -> None:
    rng = np.random.default_rng(0)
    fold = np.array([0, 1, 2, -1] * 12)
    x = rng.normal(size=(48, 5)).astype(np.float32)
    labels = (x[:, :3] > 0).astype(np.float32)
    labels[fold < 0] = 0
    before = soft_labels([x], labels, fold, held=0, seeds=1)
    for changed, same in ((0, np.ones(48, bool)), (1, fold == 1)):
        other = labels.copy()
        other[fold == changed] = 1 - other[fold == changed]
        after = soft_labels([x], other, fold, held=0, seeds=1)
        np.testing.assert_array_equal(before[same], after[same])
        if changed == 1:
            assert np.abs(before[~same] - after[~same]).max() > 0.01
