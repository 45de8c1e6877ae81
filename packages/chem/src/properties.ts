import { adjacencyOf } from './adjacency.ts';
import { atomicWeight } from './elements.ts';
import type { FragmentScores } from './fragment-scores.ts';
import type { MolGraph } from './graph.ts';
import { crippenLogP } from './log-p.ts';
import { morganEnvironments } from './morgan.ts';
import { polarSurface } from './polar-surface.ts';
import { syntheticAccessibility } from './synthetic-accessibility.ts';

const HYDROGEN = 1;

/** Numbers of one molecule, from its graph: the same that RDKit's descriptors give, in a fraction of their time. */
export interface MolecularProperties {
  /** Average molecular weight, g/mol; isotopes count as their element. */
  readonly molecularWeight: number;
  /** {@link crippenLogP} */
  readonly logP: number;
  /** Square ångström; {@link polarSurface} */
  readonly tpsa: number;
  /** 1 (easy) to 10; {@link syntheticAccessibility} */
  readonly syntheticAccessibility: number;
  /** Rings as RDKit counts them: where rings of one size overlap evenly, all of them. Decalin has 2, cineole 3. */
  readonly rings: number;
  /** Numbers of its circular environments; {@link morganEnvironments} */
  readonly environments: readonly number[];
}

/** What {@link MolecularProperties} names. `stereocentres` as `Molecule.stereocentres()` counts them. */
export function propertiesOf(
  graph: MolGraph,
  stereocentres: number,
  scores: FragmentScores,
): MolecularProperties {
  const adjacency = adjacencyOf(graph);
  const environments = morganEnvironments(graph, adjacency);
  const hydrogens = graph.atoms.reduce((sum, atom) => sum + atom.hydrogens, 0);
  return {
    molecularWeight: heavyWeight(graph) + hydrogens * atomicWeight(HYDROGEN),
    logP: crippenLogP(graph, adjacency),
    tpsa: polarSurface(graph, adjacency),
    syntheticAccessibility: syntheticAccessibility({ graph, environments, stereocentres }, scores),
    rings: graph.rings.length,
    environments,
  };
}

/** g/mol without the hydrogens that are no atoms of the graph: what no larger molecule around it can fall below. */
export function heavyWeight(graph: MolGraph): number {
  return graph.atoms.reduce((sum, { atomicNumber }) => sum + atomicWeight(atomicNumber), 0);
}

/** Independent rings: how many bonds can be cut before none is left. A part never has more than the whole. */
export function independentRings({ atoms, bonds }: MolGraph): number {
  const root = atoms.map((_, index) => index);
  const find = (atom: number): number => {
    let at = atom;
    while (root[at] !== at) at = root[at] ?? at;
    return at;
  };
  let rings = 0;
  for (const { begin, end } of bonds) {
    const [a, b] = [find(begin), find(end)];
    if (a === b) rings++;
    else root[a] = b;
  }
  return rings;
}
