import { ATOM_FIELDS, type MolGraph, type OdourFeatures } from '@sillage/chem';

/**
 * The graph with one atom taken out and its bonds with it. What stays keeps its hydrogens and its aromaticity: the
 * result is no molecule, it is what the model would have seen of the others.
 */
export function withoutAtom(graph: MolGraph, left: number): MolGraph {
  const moved = (atom: number) => (atom > left ? atom - 1 : atom);
  return {
    atoms: graph.atoms.filter((_, index) => index !== left),
    bonds: graph.bonds
      .filter(({ begin, end }) => begin !== left && end !== left)
      .map(({ begin, end, order }) => ({ begin: moved(begin), end: moved(end), order })),
    rings: graph.rings.filter((ring) => !ring.includes(left)).map((ring) => ring.map(moved)),
  };
}

/**
 * Model inputs in which one atom is hidden: its token becomes padding, so that no other atom sees it, and the counts
 * are those of the graph without it.
 */
export function occlude(whole: OdourFeatures, without: OdourFeatures, hidden: number): OdourFeatures {
  const n = whole.atomCount;
  const atoms = whole.atoms.slice();
  atoms.fill(0, hidden * ATOM_FIELDS, (hidden + 1) * ATOM_FIELDS);
  const relation = whole.relation.slice();
  relation.fill(0, hidden * n, (hidden + 1) * n);
  for (let row = 0; row < n; row++) relation[row * n + hidden] = 0;
  return { ...whole, atoms, relation, environment: without.environment };
}

/** What each atom does for one note. */
export interface Contributions {
  /** -1 to 1, the largest size being 1; all 0 where no atom changes anything. Positive: the atom speaks for the note. */
  readonly atoms: readonly number[];
  /** Change of the note's log-odds that 1 stands for. */
  readonly unitLogOdds: number;
}

/**
 * By how much the log-odds of a note fall when each atom is hidden (occlusion; for odour notes as for fingerprints in
 * Riniker and Landrum, J. Cheminform. 2013, 5, 43).
 * @param whole the note's probability, 0-1
 * @param hidden its probability with each atom hidden, 0-1
 */
export function contributions(whole: number, hidden: readonly number[]): Contributions {
  const changes = hidden.map((probability) => logOdds(whole) - logOdds(probability));
  const largest = changes.reduce((most, change) => Math.max(most, Math.abs(change)), 0);
  if (largest === 0) return { atoms: changes, unitLogOdds: 0 };
  return { atoms: changes.map((change) => change / largest), unitLogOdds: largest };
}

function logOdds(probability: number): number {
  const bounded = Math.min(Math.max(probability, 1e-6), 1 - 1e-6);
  return Math.log(bounded / (1 - bounded));
}

/** Red, green and blue, 0-1. */
export type Colour = readonly [number, number, number];

/** Contributions smaller than this are not worth a colour. */
const leastShown = 0.05;
const red: Colour = [0.84, 0.19, 0.15];
const blue: Colour = [0.18, 0.42, 0.78];

/** The colour behind an atom: red speaks for the note, blue against it, paler the less it does; none near nothing. */
export function colourOf(contribution: number): Colour | undefined {
  const strength = Math.min(1, Math.abs(contribution));
  if (strength < leastShown) return undefined;
  const full = contribution > 0 ? red : blue;
  // At most three quarters of the colour: the element's letter stays readable on it.
  const mixed = (value: number) => 1 - 0.75 * strength * (1 - value);
  return [mixed(full[0]), mixed(full[1]), mixed(full[2])];
}
