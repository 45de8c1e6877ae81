import type { Adjacency } from './adjacency.ts';
import type { RingSystem } from './rings.ts';

/** A molecule with a Kekulé structure: neighbours with bonds of order 1-3, and what every atom has. */
export interface KekuleAtoms {
  readonly adjacency: Adjacency;
  readonly element: Uint8Array;
  readonly charge: Int8Array;
  /** All hydrogens of each atom. */
  readonly hydrogens: Int8Array;
  /** Hydrogens that are written in brackets. */
  readonly writtenHydrogens: Int8Array;
  /** Sum of the orders of the bonds to heavy atoms. */
  readonly orders: Int8Array;
}

/** 1 for each atom and bond that is aromatic. */
export interface Aromaticity {
  readonly atoms: Uint8Array;
  readonly bonds: Uint8Array;
}

/** RDKit leaves bridging O and S out of rings of this size and does more that depends on the version. */
const LARGE_RING = 9;
/** RDKit tries unions of up to six fused rings; with no more in a system, all unions are tried. */
const MOST_RINGS = 6;

/** What an atom gives to the electrons of a ring, as least and most; NONE: it cannot be in an aromatic ring. */
const NONE = -1;

/** Valences and outer electrons of C, N, O and S by atomic number; others give nothing. */
const DEFAULT_VALENCE: Readonly<Record<number, number>> = {
  6: 4,
  7: 3,
  8: 2,
  9: 1,
  15: 3,
  16: 2,
  17: 1,
  5: 3,
};
const OUTER_ELECTRONS: Readonly<Record<number, number>> = {
  6: 4,
  7: 5,
  8: 6,
  9: 7,
  16: 6,
  17: 7,
  35: 7,
  53: 7,
};

/**
 * The aromatic atoms and bonds by RDKit's default model (Code/GraphMol/Aromaticity.cpp of RDKit 2026.09): Hückel's rule
 * on rings and unions of up to six rings that share one bond each. Undefined where the outcome could depend on which
 * rings RDKit perceives: in cages, in systems of many rings and in large rings of atoms that could be aromatic.
 */
export function perceiveAromaticity(
  molecule: KekuleAtoms,
  systems: readonly RingSystem[],
  bonds: number,
): Aromaticity | undefined {
  const atoms = molecule.element.length;
  const donors = new Int8Array(atoms).fill(NONE);
  const isRingBond = new Uint8Array(bonds);
  const bondRings = systems.map(({ rings }) => rings.map((ring) => bondsOf(ring, molecule.adjacency)));
  for (const rings of bondRings) for (const ring of rings) for (const bond of ring) isRingBond[bond] = 1;
  for (const { rings } of systems) {
    for (const ring of rings) for (const atom of ring) donors[atom] = donorOf(atom, molecule, isRingBond);
  }
  const found = { atoms: new Uint8Array(atoms), bonds: new Uint8Array(bonds) };
  for (const [index, system] of systems.entries()) {
    const candidates: number[] = [];
    for (const [k, ring] of system.rings.entries()) {
      if (ring.every((atom) => donors[atom] !== NONE)) candidates.push(k);
    }
    const inBonds = bondRings[index] ?? [];
    if (!isPerceivedAlike(system, inBonds, bonds)) {
      if (hasCandidateCycle(system, molecule.adjacency, donors, isRingBond)) return undefined;
      continue;
    }
    const rings = candidates.map((k) => ({ atoms: system.rings[k] ?? [], bonds: inBonds[k] ?? [] }));
    if (rings.some((ring) => ring.atoms.length >= LARGE_RING || hasTriple(ring, molecule.adjacency))) {
      return undefined;
    }
    if (rings.length > 0) markSystem(rings, { ...found, donors, molecule });
  }
  return found;
}

/** Whether this set of smallest rings is the only one there is, so that RDKit has found it too. */
function isPerceivedAlike({ rank, rings }: RingSystem, inBonds: readonly number[][], bonds: number): boolean {
  if (rings.length !== rank || rank > MOST_RINGS) return false;
  if (rank === 1) return true;
  // Another ring could take the place of one of them only if some sum of them were no longer than its longest part.
  for (let subset = 1; subset < 1 << rank; subset++) {
    const parity = new Uint8Array(bonds);
    let length = 0;
    let longest = 0;
    let parts = 0;
    for (let k = 0; k < rank; k++) {
      if (((subset >> k) & 1) === 0) continue;
      const ring = inBonds[k] ?? [];
      parts += 1;
      longest = Math.max(longest, ring.length);
      for (const bond of ring) {
        const odd = (parity[bond] ?? 0) ^ 1;
        parity[bond] = odd;
        length += odd === 1 ? 1 : -1;
      }
    }
    if (parts > 1 && length <= longest) return false;
  }
  return true;
}

/** Whether any ring, of whatever size, goes through atoms alone that could be aromatic. */
function hasCandidateCycle(
  { rings }: RingSystem,
  { offset, neighbour, bond }: Adjacency,
  donors: Int8Array,
  isRingBond: Uint8Array,
): boolean {
  const left = new Set(rings.flat().filter((atom) => donors[atom] !== NONE));
  for (let before = -1; before !== left.size; ) {
    before = left.size;
    for (const atom of left) {
      let links = 0;
      for (let k = offset[atom] ?? 0; k < (offset[atom + 1] ?? 0); k++) {
        if (isRingBond[bond[k] ?? 0] === 1 && left.has(neighbour[k] ?? 0)) links += 1;
      }
      if (links < 2) left.delete(atom);
    }
  }
  return left.size > 0;
}

function hasTriple({ atoms, bonds }: Ring, { offset, order, bond }: Adjacency): boolean {
  return atoms.some((atom) => {
    for (let k = offset[atom] ?? 0; k < (offset[atom + 1] ?? 0); k++) {
      if ((order[k] ?? 0) > 2 && bonds.includes(bond[k] ?? -1)) return true;
    }
    return false;
  });
}

interface Ring {
  readonly atoms: readonly number[];
  readonly bonds: readonly number[];
}

interface Marking extends Aromaticity {
  readonly donors: Int8Array;
  readonly molecule: KekuleAtoms;
}

/** Applies Hückel's rule to the candidate rings of a system, alone and fused, and marks what is aromatic. */
function markSystem(rings: readonly Ring[], marking: Marking): void {
  const touches = rings.map((one) =>
    rings.reduce((mask, other, k) => {
      const shared = one.bonds.reduce((count, bond) => count + (other.bonds.includes(bond) ? 1 : 0), 0);
      return one !== other && shared === 1 ? mask | (1 << k) : mask;
    }, 0),
  );
  let left = (1 << rings.length) - 1;
  while (left !== 0) {
    const system = reachable(left & -left, left, touches);
    left &= ~system;
    markFused(system, rings, touches, marking);
  }
}

/** All of `within` that hangs together with `from`. */
function reachable(from: number, within: number, touches: readonly number[]): number {
  let reached = from;
  for (let before = 0; before !== reached; ) {
    before = reached;
    for (const [k, mask] of touches.entries()) if ((reached >> k) & 1) reached |= mask & within;
  }
  return reached;
}

function markFused(
  system: number,
  rings: readonly Ring[],
  touches: readonly number[],
  marking: Marking,
): void {
  const members = [...rings.keys()].filter((k) => (system >> k) & 1);
  const all = new Set(members.flatMap((k) => rings[k]?.bonds ?? [])).size;
  const done = new Set<number>();
  for (let size = 1; size <= members.length && done.size < all; size++) {
    for (let subset = system; subset !== 0; subset = (subset - 1) & system) {
      if (bitCount(subset) !== size) continue;
      if (size > 1 && reachable(subset & -subset, subset, touches) !== subset) continue;
      const union = members.filter((k) => (subset >> k) & 1).map((k) => rings[k] ?? { atoms: [], bonds: [] });
      if (isHueckel(union, marking.donors)) markUnion(union, marking, done);
    }
  }
}

/** Whether the atoms that lie in one or two of the rings have 4n + 2 electrons. */
function isHueckel(rings: readonly Ring[], donors: Int8Array): boolean {
  const [only] = rings;
  let electrons = 0;
  if (rings.length === 1 && only !== undefined) for (const atom of only.atoms) electrons += donors[atom] ?? 0;
  else {
    const count = new Map<number, number>();
    for (const ring of rings) for (const atom of ring.atoms) count.set(atom, (count.get(atom) ?? 0) + 1);
    for (const [atom, times] of count) if (times <= 2) electrons += donors[atom] ?? 0;
  }
  return electrons === 2 || (electrons >= 6 && (electrons - 2) % 4 === 0);
}

/** The outer bonds of the union, and their atoms. */
function markUnion(rings: readonly Ring[], { atoms, bonds, molecule }: Marking, done: Set<number>): void {
  const count = new Map<number, number>();
  for (const ring of rings) for (const bond of ring.bonds) count.set(bond, (count.get(bond) ?? 0) + 1);
  const { offset, bond: bondAt } = molecule.adjacency;
  for (const ring of rings) {
    for (const atom of ring.atoms) {
      for (let k = offset[atom] ?? 0; k < (offset[atom + 1] ?? 0); k++) {
        const bond = bondAt[k] ?? 0;
        if (count.get(bond) !== 1) continue;
        done.add(bond);
        bonds[bond] = 1;
        atoms[atom] = 1;
      }
    }
  }
}

/** Electrons that an atom gives to a ring; {@link NONE} for one that cannot be part of an aromatic ring. */
function donorOf(atom: number, molecule: KekuleAtoms, isRingBond: Uint8Array): number {
  const { adjacency, element, charge, hydrogens, writtenHydrogens, orders } = molecule;
  const { offset, neighbour, order, bond } = adjacency;
  const number = element[atom] ?? 0;
  const valence = DEFAULT_VALENCE[number] ?? 1;
  if (valence <= 1) return NONE;
  const from = offset[atom] ?? 0;
  const to = offset[atom + 1] ?? 0;
  const neighbours = to - from;
  const connections = neighbours + (hydrogens[atom] ?? 0);
  if (connections > 3) return NONE;
  const total = (orders[atom] ?? 0) + (hydrogens[atom] ?? 0);
  if (total > (DEFAULT_VALENCE[number - (charge[atom] ?? 0)] ?? 0)) return NONE;

  let multiple = 0;
  let outside = -1;
  let isCyclic = false;
  for (let k = from; k < to; k++) {
    if ((order[k] ?? 0) < 2) continue;
    multiple += 1;
    if (isRingBond[bond[k] ?? 0] === 1) isCyclic = true;
    else if (outside < 0) outside = neighbour[k] ?? 0;
  }
  if (multiple > 1) return NONE;

  const explicit = (orders[atom] ?? 0) + (writtenHydrogens[atom] ?? 0);
  const lone = Math.max((OUTER_ELECTRONS[number] ?? 0) - valence - (charge[atom] ?? 0), 0);
  let electrons = valence - connections + lone;
  if (electrons > 1 && explicit - neighbours > 1) electrons = 1;
  if (electrons < 0) return NONE;
  if (electrons === 0) return outside >= 0 ? 0 : isCyclic ? 1 : NONE;
  const isDrawn = outside >= 0 && isMoreElectronegative(element[outside] ?? 0, number);
  if (electrons === 1) {
    if (outside >= 0) return isDrawn ? 0 : 1;
    if (multiple > 0) return 1;
    return charge[atom] === 1 ? 0 : NONE;
  }
  if (isDrawn) electrons -= 1;
  return electrons % 2 === 1 ? 1 : 2;
}

function isMoreElectronegative(one: number, other: number): boolean {
  const a = OUTER_ELECTRONS[one] ?? 0;
  const b = OUTER_ELECTRONS[other] ?? 0;
  return a > b || (a === b && one < other);
}

/** Indices of the bonds between the neighbours of a ring. */
function bondsOf(ring: readonly number[], { offset, neighbour, bond }: Adjacency): number[] {
  return ring.map((atom, index) => {
    const next = ring[(index + 1) % ring.length];
    let k = offset[atom] ?? 0;
    while (neighbour[k] !== next) k++;
    return bond[k] ?? 0;
  });
}

function bitCount(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
