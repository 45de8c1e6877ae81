import type { Atom, Bond, MolGraph } from './graph.ts';

/** The part of RDKit's JSON (the CommonChem format, version 12) that we read. */
interface JsonAtom {
  z?: number;
  impHs?: number;
  chg?: number;
}
interface JsonBond {
  bo?: number;
  atoms: [number, number];
}
interface JsonExtension {
  name: string;
  aromaticAtoms?: number[];
  aromaticBonds?: number[];
  atomRings?: number[][];
}
interface JsonDocument {
  molecules: { atoms: JsonAtom[]; bonds?: JsonBond[]; extensions?: JsonExtension[] }[];
}

/** A graph, and for each of its atoms the number that RDKit gives the same atom. */
export interface NumberedGraph {
  readonly graph: MolGraph;
  readonly rdkitAtoms: readonly number[];
}

/**
 * Builds the graph of heavy atoms from `get_json()` of RDKit.
 *
 * Hydrogen atoms that RDKit keeps as atoms ([2H]C) are counted at the heavy atom they hang on: isotopes do
 * not smell apart. A hydrogen without such a neighbour ([H][H], [H+]) stays an atom. A quadruple bond
 * counts as a triple one, any other unusual bond as a single one.
 */
export function graphFromJson(json: string): NumberedGraph {
  // Written by the RDKit version that package.json pins, so the shape is known; the tests hold it to that.
  const document = JSON.parse(json) as JsonDocument;
  const molecule = document.molecules[0] ?? { atoms: [] };
  const jsonBonds = molecule.bonds ?? [];
  const extension = molecule.extensions?.find(({ name }) => name === 'rdkitRepresentation');
  const aromaticAtoms = new Set(extension?.aromaticAtoms);
  const aromaticBonds = new Set(extension?.aromaticBonds);
  const folded = foldHydrogens(molecule.atoms, jsonBonds);

  const numbers: number[] = [];
  const rdkitAtoms: number[] = [];
  const atoms: Atom[] = [];
  molecule.atoms.forEach((atom, index) => {
    if (folded.has(index)) return;
    numbers[index] = atoms.length;
    rdkitAtoms.push(index);
    atoms.push({
      atomicNumber: atom.z ?? 6,
      charge: atom.chg ?? 0,
      hydrogens: atom.impHs ?? 0,
      aromatic: aromaticAtoms.has(index),
    });
  });
  for (const parent of folded.values()) {
    const number = numbers[parent] ?? -1;
    const atom = atoms[number];
    if (atom !== undefined) atoms[number] = { ...atom, hydrogens: atom.hydrogens + 1 };
  }
  const bonds: Bond[] = [];
  jsonBonds.forEach((bond, index) => {
    const begin = numbers[bond.atoms[0]];
    const end = numbers[bond.atoms[1]];
    if (begin === undefined || end === undefined) return;
    bonds.push({ begin, end, order: aromaticBonds.has(index) ? 4 : bondOrder(bond.bo ?? 1) });
  });
  const rings = (extension?.atomRings ?? []).map((ring) => ring.map((index) => numbers[index] ?? -1));
  return { graph: { atoms, bonds, rings }, rdkitAtoms };
}

/** Hydrogen atoms to count at their heavy neighbour: hydrogen index to neighbour index. */
function foldHydrogens(atoms: readonly JsonAtom[], bonds: readonly JsonBond[]): Map<number, number> {
  const folded = new Map<number, number>();
  if (!atoms.some((atom) => atom.z === 1)) return folded;
  atoms.forEach((atom, index) => {
    if (atom.z !== 1 || (atom.chg ?? 0) !== 0) return;
    const own = bonds.filter((bond) => bond.atoms.includes(index));
    const [only] = own;
    if (own.length !== 1 || only === undefined) return;
    const parent = only.atoms[0] === index ? only.atoms[1] : only.atoms[0];
    if (atoms[parent]?.z !== 1) folded.set(index, parent);
  });
  return folded;
}

function bondOrder(order: number): Bond['order'] {
  if (order === 2 || order === 3) return order;
  return order === 4 ? 3 : 1;
}

/**
 * RDKit JSON of the same ion with as many charges removed as hydrogens can balance: the acid of a
 * carboxylate, the amine of an ammonium. Pairs of neighbouring opposite charges, as in a nitro group, stay.
 */
export function neutralisedJson(json: string): string {
  const document = JSON.parse(json) as JsonDocument;
  for (const { atoms, bonds = [] } of document.molecules) {
    const charges = atoms.map((atom) => atom.chg ?? 0);
    atoms.forEach((atom, index) => {
      const charge = charges[index] ?? 0;
      const paired = bonds.some(({ atoms: [a, b] }) => {
        const other = a === index ? b : b === index ? a : undefined;
        return other !== undefined && (charges[other] ?? 0) * charge < 0;
      });
      if (charge === 0 || paired) return;
      const hydrogens = atom.impHs ?? 0;
      if (charge > 0 && hydrogens < charge) return;
      atom.chg = 0;
      atom.impHs = hydrogens - charge;
    });
  }
  return JSON.stringify(document);
}
