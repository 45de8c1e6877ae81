"""How generators are made: what they are shown reads back as the molecule it was written from."""

import numpy as np
import pytest

from sillage_training.generator.data import canonical
from sillage_training.generator.dit_train import mask
from sillage_training.generator.selfies_text import MASK, decode, encodings
from sillage_training.generator.train import drop_notes

MOLECULES = ["COc1cc(C=O)ccc1O", "CC1=CCC(CC1)C(C)=C", "O=c1ccc2ccccc2o1", "C[N+](C)(C)CC(=O)[O-]", "CSSC", "N#CC1CC1"]


@pytest.mark.parametrize("smiles", MOLECULES)
def test_selfies_read_back(smiles: str) -> None:
    forms = encodings(smiles, 6)
    assert len(forms) > 1
    assert {canonical(decode(form)) for form in forms} == {canonical(smiles)}


def test_masks_hide_some_of_each_row_and_weigh_rows_alike() -> None:
    rng = np.random.default_rng(1)
    lengths = np.array([3, 7, 5, 7])
    ids = np.where(np.arange(7) < lengths[:, None], 9, 0)
    hidden, weights = mask(ids, lengths, rng)
    counts = (hidden == MASK).sum(axis=1)
    assert (counts >= 1).all() and (counts <= lengths).all()
    assert not (hidden[np.arange(7) >= lengths[:, None]] == MASK).any()
    np.testing.assert_allclose(weights.sum(axis=1), 1)


def test_dropped_notes_are_fewer_and_never_others() -> None:
    notes = np.ones((500, 20))
    notes[:, 7] = 0
    shown = drop_notes(notes, np.random.default_rng(2))
    assert not shown[:, 7].any()
    assert 0.1 < (shown.sum(axis=1) == 0).mean() < 0.2
