"""What the odour model sees of a molecule.

`packages/chem/src/odour-features.ts` computes the same numbers; `golden.json.gz` of each model version holds both to it. Everything here follows from atoms, bonds and ring membership, so that any chemistry toolkit will do.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rdkit import Chem, RDLogger

RDLogger.DisableLog("rdApp.*")

ATOM_FIELDS = 8
SELF, BOND, DISTANCE, BEYOND, DISCONNECTED = 1, 1, 4, 13, 14
"""Relation codes: 0 padding, 1 self, 1 + bond order (2-5), 4 + distance (6-12 for 2-8), 13 beyond, 14 disconnected."""
RELATIONS = 15
FARTHEST = 8
FARTHEST_PAIR = 6
SHELL = 10_000
"""Above any number of an atom key, so that bond order and neighbour make one number."""
CLIP = 8.0
"""Standardised counts are held within +-CLIP: a count never seen in training must not drown the others."""
ATOM_SIZES = (0, 8, 8, 6, 3, 10, 7, 6)
"""Number of values of each atom field, padding included; the first depends on the element vocabulary."""

GLOBALS = (
    "atoms", "hydrogens", "carbon", "nitrogen", "oxygen", "sulphur", "halogen", "other",
    "aromatic_atoms", "ring_atoms", "rings", "largest_smallest_ring", "double_bonds", "triple_bonds",
    "rotatable_bonds", "branched_atoms", "quaternary_atoms", "terminal_atoms", "fragments", "diameter",
    "mean_distance", "positive", "negative", "hydrogens_on_hetero", "mass",
)  # fmt: skip


@dataclass(frozen=True)
class MolGraph:
    """A sanitised molecule: atoms (atomic number, charge, hydrogens, aromatic), bonds (begin, end, order), rings."""

    atoms: tuple[tuple[int, int, int, bool], ...]
    bonds: tuple[tuple[int, int, int], ...]
    rings: tuple[tuple[int, ...], ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "atoms": [
                {"atomicNumber": z, "charge": c, "hydrogens": h, "aromatic": a} for z, c, h, a in self.atoms
            ],
            "bonds": [{"begin": b, "end": e, "order": o} for b, e, o in self.bonds],
            "rings": [list(r) for r in self.rings],
        }


_ORDERS = {
    Chem.BondType.SINGLE: 1,
    Chem.BondType.DOUBLE: 2,
    Chem.BondType.TRIPLE: 3,
    Chem.BondType.AROMATIC: 4,
}


def graph_of(mol: Chem.Mol) -> MolGraph:
    """The graph of an RDKit molecule. Bonds of no ordinary order (dative, zero) count as single."""
    return MolGraph(
        atoms=tuple(
            (a.GetAtomicNum(), a.GetFormalCharge(), a.GetTotalNumHs(), a.GetIsAromatic()) for a in mol.GetAtoms()
        ),
        bonds=tuple(
            (b.GetBeginAtomIdx(), b.GetEndAtomIdx(), _ORDERS.get(b.GetBondType(), 1)) for b in mol.GetBonds()
        ),
        rings=tuple(tuple(r) for r in mol.GetRingInfo().AtomRings()),
    )


def parse(smiles: str) -> MolGraph | None:
    """The graph of a SMILES, or None when RDKit refuses it or it has no atom."""
    mol = Chem.MolFromSmiles(smiles)
    return graph_of(mol) if mol is not None and mol.GetNumAtoms() > 0 else None


def canonical(smiles: str) -> str | None:
    """Canonical SMILES without stereo: the key under which a molecule is the same molecule."""
    mol = Chem.MolFromSmiles(smiles)
    return None if mol is None else Chem.MolToSmiles(mol, isomericSmiles=False)


def _ring_bucket(size: int) -> int:
    if size == 0:
        return 1
    if size <= 8:
        return size - 1
    return 8 if size <= 11 else 9


@dataclass(frozen=True)
class RawFeatures:
    """Features before vocabulary: atoms int32 [n, 8], relation uint8 [n, n], counts of environment keys, globals.

    neighbours: by atom, (neighbour, bond order).
    """

    atoms: np.ndarray
    relation: np.ndarray
    counts: Counter[str]
    atom_keys: list[str]
    neighbours: list[list[tuple[int, int]]]
    globals_: np.ndarray

    def shells(self, known: dict[str, int]) -> Counter[str]:
        """Counts of atoms with their neighbours' surroundings as well, `r<atom>:<neighbours>`.

        known: numbers of atom keys. Where one is unknown nothing is counted: what it would make is rarer still.
        """
        number = [known.get(key) for key in self.atom_keys]
        counts: Counter[str] = Counter()
        for i, around in enumerate(self.neighbours):
            ends = [number[j] for j, _ in around]
            if number[i] is not None and None not in ends:
                codes = sorted(order * SHELL + end for (_, order), end in zip(around, ends, strict=True))
                counts[f"r{number[i]}:" + ",".join(map(str, codes))] += 1
        return counts


def _distances(n: int, neighbours: Sequence[Sequence[tuple[int, int]]]) -> np.ndarray:
    """Bonds on the shortest path between atoms, -1 when there is none."""
    out = np.full((n, n), -1, dtype=np.int32)
    for start in range(n):
        row = out[start]
        row[start] = 0
        queue = [start]
        for at in queue:
            for other, _ in neighbours[at]:
                if row[other] < 0:
                    row[other] = row[at] + 1
                    queue.append(other)
    return out


def raw_features(graph: MolGraph, elements: Sequence[int], masses: Sequence[float]) -> RawFeatures:
    """Atom fields, pair relations and environment counts of one molecule.

    elements: atomic numbers with an index of their own; all others share the last index. masses: by atomic number.
    """
    n = len(graph.atoms)
    index = {z: i + 1 for i, z in enumerate(elements)}
    neighbours: list[list[tuple[int, int]]] = [[] for _ in range(n)]
    for begin, end, order in graph.bonds:
        neighbours[begin].append((end, order))
        neighbours[end].append((begin, order))
    smallest = [0] * n
    in_ring_bond: set[tuple[int, int]] = set()
    for ring in graph.rings:
        for k, a in enumerate(ring):
            if smallest[a] == 0 or len(ring) < smallest[a]:
                smallest[a] = len(ring)
            b = ring[k - 1]
            in_ring_bond.add((min(a, b), max(a, b)))

    bonding = [1] * n
    for i in range(n):
        doubles = sum(o == 2 for _, o in neighbours[i])
        if graph.atoms[i][3]:
            bonding[i] = 4
        elif any(o == 3 for _, o in neighbours[i]):
            bonding[i] = 3
        elif doubles:
            bonding[i] = 2 if doubles == 1 else 6
    for i in range(n):
        if bonding[i] == 1 and any(bonding[j] not in (1, 5) for j, _ in neighbours[i]):
            bonding[i] = 5

    atoms = np.zeros((n, ATOM_FIELDS), dtype=np.int32)
    for i, (z, charge, hydrogens, aromatic) in enumerate(graph.atoms):
        hetero = sum(graph.atoms[j][0] not in (1, 6) for j, _ in neighbours[i])
        atoms[i] = (
            index.get(z, len(elements) + 1),
            min(len(neighbours[i]), 6) + 1,
            max(-3, min(3, charge)) + 4,
            min(hydrogens, 4) + 1,
            2 if aromatic else 1,
            _ring_bucket(smallest[i]),
            bonding[i],
            min(hetero, 4) + 1,
        )

    distance = _distances(n, neighbours)
    relation = np.full((n, n), DISCONNECTED, dtype=np.uint8)
    reached = distance >= 0
    relation[reached] = np.where(distance[reached] > FARTHEST, BEYOND, DISTANCE + distance[reached])
    for i in range(n):
        relation[i, i] = SELF
    for begin, end, order in graph.bonds:
        relation[begin, end] = relation[end, begin] = BOND + order

    counts: Counter[str] = Counter()
    atom_keys: list[str] = []
    for i in range(n):
        e, _, charge, h, _, ring, bond, _ = atoms[i].tolist()
        centre = (((e * 10 + charge) * 10 + h) * 10 + bond) * 2 + (1 if ring > 1 else 0)
        around = sorted((o * 100 + int(atoms[j, 0])) * 10 + bonding[j] for j, o in neighbours[i])
        key = f"e{centre}:" + ",".join(map(str, around))
        counts[key] += 1
        atom_keys.append(key)
    kind = [int(atoms[i, 0]) * 10 + bonding[i] for i in range(n)]
    for i in range(n):
        for j in range(i + 1, n):
            d = int(distance[i, j])
            if 1 < d <= FARTHEST_PAIR:
                low, high = sorted((kind[i], kind[j]))
                counts[f"p{(low * 1000 + high) * 10 + d}"] += 1
    for begin, end, order in graph.bonds:
        for first, before in neighbours[begin]:
            for last, after in neighbours[end]:
                if first != end and last != begin and first != last:
                    there = _torsion(kind[first], before, kind[begin], order, kind[end], after, kind[last])
                    back = _torsion(kind[last], after, kind[end], order, kind[begin], before, kind[first])
                    counts[f"t{min(there, back)}"] += 1
    values = _globals(graph, neighbours, smallest, in_ring_bond, distance, masses)
    return RawFeatures(atoms, relation, counts, atom_keys, neighbours, values)


def _torsion(*parts: int) -> int:
    """Kinds of four atoms in a row and the orders between them as one number, below 2^53."""
    code = 0
    for k, part in enumerate(parts):
        code = code * (10 if k % 2 else 1000) + part
    return code


def _globals(
    graph: MolGraph,
    neighbours: Sequence[Sequence[tuple[int, int]]],
    smallest: Sequence[int],
    ring_bonds: set[tuple[int, int]],
    distance: np.ndarray,
    masses: Sequence[float],
) -> np.ndarray:
    n = len(graph.atoms)
    numbers = [a[0] for a in graph.atoms]
    halogens = (9, 17, 35, 53)
    known = {6, 7, 8, 16, *halogens}
    fragments = sum(1 for i in range(n) if not (distance[i, :i] >= 0).any())
    reached = distance[distance > 0]
    mass = sum((masses[z] if z < len(masses) else 0.0) + h * masses[1] for z, _, h, _ in graph.atoms)
    values = (
        n,
        sum(a[2] for a in graph.atoms),
        numbers.count(6),
        numbers.count(7),
        numbers.count(8),
        numbers.count(16),
        sum(z in halogens for z in numbers),
        sum(z not in known for z in numbers),
        sum(a[3] for a in graph.atoms),
        sum(s > 0 for s in smallest),
        len(graph.bonds) - n + fragments,
        max(smallest),
        sum(o == 2 for _, _, o in graph.bonds),
        sum(o == 3 for _, _, o in graph.bonds),
        sum(
            o == 1
            and len(neighbours[b]) > 1
            and len(neighbours[e]) > 1
            and (min(b, e), max(b, e)) not in ring_bonds
            for b, e, o in graph.bonds
        ),
        sum(len(x) == 3 for x in neighbours),
        sum(len(x) == 4 for x in neighbours),
        sum(len(x) == 1 for x in neighbours),
        fragments,
        int(reached.max()) if reached.size else 0,
        float(reached.sum()) / reached.size if reached.size else 0.0,
        sum(a[1] for a in graph.atoms if a[1] > 0),
        -sum(a[1] for a in graph.atoms if a[1] < 0),
        sum(a[2] for a in graph.atoms if a[0] != 6),
        mass,
    )
    return np.array(values, dtype=np.float64)


@dataclass(frozen=True)
class Features:
    """Model inputs of one molecule: atoms int32 [n, 8], relation uint8 [n, n], environment float32 [F]."""

    atoms: np.ndarray
    relation: np.ndarray
    environment: np.ndarray
    known_fraction: float


class Featuriser:
    """Feature definition with its fitted vocabulary, as stored in features.json."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = spec
        self.elements: list[int] = spec["elements"]
        self.masses: list[float] = spec["masses"]
        self.environments: list[str] = spec["environments"]
        self.mean = np.array(spec["mean"], dtype=np.float64)
        self.std = np.array(spec["std"], dtype=np.float64)
        self.known = {key: i + 1 for i, key in enumerate(spec["knownAtoms"])}
        self._column = {key: i for i, key in enumerate(self.environments)}

    @classmethod
    def load(cls, path: Path) -> Featuriser:
        return cls(json.loads(path.read_text()))

    @property
    def width(self) -> int:
        return len(self.mean)

    def raw(self, graph: MolGraph) -> RawFeatures:
        return raw_features(graph, self.elements, self.masses)

    def log_counts(self, raw: RawFeatures) -> np.ndarray:
        out = np.zeros(len(self.environments) + len(GLOBALS))
        for key, count in [*raw.counts.items(), *raw.shells(self.known).items()]:
            column = self._column.get(key)
            if column is not None:
                out[column] = math.log1p(count)
        out[len(self.environments) :] = np.log1p(raw.globals_)
        return out

    def finish(self, raw: RawFeatures) -> Features:
        z = np.clip((self.log_counts(raw) - self.mean) / self.std, -CLIP, CLIP)
        known = sum(key in self.known for key in raw.atom_keys) / len(raw.atom_keys)
        return Features(raw.atoms, raw.relation, z.astype(np.float32), known)

    def __call__(self, graph: MolGraph) -> Features:
        return self.finish(self.raw(graph))


def fit_featuriser(
    graphs: Iterable[MolGraph],
    others: Iterable[MolGraph],
    min_molecules: int = 8,
    min_pairs: int = 25,
    min_torsions: int = 12,
) -> Featuriser:
    """Choose the vocabulary and the scaling from training molecules.

    others: unlabelled molecules of training; they only widen the element vocabulary.
    min_molecules, min_pairs, min_torsions: in how many molecules an environment (an atom pair, four atoms in a row)
    must occur to be a feature.
    """
    graphs = list(graphs)
    others = list(others)
    table = Chem.GetPeriodicTable()
    masses = [0.0] + [round(table.GetAtomicWeight(z), 3) for z in range(1, 119)]
    seen = Counter(z for g in [*graphs, *others] for z in {a[0] for a in g.atoms})
    elements = [z for z, n in seen.most_common() if n >= min_molecules and z > 0]
    raws = [raw_features(g, elements, masses) for g in graphs]
    occurs = Counter(key for r in raws for key in r.counts)
    known = sorted(key for key in occurs if key[0] == "e" and occurs[key] >= 3)
    number = {key: i + 1 for i, key in enumerate(known)}
    occurs.update(key for r in raws for key in r.shells(number))
    least = {"e": min_molecules, "p": min_pairs, "r": min_molecules, "t": min_torsions}
    environments = sorted(key for key, n in occurs.items() if n >= least[key[0]])
    spec: dict[str, Any] = {
        "format": 1,
        "atomFields": ATOM_FIELDS,
        "elements": elements,
        "masses": masses,
        "environments": environments,
        "globals": list(GLOBALS),
        "knownAtoms": known,
        "mean": [0.0] * (len(environments) + len(GLOBALS)),
        "std": [1.0] * (len(environments) + len(GLOBALS)),
    }
    featuriser = Featuriser(spec)
    x = np.stack([featuriser.log_counts(r) for r in raws])
    spec["mean"] = [round(float(v), 6) for v in x.mean(0)]
    spec["std"] = [round(max(float(v), 0.02), 6) for v in x.std(0)]
    return Featuriser(spec)


def near_columns(spec: dict[str, Any]) -> list[int]:
    """Columns of atoms with their neighbours, of atom pairs and of the whole molecule; not of what lies farther out."""
    count = len(spec["environments"])
    return [i for i, key in enumerate(spec["environments"]) if key[0] in "ep"] + list(range(count, len(spec["mean"])))


def near_spec(spec: dict[str, Any]) -> dict[str, Any]:
    """The feature definition with those columns alone."""
    columns = near_columns(spec)
    return {
        **spec,
        "environments": [key for key in spec["environments"] if key[0] in "ep"],
        "mean": [spec["mean"][i] for i in columns],
        "std": [spec["std"][i] for i in columns],
    }
