import { AdjacencyMemory } from './adjacency.ts';
import { perceiveAromaticity } from './aromaticity.ts';
import type { MolGraph } from './graph.ts';
import { type RingSystem, ringSystemsOf } from './rings.ts';
import { graphOfSketch } from './smiles-graph.ts';
import { BARE, type Sketch, sketchOf } from './smiles-sketch.ts';

/** Above it a molecule has a remark, and RDKit reads it. */
const MOST_ATOMS = 40;

/** An ordinary molecule, read without RDKit. */
export interface OrdinaryMolecule {
  /** The graph that RDKit has of it, atoms in the order in which they are written. */
  readonly graph: MolGraph;
  /** A configuration is written, of an atom or of a double bond. */
  readonly hasStereo: boolean;
}

/**
 * Reads the SMILES of an ordinary molecule as RDKit does, in a twentieth of the time: one component without net charge,
 * of C, N, O, S and halogens in their usual valences, in Kekulé's or aromatic spelling. Undefined for everything else,
 * also for what RDKit would refuse: whoever gets that asks RDKit.
 */
export function readOrdinary(smiles: string): OrdinaryMolecule | undefined {
  const sketch = sketchOf(smiles);
  if (sketch === undefined || sketch.hasRarity || sketch.fragments !== 1 || sketch.atoms > MOST_ATOMS) {
    return undefined;
  }
  const { atoms, bonds } = sketch;
  const systems = sketch.ringBonds === 0 ? [] : ringSystemsOf(atoms, bonds, memory.ofEnds(atoms, sketch));
  if (!kekulise(sketch, systems)) return undefined;
  const valences = checkValences(sketch);
  if (valences === undefined) return undefined;
  if (systems.length > 0 && !markAromatic(sketch, systems, valences)) return undefined;
  const rings = systems.flatMap((system) => system.rings);
  return { graph: graphOfSketch(sketch, rings), hasStereo: sketch.hasStereo };
}

const memory = new AdjacencyMemory();
/** Aromatic bonds that are written, by index: what {@link markAromatic} must find again. */
const wasAromatic = new Uint8Array(2048);
const degree = new Uint8Array(1024);
const orderSum = new Uint8Array(1024);
const aromaticBonds = new Uint8Array(1024);

/**
 * Gives every bond of the sketch an order of 1 to 3. False where an atom in small letters is not written in one of the
 * usual ways, or where no single and double bonds can be given to them.
 */
function kekulise(sketch: Sketch, systems: readonly RingSystem[]): boolean {
  const { atoms, bonds, begin, end, order, aromatic } = sketch;
  let hasAromatic = false;
  for (let atom = 0; atom < atoms; atom++) if (aromatic[atom] === 1) hasAromatic = true;
  if (!hasAromatic) {
    for (let bond = 0; bond < bonds; bond++) {
      if (order[bond] === 4) return false;
      if (order[bond] === 0) order[bond] = 1;
      wasAromatic[bond] = 0;
    }
    return true;
  }
  if (systems.length === 0) return false;
  const isRingBond = ringBondsOf(sketch, systems);
  degree.fill(0, 0, atoms);
  orderSum.fill(0, 0, atoms);
  aromaticBonds.fill(0, 0, atoms);
  for (let bond = 0; bond < bonds; bond++) {
    const a = begin[bond] ?? 0;
    const b = end[bond] ?? 0;
    const written = order[bond] ?? 0;
    const isBoth = aromatic[a] === 1 && aromatic[b] === 1;
    if ((written === 4 && !isBoth) || (written > 1 && written < 4 && isBoth)) return false;
    const isAromatic = isBoth && written !== 1 && isRingBond[bond] === 1;
    wasAromatic[bond] = isAromatic ? 1 : 0;
    order[bond] = written === 0 || written === 4 ? 1 : written;
    for (const atom of [a, b]) {
      degree[atom] = (degree[atom] ?? 0) + 1;
      orderSum[atom] = (orderSum[atom] ?? 0) + (order[bond] ?? 0);
      if (isAromatic) aromaticBonds[atom] = (aromaticBonds[atom] ?? 0) + 1;
    }
  }
  const needs = new Set<number>();
  for (let atom = 0; atom < atoms; atom++) {
    if (aromatic[atom] === 0) continue;
    const needed = needsDouble(sketch, atom);
    if (needed === undefined || (aromaticBonds[atom] ?? 0) < 2) return false;
    if (needed) needs.add(atom);
  }
  return pairUp(sketch, needs);
}

/** Whether an atom in small letters takes part in a double bond of the ring; undefined where it is none of the usual. */
function needsDouble({ element, charge, hydrogens }: Sketch, atom: number): boolean | undefined {
  const links = degree[atom] ?? 0;
  const orders = orderSum[atom] ?? 0;
  const written = hydrogens[atom] ?? 0;
  const isBare = written === BARE;
  const own = isBare ? 0 : written;
  const isNeutral = charge[atom] === 0;
  switch (element[atom]) {
    case 6:
      if (!isNeutral) return undefined;
      if (links === 2 && orders === 2) return isBare || own === 1 ? true : undefined;
      if (links !== 3 || own !== 0) return undefined;
      return orders === 3 ? true : orders === 4 ? false : undefined;
    case 7:
      if (charge[atom] === 1) return !isBare && links === orders && links + own === 3 ? true : undefined;
      if (!isNeutral || links !== orders) return undefined;
      if (links + own === 3) return false;
      return links === 2 && own === 0 ? true : undefined;
    case 8:
    case 16:
      return isNeutral && links === 2 && orders === 2 && own === 0 ? false : undefined;
    default:
      return undefined;
  }
}

/** Makes one bond of each atom in `needs` double, so that each has one; false where that cannot be. */
function pairUp(sketch: Sketch, needs: Set<number>): boolean {
  if (needs.size % 2 === 1) return false;
  const partners = new Map<number, { readonly atom: number; readonly bond: number }[]>();
  for (let bond = 0; bond < sketch.bonds; bond++) {
    const a = sketch.begin[bond] ?? 0;
    const b = sketch.end[bond] ?? 0;
    if (wasAromatic[bond] === 0 || !needs.has(a) || !needs.has(b)) continue;
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const list = partners.get(from);
      if (list === undefined) partners.set(from, [{ atom: to, bond }]);
      else list.push({ atom: to, bond });
    }
  }
  const pair = (): boolean => {
    // The atom with the fewest choices first: in most molecules nothing is ever taken back.
    let next = -1;
    let fewest = Number.POSITIVE_INFINITY;
    for (const atom of needs) {
      let choices = 0;
      for (const partner of partners.get(atom) ?? []) if (needs.has(partner.atom)) choices += 1;
      if (choices === 0) return false;
      if (choices >= fewest) continue;
      next = atom;
      fewest = choices;
      if (choices === 1) break;
    }
    if (next < 0) return true;
    for (const { atom, bond } of partners.get(next) ?? []) {
      if (!needs.has(atom)) continue;
      needs.delete(next);
      needs.delete(atom);
      sketch.order[bond] = 2;
      if (pair()) return true;
      sketch.order[bond] = 1;
      needs.add(next);
      needs.add(atom);
    }
    return false;
  };
  return pair();
}

interface Valences {
  /** Sum of bond orders of each atom. */
  readonly orders: Int8Array;
  readonly hydrogens: Int8Array;
  readonly writtenHydrogens: Int8Array;
}

/** Undefined where an atom has another valence than the usual ones, where charges do not add up to 0 or no carbon is. */
function checkValences({
  atoms,
  bonds,
  begin,
  end,
  order,
  element,
  charge,
  hydrogens,
  aromatic,
}: Sketch): Valences | undefined {
  const orders = new Int8Array(atoms);
  for (let bond = 0; bond < bonds; bond++) {
    const a = begin[bond] ?? 0;
    const b = end[bond] ?? 0;
    const own = order[bond] ?? 0;
    orders[a] = (orders[a] ?? 0) + own;
    orders[b] = (orders[b] ?? 0) + own;
  }
  const total = new Int8Array(atoms);
  const written = new Int8Array(atoms);
  let net = 0;
  let carbons = 0;
  for (let atom = 0; atom < atoms; atom++) {
    const number = element[atom] ?? 0;
    const own = charge[atom] ?? 0;
    const used = orders[atom] ?? 0;
    const inBrackets = hydrogens[atom] ?? 0;
    net += own;
    if (number === 6) carbons += 1;
    if (inBrackets === BARE) {
      const rest = freeValence(number, used);
      if (rest < 0 || (aromatic[atom] === 1 && number === 16 && used !== 2)) return undefined;
      total[atom] = rest;
    } else {
      if (!isUsual(number, own, used + inBrackets)) return undefined;
      total[atom] = inBrackets;
      // RDKit forgets that the hydrogen of an aromatic [nH] was written.
      const isPyrrolic = aromatic[atom] === 1 && number === 7 && own === 0 && inBrackets === 1;
      written[atom] = isPyrrolic ? 0 : inBrackets;
    }
  }
  if (net !== 0 || carbons === 0) return undefined;
  return { orders, hydrogens: total, writtenHydrogens: written };
}

/** Hydrogens of a neutral atom without brackets; negative where it has too many bonds or is another element. */
function freeValence(element: number, used: number): number {
  switch (element) {
    case 6:
      return 4 - used;
    case 7:
      return 3 - used;
    case 8:
      return 2 - used;
    case 16:
      return used <= 2 ? 2 - used : used <= 4 ? 4 - used : 6 - used;
    case 9:
    case 17:
    case 35:
    case 53:
      return 1 - used;
    default:
      return -1;
  }
}

/** Whether an atom in brackets has all the bonds and hydrogens that it needs not to be a radical, and no more. */
function isUsual(element: number, charge: number, valence: number): boolean {
  switch (element) {
    case 6:
      return charge === 0 && valence === 4;
    case 7:
      return (charge === 0 && valence === 3) || (charge === 1 && valence === 4);
    case 8:
      return (charge === 0 && valence === 2) || (charge === -1 && valence === 1);
    case 16:
      return charge === 0 && (valence === 2 || valence === 4 || valence === 6);
    case 9:
    case 17:
    case 35:
    case 53:
      return charge === 0 && valence === 1;
    default:
      return false;
  }
}

/** Sets what is aromatic; false where that is not sure to be RDKit's view, or not what the small letters say. */
function markAromatic(sketch: Sketch, systems: readonly RingSystem[], valences: Valences): boolean {
  const { atoms, bonds, order, aromatic } = sketch;
  const found = perceiveAromaticity(
    {
      ...valences,
      adjacency: memory.ofEnds(atoms, sketch),
      element: sketch.element.subarray(0, atoms),
      charge: sketch.charge,
    },
    systems,
    bonds,
  );
  if (found === undefined) return false;
  for (let atom = 0; atom < atoms; atom++) {
    if (aromatic[atom] === 1 && found.atoms[atom] === 0) return false;
    aromatic[atom] = found.atoms[atom] ?? 0;
    sketch.hydrogens[atom] = valences.hydrogens[atom] ?? 0;
  }
  for (let bond = 0; bond < bonds; bond++) {
    if (found.bonds[bond] === 1) order[bond] = 4;
    else if (wasAromatic[bond] === 1) return false;
  }
  return true;
}

function ringBondsOf({ atoms, bonds, begin, end }: Sketch, systems: readonly RingSystem[]): Uint8Array {
  const isRingPair = new Set<number>();
  for (const { rings } of systems) {
    for (const ring of rings) {
      let previous = ring[ring.length - 1] ?? 0;
      for (const atom of ring) {
        isRingPair.add(previous * atoms + atom);
        isRingPair.add(atom * atoms + previous);
        previous = atom;
      }
    }
  }
  const isRingBond = new Uint8Array(bonds);
  for (let bond = 0; bond < bonds; bond++) {
    if (isRingPair.has((begin[bond] ?? 0) * atoms + (end[bond] ?? 0))) isRingBond[bond] = 1;
  }
  return isRingBond;
}
