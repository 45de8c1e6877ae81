"""Measures whether per-atom contributions find the atoms that chemistry holds responsible for a note.

python -m sillage_training.odour.attribution --model ../models/olfactory-base/1

For notes with a well-known cause (sulphur for "sulfurous", the ring ester for "lactonic") it takes labelled molecules
that have both note and cause, hides each atom in turn as the server does, and prints how often an atom of the cause
ranks above another atom (AUROC within the molecule, the mean over molecules).
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from rdkit import Chem
from sklearn.metrics import roc_auc_score

from .data import MODEL_FOLDER, data_folder, load_labelled
from .features import Features, Featuriser, MolGraph, graph_of
from .runtime import Batch, session

CAUSES = {
    "sulfurous": "[#16]", "garlic": "[#16]", "meaty": "[#16]", "fishy": "[#7]", "popcorn": "[#7,#16]",
    "roasted": "[n,s,o]", "phenolic": "c[OH]", "lactonic": "[#6;R](=O)O[#6;R]", "coconut": "[#6;R](=O)O[#6;R]",
    "cheesy": "C(=O)[OH]", "vanilla": "cO[CH3]", "fruity": "[#6]C(=O)O[#6]", "aldehydic": "[CH]=O", "rose": "[CH2][OH]",
}  # fmt: skip
PER_NOTE = 25
LEAST_PROBABILITY = 0.3
LARGEST_CAUSE = 0.6
"""Molecules that are hardly more than the cause say nothing."""


def without_atom(graph: MolGraph, left: int) -> MolGraph:
    """The graph without an atom; the others keep their hydrogens, as in services/inference (domain/prediction)."""
    keep = [i for i in range(len(graph.atoms)) if i != left]
    moved = {old: new for new, old in enumerate(keep)}
    return MolGraph(
        tuple(graph.atoms[i] for i in keep),
        tuple((moved[b], moved[e], o) for b, e, o in graph.bonds if left not in (b, e)),
        tuple(tuple(moved[i] for i in ring) for ring in graph.rings if left not in ring),
    )


def hide(featuriser: Featuriser, graph: MolGraph, atom: int) -> Features:
    """Features with one atom as padding, and the counts of the graph without it."""
    whole = featuriser(graph)
    atoms, relation = whole.atoms.copy(), whole.relation.copy()
    atoms[atom], relation[atom], relation[:, atom] = 0, 0, 0
    return replace(whole, atoms=atoms, relation=relation, environment=featuriser(without_atom(graph, atom)).environment)


def log_odds(probability: np.ndarray) -> np.ndarray:
    bounded = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.log(bounded / (1 - bounded))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=MODEL_FOLDER, help="folder of a model version")
    parser.add_argument("--data")
    options = parser.parse_args()
    featuriser = Featuriser.load(options.model / "features.json")
    model = session(options.model / "model.onnx")
    wanted = {tensor.name for tensor in model.get_inputs()}
    labelled = load_labelled(data_folder(options.data))

    def probabilities(features: list[Features]) -> np.ndarray:
        feed = {name: v for name, v in Batch.of(features).feed().items() if name in wanted}
        return model.run(["probabilities"], feed)[0]

    random = np.random.default_rng(0)
    means = []
    for note, smarts in CAUSES.items():
        column, cause = labelled.notes.index(note), Chem.MolFromSmarts(smarts)
        scores: list[float] = []
        for row in random.permutation(np.flatnonzero(labelled.labels[:, column] > 0)):
            molecule = Chem.MolFromSmiles(labelled.smiles[row])
            count = molecule.GetNumAtoms()
            guilty = {atom for match in molecule.GetSubstructMatches(cause) for atom in match}
            if not guilty or count < 5 or len(guilty) >= LARGEST_CAUSE * count:
                continue
            graph = graph_of(molecule)
            rows = [featuriser(graph), *(hide(featuriser, graph, atom) for atom in range(count))]
            chance = probabilities(rows)[:, column]
            if chance[0] < LEAST_PROBABILITY:
                continue
            contribution = log_odds(chance[:1]) - log_odds(chance[1:])
            scores.append(roc_auc_score([atom in guilty for atom in range(count)], contribution))
            if len(scores) == PER_NOTE:
                break
        means.append(float(np.mean(scores)))
        print(f"{note:10} {smarts:22} {len(scores):3} molecules  AUROC {means[-1]:.3f}")
    print(f"mean over {len(means)} notes: {np.mean(means):.3f}")


if __name__ == "__main__":
    main()
