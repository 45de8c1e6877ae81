import type { Adjacency } from './adjacency.ts';

/** Atoms joined by ring bonds. */
export interface RingSystem {
  /** Independent rings: bonds - atoms + 1. */
  readonly rank: number;
  /** Atoms of each ring, in order. */
  readonly rings: readonly (readonly number[])[];
}

/**
 * The relevant rings of a graph: those that are no sum of shorter ones, so that every smallest ring through an atom or
 * bond is among them (P. Vismara, Electron. J. Comb. 1997, 4, R9; candidates after J. D. Horton, SIAM J. Comput. 1987,
 * 16, 358). Of several rings of one size that differ by equal detours, those along one detour are enough.
 */
export function ringSystemsOf(atoms: number, bonds: number, adjacency: Adjacency): RingSystem[] {
  if (bonds < 3) return [];
  const isRingBond = ringBonds(atoms, bonds, adjacency);
  const { offset, neighbour, bond } = adjacency;
  const systems: RingSystem[] = [];
  const isSeen = new Uint8Array(atoms);
  for (let start = 0; start < atoms; start++) {
    if (isSeen[start] === 1) continue;
    isSeen[start] = 1;
    const members = [start];
    let ends = 0;
    for (let head = 0; head < members.length; head++) {
      const atom = members[head] ?? 0;
      for (let k = offset[atom] ?? 0; k < (offset[atom + 1] ?? 0); k++) {
        if (isRingBond[bond[k] ?? 0] === 0) continue;
        ends += 1;
        const other = neighbour[k] ?? 0;
        if (isSeen[other] === 1) continue;
        isSeen[other] = 1;
        members.push(other);
      }
    }
    if (ends === 0) continue;
    const rank = ends / 2 - members.length + 1;
    const rings =
      rank === 1
        ? [walk(start, adjacency, isRingBond)]
        : relevantCycles({ atoms, members, bonds: ends / 2, rank, adjacency, isRingBond });
    systems.push({ rank, rings });
  }
  return systems;
}

/** 1 for each bond that lies in a ring: a bond that no later atom leads back over is Tarjan's bridge. */
function ringBonds(atoms: number, bonds: number, { offset, neighbour, bond }: Adjacency): Uint8Array {
  const isRingBond = new Uint8Array(bonds).fill(1);
  const entered = new Int32Array(atoms).fill(-1);
  let clock = 0;
  const visit = (atom: number, from: number): number => {
    let low = clock++;
    entered[atom] = low;
    for (let k = offset[atom] ?? 0; k < (offset[atom + 1] ?? 0); k++) {
      const by = bond[k] ?? 0;
      if (by === from) continue;
      const other = neighbour[k] ?? 0;
      const seen = entered[other] ?? 0;
      const reach = seen < 0 ? visit(other, by) : seen;
      if (seen < 0 && reach > (entered[atom] ?? 0)) isRingBond[by] = 0;
      if (reach < low) low = reach;
    }
    return low;
  };
  for (let atom = 0; atom < atoms; atom++) if ((entered[atom] ?? 0) < 0) visit(atom, -1);
  return isRingBond;
}

/** The atoms of a system that is a single ring, in order. */
function walk(start: number, { offset, neighbour, bond }: Adjacency, isRingBond: Uint8Array): number[] {
  const ring: number[] = [];
  let from = -1;
  let atom = start;
  do {
    ring.push(atom);
    let k = offset[atom] ?? 0;
    while (isRingBond[bond[k] ?? 0] === 0 || bond[k] === from) k++;
    from = bond[k] ?? 0;
    atom = neighbour[k] ?? 0;
  } while (atom !== start);
  return ring;
}

/** A cycle of a ring system: its atoms in order, and its bonds as bits. */
interface Cycle {
  readonly atoms: readonly number[];
  readonly bits: Uint32Array;
}

/** A ring system within its graph. */
interface Within {
  /** Of the graph. */
  readonly atoms: number;
  /** Of the system. */
  readonly members: readonly number[];
  /** Of the system. */
  readonly bonds: number;
  readonly rank: number;
  readonly adjacency: Adjacency;
  readonly isRingBond: Uint8Array;
}

function relevantCycles(system: Within): number[][] {
  const { rank } = system;
  const candidates = candidateCycles(system);
  candidates.sort((a, b) => a.atoms.length - b.atoms.length);
  const basis: Uint32Array[] = [];
  const rings: number[][] = [];
  for (let start = 0; start < candidates.length && basis.length < rank; ) {
    const size = candidates[start]?.atoms.length;
    let end = start;
    while (candidates[end]?.atoms.length === size) end += 1;
    const shorter = basis.length;
    for (const { atoms, bits } of candidates.slice(start, end)) {
      if (isZero(reduce(bits, basis, shorter))) continue;
      rings.push([...atoms]);
      const rest = reduce(bits, basis, basis.length);
      if (!isZero(rest)) basis.push(rest);
    }
    start = end;
  }
  return rings;
}

/** For each atom and bond: the cycle of the bond and the shortest ways from its ends to the atom. */
function candidateCycles({ atoms, members, bonds, adjacency, isRingBond }: Within): Cycle[] {
  const { offset, neighbour, bond } = adjacency;
  const words = (bonds + 31) >>> 5;
  /** Bonds of the system by number, in the order in which they are met. */
  const numberOf = new Int32Array(isRingBond.length).fill(-1);
  let numbered = 0;
  const parent = new Int32Array(atoms);
  const parentBond = new Int32Array(atoms);
  const depth = new Int32Array(atoms);
  /** The neighbour of the root through which the way to it goes. */
  const branch = new Int32Array(atoms);
  const ways = new Uint32Array(atoms * words);
  const queue = new Int32Array(members.length);
  const found: Cycle[] = [];
  const bits = new Uint32Array(words);
  for (const root of members) {
    depth.fill(-1);
    depth[root] = 0;
    parentBond[root] = -1;
    ways.fill(0, root * words, (root + 1) * words);
    queue[0] = root;
    let length = 1;
    for (let head = 0; head < length; head++) {
      const here = queue[head] ?? 0;
      for (let k = offset[here] ?? 0; k < (offset[here + 1] ?? 0); k++) {
        const by = bond[k] ?? 0;
        const other = neighbour[k] ?? 0;
        if (isRingBond[by] === 0 || (depth[other] ?? 0) >= 0) continue;
        if ((numberOf[by] ?? 0) < 0) numberOf[by] = numbered++;
        depth[other] = (depth[here] ?? 0) + 1;
        parent[other] = here;
        parentBond[other] = by;
        branch[other] = here === root ? other : (branch[here] ?? 0);
        for (let word = 0; word < words; word++) ways[other * words + word] = ways[here * words + word] ?? 0;
        set(ways, other * words, numberOf[by] ?? 0);
        queue[length++] = other;
      }
    }
    for (const a of members) {
      for (let k = offset[a] ?? 0; k < (offset[a + 1] ?? 0); k++) {
        const b = neighbour[k] ?? 0;
        const by = bond[k] ?? 0;
        if (b < a || isRingBond[by] === 0 || a === root || b === root) continue;
        // Both ways to the root share no atom if they leave it by different neighbours.
        if (parentBond[a] === by || parentBond[b] === by || branch[a] === branch[b]) continue;
        if ((numberOf[by] ?? 0) < 0) numberOf[by] = numbered++;
        for (let word = 0; word < words; word++)
          bits[word] = (ways[a * words + word] ?? 0) | (ways[b * words + word] ?? 0);
        set(bits, 0, numberOf[by] ?? 0);
        const size = (depth[a] ?? 0) + (depth[b] ?? 0) + 1;
        if (found.some((cycle) => cycle.atoms.length === size && isEqual(cycle.bits, bits))) continue;
        const cycle: number[] = [];
        for (let atom = a; atom !== root; atom = parent[atom] ?? root) cycle.push(atom);
        cycle.push(root);
        cycle.reverse();
        for (let atom = b; atom !== root; atom = parent[atom] ?? root) cycle.push(atom);
        found.push({ atoms: cycle, bits: bits.slice() });
      }
    }
  }
  return found;
}

function set(bits: Uint32Array, from: number, bit: number): void {
  const word = from + (bit >>> 5);
  bits[word] = (bits[word] ?? 0) | (1 << (bit & 31));
}

function isEqual(a: Uint32Array, b: Uint32Array): boolean {
  for (let word = 0; word < a.length; word++) if (a[word] !== b[word]) return false;
  return true;
}

/** `bits` less the first `count` vectors of the basis whose highest bit it has. Each has another highest bit. */
function reduce(bits: Uint32Array, basis: readonly Uint32Array[], count: number): Uint32Array {
  const rest = bits.slice();
  for (let index = 0; index < count; index++) {
    const vector = basis[index];
    if (vector === undefined) break;
    const top = highestBit(vector);
    if ((((rest[top >>> 5] ?? 0) >>> (top & 31)) & 1) === 0) continue;
    for (let word = 0; word < rest.length; word++) rest[word] = (rest[word] ?? 0) ^ (vector[word] ?? 0);
  }
  return rest;
}

function highestBit(bits: Uint32Array): number {
  for (let word = bits.length - 1; word >= 0; word--) {
    const value = bits[word] ?? 0;
    if (value !== 0) return word * 32 + 31 - Math.clz32(value);
  }
  return -1;
}

function isZero(bits: Uint32Array): boolean {
  for (const word of bits) if (word !== 0) return false;
  return true;
}
