import { AdjacencyMemory } from './adjacency.ts';
import type { Atom, Bond, MolGraph } from './graph.ts';
import { ringSystemsOf } from './rings.ts';
import { BARE, type Sketch, sketchOf } from './smiles-sketch.ts';

/** Allowed valences of the atoms that RDKit writes without brackets, lowest first; by atomic number. */
const VALENCES: readonly (readonly number[])[] = [];
for (const [element, valences] of [
  [5, [3]],
  [6, [4]],
  [7, [3]],
  [8, [2]],
  [9, [1]],
  [15, [3, 5, 7]],
  [16, [2, 4, 6]],
  [17, [1]],
  [35, [1]],
  [53, [1, 3, 5]],
] as const)
  (VALENCES as (readonly number[])[])[element] = valences;

/**
 * The graph of a canonical SMILES without stereo, atoms in the order in which they are written. Only for what RDKit
 * wrote: aromaticity is taken as it stands. A quadruple bond counts as a triple one, a dative or unspecified bond as a
 * single one. Many times faster than the JSON that RDKit gives of a molecule.
 */
export function graphOfCanonical(smiles: string): MolGraph {
  const sketch = sketchOf(smiles);
  if (sketch === undefined) throw new Error(`${smiles} is not as RDKit writes a molecule`);
  const { aromatic, begin, end, order } = sketch;
  for (let bond = 0; bond < sketch.bonds; bond++) {
    if (order[bond] !== 0) continue;
    order[bond] = aromatic[begin[bond] ?? 0] && aromatic[end[bond] ?? 0] ? 4 : 1;
  }
  return graphOfSketch(sketch);
}

/** The graph of a sketch all of whose bonds have an order. `rings`: its rings, where they are known. */
export function graphOfSketch(sketch: Sketch, rings = ringsOf(sketch)): MolGraph {
  const bonds: Bond[] = [];
  /** Twice the sum of bond orders of each atom: the hydrogens of an atom without brackets follow from it. */
  const twiceOrders = new Uint8Array(sketch.atoms);
  for (let bond = 0; bond < sketch.bonds; bond++) {
    const begin = sketch.begin[bond] ?? 0;
    const end = sketch.end[bond] ?? 0;
    const order = (sketch.order[bond] ?? 1) as Bond['order'];
    bonds.push({ begin, end, order });
    const twice = order === 4 ? 3 : order * 2;
    twiceOrders[begin] = (twiceOrders[begin] ?? 0) + twice;
    twiceOrders[end] = (twiceOrders[end] ?? 0) + twice;
  }
  const atoms: Atom[] = [];
  for (let atom = 0; atom < sketch.atoms; atom++) {
    const atomicNumber = sketch.element[atom] ?? 0;
    const aromatic = sketch.aromatic[atom] === 1;
    const written = sketch.hydrogens[atom] ?? 0;
    const used = ((twiceOrders[atom] ?? 0) + 1) >> 1;
    const hydrogens = written === BARE ? impliedHydrogens(atomicNumber, aromatic, used) : written;
    atoms.push({ atomicNumber, charge: sketch.charge[atom] ?? 0, hydrogens, aromatic });
  }
  return { atoms, bonds, rings };
}

const memory = new AdjacencyMemory();

function ringsOf(sketch: Sketch): readonly (readonly number[])[] {
  if (sketch.ringBonds === 0) return [];
  const adjacency = memory.ofEnds(sketch.atoms, sketch);
  return ringSystemsOf(sketch.atoms, sketch.bonds, adjacency).flatMap(({ rings }) => rings);
}

/** Hydrogens of an atom without brackets whose bonds add up to `used`; none where it has more than its valences. */
function impliedHydrogens(element: number, aromatic: boolean, used: number): number {
  for (const valence of VALENCES[element] ?? []) {
    if (valence >= used) return valence - used;
    // An aromatic atom has its lowest valence; more than that and it has no hydrogen.
    if (aromatic) return 0;
  }
  return 0;
}
