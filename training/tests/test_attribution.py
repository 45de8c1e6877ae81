"""Hiding an atom: what is left of the graph, and what the model sees."""

from __future__ import annotations

import numpy as np
from rdkit import Chem

from sillage_training.odour.attribution import hide, without_atom
from sillage_training.odour.data import MODEL_FOLDER
from sillage_training.odour.features import Featuriser, graph_of


def test_an_atom_goes_with_its_bonds_and_rings() -> None:
    graph = graph_of(Chem.MolFromSmiles("C1CO1"))
    left = without_atom(graph, 0)
    assert left.atoms == graph.atoms[1:]
    assert [set(bond[:2]) for bond in left.bonds] == [{0, 1}]
    assert left.rings == ()


def test_a_hidden_atom_is_padding_and_its_counts_are_gone() -> None:
    featuriser = Featuriser.load(MODEL_FOLDER / "features.json")
    graph = graph_of(Chem.MolFromSmiles("CSSC"))
    whole, hidden = featuriser(graph), hide(featuriser, graph, 1)
    assert not hidden.atoms[1].any()
    assert not hidden.relation[1].any() and not hidden.relation[:, 1].any()
    np.testing.assert_array_equal(hidden.atoms[2], whole.atoms[2])
    assert (hidden.environment != whole.environment).any()
